/* Durable means: whoever gets MM_OK may lose power the next moment.  The
 * temporary file has a name that nobody can foresee, is made with O_EXCL and
 * 0600, and gets its final mode before its final name. */
#include "lib/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/err.h"

int durable_sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    int fd, rc = MM_OK;

    if (!dir)
        return MM_ENOMEM;
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(dir);
    if (fd < 0)
        return mm_from_errno(errno);
    if (fsync(fd) < 0)
        rc = mm_from_errno(errno);
    close(fd);
    return rc;
}

int durable_put(int fd, const void *data, size_t n)
{
    const char *p = data;

    while (n) {
        ssize_t w = write(fd, p, n);

        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return w < 0 ? mm_from_errno(errno) : MM_EIO;
        p += w;
        n -= (size_t)w;
    }
    return MM_OK;
}

static char *temp_name(const char *path)
{
    size_t len = strlen(path);
    uint8_t r[6];
    char *name;

    if (crypto_random(r, sizeof r))
        return NULL;
    name = malloc(len + 5 + 2 * sizeof r + 1);
    if (!name)
        return NULL;
    memcpy(name, path, len);
    memcpy(name + len, ".tmp.", 5);
    crypto_hex(r, sizeof r, name + len + 5);
    return name;
}

int durable_begin(struct durable *d, const char *path)
{
    int rc;

    *d = (struct durable){.fd = -1, .temp = temp_name(path)};
    if (!d->temp)
        return MM_ENOMEM;
    d->fd = open(d->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (d->fd >= 0)
        return MM_OK;
    rc = mm_from_errno(errno);
    free(d->temp);
    d->temp = NULL;
    return rc;
}

int durable_commit(struct durable *d, const char *path, mode_t mode)
{
    int rc = fchmod(d->fd, mode) < 0 || fsync(d->fd) < 0 ? mm_from_errno(errno) : MM_OK;

    if (close(d->fd) < 0 && !rc)
        rc = mm_from_errno(errno);
    d->fd = -1;
    if (!rc && rename(d->temp, path) < 0)
        rc = mm_from_errno(errno);
    if (rc) {
        durable_abandon(d);
        return rc;
    }
    free(d->temp);
    d->temp = NULL;
    return durable_sync_parent(path);
}

void durable_abandon(struct durable *d)
{
    if (d->fd >= 0)
        close(d->fd);
    if (d->temp)
        unlink(d->temp);
    free(d->temp);
    *d = (struct durable){.fd = -1};
}

int durable_write(const char *path, const void *data, size_t n, mode_t mode)
{
    struct durable d;
    int rc = durable_begin(&d, path);

    if (rc)
        return rc;
    rc = durable_put(d.fd, data, n);
    if (!rc)
        return durable_commit(&d, path, mode);
    durable_abandon(&d);
    return rc;
}

int durable_link(const char *target, const char *path)
{
    char *temp = temp_name(path);
    int rc = MM_OK;

    if (!temp)
        return MM_ENOMEM;
    if (symlink(target, temp) < 0)
        rc = mm_from_errno(errno);
    else if (rename(temp, path) < 0) {
        rc = mm_from_errno(errno);
        unlink(temp);
    }
    free(temp);
    return rc ? rc : durable_sync_parent(path);
}

static int read_all(int fd, struct buf *into)
{
    char chunk[4096];
    ssize_t n;
    int rc;

    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EISDIR ? MM_EIO : mm_from_errno(errno);
        rc = buf_add(into, chunk, (size_t)n);
        if (rc)
            return rc;
    }
    return MM_OK;
}

int durable_read(const char *path, struct buf *out)
{
    struct buf whole;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

    if (fd < 0)
        return mm_from_errno(errno);
    buf_init(&whole, out->max);
    rc = read_all(fd, &whole);
    close(fd);
    if (!rc) {
        buf_fini(out);
        *out = whole;
        return MM_OK;
    }
    buf_fini(&whole);
    return rc;
}

static int make_one(const char *path, mode_t mode)
{
    struct stat st;

    if (mkdir(path, mode) == 0)
        return durable_sync_parent(path);
    if (errno != EEXIST)
        return mm_from_errno(errno);
    if (stat(path, &st) < 0)
        return mm_from_errno(errno);
    return S_ISDIR(st.st_mode) ? MM_OK : MM_EEXIST;
}

int durable_mkdir(const char *path, mode_t mode)
{
    char *copy = strdup(path);
    size_t len;
    int rc = MM_OK;

    if (!copy)
        return MM_ENOMEM;
    len = strlen(copy);
    while (len > 1 && copy[len - 1] == '/')
        copy[--len] = '\0';
    if (!len) {
        free(copy);
        return MM_EINVAL;
    }
    for (char *p = strchr(copy + 1, '/'); p && !rc; p = strchr(p + 1, '/')) {
        *p = '\0';
        rc = make_one(copy, 0755);
        *p = '/';
    }
    if (!rc)
        rc = make_one(copy, mode);
    free(copy);
    return rc;
}
