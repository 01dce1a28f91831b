/* New versions of changed files, when they are calm.
 *
 * The names thread puts a changed file into a ring; two seconds later the vault
 * gets its content as it is then.  When a storm has filled the ring - an archive
 * unpacked, a project checked out - the folders of the files that found no room
 * are remembered instead, and gone through when the ring is empty: a file that
 * nobody ever opens again has no other moment in which it could be kept. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/linux/files_internal.h"
#include "lib/err.h"

#define RING 4096
#define PER_TURN 256     /* in one turn of the names thread, some 50 us each */
#define TURN_NS 100000000LL /* and no further one after that: large ones are copied beside another guard */
#define PER_TURN_BUSY 16 /* while events wait to be read: they may be an attack's */

int files_rebase_init(struct files *f)
{
    f->rebase = (struct rebase_queue){.ring = calloc(RING, sizeof *f->rebase.ring)};
    return f->rebase.ring ? MM_OK : MM_ENOMEM;
}

void files_rebase_free(struct files *f)
{
    if (f->rebase.open)
        closedir(f->rebase.open);
    free(f->rebase.ring);
    f->rebase = (struct rebase_queue){0};
}

void files_rebase_folder(struct files *f, uint32_t dir)
{
    index_dir_again(f->index, dir, true);
    f->rebase.folders = true;
    f->rebase.folders_due = files_now() + FILES_CALM_NS;
}

void files_rebase_later(struct files *f, uint32_t dir, const char *name)
{
    struct rebase_queue *q = &f->rebase;
    struct rebase *r = &q->ring[q->head];

    if (dir == INDEX_NONE)
        return;
    if ((q->head + 1) % RING == q->tail) {
        files_rebase_folder(f, dir);
        return;
    }
    *r = (struct rebase){.dir = dir, .when = files_now() + FILES_CALM_NS};
    snprintf(r->name, sizeof r->name, "%s", name);
    q->head = (q->head + 1) % RING;
}

bool files_rebase_waits(const struct files *f)
{
    return f->rebase.tail != f->rebase.head || f->rebase.folders;
}

/* O_PATH descriptor of a folder by its number; -1 when it is gone. */
static int folder_fd(struct files *f, uint32_t dir, uint32_t *fs)
{
    struct { struct file_handle h; unsigned char room[MAX_HANDLE_SZ]; } u;
    size_t size;

    if (!index_dir_handle(f->index, dir, fs, &u.h.handle_type, u.room, &size))
        return -1;
    u.h.handle_bytes = (unsigned)size;
    return files_dir_fd(f, *fs, dir, &u.h);
}

static void keep(struct files *f, uint32_t fs, uint32_t dir, int dirfd, const char *name)
{
    const struct index_name *e = index_find(f->index, dir, index_hash(f->index, name));
    struct file_id id;

    if (!e)
        return;
    id = files_id_of(fs, e);
    files_take_in(f, &(struct take_in){.dir = dir, .dirfd = dirfd, .name = name, .only = &id,
                                       .creator = e->creator, .baseline = true, .later = true, .large = atomic_load(&f->notify)});
}

/* The folder that is gone through, the next one when it is done; NULL when there is none left. */
static DIR *open_folder(struct files *f)
{
    struct rebase_queue *q = &f->rebase;

    while (!q->open) {
        int fd;

        q->folder = index_first_again(f->index);
        if (q->folder == INDEX_NONE) {
            q->folders = false;
            return NULL;
        }
        index_dir_again(f->index, q->folder, false);
        fd = folder_fd(f, q->folder, &q->fs);
        fd = fd < 0 ? -1 : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        q->open = fd < 0 ? NULL : fdopendir(fd);
        if (fd >= 0 && !q->open)
            close(fd);
    }
    return q->open;
}

/* A part of what the folders hold that overflowed the ring. */
static void some_of_folders(struct files *f, unsigned n, int64_t until)
{
    struct rebase_queue *q = &f->rebase;
    DIR *d;

    while (n > 0 && files_now() < until && (d = open_folder(f))) {
        struct dirent *e = readdir(d);

        if (!e) {
            closedir(d);
            q->open = NULL;
            continue;
        }
        n--;
        if (e->d_type == DT_REG || e->d_type == DT_UNKNOWN)
            keep(f, q->fs, q->folder, dirfd(d), e->d_name);
    }
}

void files_rebase_some(struct files *f, bool busy)
{
    struct rebase_queue *q = &f->rebase;
    int64_t now = files_now(), until = now + TURN_NS;
    unsigned n = 0, most = busy ? PER_TURN_BUSY : PER_TURN;

    for (; n < most && q->tail != q->head; n++) {
        struct rebase *r = &q->ring[q->tail];
        uint32_t fs;
        int fd;

        if (r->when > now || files_now() >= until)
            return;
        q->tail = (q->tail + 1) % RING;
        fd = folder_fd(f, r->dir, &fs);
        if (fd >= 0)
            keep(f, fs, r->dir, fd, r->name);
    }
    if (q->folders && now >= q->folders_due)
        some_of_folders(f, most - n, until);
}
