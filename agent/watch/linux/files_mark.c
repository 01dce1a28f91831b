/* Walking the protected folders: marks, hard links, baselines, index. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/watch/linux/files_internal.h"
#include "lib/err.h"

#define RESERVE_MOST (2ull << 30) /* free space that the vault leaves: a fiftieth of the file system, this at most */
#define PATIENT_MOST (32u << 20) /* bytes copied ahead of one file while events may gather: a third of a second on a slow disk */
#define BASELINE_COPY (64 * 1024) /* bytes: smaller files are copied ahead where nothing clones */
#define WALK_PENDING 1000000 /* folders waiting in one walk: more means a tree made to exhaust us */
#define NAMES_MASK (FAN_CREATE | FAN_DELETE | FAN_CLOSE_WRITE | FAN_MODIFY | FAN_ONDIR | FAN_EVENT_ON_CHILD)

uint32_t files_fs_of(struct files *f, dev_t dev)
{
    unsigned n = atomic_load_explicit(&f->nfs, memory_order_acquire);

    for (unsigned i = 0; i < n; i++)
        if (f->fs[i].dev == dev)
            return i;
    return INDEX_NONE;
}

uint32_t files_fs_add(struct files *f, int dirfd, const char *path, char *reason, size_t n)
{
    struct vault_limits limits = {.bytes = (uint64_t)f->config->vault_bytes, .age_s = (uint32_t)f->config->vault_age,
                                  .copy_max = LIM_PREIMAGE_COPY};
    uint64_t bytes;
    unsigned i = atomic_load(&f->nfs);
    struct vault_stats stats;
    struct guarded_fs *g;
    struct statfs fs;
    struct stat st;
    uint32_t known;
    int rc;

    if (fstat(dirfd, &st) < 0 || fstatfs(dirfd, &fs) < 0) {
        snprintf(reason, n, "cannot be read: %s", strerror(errno));
        return INDEX_NONE;
    }
    known = files_fs_of(f, st.st_dev);
    if (known != INDEX_NONE)
        return known;
    if (i == FILES_MAX_FS) {
        snprintf(reason, n, "more than %d file systems", FILES_MAX_FS);
        return INDEX_NONE;
    }
    g = &f->fs[i];
    memset(g, 0, sizeof *g);
    memcpy(&g->fsid, &fs.f_fsid, sizeof g->fsid);
    g->dev = st.st_dev;
    g->mount_fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
    (void)os_file_system(dirfd, &g->number);
    /* The user's own work needs room more than the vault does. */
    bytes = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize;
    limits.free_reserve = bytes / 50 > RESERVE_MOST ? RESERVE_MOST : bytes / 50;
    rc = vault_open(&g->vault, path, &limits);
    if (rc) {
        g->vault = NULL;
        snprintf(reason, n, "no vault on this file system: %s", mm_strerror(rc));
    } else {
        vault_stats(g->vault, &stats);
        g->reflink = stats.reflink;
    }
    atomic_store_explicit(&f->nfs, i + 1, memory_order_release);
    files_beside_look(f, true); /* before the first mark here */
    return i;
}

bool files_excluded(const struct files *f, const char *path)
{
    for (unsigned i = 0; i < f->config->exclude.count; i++) {
        const char *e = f->config->exclude.item[i];
        size_t n = strlen(e);

        while (n > 1 && e[n - 1] == '/')
            n--;
        if (!strncmp(path, e, n) && (path[n] == '\0' || path[n] == '/'))
            return true;
    }
    return false;
}

void files_mark_pre_access(struct files *f, int dirfd, const char *name, bool on)
{
    if (f->pre_access && !atomic_load(&f->notify))
        fanotify_mark(f->perm, (on ? FAN_MARK_ADD : FAN_MARK_REMOVE) | FAN_MARK_DONT_FOLLOW, FAN_PRE_ACCESS, dirfd, name);
}

/* Copies of large files ahead of any change take half of the vault at most. */
static bool has_room(const struct guarded_fs *g, uint64_t size)
{
    struct vault_stats s;

    vault_stats(g->vault, &s);
    return size <= PATIENT_MOST && s.bytes + size <= s.limit / 2;
}

