/* Bytes to be judged: an open file or memory, read by position only.
 *
 * Never mapped: the owner may cut the file while we look at it.  A short read
 * is the end of the content.  The descriptor stays the caller's. */
#ifndef MM_AGENT_DETECT_CONTENT_SOURCE_H
#define MM_AGENT_DETECT_CONTENT_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct content_source {
    int fd;             /* used when mem is NULL */
    const uint8_t *mem; /* tests, fuzzers, bytes received */
    uint64_t size;      /* bytes that may be read */
};

/* A source over `fd`, sized by fstat(2).  MM_EINVAL when it is not a regular
 * file, MM_EIO when it cannot be asked. */
int source_open(struct content_source *s, int fd);
/* A source over memory that outlives it. */
void source_memory(struct content_source *s, const void *bytes, size_t n);
/* Read up to `n` bytes at `at`; bytes really read, 0 at the end or on error. */
size_t source_read(const struct content_source *s, uint64_t at, void *to, size_t n);

#endif
