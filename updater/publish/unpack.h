/* Reading the archives that are published, as hosts will: what is in them, and
 * whether hosts take it.  Memory is bounded whatever the bytes are. */
#ifndef MM_UPDATER_PUBLISH_UNPACK_H
#define MM_UPDATER_PUBLISH_UNPACK_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "updater/publish/pack.h"

#define UNPACK_WINDOW_LEAST 10  /* log2 of zstd's windows: the least that there is, */
#define UNPACK_WINDOW 27        /* of an archive, what every decoder takes: 128 MiB, */
#define UNPACK_DELTA_WINDOW 30  /* of a delta, so that both archives lie in it: LIM_UPDATE_CONTENT twice */

/* What is in an archive; the holder ends it with unpacked_fini. */
struct unpacked {
    uint64_t length;            /* of the tar archive, and its hash */
    char sha256[SHA256_HEX];
    struct buf manifest;        /* manifest.json at its top; empty: there is none */
    int has_bin;                /* a file in bin/ */
    int64_t schema;             /* of the state, as bin/mimamorid says in its own bytes; 0: it does not, -1: several */
};

/* 1 when a host takes a file of this name (tree_path_sound). */
int unpack_name_fits(const char *path);
/* Look through a .tar.zst, at last by the hosts' own code.  MM_EFORMAT: no archive, or one that hosts do not take; MM_ELIMIT: too large; *why says it. */
int unpack_look(const void *bytes, size_t n, struct unpacked *out, char why[PACK_WHY]);
/* Free what it holds; fine for a zeroed one. */
void unpacked_fini(struct unpacked *u);
/* Append the tar archive of a .tar.zst.  MM_EFORMAT: not zstd, or cut off; MM_ELIMIT.  After a failure a part of
 * it may be there. */
int unpack_whole(const void *bytes, size_t n, struct buf *tar);
/* Append what a delta makes out of the archive `old`. */
int unpack_delta(const struct buf *old, const void *bytes, size_t n, struct buf *tar);

#endif