/* A version of the content as it is now, so that opens need no closer look and
 * truncate(2) by path loses nothing.  True when the vault has it.  A version and a
 * hard link would be one too many: programs look at st_nlink (gzip(1) refuses such a
 * file).  The link goes before the version is made, because it moves the change time,
 * and when the file is open, because it may be removed just now. */
static bool keep_baseline(struct guarded_fs *g, const struct take_in *t, const struct vault_key *key, uint64_t size)
{
    struct vault_meta meta;
    vault_ref ref;
    bool kept = false;
    int fd;

    if (!g->vault || (!g->reflink && size > BASELINE_COPY && !(t->large && has_room(g, size))))
        return false;
    fd = openat(t->dirfd, t->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOATIME);
    if (fd < 0)
        return false;
    if (vault_meta_of(fd, &meta) == MM_OK && meta.key.ino == key->ino && meta.key.btime_ns == key->btime_ns &&
        (meta.nlink < 2 || (vault_unlink(g->vault, key), vault_meta_of(fd, &meta)) == MM_OK))
        kept = vault_store(g->vault, fd, &meta, 0, NULL, &ref) == MM_OK;
    close(fd);
    return kept;
}

/* Where nobody is held, or was a moment ago, what stands there now may be an attack's work that was not told yet, and a new
 * version lets the one before go: it is made only of what has not changed for a while. */
static bool keep_for_calm(struct files *f, const struct guarded_fs *g, const struct take_in *t, const struct vault_key *key, const struct statx *x)
{
    int64_t age = files_wall() - (x->stx_ctime.tv_sec * 1000000000LL + x->stx_ctime.tv_nsec);

    if (!(atomic_load(&f->notify) || f->walks_again) || !g->vault || !vault_latest(g->vault, key) || (t->later && (age < 0 || age >= FILES_CALM_NS)))
        return false;
    if (t->later)
        files_rebase_later(f, t->dir, t->name);
    return true;
}

/* The file itself, under whatever name it is opened later. */
static bool mark_file(struct files *f, const struct take_in *t, bool pre_access)
{
    unsigned flags = FAN_MARK_ADD | FAN_MARK_DONT_FOLLOW;

    if (!atomic_load(&f->notify) && fanotify_mark(f->perm, flags, FAN_OPEN_PERM | (pre_access ? FAN_PRE_ACCESS : 0), t->dirfd, t->name) == 0)
        return true;
    return atomic_load(&f->notify) && fanotify_mark(f->names, flags, FAN_CLOSE_WRITE | FAN_MODIFY, t->dirfd, t->name) == 0;
}

void files_take_in(struct files *f, const struct take_in *t)
{
    struct guarded_fs *g;
    struct vault_key key;
    struct file_id id;
    struct statx x;
    bool kept;

    if (statx(t->dirfd, t->name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &x) < 0 || !S_ISREG(x.stx_mode))
        return;
    id = (struct file_id){.fs = files_fs_of(f, makedev(x.stx_dev_major, x.stx_dev_minor)), .ino = x.stx_ino,
                          .btime_ns = x.stx_btime.tv_sec * 1000000000LL + x.stx_btime.tv_nsec};
    if (id.fs == INDEX_NONE || (t->only && !file_same(&id, t->only)))
        return;
    g = &f->fs[id.fs];
    key = (struct vault_key){.ino = id.ino, .btime_ns = id.btime_ns};
    /* What no version holds gets a hard link. */
    kept = x.stx_size == 0 || (t->baseline && (keep_for_calm(f, g, t, &key, &x) || keep_baseline(g, t, &key, x.stx_size)));
    if (g->vault && !kept && (t->baseline || !t->creator))
        vault_link(g->vault, t->dirfd, t->name, &key);
    if (mark_file(f, t, f->pre_access && t->baseline && !kept))
        atomic_fetch_add(&f->n_marks, 1);
    if (kept)
        files_mark_pre_access(f, t->dirfd, t->name, false);
    index_put(f->index, t->dir, index_hash(f->index, t->name), key.ino, key.btime_ns, t->creator);
}

/* Folders still to walk: handles would do, but their paths are needed for exclude=. */
struct pending { char *path; struct pending *next; };

