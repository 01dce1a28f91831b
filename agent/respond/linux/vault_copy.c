/* Copying and comparing file contents.  Owns nothing; allocates nothing. */
#include "agent/respond/linux/vault_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum method { BY_RANGE, BY_SENDFILE, BY_HAND };

struct copy {
    int from, to;
    const volatile int *cancel;
    enum method method;
};

static ssize_t by_range(struct copy *c, off_t at, size_t n)
{
    off_t in = at, out = at;

    return copy_file_range(c->from, &in, c->to, &out, n, 0);
}

static ssize_t by_sendfile(struct copy *c, off_t at, size_t n)
{
    off_t in = at;

    if (lseek(c->to, at, SEEK_SET) < 0)
        return -1;
    return sendfile(c->to, c->from, &in, n);
}

static ssize_t by_hand(struct copy *c, off_t at, size_t n)
{
    char chunk[16384];
    ssize_t got = pread(c->from, chunk, n < sizeof chunk ? n : sizeof chunk, at);

    return got <= 0 ? got : pwrite(c->to, chunk, (size_t)got, at);
}

/* One piece; steps down to a plainer method where the file system refuses one. */
static ssize_t piece(struct copy *c, off_t at, size_t n)
{
    static ssize_t (*const way[])(struct copy *, off_t, size_t) = {by_range, by_sendfile, by_hand};

    for (;;) {
        ssize_t got = way[c->method](c, at, n);

        if (got >= 0)
            return got;
        if (errno == EINTR)
            continue;
        if (c->method == BY_HAND || errno == ENOSPC || errno == EDQUOT || errno == EIO)
            return -1;
        c->method++;
    }
}

/* Copy [at, end); *reached tells how far the source went. */
static int copy_span(struct copy *c, off_t at, off_t end, off_t *reached)
{
    while (at < end) {
        size_t n = end - at < (off_t)LIM_VAULT_CHUNK ? (size_t)(end - at) : LIM_VAULT_CHUNK;
        ssize_t got;

        if (c->cancel && *c->cancel)
            return MM_ETIMEOUT;
        got = piece(c, at, n);
        if (got < 0)
            return errno == ENOSPC || errno == EDQUOT ? MM_ENOSPC : MM_EIO;
        if (!got)
            break; /* it was cut off meanwhile */
        at += got;
    }
    *reached = at;
    return MM_OK;
}

/* Only the parts that hold data, so that a sparse file stays sparse. */
static int copy_sparse(struct copy *c, off_t size, off_t *reached)
{
    off_t at = 0;

    while (at < size) {
        off_t data = lseek(c->from, at, SEEK_DATA), hole;
        int rc;

        if (data < 0 && errno == ENXIO)
            break; /* nothing but a hole up to the end */
        hole = data < 0 ? -1 : lseek(c->from, data, SEEK_HOLE);
        if (hole < 0)
            return copy_span(c, at, size, reached);
        hole = hole > size ? size : hole;
        rc = copy_span(c, data, hole, &at);
        if (rc)
            return rc;
        if (at < hole) {
            *reached = at;
            return MM_OK;
        }
    }
    *reached = size;
    return MM_OK;
}

int vault_copy(int from, int to, uint64_t size, bool clone, const volatile int *cancel, uint64_t *kept)
{
    struct copy c = {from, to, cancel, BY_RANGE};
    off_t reached = 0;
    struct stat st;
    int rc;

    if (clone && !ioctl(to, FICLONE, from)) {
        if (fstat(to, &st))
            return MM_EIO;
        *kept = (uint64_t)st.st_size;
        return MM_OK;
    }
    if (size > INT64_MAX || fstat(from, &st))
        return MM_EIO;
    if ((uint64_t)st.st_blocks * 512 >= size)
        rc = copy_span(&c, 0, (off_t)size, &reached);
    else if (!(rc = copy_sparse(&c, (off_t)size, &reached)) && ftruncate(to, reached)) /* a hole at the end */
        rc = errno == ENOSPC ? MM_ENOSPC : MM_EIO;
    if (rc)
        return rc;
    *kept = (uint64_t)reached;
    return MM_OK;
}

/* Fill `out` as far as the file goes. */
static ssize_t fill(int fd, char *out, size_t n, off_t at)
{
    size_t have = 0;

    while (have < n) {
        ssize_t got = pread(fd, out + have, n - have, at + (off_t)have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (!got)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

int vault_compare(int a, int b)
{
    char x[16384], y[16384];
    struct stat sa, sb;

    if (fstat(a, &sa) || fstat(b, &sb))
        return MM_EIO;
    if (sa.st_size != sb.st_size)
        return 0;
    for (off_t at = 0;; at += (off_t)sizeof x) {
        ssize_t n = fill(a, x, sizeof x, at), m = fill(b, y, sizeof y, at);

        if (n < 0 || m < 0)
            return MM_EIO;
        if (n != m || memcmp(x, y, (size_t)n))
            return 0;
        if (n < (ssize_t)sizeof x)
            return 1;
    }
}
