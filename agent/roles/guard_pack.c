/* The last good pack: a plain copy of the pack directory's regular files, two
 * levels deep as packs are, replaced whole by a rename.  The copy is made when the
 * pack begins to judge: what is changed in its folder afterwards never judged. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/roles/guard_internal.h"
#include "lib/durable.h"
#include "lib/err.h"

#define DEPTH 4

static int copy_file(int from, int to, const char *name)
{
    int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), out, rc = MM_EIO;
    struct stat st;
    off_t off = 0;

    if (in < 0)
        return mm_from_errno(errno);
    if (fstat(in, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= LIM_PACK_BYTES) {
        out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (out >= 0) {
            while (off < st.st_size && copy_file_range(in, &off, out, NULL, (size_t)(st.st_size - off), 0) > 0)
                ;
            rc = off == st.st_size ? MM_OK : MM_EIO;
            close(out);
        }
    }
    close(in);
    return rc;
}

/* NOLINTNEXTLINE(misc-no-recursion): no deeper than DEPTH */
static int remove_tree(int dirfd, const char *name, int depth)
{
    int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct dirent *e;
    DIR *d;

    if (fd < 0)
        return errno == ENOENT ? MM_OK : mm_from_errno(errno);
    d = fdopendir(fd);
    while (d && (e = readdir(d))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        if (unlinkat(fd, e->d_name, 0) < 0 && depth < DEPTH)
            remove_tree(fd, e->d_name, depth + 1);
    }
    if (d)
        closedir(d);
    else
        close(fd);
    return unlinkat(dirfd, name, AT_REMOVEDIR) < 0 ? mm_from_errno(errno) : MM_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): no deeper than DEPTH */
static int copy_tree(int from, int to, int depth)
{
    DIR *d = fdopendir(dup(from));
    struct dirent *e;
    int rc = d ? MM_OK : MM_EIO;

    while (rc == MM_OK && (e = readdir(d))) {
        struct stat st;

        if (e->d_name[0] == '.' || fstatat(from, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISREG(st.st_mode)) {
            rc = copy_file(from, to, e->d_name);
        } else if (S_ISDIR(st.st_mode) && depth < DEPTH) {
            int a = openat(from, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), b = -1;

            if (a >= 0 && mkdirat(to, e->d_name, 0700) == 0)
                b = openat(to, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            rc = b >= 0 ? copy_tree(a, b, depth + 1) : MM_EIO;
            if (a >= 0)
                close(a);
            if (b >= 0)
                close(b);
        }
    }
    if (d)
        closedir(d);
    return rc;
}

/* Descriptor of STATE/guard, or a negative mm_err. */
static int open_guard(const char *state_dir)
{
    char base[LIM_PATH + 32];
    int fd;

    snprintf(base, sizeof base, "%s/guard", state_dir);
    fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return mm_from_errno(errno);
    return fd;
}

int pack_stage(const char *rules_dir, const char *state_dir)
{
    int from = open(rules_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), state = open_guard(state_dir), to = -1, rc;

    rc = from < 0 || state < 0 ? MM_ENOTFOUND : remove_tree(state, "rules-new", 0);
    if (rc == MM_OK && (mkdirat(state, "rules-new", 0700) < 0 ||
                        (to = openat(state, "rules-new", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0))
        rc = mm_from_errno(errno);
    if (rc == MM_OK)
        rc = copy_tree(from, to, 0);
    if (rc && state >= 0)
        remove_tree(state, "rules-new", 0); /* half a pack is none */
    if (to >= 0)
        close(to);
    if (from >= 0)
        close(from);
    if (state >= 0)
        close(state);
    return rc;
}

int pack_promote(const char *state_dir)
{
    int state = open_guard(state_dir), rc;

    if (state < 0)
        return state;
    rc = remove_tree(state, "rules-good", 0);
    if (rc == MM_OK && renameat(state, "rules-new", state, "rules-good") < 0)
        rc = mm_from_errno(errno);
    close(state);
    return rc;
}
