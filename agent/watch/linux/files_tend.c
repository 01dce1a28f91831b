/* What has time, in a thread that may wait for the disk and for other programs: sweeps, and judging in place what is
 * open too long for the verdict that somebody waits for. */
#include "agent/watch/linux/files_internal.h"

#define IDLE_NS 1000000000LL
#define SWEEP_EVERY_NS 5000000000LL
#define HELD_NS 60000000000LL      /* no longer when nothing changes: a held descriptor keeps a file system from being unmounted */
#define LOOK_EVERY_NS 1000000000LL /* what is held open */
#define KEEP_TREE_NS (24LL * 3600 * 1000000000) /* a slow drip is counted over a day */

static void sweep(struct files *f, int64_t now)
{
    files_held_expire(f, now - HELD_NS);
    trees_sweep(f->trees, now, KEEP_TREE_NS);
    for (unsigned i = 0; i < atomic_load(&f->nfs); i++)
        if (f->fs[i].vault)
            vault_sweep(f->fs[i].vault, files_wall());
}

void *files_tend(void *arg)
{
    struct files *f = arg;
    int64_t swept = files_now(), looked = swept;

    files_own_thread(f);
    while (!atomic_load(&f->stopping)) {
        int64_t now;

        files_wait_sleep(f, IDLE_NS);
        now = files_now();
        files_wait_judge(f, now);
        if (now - looked >= LOOK_EVERY_NS) {
            looked = now;
            files_held_look(f);
            files_judge_stuck(f);
        }
        if (now - swept > SWEEP_EVERY_NS) {
            swept = now;
            sweep(f, now);
        }
    }
    return NULL;
}
