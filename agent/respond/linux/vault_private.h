/* What the vault's files share.  Order of locks: slow, attrs, lock.  No file
 * outside the vault directory, and no link in it, is ever opened under `lock`
 * or `attrs`: such an open asks the guard's permission threads, which may just
 * be waiting for that lock. */
#ifndef MM_AGENT_RESPOND_VAULT_PRIVATE_H
#define MM_AGENT_RESPOND_VAULT_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/respond/linux/vault_index.h"
#include "lib/err.h"

#define VAULT_DIR VAULT_FOLDER
#define VAULT_NAME 48          /* "l/3f/0000000000000000-0000000000000000" */
#define VAULT_FAN 256          /* sub-folders of v/ and l/ */
#define VAULT_FRESH_NS 1000000000 /* a stored version's touch comes within this */

struct vault {
    pthread_mutex_t lock;      /* index, log */
    pthread_mutex_t attrs;     /* attr_space, held while a record with attributes is built */
    pthread_mutex_t slow;      /* restore, compaction, sweep: one at a time */
    int top, dir;              /* the mount's top (O_PATH), the vault directory (flock'ed) */
    struct vault_log log;
    struct vault_index ix;
    struct vault_limits limits;
    uint8_t *attr_space;       /* LIM_VAULT_ATTRS */
    dev_t dev;
    bool reflink;
    atomic_uint_fast64_t links, evicted, failed, serial;
    atomic_uint_fast64_t shown_bytes, shown_versions, shown_touches; /* of the index, when somebody could look last */
    unsigned walk;             /* sub-folder of l/ that the next sweep looks at */
    char top_path[LIM_PATH];   /* without a slash at the end; "" for / */
};

int64_t vault_now(void);       /* CLOCK_REALTIME, ns */

/* --- names inside the vault directory --- */
void vault_version_name(vault_ref ref, char out[VAULT_NAME]);
void vault_link_name(const struct vault_key *key, char out[VAULT_NAME]);
/* "17c-0a2f..." back to a key; false when it is no such name. */
bool vault_key_parse(const char *name, struct vault_key *out);

/* --- vault_top.c --- */
int vault_top_of(const char *folder, char out[LIM_PATH]);
int vault_stat_at(int dirfd, const char *name, struct vault_meta *out, uint64_t *blocks);

/* --- vault_load.c: from disk to memory at open --- */
int vault_load(struct vault *v);
/* --- vault_compact.c: rewrite the log without what is dead; caller holds `slow` or is alone --- */
int vault_compact(struct vault *v);

/* --- vault_copy.c --- */
/* Make `to` (empty, writable) equal to `from`; FICLONE when `clone`.  Fills the size kept. */
int vault_copy(int from, int to, uint64_t size, bool clone, const volatile int *cancel, uint64_t *kept);
/* Compare the bytes of two files: 1 same, 0 different, negative error. */
int vault_compare(int a, int b);

/* --- vault_attrs.c: extended attributes as one block: {u16 name, u32 value} name value ... --- */
/* Read all of `fd` into `out`; *n is 0 when there are none.  What does not fit is left out, *cut set. */
void vault_attrs_read(int fd, uint8_t *out, size_t max, uint32_t *n, bool *cut);
/* Make the attributes of `fd` those of the block (others are removed).  The first
 * name that could not be set is written to `which`. */
int vault_attrs_write(int fd, const uint8_t *block, size_t n, char which[LIM_NAME]);

/* --- vault_space.c: caller must not hold `lock` --- */
/* Remove one version from index, log and disk; false when nothing can go. */
bool vault_evict_one(struct vault *v);
/* Evict until `need` more bytes fit the bound and, when `real`, the disk; at most `tries`. */
int vault_make_room(struct vault *v, uint64_t need, bool real, unsigned tries);

/* Keep a file of LIM_VAULT_BALLAST bytes (true), or give its space free (false).
 * True when that changed something. */
bool vault_ballast(struct vault *v, bool keep);
/* The disk said that it is full: give the ballast, else a few versions away.
 * True when it is worth trying again. */
bool vault_relieve(struct vault *v);

/* --- logging under `lock`, then applied to the index by the caller --- */
int vault_log_drop(struct vault *v, vault_ref ref);
/* A hard link whose file is gone becomes a version; its ref, 0 when there is no room. */
vault_ref vault_adopt_link(struct vault *v, struct rec_version *r);
int vault_log_tree(struct vault *v, uint64_t tree, enum tree_op op, int64_t wall);

#endif
