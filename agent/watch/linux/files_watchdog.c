/* The watchdog: nobody waits longer than he must, whatever else of the guard waits.
 *
 * It answers for workers that are late and for openers that nobody has decided about, and gives way where another
 * program decides about opens (files_beside.c).  It opens no file but in /proc. */
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/linux/files_internal.h"

#define IDLE_NS 200000000LL     /* a late worker is answered for within LIM_PREIMAGE_MS + 400 ms */
#define WAITING_NS 50000000LL   /* while openers wait */
#define STUCK_NS 2000000LL      /* while no worker reads */
#define LATE_NS (LIM_PREIMAGE_MS * 1000000LL + 200000000LL)
#define SUSPECT_NS 300000000LL  /* so long takes a copy, or it waits for somebody who waits for us: another guard is looked for */
#define LOOK_LEAST_NS 1000000000LL /* from one such look to the next */

#define READ_MS 50              /* for what nobody else reads: somebody's lease on the file of an event is not waited for */

struct watchdog {
    struct files *f;
    timer_t nudge;                /* calls this thread out of read(2) */
    bool has_nudge;
    unsigned n, stuck, reading;   /* workers: all, late, late because they wait for what they are to read about */
    int64_t longest;
};

/* Answer for a worker that is late: first ask it to give up, then answer ourselves.  What it waits for before it has even
 * read an event is somebody's lease on the file: it is called out of there. */
static void rescue(struct watchdog *d, struct worker *w, int64_t now)
{
    int fd = atomic_load(&w->fd); /* before its time: that of the event before is gone by then */
    int64_t since = atomic_load(&w->since), busy = since ? now - since : 0;

    d->longest = busy > d->longest ? busy : d->longest;
    if (busy >= LIM_PREIMAGE_MS * 1000000LL)
        w->cancel = 1;
    if (busy < LATE_NS)
        return;
    d->stuck++;
    if (fd == OWED_UNREAD) {
        d->reading++;
        (void)pthread_kill(w->thread, FILES_NUDGE);
    } else if (fd >= 0 && atomic_compare_exchange_strong(&w->fd, &fd, OWED_NOW)) {
        files_respond(d->f, fd, true);
        atomic_store(&w->fd, OWED_NONE);
        atomic_fetch_add(&d->f->n_lost_opens, 1);
    }
}

/* Nobody else reads the group: whoever is held is let go, and counted. */
static void read_for_all(struct watchdog *d)
{
    const struct itimerspec soon = {.it_value.tv_nsec = READ_MS * 1000000L}, never = {0};

    if (!d->has_nudge)
        return;
    timer_settime(d->nudge, 0, &soon, NULL);
    files_answer_some(d->f);
    timer_settime(d->nudge, 0, &never, NULL);
}

static bool make_nudge(timer_t *out)
{
    struct sigevent e = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = FILES_NUDGE};

    e._sigev_un._tid = (pid_t)syscall(SYS_gettid); /* sigev_notify_thread_id of timer_create(2) */
    return timer_create(CLOCK_MONOTONIC, &e, out) == 0;
}

void *files_watchdog(void *arg)
{
    struct watchdog d = {.f = arg};
    struct files *f = arg;
    int64_t looked = files_now(), pause = IDLE_NS;

    files_own_thread(f);
    d.has_nudge = make_nudge(&d.nudge);
    while (!atomic_load(&f->stopping)) {
        int64_t now;

        nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
        now = files_now();
        d.longest = d.stuck = d.reading = 0;
        d.n = atomic_load(&f->nworkers);
        for (unsigned i = 0; i < d.n; i++)
            rescue(&d, &f->worker[i], now);
        if (d.n && d.stuck == d.n && !d.reading)
            read_for_all(&d);
        files_wait_overdue(f, now);
        if (now - looked >= BESIDE_EVERY_NS || (d.longest > SUSPECT_NS && now - looked > LOOK_LEAST_NS)) {
            looked = now;
            files_beside_look(f);
        }
        pause = d.n && d.stuck == d.n && !d.reading ? STUCK_NS : atomic_load(&f->wait.n) ? WAITING_NS : IDLE_NS;
    }
    if (d.has_nudge)
        timer_delete(d.nudge);
    return NULL;
}
