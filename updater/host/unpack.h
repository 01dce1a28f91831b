/* A release's archive: zstd (RFC 8878) over tar (POSIX.1-2001 pax), as it comes from the repository.
 *
 * For the process that has nothing but memory: libzstd and libarchive read bytes that were verified, but were made by a
 * desk that may be careless.  Plain files only; names as tree_path_sound says; bounded in files and bytes. */
#ifndef MM_UPDATER_HOST_UNPACK_H
#define MM_UPDATER_HOST_UNPACK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "updater/host/messages.h"

struct unpack_sink {
    int (*file)(void *context, const struct update_file *file);  /* MM_OK, or the error that ends it */
    int (*bytes)(void *context, const void *bytes, size_t n);
    void *context;
};

/* Unpack `n` bytes, zstd or already a tar, into the sink, and hold the tar against `content` (SHA-256 in digits) and
 * `length`.  `old`, `nold`: the tar that a delta starts from; NULL: none.  `keep`: when not NULL, the tar itself is added to it.
 * MM_OK, MM_EFORMAT, MM_ELIMIT, MM_ENOMEM, or the sink's; `why` (UPDATE_TROUBLE bytes) says what. */
int unpack(const void *bytes, size_t n, const void *old, size_t nold, const char *content, int64_t length,
           const struct unpack_sink *sink, struct buf *keep, char *why);
/* The tar of an archive, zstd or already a tar, of at most out->max bytes. */
int unpack_tar(const void *bytes, size_t n, struct buf *out);

#endif
