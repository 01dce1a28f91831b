/* The two folders of an updater: metadata and artifacts, and the lock that lets
 * one updater at a time work with them.
 *
 * Owner of both folders as a whole: whatever looks like a temporary file of a
 * writer that died is removed when the store is opened. */
#ifndef MM_UPDATER_STORE_H
#define MM_UPDATER_STORE_H

#include <stddef.h>

#include "lib/buf.h"
#include "updater/tuf/client.h"

struct store {
    const char *folder[2]; /* by enum tuf_place; the caller's texts; artifacts may be NULL */
    int lock;              /* descriptor, -1: closed */
};

/* Take the lock and tidy up; the folders are there already.  MM_EAGAIN: another updater is at work. */
int store_open(struct store *s, const char *metadata, const char *artifacts);
/* Give the lock back; fine when it is closed already. */
void store_close(struct store *s);
/* Read a file of at most out->max bytes.  MM_ENOTFOUND, MM_ELIMIT, MM_EIO ... */
int store_load(const struct store *s, enum tuf_place place, const char *name, struct buf *out);
/* Open a file to read it piece by piece: a descriptor or a negative error, as above. */
int store_read(const struct store *s, enum tuf_place place, const char *name);
/* Path of a file in a folder of the store.  MM_EINVAL: no name of a file. */
int store_path(const struct store *s, enum tuf_place place, const char *name, char out[LIM_PATH]);
/* Replace a file; after MM_OK it survives a power cut.  The old one stays on any failure. */
int store_keep(const struct store *s, enum tuf_place place, const char *name, const void *bytes, size_t n);

#endif
