#include "updater/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"

#define LOCK_NAME "updater.lock"
#define TEMPORARY ".tmp."       /* lib/durable.c: NAME, this, and 12 hexadecimal digits */
#define TEMPORARY_DIGITS 12

static int take_lock(const char *folder)
{
    char path[LIM_PATH];
    int fd, rc;

    if (snprintf(path, sizeof path, "%s/" LOCK_NAME, folder) >= (int)sizeof path)
        return MM_ELIMIT;
    fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return mm_from_errno(errno);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    rc = errno == EWOULDBLOCK ? MM_EAGAIN : mm_from_errno(errno);
    close(fd);
    return rc;
}

static int is_temporary(const char *name)
{
    size_t n = strlen(name), end = sizeof TEMPORARY - 1 + TEMPORARY_DIGITS;

    return n > end && !strncmp(name + n - end, TEMPORARY, sizeof TEMPORARY - 1) &&
           strspn(name + n - TEMPORARY_DIGITS, "0123456789abcdef") == TEMPORARY_DIGITS;
}

/* What cannot be removed stays: it is in nobody's way but for its space. */
static void tidy(const char *folder)
{
    DIR *d = opendir(folder);
    const struct dirent *e;

    while (d && (e = readdir(d)))
        if (is_temporary(e->d_name))
            (void)unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
}

int store_open(struct store *s, const char *metadata, const char *artifacts)
{
    int fd = take_lock(metadata);

    if (fd < 0)
        return fd;
    *s = (struct store){.folder = {[TUF_METADATA] = metadata, [TUF_ARTIFACTS] = artifacts}, .lock = fd};
    tidy(metadata);
    if (artifacts)
        tidy(artifacts);
    return MM_OK;
}

void store_close(struct store *s)
{
    if (s->lock >= 0)
        close(s->lock);
    s->lock = -1;
}

/* Names come from updater/tuf/names.h and have no slash; that is looked at again where a file is touched. */
int store_path(const struct store *s, enum tuf_place place, const char *name, char out[LIM_PATH])
{
    if (!s->folder[place] || !name[0] || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
        return MM_EINVAL;
    return snprintf(out, LIM_PATH, "%s/%s", s->folder[place], name) < LIM_PATH ? MM_OK : MM_ELIMIT;
}

int store_load(const struct store *s, enum tuf_place place, const char *name, struct buf *out)
{
    char path[LIM_PATH];
    int rc = store_path(s, place, name, path);

    return rc ? rc : durable_read(path, out);
}

int store_read(const struct store *s, enum tuf_place place, const char *name)
{
    char path[LIM_PATH];
    int rc = store_path(s, place, name, path), fd;

    if (rc)
        return rc;
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    /* cppcheck-suppress resourceLeak ; the caller closes it */
    return fd < 0 ? mm_from_errno(errno) : fd;
}

int store_keep(const struct store *s, enum tuf_place place, const char *name, const void *bytes, size_t n)
{
    char path[LIM_PATH];
    int rc = store_path(s, place, name, path);

    return rc ? rc : durable_write(path, bytes, n, 0644);
}
