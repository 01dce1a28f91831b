/* Three threads that may wait for the disk and for other programs.
 *
 * `tend` lets openers go and does what the guard's loop has left to it.  `judge` judges in place what keeps others waiting,
 * or is open for too long.  `sweep` has time: what is too old is closed or thrown away. */
#include <time.h>

#include "agent/watch/linux/files_internal.h"

#define IDLE_NS 1000000000LL
#define SWEEP_NS 5000000000LL
#define SWEEP_STEP_NS 200000000LL   /* a stop is looked for */
#define HELD_NS 60000000000LL       /* no longer when nothing changes: a held descriptor keeps a file system from being unmounted */
#define KEEP_TREE_NS (24LL * 3600 * 1000000000) /* a slow drip is counted over a day */

void *files_tend(void *arg)
{
    struct files *f = arg;
    unsigned seen = 0;

    files_own_thread(f);
    while (!atomic_load(&f->stopping)) {
        files_wait_sleep(f, IDLE_NS, &seen);
        files_do_tasks(f, IDLE_NS);
        files_wait_decide(f, files_now());
    }
    return NULL;
}

void *files_judge_in_place(void *arg)
{
    struct files *f = arg;
    int64_t looked = files_now();
    unsigned seen = 0;

    files_own_thread(f);
    while (!atomic_load(&f->stopping)) {
        int64_t now;

        files_wait_sleep(f, IDLE_NS, &seen);
        now = files_now();
        files_wait_judge(f, now);
        if (now - looked >= IDLE_NS) {
            looked = now;
            files_held_look(f);
            files_judge_stuck(f);
        }
    }
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
