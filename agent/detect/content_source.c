#include "agent/detect/content_source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/err.h"

int source_open(struct content_source *s, int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return MM_EIO;
    if (!S_ISREG(st.st_mode))
        return MM_EINVAL;
    s->fd = fd;
    s->mem = NULL;
    s->size = (uint64_t)st.st_size;
    return MM_OK;
}

void source_memory(struct content_source *s, const void *bytes, size_t n)
{
    s->fd = -1;
    s->mem = bytes;
    s->size = n;
}

static size_t read_fd(int fd, uint64_t at, uint8_t *to, size_t n)
{
    size_t got = 0;

    while (got < n) {
        ssize_t r = pread(fd, to + got, n - got, (off_t)(at + got));

        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            break;
        got += (size_t)r;
    }
    return got;
}

size_t source_read(const struct content_source *s, uint64_t at, void *to, size_t n)
{
    if (at >= s->size)
        return 0;
    if (n > s->size - at)
        n = (size_t)(s->size - at);
    if (!s->mem)
        return read_fd(s->fd, at, to, n);
    memcpy(to, s->mem + at, n);
    return n;
}
