/* Two threads that may wait for the disk and for other programs.
 *
 * `tend` lets openers go: it records who goes on, and judges in place what keeps others waiting.  `sweep` has time: what is
 * too old is closed or thrown away. */
#include <time.h>

#include "agent/watch/linux/files_internal.h"

#define TEND_NS 1000000000LL        /* what is held open is looked at */
#define SWEEP_NS 5000000000LL
#define SWEEP_STEP_NS 200000000LL   /* a stop is looked for */
#define HELD_NS 60000000000LL       /* no longer when nothing changes: a held descriptor keeps a file system from being unmounted */
#define KEEP_TREE_NS (24LL * 3600 * 1000000000) /* a slow drip is counted over a day */

static void do_tasks(struct files *f)
{
    struct later_task *t;

    while ((t = files_wait_task(f))) {
        if (t->what == LATER_CREATED)
            files_touch(f, &t->who, &t->file, TOUCH_CREATED, 0, t->path, NULL);
        for (unsigned i = 0; t->what != LATER_CREATED && i < atomic_load(&f->nfs); i++)
            if (f->fs[i].vault)
                vault_pin(f->fs[i].vault, t->who.tree, t->what == LATER_PIN);
        files_wait_done(f, t);
    }
}

void *files_tend(void *arg)
{
    struct files *f = arg;
    int64_t looked = files_now();
    bool last;

    files_own_thread(f);
    do {
        int64_t now;

        last = atomic_load(&f->stopping);
        if (!last)
            files_wait_sleep(f, TEND_NS);
        do_tasks(f);
        now = files_now();
        files_wait_decide(f, now);
        if (last)
            break;
        files_wait_judge(f, now);
        if (now - looked >= TEND_NS) {
            looked = now;
            files_held_look(f);
            files_judge_stuck(f);
        }
    } while (!last);
    return NULL;
}

void *files_sweep(void *arg)
{
    struct files *f = arg;
    int64_t swept = files_now();

    files_own_thread(f);
    while (!atomic_load(&f->stopping)) {
        int64_t now;

        nanosleep(&(struct timespec){.tv_nsec = SWEEP_STEP_NS}, NULL);
        now = files_now();
        if (now - swept < SWEEP_NS)
            continue;
        swept = now;
        files_held_expire(f, now - HELD_NS);
        trees_sweep(f->trees, now, KEEP_TREE_NS);
        for (unsigned i = 0; i < atomic_load(&f->nfs); i++)
            if (f->fs[i].vault)
                vault_sweep(f->fs[i].vault, files_wall());
    }
    return NULL;
}
