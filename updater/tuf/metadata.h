/* One metadata file: strict reading.  Pure.  Whoever gets MM_OK may take every
 * member of its kind for granted: it is there, has its type and is in range.
 * Nothing is trusted yet: signatures are counted in trust.h.  Members that are
 * not known are kept, for they are signed, and otherwise ignored. */
#ifndef MM_UPDATER_TUF_METADATA_H
#define MM_UPDATER_TUF_METADATA_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "updater/tuf/info.h"

enum tuf_kind { TUF_ROOT, TUF_TIMESTAMP, TUF_SNAPSHOT, TUF_TARGETS };

/* Owner of everything in it: the holder, tuf_meta_fini frees. */
struct tuf_meta {
    json_t *file;            /* the whole tree; NULL: nothing is held */
    json_t *body;            /* the member "signed" of it */
    json_t *signatures;      /* the member "signatures": objects with the texts keyid and sig, each keyid once */
    struct buf message;      /* canonical form of `body`: what was signed */
    int64_t version, expires;/* expires: seconds since the epoch */
};

/* The name of a kind, as `_type` and as the role's name: "root". */
const char *tuf_kind_name(enum tuf_kind kind);
/* Bytes that a file of this kind may have when nothing tells a smaller length. */
size_t tuf_kind_limit(enum tuf_kind kind);

/* Read `n` bytes as metadata of `kind`.  MM_EFORMAT, MM_ELIMIT, MM_ENOMEM; `out` is set only on MM_OK. */
int tuf_meta_parse(enum tuf_kind kind, const void *bytes, size_t n, struct tuf_meta *out);
/* Free what it holds; fine for a zeroed struct and twice. */
void tuf_meta_fini(struct tuf_meta *meta);

/* 1 when a root's repository names files by version and hash (consistent snapshot). */
int tuf_root_consistent(const struct tuf_meta *root);
/* A role of a root: {"keyids","threshold"}; belongs to `root`. */
json_t *tuf_root_role(const struct tuf_meta *root, enum tuf_kind kind);
/* The keys of a root, by id; belongs to `root`. */
json_t *tuf_root_keys(const struct tuf_meta *root);
/* The delegations of targets, {"keys","roles"}; belongs to `targets`.  NULL: it has none. */
json_t *tuf_targets_delegations(const struct tuf_meta *targets);
/* What a timestamp or snapshot says about the file of `role`.  MM_ENOTFOUND, MM_ELIMIT (a name too long for a file). */
int tuf_meta_entry(const struct tuf_meta *meta, const char *role, struct tuf_info *out);
/* What a targets file says about a target.  MM_ENOTFOUND. */
int tuf_meta_target(const struct tuf_meta *targets, const char *path, struct tuf_info *out);

#endif
