/* What one file says about another: version, length and hashes.  Pure, plain
 * structs that can be copied and sent. */
#ifndef MM_UPDATER_TUF_INFO_H
#define MM_UPDATER_TUF_INFO_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "updater/tuf/cause.h"

struct tuf_info {
    int64_t version;   /* 0: not told (targets have none) */
    int64_t length;    /* bytes; -1: not told */
    int hashes;        /* 1: hashes are told, also when only of unknown kinds */
    char sha256[65];   /* hexadecimal digits, lower case; "": not told */
    char sha512[129];
};

/* Read an entry of `meta` in a timestamp or snapshot: version, and length and
 * hashes where they are told.  MM_EFORMAT. */
int tuf_info_read_meta(const json_t *entry, struct tuf_info *out);
/* Read an entry of `targets`: length and hashes, both needed.  MM_EFORMAT. */
int tuf_info_read_target(const json_t *entry, struct tuf_info *out);
/* Hold `n` bytes against it: the length where one is told; where hashes are
 * told, each known one must fit and at least one be known.  TUF_FINE,
 * TUF_NO_HASH, or `otherwise` when they do not fit. */
enum tuf_cause tuf_info_check(const struct tuf_info *info, const void *bytes, size_t n, enum tuf_cause otherwise);

#endif
