/* What the guard's loop has for the vaults, done where it may wait; see files_wait.h. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/linux/files_internal.h"

void files_later(struct files *f, const struct later_task *given, const char *path)
{
    size_t n = strlen(path) + 1;
    struct later_task *t = NULL;

    if (n <= LIM_PATH && (given->what != LATER_CREATED || atomic_load(&f->wait.tasks) < FILES_LATER_MOST))
        t = malloc(sizeof *t + n);
    if (!t) {
        if (given->what == LATER_CLOSE)
            close(given->fd);
        else
            atomic_fetch_add(&f->n_lost_opens, 1);
        return;
    }
    *t = *given;
    t->next = NULL;
    memcpy(t->path, path, n);
    atomic_fetch_add(&f->wait.tasks, 1);
    pthread_mutex_lock(&f->wait.lock);
    *f->wait.last = t;
    f->wait.last = &t->next;
    pthread_mutex_unlock(&f->wait.lock);
    files_wait_wake(f, true);
}

static struct later_task *next(struct files_waiting *w)
{
    struct later_task *t;

    pthread_mutex_lock(&w->lock);
    t = w->first;
    if (t) {
        w->first = t->next;
        if (!w->first)
            w->last = &w->first;
    }
    pthread_mutex_unlock(&w->lock);
    return t;
}

static void run(struct files *f, const struct later_task *t)
{
    switch (t->what) {
    case LATER_CREATED:
        files_touch(f, &t->who, &t->file, TOUCH_CREATED, 0, t->path, NULL);
        break;
    case LATER_CLOSE:
        close(t->fd);
        break;
    case LATER_PIN:
    case LATER_UNPIN:
        for (unsigned i = 0; i < atomic_load(&f->nfs); i++)
            if (f->fs[i].vault)
                vault_pin(f->fs[i].vault, t->who.tree, t->what == LATER_PIN);
        break;
    }
}

void files_do_tasks(struct files *f, int64_t patience_ns)
{
    int64_t until = files_wall() + patience_ns;
    struct timespec at = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};
    struct later_task *t;

    if (pthread_mutex_timedlock(&f->wait.turn, &at))
        return;
    while ((t = next(&f->wait))) {
        run(f, t);
        free(t);
        atomic_fetch_sub(&f->wait.tasks, 1);
    }
    pthread_mutex_unlock(&f->wait.turn);
}
