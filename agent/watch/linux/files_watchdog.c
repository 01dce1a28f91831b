/* The watchdog: nobody waits longer than he must, whatever else of the guard waits.
 *
 * It answers for workers that are late and for openers that nobody has decided about, and gives way where another
 * program decides about opens (files_beside.c).  It opens no file but in /proc. */
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/linux/files_internal.h"

#define IDLE_NS 200000000LL     /* a late worker is answered for within LIM_PREIMAGE_MS + 400 ms */
#define WAITING_NS 50000000LL   /* while openers wait, or a worker is busy */
#define STUCK_NS 2000000LL      /* while no worker reads */
#define LATE_NS (LIM_PREIMAGE_MS * 1000000LL + 200000000LL)
#define SUSPECT_NS 300000000LL  /* so long takes a copy, or it waits for somebody who waits for us: another guard is looked for */
#define LOOK_LEAST_NS 1000000000LL /* from one such look to the next */
#define READ_NS 50000000LL      /* somebody's lease on the file of an event is waited for no longer while others wait for us */
#define READ_AGAIN_NS 2000000LL /* and each one after that */
#define ALIVE_NS 100000000LL    /* from one beat to the next, at least */

struct watchdog {
    struct files *f;
    timer_t nudge;                /* calls this thread out of read(2) */
    bool has_nudge;
    unsigned n, stuck, busy;      /* workers: all, those that are late, those that do not wait for events */
    int64_t longest;
    int64_t crowded;              /* since when nobody reads what is there; 0: somebody does */
};

/* Answer for a worker that is late: first ask it to give up, then answer ourselves. */
static void rescue(struct watchdog *d, struct worker *w, int64_t now)
{
    int fd = atomic_load(&w->fd); /* before its time: that of the event before is gone by then */
    int64_t since = atomic_load(&w->since), busy = since ? now - since : 0;

    d->longest = busy > d->longest ? busy : d->longest;
    d->busy += since != 0;
    if (busy >= LIM_PREIMAGE_MS * 1000000LL)
        w->cancel = 1;
    if (busy < LATE_NS || fd == OWED_UNREAD)
        return;
    d->stuck++;
    if (fd >= 0 && files_give(d->f, &w->fd, fd, true))
        atomic_fetch_add(&d->f->n_lost_opens, 1);
}

/* Openers wait, every worker is busy, and some of them wait for somebody's lease on the file that they are to read about:
 * they are called out of there, and that opener gets an error.  While nobody else waits a lease is waited for, as without us. */
static void call_out(struct watchdog *d, int64_t now)
{
    int unread = 0;
    int64_t most;

    if (d->busy < d->n || ioctl(d->f->perm, FIONREAD, &unread) < 0 || !unread) {
        d->crowded = 0;
        return;
    }
    if (!d->crowded)
        d->crowded = now;
    most = now - d->crowded > READ_NS ? READ_AGAIN_NS : READ_NS;
    for (unsigned i = 0; i < d->n; i++) {
        struct worker *w = &d->f->worker[i];
        int64_t since = atomic_load(&w->since);

        if (since && now - since > most && !w->ended)
            files_nudge(w);
    }
}

/* Nobody else reads the group: whoever is held is let go, and counted. */
static void read_for_all(struct watchdog *d, int64_t now)
{
    const struct itimerspec soon = {.it_value.tv_nsec = READ_NS, .it_interval.tv_nsec = READ_NS}, never = {0};

    atomic_store(&d->f->open_to_all, now);
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

/* Until the next look. */
static int64_t pause_of(const struct watchdog *d)
{
    if (d->n && (d->stuck == d->n || d->crowded))
        return STUCK_NS;
    return d->busy || atomic_load(&d->f->wait.n) ? WAITING_NS : IDLE_NS;
}

void *files_watchdog(void *arg)
{
    struct watchdog d = {.f = arg};
    struct files *f = arg;
    int64_t looked = files_now(), told = 0;

    files_own_thread(f);
    d.has_nudge = make_nudge(&d.nudge);
    while (!atomic_load(&f->stopping)) {
        int64_t now;

        nanosleep(&(struct timespec){.tv_nsec = pause_of(&d)}, NULL);
        now = files_now();
        d.longest = d.stuck = d.busy = 0;
        d.n = atomic_load(&f->nworkers);
        for (unsigned i = 0; i < d.n; i++)
            rescue(&d, &f->worker[i], now);
        if (d.n && d.stuck == d.n)
            read_for_all(&d, now);
        else
            call_out(&d, now);
        files_wait_overdue(f, now);
        if (now - looked >= BESIDE_EVERY_NS || (d.longest > SUSPECT_NS && now - looked > LOOK_LEAST_NS)) {
            looked = now;
            files_beside_look(f, false);
        }
        if (now - told >= ALIVE_NS) {
            told = now;
            f->hooks.alive(f->hooks.context);
        }
    }
    if (d.has_nudge)
        timer_delete(d.nudge);
    return NULL;
}
