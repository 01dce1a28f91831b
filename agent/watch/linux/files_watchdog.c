/* The watchdog: nobody waits longer than he must, whatever else of the guard waits.
 *
 * It answers for workers that are late and for openers that nobody has decided about, and gives way where another
 * program decides about opens (files_beside.c).  It opens no file but in /proc. */
#include <errno.h>
#include <unistd.h>

#include "agent/watch/linux/files_internal.h"

#define IDLE_NS 200000000LL     /* a late worker is answered for within LIM_PREIMAGE_MS + 400 ms */
#define LATE_NS (LIM_PREIMAGE_MS * 1000000LL + 200000000LL)
#define SUSPECT_NS 300000000LL  /* so long takes a copy, or it waits for somebody who waits for us: another guard is looked for */
#define LOOK_LEAST_NS 1000000000LL /* from one such look to the next */
#define STUCK_NS 2000000LL         /* from tick to tick while no worker reads */

/* Answer for a worker that is late: first ask it to give up, then answer ourselves.  Returns for how long it has been with
 * its event. */
static int64_t rescue(struct files *f, struct worker *w, int64_t now)
{
    int fd = atomic_load(&w->fd); /* before its time: that of the event before is gone by then */
    int64_t since = atomic_load(&w->since), busy = since ? now - since : 0;
    struct fanotify_response r;

    if (fd < 0 || busy < LIM_PREIMAGE_MS * 1000000LL)
        return busy;
    w->cancel = 1;
    if (busy < LATE_NS || !atomic_compare_exchange_strong(&w->fd, &fd, -1))
        return busy;
    r = (struct fanotify_response){.fd = fd, .response = FAN_ALLOW};
    if (write(f->perm, &r, sizeof r) < 0 && errno != ENOENT)
        atomic_store(&f->broken, true);
    atomic_fetch_add(&f->n_lost_opens, 1);
    return busy;
}

void *files_watchdog(void *arg)
{
    struct files *f = arg;
    int64_t looked = files_now(), idle = IDLE_NS;

    files_own_thread(f);
    while (!atomic_load(&f->stopping)) {
        unsigned n, stuck = 0;
        int64_t now, longest = 0;

        files_wait_sleep(f, idle);
        n = atomic_load(&f->nworkers);
        now = files_now();
        for (unsigned i = 0; i < n; i++) {
            int64_t busy = rescue(f, &f->worker[i], now);

            stuck += busy > LATE_NS;
            longest = busy > longest ? busy : longest;
        }
        idle = n && stuck == n ? STUCK_NS : IDLE_NS;
        if (idle == STUCK_NS)
            files_answer_some(f); /* nobody else reads the group */
        files_wait_tick(f, now);
        if (now - looked >= BESIDE_EVERY_NS || (longest > SUSPECT_NS && now - looked > LOOK_LEAST_NS)) {
            looked = now;
            files_beside_look(f);
        }
    }
    return NULL;
}
