/* Modes made of plain system calls, one function per way of destroying a file. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lab/attack/attack.h"

enum { HEAD_BYTES = 4096, FILL = 0x55 };

static int beside(char *to, size_t size, const char *path, const char *suffix)
{
    int n = snprintf(to, size, "%s%s", path, suffix);
    return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* Open for writing, read, write over it. */
static int over(struct sim *s, unsigned i, const char *path, bool begun)
{
    int fd = -1;
    ssize_t n = sim_load(s, path, O_RDWR, &fd);
    if (n < 0)
        return (int)n;
    sim_encrypt_part(s, (size_t)n, s->o->percent);
    int err = begun || sim_begin(s, i) ? sim_write(s, fd, (size_t)n, 0, i) : -ECANCELED;
    close(fd);
    return err;
}

static int one_inplace(struct sim *s, unsigned i, const char *path)
{
    return over(s, i, path, false);
}

static int one_intermittent(struct sim *s, unsigned i, const char *path)
{
    int fd = -1;
    ssize_t n = sim_load(s, path, O_RDWR, &fd);
    if (n < 0)
        return (int)n;
    unsigned percent = s->o->percent_given ? s->o->percent : 50;
    size_t stride = (size_t)HEAD_BYTES * 100 / percent;
    sim_encrypt(s, (size_t)n);
    int err = sim_begin(s, i) ? 0 : -ECANCELED;
    for (size_t at = 0; err == 0 && at < (size_t)n; at += stride) {
        size_t len = (size_t)n - at < HEAD_BYTES ? (size_t)n - at : HEAD_BYTES;
        if (!sim_go(s))
            err = -ECANCELED;
        else if (pwrite(fd, s->out + at, len, (off_t)at) < 0)
            err = -errno;
        else
            sim_touched(s, i);
    }
    close(fd);
    return err;
}

static int one_headonly(struct sim *s, unsigned i, const char *path)
{
    int fd = -1;
    ssize_t n = sim_load(s, path, O_RDWR, &fd);
    if (n < 0)
        return (int)n;
    size_t len = n < HEAD_BYTES ? (size_t)n : HEAD_BYTES;
    sim_encrypt(s, len);
    int err = sim_begin(s, i) ? sim_write(s, fd, len, 0, i) : -ECANCELED;
    close(fd);
    return err;
}

/* Encrypted copy beside it; the caller removes or replaces the original. */
static int copy_beside(struct sim *s, unsigned i, const char *path, char to[PATH_MAX])
{
    int err = beside(to, PATH_MAX, path, s->o->suffix);
    ssize_t n = err != 0 ? err : sim_load(s, path, O_RDONLY, NULL);
    if (n < 0)
        return (int)n;
    sim_encrypt_part(s, (size_t)n, s->o->percent);
    return sim_begin(s, i) ? sim_new_file(s, to, (size_t)n) : -ECANCELED;
}

/* The call that destroys, between the questions that every one needs. */
#define DESTROY(s, i, call)                                                                                            \
    (!sim_go(s) ? -ECANCELED : (call) != 0 ? -errno : (sim_touched((s), (i)), 0))

static int one_newunlink(struct sim *s, unsigned i, const char *path)
{
    char to[PATH_MAX];
    int err = copy_beside(s, i, path, to);
    return err != 0 ? err : DESTROY(s, i, unlink(path));
}

static int one_newrename(struct sim *s, unsigned i, const char *path)
{
    char to[PATH_MAX];
    int err = copy_beside(s, i, path, to);
    return err != 0 ? err : DESTROY(s, i, rename(to, path));
}

static int one_exchange(struct sim *s, unsigned i, const char *path)
{
    char to[PATH_MAX];
    int err = copy_beside(s, i, path, to);
    if (err == 0)
        err = DESTROY(s, i, renameat2(AT_FDCWD, to, AT_FDCWD, path, RENAME_EXCHANGE));
    if (err == 0 && sim_go(s) && unlink(to) != 0)
        err = -errno;
    return err;
}

static int one_renamefirst(struct sim *s, unsigned i, const char *path)
{
    char to[PATH_MAX];
    int err = beside(to, sizeof to, path, s->o->suffix);
    if (err != 0)
        return err;
    if (!sim_begin(s, i))
        return -ECANCELED;
    if (rename(path, to) != 0)
        return -errno;
    return over(s, i, to, true);
}

static int rewrite(struct sim *s, unsigned i, const char *path, int flags, size_t n)
{
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | flags);
    if (fd < 0)
        return -errno;
    if (flags & O_TRUNC)
        sim_touched(s, i);
    int err = sim_write(s, fd, n, 0, i);
    close(fd);
    return err;
}

