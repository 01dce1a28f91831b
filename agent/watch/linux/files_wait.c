/* Openers that wait for a verdict.
 *
 * Owns the table `waiting` and the answers of the events in it.  An opener of
 * an undecided tree waits at most LIM_GATE_MS, then is let through and
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

#define TICK_BUSY_NS 2000000LL
#define FROZEN_NS 50000000LL  /* an opener of a frozen tree that nobody let go by then is refused */
#define JUDGE_AFTER_NS 2000000LL /* waiting for files that nobody closes: judge them in place */

void files_wait_init(struct files *f)
{
    pthread_condattr_t clock;

    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&f->wait_more, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&f->wait_lock, NULL);
    pthread_mutex_init(&f->held_lock, NULL);
    pthread_mutex_init(&f->beside_turn, NULL);
    pthread_mutex_init(&f->beside_lock, NULL);
    for (unsigned i = 0; i < FILES_HELD; i++)
        f->held[i].fd = -1;
    for (unsigned i = 0; i < FILES_WAITING; i++)
        f->waiting[i].fd = -1;
}

void files_let_go(struct files *f, const struct waiting_open *w, int fd)
{
    char path[LIM_PATH];

    if (w->create)
        return;
    files_path_here(f, &w->file, fd, path, sizeof path);
    files_touch(f, &w->who, &w->file, TOUCH_WRITE, w->before, path, NULL);
    files_hold(f, &w->file, fd);
}

/* Would it be let go now?  Records the touch when so. */
static bool may_go(struct files *f, const struct waiting_open *w)
{
    if (w->create)
        return trees_may_create(f->trees, &w->who, files_now());
    if (trees_open_write(f->trees, &w->who, &w->file, w->before, w->folder, files_now()) == OPEN_WAIT)
        return false;
    files_let_go(f, w, w->fd);
    return true;
}

bool files_wait_add(struct files *f, const struct waiting_open *w)
{
    bool kept = false;
    unsigned used = 0;

    pthread_mutex_lock(&f->wait_lock);
    for (unsigned i = 0; i < FILES_WAITING; i++)
        used += f->waiting[i].fd >= 0;
    for (unsigned i = 0; i < FILES_WAITING && used < FILES_WAITING && !kept; i++)
        if (f->waiting[i].fd < 0) {
            f->waiting[i] = *w;
            kept = true;
            pthread_cond_broadcast(&f->wait_more);
        }
    pthread_mutex_unlock(&f->wait_lock);
    /* The verdict may have come between the decision and this entry. */
    if (kept)
        files_wait_retry(f, w->who.tree);
    return kept;
}

void files_wait_retry(struct files *f, uint64_t tree)
{
    pthread_mutex_lock(&f->wait_lock);
    if (trees_gate(f->trees, tree) != GATE_FROZEN)
        for (unsigned i = 0; i < FILES_WAITING; i++) {
            struct waiting_open *w = &f->waiting[i];

            if (w->fd >= 0 && w->who.tree == tree && may_go(f, w)) {
                files_answer(f, w->fd, true);
                w->fd = -1;
            }
        }
    pthread_mutex_unlock(&f->wait_lock);
}

void files_wait_frozen(struct files *f, uint64_t tree)
{
    pthread_mutex_lock(&f->wait_lock);
    for (unsigned i = 0; i < FILES_WAITING; i++) {
        struct waiting_open *w = &f->waiting[i];

        if (w->fd < 0 || w->who.tree != tree)
            continue;
        if (!w->plain)
            atomic_fetch_add(&f->n_denied, 1);
        files_answer(f, w->fd, w->plain);
        w->fd = -1;
    }
    pthread_mutex_unlock(&f->wait_lock);
}

void files_wait_release_all(struct files *f)
{
    pthread_mutex_lock(&f->wait_lock);
    for (unsigned i = 0; i < FILES_WAITING; i++)
        if (f->waiting[i].fd >= 0) {
            files_answer(f, f->waiting[i].fd, true);
            f->waiting[i].fd = -1;
        }
    pthread_mutex_unlock(&f->wait_lock);
}

/* One look at one waiting opener. */
static void tick_one(struct files *f, struct waiting_open *w, int64_t now)
{
    if (w->fd < 0)
        return;
    if (trees_gate(f->trees, w->who.tree) == GATE_FROZEN) {
        if (now - w->since > FROZEN_NS) {
            atomic_fetch_add(&f->n_denied, 1);
            files_answer(f, w->fd, false);
            w->fd = -1;
        }
        return;
    }
    if (!may_go(f, w)) {
        if (now - w->since <= LIM_GATE_MS * 1000000LL)
            return;
        /* Fail open, but let the restore know of it. */
        atomic_fetch_add(&f->n_late, 1);
        files_let_go(f, w, w->fd);
    }
    files_answer(f, w->fd, true);
    w->fd = -1;
}

void files_wait_tick(struct files *f, int64_t now)
{
    pthread_mutex_lock(&f->wait_lock);
    for (unsigned i = 0; i < FILES_WAITING; i++)
        tick_one(f, &f->waiting[i], now);
    pthread_mutex_unlock(&f->wait_lock);
}

void files_wait_judge(struct files *f, int64_t now)
{
    uint64_t judge[FILES_WAITING] = {0};
    unsigned n = 0;

    pthread_mutex_lock(&f->wait_lock);
    for (unsigned i = 0; i < FILES_WAITING; i++) {
        struct waiting_open *w = &f->waiting[i];
        bool known = w->fd < 0 || w->asked || now - w->since <= JUDGE_AFTER_NS || trees_gate(f->trees, w->who.tree) == GATE_FROZEN;

        if (known)
            continue;
        w->asked = true;
        for (unsigned k = 0; k < n && !known; k++)
            known = judge[k] == w->who.tree;
        if (!known)
            judge[n++] = w->who.tree;
    }
    pthread_mutex_unlock(&f->wait_lock);
    for (unsigned i = 0; i < n; i++)
        files_judge_open(f, judge[i]);
}

void files_wait_sleep(struct files *f, int64_t idle_ns)
{
    struct timespec until;
    int64_t ns;
    bool busy = false;

    pthread_mutex_lock(&f->wait_lock);
    for (unsigned i = 0; i < FILES_WAITING && !busy; i++)
        busy = f->waiting[i].fd >= 0;
    ns = busy ? TICK_BUSY_NS : idle_ns;
    clock_gettime(CLOCK_MONOTONIC, &until);
    ns += until.tv_nsec;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_cond_timedwait(&f->wait_more, &f->wait_lock, &until);
    pthread_mutex_unlock(&f->wait_lock);
    if (!busy)
        return;
    nanosleep(&(struct timespec){.tv_nsec = TICK_BUSY_NS / 2}, NULL);
}

unsigned files_wait_count(struct files *f)
{
    unsigned n = 0;

    pthread_mutex_lock(&f->wait_lock);
    for (unsigned i = 0; i < FILES_WAITING; i++)
        n += f->waiting[i].fd >= 0;
    pthread_mutex_unlock(&f->wait_lock);
    return n;
}
