/* Descriptors of files that are open for writing.
 *
 * Owns a ring of duplicates of event descriptors (they raise no events).  What
 * is written through a hard link or outside the guarded folders is reported by
 * nobody; this is how it can be looked at all the same.  Any thread. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/watch/linux/files_internal.h"

void files_held_init(struct files *f)
{
    pthread_mutex_init(&f->held_lock, NULL);
    for (unsigned i = 0; i < FILES_HELD; i++)
        f->held[i].fd = -1;
}

static void put_down(struct held *h)
{
    close(h->fd);
    *h = (struct held){.fd = -1};
}

static struct held *find(struct files *f, const struct file_id *id)
{
    for (unsigned i = 0; i < FILES_HELD; i++)
        if (f->held[i].fd >= 0 && file_same(&f->held[i].file, id))
            return &f->held[i];
    return NULL;
}

static int64_t ctime_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) ? 0 : st.st_ctim.tv_sec * 1000000000LL + st.st_ctim.tv_nsec;
}

void files_hold(struct files *f, const struct file_id *id, int fd)
{
    struct held *h;

    pthread_mutex_lock(&f->held_lock);
    h = find(f, id);
    if (!h) {
        h = &f->held[f->next_held];
        f->next_held = (f->next_held + 1) % FILES_HELD;
        if (h->fd >= 0)
            put_down(h);
        h->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        h->file = *id;
        h->ctime_ns = ctime_of(fd);
    }
    h->since = files_now();
    pthread_mutex_unlock(&f->held_lock);
}

int files_held(struct files *f, const struct file_id *id)
{
    struct held *h;
    int fd;

    pthread_mutex_lock(&f->held_lock);
    h = find(f, id);
    fd = h ? fcntl(h->fd, F_DUPFD_CLOEXEC, 3) : -1;
    pthread_mutex_unlock(&f->held_lock);
    return fd;
}

void files_unhold(struct files *f, const struct file_id *id)
{
    struct held *h;

    pthread_mutex_lock(&f->held_lock);
    h = find(f, id);
    if (h)
        put_down(h);
    pthread_mutex_unlock(&f->held_lock);
}

void files_held_expire(struct files *f, int64_t before)
{
    pthread_mutex_lock(&f->held_lock);
    for (unsigned i = 0; i < FILES_HELD; i++)
        if (f->held[i].fd >= 0 && f->held[i].since < before)
            put_down(&f->held[i]);
    pthread_mutex_unlock(&f->held_lock);
}

void files_held_look(struct files *f)
{
    for (unsigned i = 0; i < FILES_HELD; i++) {
        struct held *h = &f->held[i];
        struct file_id id;
        int64_t ctime_ns;
        bool changed;

        pthread_mutex_lock(&f->held_lock);
        ctime_ns = h->fd >= 0 ? ctime_of(h->fd) : 0;
        changed = ctime_ns && ctime_ns != h->ctime_ns;
        if (changed) {
            h->ctime_ns = ctime_ns;
            h->since = files_now();
            id = h->file;
        }
        pthread_mutex_unlock(&f->held_lock);
        if (changed)
            trees_modified(f->trees, 0, &id, files_now());
    }
}
