/* A file of lines, read as a stream and unpacked on the way.
 *
 * Package lists are large (50 MB), are kept plain or packed by apt and dnf (gzip,
 * xz, zstd, lz4, bzip2, zchunk: told by their first bytes, not by their name)
 * and come from somebody else: the bytes given are bounded, a line longer than a block is cut,
 * a broken stream is an error at the end and never a crash.
 *
 * Owner: the caller of lines_open, who calls lines_close; the descriptor stays
 * the caller's.  One thread.  No allocation per line. */
#ifndef MM_AGENT_WATCH_HOST_UNPACK_H
#define MM_AGENT_WATCH_HOST_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unpack;

/* Unpack what is read from `fd`, `max` bytes of it at most.  MM_OK, MM_ENOMEM, MM_EIO, MM_EUNSUPPORTED (a packing
 * that is not read here: lzma). */
int unpack_open(struct unpack **out, int fd, uint64_t max);
/* Up to `n` bytes: how many, 0 at the end, a negative mm_err: MM_EFORMAT broken or cut off, MM_ELIMIT more than `max`. */
long unpack_read(struct unpack *u, void *bytes, size_t n);
void unpack_close(struct unpack *u);

struct lines {
    struct unpack *from;
    char *block;          /* LINES_BLOCK bytes */
    size_t at, len;       /* of block: not given yet */
    int rc;               /* why it ended */
    bool end;
};
#define LINES_BLOCK (128u << 10) /* large against a line, small against the cache */

/* As unpack_open. */
int lines_open(struct lines *l, int fd, uint64_t max);
/* The next line without its end, not NUL-terminated, valid until the next call; false at the end.
 * A line that does not fit into a block is cut there. */
bool lines_next(struct lines *l, const char **line, size_t *n);
/* MM_OK when the end was reached without an error, else why not.  Frees. */
int lines_close(struct lines *l);

#endif