static bool push(struct pending **stack, unsigned *n, const char *parent, const char *name)
{
    struct pending *p;
    size_t size = strlen(parent) + strlen(name) + 2;

    if (*n >= WALK_PENDING || !(p = malloc(sizeof *p)))
        return false;
    p->path = malloc(size);
    if (!p->path) {
        free(p);
        return false;
    }
    snprintf(p->path, size, "%s%s%s", parent, *name ? "/" : "", name);
    p->next = *stack;
    *stack = p;
    (*n)++;
    return true;
}

/* Mark one folder in both groups and give it a number. */
static uint32_t mark_dir(struct files *f, int dirfd, uint32_t fs, const char *path)
{
    union { struct file_handle h; char room[sizeof(struct file_handle) + MAX_HANDLE_SZ]; } u;
    uint32_t dir;
    uint64_t names = NAMES_MASK | (f->rename_events ? FAN_RENAME : FAN_MOVED_FROM | FAN_MOVED_TO);
    int mount;

    if (!atomic_load(&f->notify) && fanotify_mark(f->perm, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, dirfd, NULL) < 0 &&
        !atomic_load(&f->notify) /* the group may go this moment */)
        return INDEX_NONE;
    if (fanotify_mark(f->names, FAN_MARK_ADD, names, dirfd, NULL) < 0)
        return INDEX_NONE;
    u.h.handle_bytes = MAX_HANDLE_SZ;
    if (name_to_handle_at(dirfd, "", &u.h, &mount, AT_EMPTY_PATH) < 0)
        return INDEX_NONE;
    atomic_fetch_add(&f->n_marks, 1);
    if (f->fs[fs].vault)
        vault_folder(f->fs[fs].vault, dirfd, path);
    dir = index_dir_add(f->index, fs, u.h.handle_type, u.h.f_handle, u.h.handle_bytes);
    index_dir_stands(f->index, dir, path);
    if (atomic_load(&f->notify) && !f->walks_again) /* what changed while events were lost is no version to keep */
        files_rebase_folder(f, dir);    /* its large files, too */
    return dir;
}

struct walk { struct pending *stack; unsigned n; bool baseline; };

/* One folder: itself first, then what it holds; sub-folders go on the stack. */
static void walk_dir(struct files *f, struct guarded_folder *g, int dirfd, const char *path,
                     struct walk *w)
{
    char reason[128];
    uint32_t fs = files_fs_add(f, dirfd, path, reason, sizeof reason), dir;
    struct dirent *e;
    DIR *d;

    dir = fs == INDEX_NONE ? INDEX_NONE : mark_dir(f, dirfd, fs, path);
    if (dir == INDEX_NONE) {
        g->unmarked++;
        close(dirfd);
        return;
    }
    d = fdopendir(dirfd);
    if (!d) {
        g->unmarked++;
        close(dirfd);
        return;
    }
    while (!atomic_load(&f->stopping) && (e = readdir(d))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || !strcmp(e->d_name, VAULT_FOLDER))
            continue;
        if (e->d_type == DT_DIR || e->d_type == DT_UNKNOWN) {
            if (!push(&w->stack, &w->n, path, e->d_name))
                g->unmarked++;
        }
        if (e->d_type == DT_REG || e->d_type == DT_UNKNOWN) {
            files_take_in(f, &(struct take_in){.dir = dir, .dirfd = dirfd, .name = e->d_name, .baseline = w->baseline});
            atomic_fetch_add(&g->files, 1);
        }
    }
    closedir(d);
}

int files_mark_tree(struct files *f, struct guarded_folder *g, int dirfd, const char *path, bool baseline)
{
    struct walk w = {.baseline = baseline};

    walk_dir(f, g, dirfd, path, &w);
    while (w.stack) {
        struct pending *p = w.stack;

        w.stack = p->next;
        if (!files_excluded(f, p->path)) {
            int fd = open(p->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

            if (fd >= 0)
                walk_dir(f, g, fd, p->path, &w);
            else if (errno != ENOTDIR && errno != ENOENT && errno != ELOOP)
                g->unmarked++;
        }
        free(p->path);
        free(p);
    }
    return MM_OK;
}
