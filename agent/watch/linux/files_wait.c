/* Openers that wait for a verdict; see files_wait.h for who owns what.
 *
 * An opener of an undecided tree waits at most LIM_GATE_MS, then is let through and
 * counted; an opener of a tree under a verdict waits until its process was
 * told to stop (a process blocked in open(2) does not stop before the call
 * returns), then it is let go into the stop: after a thaw it goes on as if
 * nothing had been.  An open that would itself cut the file off is refused.
 * When the guard ends, the kernel lets all of them go. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/linux/files_internal.h"

#define TICK_NS 2000000LL
#define FROZEN_NS 50000000LL  /* an opener of a frozen tree that nobody let go by then is refused */
#define JUDGE_AFTER_NS 2000000LL /* waiting for files that nobody closes: judge them in place */
#define OVERDUE_NS (LIM_GATE_MS * 1000000LL + 300000000LL) /* `tend` waits itself */

enum answer {
    STAY, GO,
    GO_LATE,     /* fail open, but let the restore know of it */
    GO_STOPPED,  /* into the stop: nothing of it is recorded, it changes nothing there */
    REFUSE,
};

void files_wait_init(struct files_waiting *w)
{
    pthread_condattr_t clock;

    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&w->more, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&w->lock, NULL);
    pthread_mutex_init(&w->turn, NULL);
    for (unsigned i = 0; i < FILES_WAITING; i++) {
        w->slot[i].o.fd = -1;
        atomic_store(&w->slot[i].owed, OWED_NONE);
    }
    w->last = &w->first;
}

static void wake(struct files_waiting *w) /* under the lock */
{
    w->rung++;
    pthread_cond_broadcast(&w->more);
}

void files_wait_wake(struct files *f, bool also_idle)
{
    if (!also_idle && !atomic_load(&f->wait.n))
        return; /* who comes now asks the trees after it has come */
    pthread_mutex_lock(&f->wait.lock);
    wake(&f->wait);
    pthread_mutex_unlock(&f->wait.lock);
}

void files_let_go(struct files *f, const struct waiting_open *o, int fd)
{
    char path[LIM_PATH];

    if (o->create)
        return;
    files_path_here(f, &o->file, fd, path, sizeof path);
    files_touch(f, &o->who, &o->file, TOUCH_WRITE, o->before, path, NULL);
    files_hold(f, &o->file, fd);
}

bool files_wait_add(struct files *f, const struct waiting_open *o)
{
    struct waiting_slot *free_one = NULL;

    pthread_mutex_lock(&f->wait.lock);
    for (unsigned i = 0; i < FILES_WAITING && !free_one; i++)
        if (f->wait.slot[i].o.fd < 0)
            free_one = &f->wait.slot[i];
    if (free_one) {
        free_one->o = *o;
        free_one->taken = false;
        atomic_store(&free_one->owed, o->fd);
        atomic_fetch_add(&f->wait.n, 1);
        wake(&f->wait); /* the verdict may have come between the decision and this entry */
    }
    pthread_mutex_unlock(&f->wait.lock);
    return free_one != NULL;
}

/* The kernel has let everybody go, or will. */
static bool is_open_to_all(const struct files *f)
{
    return atomic_load(&f->stopping) || atomic_load(&f->leaving) || atomic_load(&f->notify);
}

/* A slot that the caller has taken: recorded, answered, free again. */
static void settle(struct files *f, struct waiting_slot *s, enum answer a)
{
    bool recorded = a == GO || a == GO_LATE, given;

    if (recorded)
        files_let_go(f, &s->o, s->o.fd);
    given = files_give(f, &s->owed, s->o.fd, a != REFUSE) && !is_open_to_all(f);
    if (!given && !recorded)
        files_let_go(f, &s->o, s->o.fd); /* somebody else has let it go */
    if (given && a == REFUSE)
        atomic_fetch_add(&f->n_denied, 1);
    if (a == GO_LATE)
        atomic_fetch_add(&f->n_late, 1);
    files_close_given(&s->owed, s->o.fd);
    pthread_mutex_lock(&f->wait.lock);
    s->o.fd = -1;
    s->taken = false;
    pthread_mutex_unlock(&f->wait.lock);
    atomic_fetch_sub(&f->wait.n, 1);
}

