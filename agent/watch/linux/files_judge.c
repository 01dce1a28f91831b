/* Contents to the scan process, touches to the vault. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/linux/files_internal.h"
#include "lib/err.h"

#define JUDGE_OPEN_MAX 16 /* open files of one tree judged in place at one time */
#define WRITERS_MAX 8     /* trees that have one file open at one time */

static void touch(struct files *f, uint32_t fs, struct vault_touch *t)
{
    struct vault *v = files_vault(f, fs);
    struct timespec wall;

    if (!(t->flags & TOUCH_NEW))
        atomic_store(&f->touched, true);
    if (!v)
        return;
    clock_gettime(CLOCK_REALTIME, &wall);
    t->wall_ns = (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec;
    if (vault_touch(v, t) != MM_OK)
        atomic_fetch_add(&f->n_lost_opens, 1);
}

void files_touch(struct files *f, const struct tree_who *who, const struct file_id *id, int kind,
                 uint64_t before, const char *path, const char *path2)
{
    struct vault_touch t = {.tree = who->tree, .kind = (enum vault_touch_kind)kind,
                            .key = {.ino = id->ino, .btime_ns = id->btime_ns},
                            .ref = before, .path = path, .path2 = path2};

    touch(f, id->fs, &t);
}

void files_touch_flagged(struct files *f, uint64_t tree, uint32_t flags, const struct file_id *id, int kind,
                         const char *path, const char *path2)
{
    struct vault_touch t = {.tree = tree, .kind = (enum vault_touch_kind)kind, .flags = flags,
                            .key = {.ino = id->ino, .btime_ns = id->btime_ns}, .path = path, .path2 = path2};

    touch(f, id->fs, &t);
}

static uint64_t size_of(int fd)
{
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
}

/* The content after the change: the name it has now, else the vault's hard link. */
static int open_after(struct files *f, const struct file_id *id, enum touch_way way, const char *name, int dirfd)
{
    struct vault_key key = {.ino = id->ino, .btime_ns = id->btime_ns};
    struct vault *v = files_vault(f, id->fs);
    int fd = -1;

    if (dirfd >= 0 && name)
        fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0 && (way == WAY_INPLACE || way == WAY_FRESH)) { /* the name may be another file's by now */
        struct stat st;

        if (fstat(fd, &st) < 0 || st.st_ino != id->ino) {
            close(fd);
            fd = -1;
        }
    }
    if (fd < 0 && way == WAY_INPLACE)
        fd = files_held(f, id);
    if (fd < 0 && way == WAY_INPLACE && v && vault_open_before(v, &key, 0, &fd))
        fd = -1;
    return fd;
}

void files_judge(struct files *f, const struct tree_who *who, const struct file_id *id, enum touch_way way,
                 uint64_t before, const char *name, int dirfd)
{
    struct vault_key key = {.ino = id->ino, .btime_ns = id->btime_ns};
    struct files_compare c = {.who = *who, .file = *id, .way = way, .after = -1, .before = -1};
    struct content_verdict unknown = {.change = CHANGE_UNKNOWN};
    struct vault *v = files_vault(f, id->fs);

    if (!trees_judging(f->trees, who, id, way, before, files_now()))
        return;
    if (way == WAY_REMOVED) { /* what it was, judged alone: a document, or nothing anybody could read? */
        if (!v || vault_open_before(v, &key, before, &c.after))
            c.after = -1;
    } else {
        c.after = open_after(f, id, way, name, dirfd);
    }
    if (way != WAY_FRESH && way != WAY_REMOVED && v && vault_open_before(v, &key, before, &c.before))
        c.before = -1;
    c.after_size = size_of(c.after);
    c.before_size = size_of(c.before);
    if (name)
        memccpy(c.name, name, '\0', sizeof c.name - 1);
    if (c.after >= 0) {
        files_path_of(c.after, c.path, sizeof c.path);
        if ((way == WAY_FRESH || way == WAY_REMOVED || c.before >= 0) && f->hooks.compare(f->hooks.context, &c) == MM_OK)
            return; /* descriptors went with it */
    }
    if (c.after >= 0)
        close(c.after);
    if (c.before >= 0)
        close(c.before);
    trees_judged(f->trees, who, id, &unknown, files_now());
    files_gate_changed(f);
}

unsigned files_judge_closed(struct files *f, uint64_t closer, const struct file_id *id, const char *name, int dirfd)
{
    struct touch_info w[WRITERS_MAX];
    unsigned n = trees_closed(f->trees, id, w, WRITERS_MAX);

    for (unsigned i = 0; i < n; i++)
        if (w[i].who.tree != closer)
            files_judge(f, &w[i].who, id, WAY_INPLACE, w[i].before, name, dirfd);
    return n;
}

static void judge_in_place(struct files *f, const struct touch_info *open, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        files_judge(f, &open[i].who, &open[i].file, WAY_INPLACE, open[i].before, NULL, -1);
}

void files_judge_stuck(struct files *f)
{
    struct touch_info open[JUDGE_OPEN_MAX];

    judge_in_place(f, open, trees_stuck(f->trees, files_now(), open, JUDGE_OPEN_MAX));
}

void files_judge_open(struct files *f, uint64_t tree)
{
    struct touch_info open[JUDGE_OPEN_MAX];

    judge_in_place(f, open, trees_unjudged(f->trees, tree, open, JUDGE_OPEN_MAX));
}