static int one_trunc(struct sim *s, unsigned i, const char *path)
{
    ssize_t n = sim_load(s, path, O_RDONLY, NULL);
    if (n < 0)
        return (int)n;
    sim_encrypt_part(s, (size_t)n, s->o->percent);
    return sim_begin(s, i) ? rewrite(s, i, path, O_TRUNC, (size_t)n) : -ECANCELED;
}

static int one_truncpath(struct sim *s, unsigned i, const char *path)
{
    ssize_t n = sim_load(s, path, O_RDONLY, NULL);
    if (n < 0)
        return (int)n;
    sim_encrypt_part(s, (size_t)n, s->o->percent);
    if (!sim_begin(s, i))
        return -ECANCELED;
    int err = DESTROY(s, i, truncate(path, 0));
    return err != 0 ? err : rewrite(s, i, path, 0, (size_t)n);
}

static int one_truncnoread(struct sim *s, unsigned i, const char *path)
{
    if (!sim_begin(s, i))
        return -ECANCELED;
    return DESTROY(s, i, truncate(path, 0));
}

static int one_mmap(struct sim *s, unsigned i, const char *path)
{
    int fd = -1;
    ssize_t n = sim_load(s, path, O_RDWR, &fd);
    if (n <= 0) {
        if (n == 0)
            close(fd);
        return (int)n;
    }
    sim_encrypt_part(s, (size_t)n, s->o->percent);
    unsigned char *map = mmap(NULL, (size_t)n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int err = map == MAP_FAILED ? -errno : 0;
    close(fd); /* the writes come after the last descriptor is gone */
    if (err != 0)
        return err;
    err = sim_begin(s, i) ? 0 : -ECANCELED;
    for (size_t at = 0; err == 0 && at < (size_t)n; at += HEAD_BYTES) {
        size_t len = (size_t)n - at < HEAD_BYTES ? (size_t)n - at : HEAD_BYTES;
        if (!sim_go(s)) {
            err = -ECANCELED;
        } else {
            memcpy(map + at, s->out + at, len);
            sim_touched(s, i);
        }
    }
    munmap(map, (size_t)n);
    return err;
}

static int one_newdir(struct sim *s, unsigned i, const char *path)
{
    char folder[PATH_MAX], to[PATH_MAX];
    int err = beside(folder, sizeof folder, path, ".d");
    if (err == 0)
        err = beside(to, sizeof to, folder, "/x");
    if (err != 0)
        return err;
    if (!sim_begin(s, i))
        return -ECANCELED;
    if (mkdir(folder, 0755) != 0 || rename(path, to) != 0)
        return -errno;
    err = over(s, i, to, true);
    if (err == 0 && sim_go(s) && rename(to, path) == 0)
        rmdir(folder);
    return err;
}

/* By the time that anybody reads of the writing another file stands under the name. */
static int one_nametaken(struct sim *s, unsigned i, const char *path)
{
    static const char junk[] = "nothing to see here\n";
    char to[PATH_MAX];
    int fd, err = beside(to, sizeof to, path, ".locked");
    if (err != 0)
        return err;
    if (!sim_begin(s, i))
        return -ECANCELED;
    err = over(s, i, path, true);
    if (err != 0 || !sim_go(s))
        return err;
    if (rename(path, to) != 0 || (fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) < 0)
        return -errno;
    err = write(fd, junk, sizeof junk - 1) < 0 ? -errno : 0;
    close(fd);
    return err;
}

/* A second name, or another place, outside of the folder that was given. */
static int elsewhere(struct sim *s, unsigned i, const char *path, int (*go)(const char *, const char *), bool back)
{
    char to[PATH_MAX];
    int n = snprintf(to, sizeof to, "%s/x%u", s->o->outside, i);
    if (n < 0 || (size_t)n >= sizeof to)
        return -ENAMETOOLONG;
    if (!sim_begin(s, i))
        return -ECANCELED;
    if (go(path, to) != 0)
        return -errno;
    int err = over(s, i, to, true);
    if (err == 0 && sim_go(s) && (back ? rename(to, path) : unlink(to)) != 0)
        err = -errno;
    return err;
}

static int one_hardlink(struct sim *s, unsigned i, const char *path)
{
    return elsewhere(s, i, path, link, false);
}

static int one_moveout(struct sim *s, unsigned i, const char *path)
{
    return elsewhere(s, i, path, rename, true);
}

/* The outside folder must be test data as well, on the same file system. */
static int start_outside(struct sim *s)
{
    char marker[PATH_MAX];
    struct stat a, b, m;
    if (beside(marker, sizeof marker, s->o->outside, "/" SIM_MARKER) != 0)
        return -ENAMETOOLONG;
    if (lstat(marker, &m) != 0 || !S_ISREG(m.st_mode))
        return -ENOENT;
    if (stat(s->o->outside, &a) != 0 || stat(s->root, &b) != 0)
        return -errno;
    return a.st_dev == b.st_dev ? 0 : -EXDEV;
}

static int one_overnoread(struct sim *s, unsigned i, const char *path)
{
    char to[PATH_MAX];
    struct stat st;
    int err = beside(to, sizeof to, path, s->o->suffix);
    if (err != 0 || stat(path, &st) != 0)
        return err != 0 ? err : -errno;
    size_t n = (size_t)st.st_size < s->room ? (size_t)st.st_size : s->room;
    memset(s->out, FILL, n);
    if (!sim_begin(s, i))
        return -ECANCELED;
    err = sim_new_file(s, to, n);
    return err != 0 ? err : DESTROY(s, i, rename(to, path));
}

static int one_wipe(struct sim *s, unsigned i, const char *path)
{
    if (!sim_begin(s, i))
        return -ECANCELED;
    return DESTROY(s, i, unlink(path));
}

static int one_zeros(struct sim *s, unsigned i, const char *path)
{
    int fd = -1;
    ssize_t n = sim_load(s, path, O_RDWR, &fd);
    if (n < 0)
        return (int)n;
    memset(s->out, 0, (size_t)n);
    int err = sim_begin(s, i) ? sim_write(s, fd, (size_t)n, 0, i) : -ECANCELED;
    close(fd);
    return err;
}

/* Encrypted, but as text: no high entropy to see. */
static int one_base64(struct sim *s, unsigned i, const char *path)
{
    ssize_t n = sim_load(s, path, O_RDONLY, NULL);
    if (n < 0)
        return (int)n;
    sim_encrypt(s, (size_t)n);
    unsigned char *text = malloc((size_t)n / 3 * 4 + 8);
    if (text == NULL)
        return -ENOMEM;
    size_t len = (size_t)EVP_EncodeBlock(text, s->out, (int)n);
    int err = sim_begin(s, i) ? 0 : -ECANCELED;
    int fd = err != 0 ? -1 : open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
    if (err == 0 && fd < 0)
        err = -errno;
    if (err == 0) {
        sim_touched(s, i);
        for (size_t at = 0; err == 0 && at < len;) {
            ssize_t w = sim_go(s) ? pwrite(fd, text + at, len - at, (off_t)at) : 0;
            if (w <= 0)
                err = w < 0 ? -errno : -ECANCELED;
            else
                at += (size_t)w;
        }
    }
    if (fd >= 0)
        close(fd);
    free(text);
    return err;
}

const struct sim_mode sim_plain_modes[] = {
    { "inplace", one_inplace, NULL, NULL, false, "read and write over" },
    { "newunlink", one_newunlink, NULL, NULL, false, "encrypted copy, original unlinked" },
    { "newrename", one_newrename, NULL, NULL, false, "encrypted copy renamed over the original" },
    { "renamefirst", one_renamefirst, NULL, NULL, false, "new ending first, then write over" },
    { "intermittent", one_intermittent, NULL, NULL, false, "every other 4 KiB (or --percent)" },
    { "trunc", one_trunc, NULL, NULL, false, "read, open with O_TRUNC, write" },
    { "truncpath", one_truncpath, NULL, NULL, false, "read, truncate(2), write" },
    { "mmap", one_mmap, NULL, NULL, false, "shared mapping after the descriptor is closed" },
    { "newdir", one_newdir, NULL, NULL, false, "moved into a new folder, written there, moved back" },
    { "nametaken", one_nametaken, NULL, NULL, false, "written over, renamed, another file put under the name" },
    { "hardlink", one_hardlink, start_outside, NULL, false, "written through a hard link outside" },
    { "moveout", one_moveout, start_outside, NULL, false, "moved outside, written there, moved back" },
    { "overnoread", one_overnoread, NULL, NULL, false, "junk renamed over it, never read" },
    { "wipe", one_wipe, NULL, NULL, false, "unlink, never opened" },
    { "exchange", one_exchange, NULL, NULL, false, "RENAME_EXCHANGE with the encrypted copy, then unlink" },
    { "headonly", one_headonly, NULL, NULL, false, "only the first 4 KiB" },
    { "base64", one_base64, NULL, NULL, false, "encrypted and written as base64 text" },
    { "zeros", one_zeros, NULL, NULL, false, "written over by zeros" },
    { "truncnoread", one_truncnoread, NULL, NULL, false, "truncate(2), never opened" },
    { NULL, NULL, NULL, NULL, false, NULL },
};
