/* A repository on the release desk's disk, and the lock on it.
 *
 *     DIR/metadata/   N.root.json, timestamp.json, N.snapshot.json, N.ROLE.json   served to everybody
 *     DIR/targets/    ROLE/HASH.name                                              served to everybody
 *     DIR/staged/     ROLE.json on its way to enough signatures, the lock, the journal of a publication
 *
 * What clients see is decided by timestamp.json and by the highest root; both
 * change in release.h only.  The desk trusts its own folder no more than a
 * client does: what was published is taken as the ground of a next version only
 * when its signatures verify. */
#ifndef MM_UPDATER_PUBLISH_DESK_H
#define MM_UPDATER_PUBLISH_DESK_H

#include <jansson.h>
#include <stdint.h>

#include "lib/limits.h"
#include "updater/publish/signer.h"
#include "updater/store.h"
#include "updater/tuf/metadata.h"

/* Root and targets say who may sign the other roles.  `file` NULL: there is none. */
struct desk_parent {
    struct tuf_meta published, staged;
    int complete;              /* enough have signed the staged one */
};

struct desk {
    char dir[LIM_PATH];
    char folder[2][LIM_PATH];  /* staged, metadata */
    struct store store;        /* its lock; the two folders, by enum desk_place */
    int64_t now;
    struct desk_parent root, targets;
    int carried_on;            /* a publication that was cut off was completed when the desk was opened */
    char trouble[1400];        /* what the last failure was about, in English; "" when there is nothing to add */
};

enum desk_place { DESK_STAGED = TUF_METADATA, DESK_PUBLIC = TUF_ARTIFACTS };

/* Make the folders of a new repository, or find them as they are. */
int desk_make(const char *dir);
/* Take the lock, end a publication that was cut off, and read roots and targets.  MM_ENOTFOUND: no repository;
 * MM_EAGAIN: another one is at work; MM_ECRYPTO: what was published does not verify.  After a failure too the
 * holder closes it. */
int desk_open(struct desk *d, const char *dir, int64_t now);
/* Give the lock back and free what it holds; fine for a zeroed one whose store.lock is -1. */
void desk_close(struct desk *d);

/* The kind of a role's metadata: TUF_TARGETS for a delegated one. */
enum tuf_kind desk_kind(const char *role);
/* The version that clients see, verified.  The caller ends it with tuf_meta_fini.  MM_ENOTFOUND, MM_ECRYPTO ... */
int desk_published(struct desk *d, const char *role, struct tuf_meta *out);
/* The staged version, with whatever signatures it has.  MM_ENOTFOUND ... */
int desk_staged(struct desk *d, const char *role, struct tuf_meta *out);
/* A draft to work on: the staged version, or the one after what clients see; its signatures are gone and its expiry
 * is new.  MM_ENOTFOUND: no such role. */
int desk_draft(struct desk *d, const char *role, json_t **draft);
/* Put a draft into staged/.  MM_EFORMAT: clients would not even read it. */
int desk_stage(struct desk *d, const char *role, const json_t *draft);
/* Append the bytes of a staged file. */
int desk_staged_bytes(struct desk *d, const char *role, struct buf *out);
/* Read staged and published root and targets again, after one of them has changed. */
int desk_reload(struct desk *d);

/* ---- desk_roles.c: who may sign ------------------------------------------------------------- */

/* How far a file is on its way to one set of keys. */
struct desk_count {
    json_int_t need;
    json_int_t have;
    json_t *missing;           /* ids of keys that have not signed; a reference of the holder */
    const char *keys;          /* "" or which keys are meant, static storage */
};

#define DESK_COUNTS 2

/* What `meta`, a file of `role`, has and needs by what `parent` says.  MM_ENOTFOUND: it knows no such role. */
int desk_count_in(const struct tuf_meta *parent, const char *role, const struct tuf_meta *meta, struct desk_count *out);
/* What `meta` has and needs: one count, for a root that follows another one two: the keys of the present root, and
 * its own.  The number of counts, or MM_ENOTFOUND: nobody may sign such a role. */
int desk_counts(const struct desk *d, const char *role, const struct tuf_meta *meta, struct desk_count out[DESK_COUNTS]);
/* Release what they hold. */
void desk_counts_fini(struct desk_count counts[DESK_COUNTS], int n);
/* 1 when all of them are reached. */
int desk_counts_enough(const struct desk_count counts[DESK_COUNTS], int n);
/* 1 when the staged version has enough signatures, 0 when not, or when there is none. */
int desk_complete(struct desk *d, const char *role);
/* 1 when the key may sign the role: by what clients see, by what is staged, or by the draft itself if that is a root. */
int desk_may_sign(const struct desk *d, const char *role, const json_t *draft, const char *id);
/* Root or targets as they will be after the next publication; NULL: none at all. */
const struct tuf_meta *desk_effective(const struct desk_parent *parent);
/* The role object {"keyids","threshold"} and the keys of `role` in one of them; both borrowed.  MM_ENOTFOUND. */
int desk_role_in(const struct tuf_meta *parent, const char *role, json_t **object, json_t **keys);
/* Names of all roles but root, timestamp and snapshot: "targets" and those it delegates to.  NULL: no memory. */
json_t *desk_target_roles(const struct desk *d);

#endif
