#include "lib/os/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/limits.h"

#define PARTS 4          /* of a sound path */
#define DEPTH (PARTS + 2) /* and the folder itself */
#define CHUNK 65536

int tree_path_sound(const char *path)
{
    static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-";
    unsigned parts = 1;

    for (const char *p = path; *p; parts++) {
        size_t n = strspn(p, fine);

        if (!n || *p == '.' || parts > PARTS)
            return 0;
        if (!p[n])
            return strlen(path) < LIM_NAME;
        if (p[n] != '/')
            return 0;
        p += n + 1;
    }
    return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): no deeper than DEPTH */
static int remove_at(int parent, const char *name, int depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc = MM_OK;
    const struct dirent *e;
    DIR *d;

    if (fd < 0)
        return errno == ENOENT ? MM_OK : unlinkat(parent, name, 0) == 0 ? MM_OK : mm_from_errno(errno);
    d = fdopendir(fd);
    if (!d) {
        close(fd);
        return MM_ENOMEM;
    }
    while (!rc && (e = readdir(d)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && unlinkat(dirfd(d), e->d_name, 0) < 0)
            rc = depth < DEPTH ? remove_at(dirfd(d), e->d_name, depth + 1) : MM_ELIMIT;
    closedir(d);
    return rc ? rc : unlinkat(parent, name, AT_REMOVEDIR) < 0 ? mm_from_errno(errno) : MM_OK;
}

int tree_remove(const char *parent, const char *name)
{
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

    if (fd < 0)
        return errno == ENOENT ? MM_OK : mm_from_errno(errno);
    rc = remove_at(fd, name, 0);
    close(fd);
    return rc;
}

int tree_put(const char *parent, const char *name, const char *as)
{
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = MM_OK;

    if (fd < 0)
        return mm_from_errno(errno);
    if (renameat2(fd, name, fd, as, RENAME_EXCHANGE) < 0 && (errno != ENOENT || renameat(fd, name, fd, as) < 0))
        rc = mm_from_errno(errno);
    close(fd);
    return rc;
}

int tree_new(const char *parent, const char *name)
{
    int fd, at = -1, rc = tree_remove(parent, name);

    if (rc)
        return rc;
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return mm_from_errno(errno);
    if (mkdirat(fd, name, 0755) == 0)
        at = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    rc = at < 0 ? mm_from_errno(errno) : at;
    if (at >= 0)
        (void)fchmod(at, 0755); /* whatever the umask says */
    close(fd);
    return rc;
}

int tree_file(int folder, const char *path, bool executable)
{
    int at = dup(folder), fd = -1, rc = MM_OK;
    const char *slash;

    if (!tree_path_sound(path)) {
        close(at);
        return MM_EINVAL;
    }
    for (; at >= 0 && !rc && (slash = strchr(path, '/')); path = slash + 1) {
        char part[LIM_NAME];
        int below;

        memcpy(part, path, (size_t)(slash - path));
        part[slash - path] = '\0';
        if (mkdirat(at, part, 0755) < 0 && errno != EEXIST)
            rc = mm_from_errno(errno);
        below = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below >= 0)
            (void)fchmod(below, 0755);
        close(at);
        at = below;
    }
    if (at >= 0 && !rc)
        fd = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (!rc && (fd < 0 || fchmod(fd, executable ? 0755 : 0644) < 0))
        rc = mm_from_errno(errno);
    if (at >= 0)
        close(at);
    if (rc && fd >= 0)
        close(fd);
    return rc ? rc : fd;
}

/* ---- one folder and another ----------------------------------------------------------------------- */

/* Each file below `from`, by its path there.  `each` ends the walk by an error. */
struct walk { const char *from; int (*each)(void *context, const char *path, int fd, const struct stat *st); void *context; };

/* NOLINTNEXTLINE(misc-no-recursion): no deeper than PARTS */
static int walk(const struct walk *w, const char *below, int depth)
{
    char folder[LIM_PATH];
    int rc = snprintf(folder, sizeof folder, "%s%s%s", w->from, *below ? "/" : "", below) < (int)sizeof folder ? MM_OK : MM_ELIMIT;
    const struct dirent *e;
    DIR *d = rc ? NULL : opendir(folder);

    if (!d)
        return rc ? rc : mm_from_errno(errno);
    while (!rc && (e = readdir(d))) {
        char path[LIM_PATH];
        struct stat st;
        int fd;

        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        if (snprintf(path, sizeof path, "%s%s%s", below, *below ? "/" : "", e->d_name) >= (int)sizeof path || !tree_path_sound(path)) {
            rc = MM_EFORMAT;
            break;
        }
        fd = openat(dirfd(d), e->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
            rc = errno == ELOOP ? MM_EFORMAT : mm_from_errno(errno);
        else if (S_ISDIR(st.st_mode))
            rc = depth < PARTS ? walk(w, path, depth + 1) : MM_ELIMIT;
        else
            rc = S_ISREG(st.st_mode) ? w->each(w->context, path, fd, &st) : MM_EFORMAT;
        if (fd >= 0)
            close(fd);
    }
    closedir(d);
    return rc;
}

static int copy_one(void *context, const char *path, int fd, const struct stat *st)
{
    int to = tree_file(*(int *)context, path, (st->st_mode & 0111) != 0), rc = to < 0 ? to : MM_OK;
    char chunk[CHUNK];
    ssize_t n = 0;

    while (!rc && (n = read(fd, chunk, sizeof chunk)) > 0)
        rc = durable_put(to, chunk, (size_t)n);
    if (!rc && n < 0)
        rc = mm_from_errno(errno);
    if (to >= 0 && close(to) < 0 && !rc)
        rc = mm_from_errno(errno);
    return rc;
}

int tree_copy(const char *from, int folder)
{
    const struct walk w = {.from = from, .each = copy_one, .context = &folder};

    return walk(&w, "", 0);
}

struct twin { const char *other; unsigned files; };

static bool same_bytes(int a, int b)
{
    char x[CHUNK], y[CHUNK];
    ssize_t n;

    while ((n = read(a, x, sizeof x)) > 0)
        if (read(b, y, (size_t)n) != n || memcmp(x, y, (size_t)n) != 0) /* regular files: short only at their end */
            return false;
    return n == 0 && read(b, y, 1) == 0;
}

static int compare_one(void *context, const char *path, int fd, const struct stat *st)
{
    struct twin *t = context;
    char other[LIM_PATH];
    struct stat its;
    int to = -1;
    bool same;

    if (snprintf(other, sizeof other, "%s/%s", t->other, path) < (int)sizeof other)
        to = open(other, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    same = to >= 0 && fstat(to, &its) == 0 && S_ISREG(its.st_mode) && its.st_size == st->st_size && !its.st_uid &&
           !(its.st_mode & 022) && !(st->st_mode & 0111) == !(its.st_mode & 0111) && same_bytes(fd, to);
    if (to >= 0)
        close(to);
    t->files++;
    return same ? MM_OK : MM_EFORMAT;
}

static int count_one(void *context, const char *path, int fd, const struct stat *st)
{
    (void)path;
    (void)fd;
    (void)st;
    ++*(unsigned *)context;
    return MM_OK;
}

int tree_same(const char *a, const char *b)
{
    struct twin t = {.other = b};
    unsigned theirs = 0;
    const struct walk ours = {.from = a, .each = compare_one, .context = &t}, more = {.from = b, .each = count_one, .context = &theirs};

    return !walk(&ours, "", 0) && !walk(&more, "", 0) && t.files == theirs;
}

int tree_sync(int folder)
{
    return syncfs(folder) == 0 ? MM_OK : mm_from_errno(errno);
}
