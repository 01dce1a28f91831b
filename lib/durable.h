/* Files that survive a power cut: temp in the same directory, write, fsync,
 * rename, fsync of the directory (rename(2), fsync(2)). */
#ifndef MM_LIB_DURABLE_H
#define MM_LIB_DURABLE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/buf.h"

/* Replace `path` by `n` bytes with `mode`.  The old content stays on any failure. */
int durable_write(const char *path, const void *data, size_t n, mode_t mode);
/* The same for content that comes in pieces: begin, put to d->fd with durable_put, and commit, or abandon.  After a commit that
 * failed there is nothing to abandon. */
struct durable { int fd; char *temp; };
int durable_begin(struct durable *d, const char *path);
int durable_commit(struct durable *d, const char *path, mode_t mode);
void durable_abandon(struct durable *d);
/* Make `path` a symbolic link to `target`, in one step from whatever link or file it was before. */
int durable_link(const char *target, const char *path);
/* fsync of the directory that holds `path`. */
int durable_sync_parent(const char *path);
/* write(2) until all `n` bytes are written; no fsync.  MM_OK, MM_ENOSPC, MM_EIO ... */
int durable_put(int fd, const void *data, size_t n);
/* Read a whole file of at most out->max bytes.  MM_ENOTFOUND, MM_ELIMIT, MM_EIO. */
int durable_read(const char *path, struct buf *out);
/* mkdir -p with `mode` for the last part; an existing directory is MM_OK. */
int durable_mkdir(const char *path, mode_t mode);

#endif