/* What becomes of it now; the trees hear of an opener that goes. */
static enum answer decision(struct files *f, const struct waiting_open *o, int64_t now)
{
    bool go;

    if (is_open_to_all(f))
        return GO_LATE;
    if (trees_gate(f->trees, o->who.tree) == GATE_FROZEN)
        return now - o->since > FROZEN_NS ? REFUSE : STAY;
    go = o->create ? trees_may_create(f->trees, &o->who, now)
                   : trees_open_write(f->trees, &o->who, &o->file, o->before, o->folder, now) != OPEN_WAIT;
    return go ? GO : now - o->since > LIM_GATE_MS * 1000000LL ? GO_LATE : STAY;
}

/* Carry out what is decided of each; stopped: only of that tree's, whose processes were told to stop; 0: of all. */
static void carry_out(struct files *f, uint64_t stopped, int64_t now)
{
    enum answer a[FILES_WAITING];

    if (!atomic_load(&f->wait.n))
        return;
    pthread_mutex_lock(&f->wait.lock);
    for (unsigned i = 0; i < FILES_WAITING; i++) {
        struct waiting_slot *s = &f->wait.slot[i];

        a[i] = STAY;
        if (s->o.fd < 0 || s->taken)
            continue;
        if (!stopped)
            a[i] = decision(f, &s->o, now);
        else if (s->o.who.tree == stopped)
            a[i] = s->o.plain ? GO_STOPPED : REFUSE;
        s->taken = a[i] != STAY;
    }
    pthread_mutex_unlock(&f->wait.lock);
    for (unsigned i = 0; i < FILES_WAITING; i++)
        if (a[i] != STAY)
            settle(f, &f->wait.slot[i], a[i]);
}

void files_wait_decide(struct files *f, int64_t now)
{
    carry_out(f, 0, now);
}

void files_wait_frozen(struct files *f, uint64_t tree)
{
    carry_out(f, tree, 0);
}

void files_wait_overdue(struct files *f, int64_t now)
{
    if (!atomic_load(&f->wait.n))
        return;
    pthread_mutex_lock(&f->wait.lock);
    for (unsigned i = 0; i < FILES_WAITING; i++) {
        struct waiting_slot *s = &f->wait.slot[i];
        bool frozen;

        if (s->o.fd < 0 || now - s->o.since <= OVERDUE_NS)
            continue;
        frozen = trees_gate(f->trees, s->o.who.tree) == GATE_FROZEN;
        if (files_give(f, &s->owed, s->o.fd, !frozen))
            atomic_fetch_add(frozen ? &f->n_denied : &f->n_lost_opens, 1);
    }
    pthread_mutex_unlock(&f->wait.lock);
}

void files_wait_judge(struct files *f, int64_t now)
{
    uint64_t judge[FILES_WAITING] = {0};
    unsigned n = 0;

    if (!atomic_load(&f->wait.n))
        return;
    pthread_mutex_lock(&f->wait.lock);
    for (unsigned i = 0; i < FILES_WAITING; i++) {
        struct waiting_open *o = &f->wait.slot[i].o;
        bool known = o->fd < 0 || o->asked || now - o->since <= JUDGE_AFTER_NS || trees_gate(f->trees, o->who.tree) == GATE_FROZEN;

        if (known)
            continue;
        o->asked = true;
        for (unsigned k = 0; k < n && !known; k++)
            known = judge[k] == o->who.tree;
        if (!known)
            judge[n++] = o->who.tree;
    }
    pthread_mutex_unlock(&f->wait.lock);
    for (unsigned i = 0; i < n; i++)
        files_judge_open(f, judge[i]);
}

void files_wait_sleep(struct files *f, int64_t idle_ns, unsigned *seen)
{
    int64_t ns = atomic_load(&f->wait.n) ? TICK_NS : idle_ns;
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    ns += until.tv_nsec;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&f->wait.lock);
    while (f->wait.rung == *seen && pthread_cond_timedwait(&f->wait.more, &f->wait.lock, &until) == 0)
        ;
    *seen = f->wait.rung;
    pthread_mutex_unlock(&f->wait.lock);
}
