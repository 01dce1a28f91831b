/* The vault's index in memory: versions, touches, trees, folders.
 *
 * Pure: no file is touched here.  Everything is allocated by vault_index_init
 * as address space that costs memory only as far as it is used; slot 0 of each
 * table means "none", so untouched pages stay untouched.  What a call changes
 * must already stand in the log, so that vault_index_apply brings the same
 * state back from it.  Not thread-safe: the vault's lock guards it.
 *
 * A version belongs to the tree that touched it last (tree 0: a baseline), is
 * referred to by touches, and is `pinned` as long as a touch or the owner of a
 * tree under verdict needs it.  A ref holds its slot in the low 16 bits. */
#ifndef MM_AGENT_RESPOND_VAULT_INDEX_H
#define MM_AGENT_RESPOND_VAULT_INDEX_H

#include "agent/respond/linux/vault_log.h"
#include "agent/respond/vault.h"

#define VAULT_REF_BITS 16

enum slot_state { SLOT_FREE = 0, SLOT_BUSY /* being stored */, SLOT_LIVE };
enum done_result { DONE_NOT = 0, DONE_RESTORED, DONE_UNCHANGED, DONE_EVIDENCE };

struct ix_version {
    uint64_t ref, size, charge, off;
    struct vault_key key;
    int64_t mtime, ctime, stored;
    int64_t seen;                         /* when its file was last known to be there; not in the log */
    uint32_t tree, next_key, next, prev; /* next: of the tree, or the next free slot */
    uint32_t refs, pins, whole;
    uint8_t kind, state;
};

struct ix_touch {
    struct vault_key key;
    uint64_t ref, off, seq;
    int64_t wall;
    uint32_t tree, next_key, next, prev, whole;
    uint8_t kind, flags, done, state;
    bool bound;                           /* counted among the references of its version */
};

struct ix_tree {
    uint64_t id, bytes;
    int64_t last;                         /* wall clock of its last sign */
    uint32_t vfirst, vlast, versions, tfirst, tlast, touches;
    uint32_t next_hash;                   /* or the next free slot */
    bool pinned, used;
};

struct ix_folder { uint64_t hash, off; uint32_t next, whole; };

struct vault_index {
    struct ix_version *version;
    struct ix_touch *touch;
    struct ix_tree *tree;
    struct ix_folder *folder;
    uint32_t *version_head, *touch_head, *tree_head, *folder_head;
    uint32_t version_top, touch_top, tree_top, folder_top; /* highest slot ever used */
    uint32_t version_free, touch_free, tree_free;
    uint32_t versions, touches, folders;
    uint64_t bytes;                       /* charged, with what is reserved for stores under way */
    uint64_t dead;                        /* log bytes of records that were dropped since the owner looked */
    uint64_t generation, seq;
};

int vault_index_init(struct vault_index *ix);
void vault_index_fini(struct vault_index *ix);

/* Take one record of the log.  False: malformed or impossible, ignored. */
bool vault_index_apply(struct vault_index *ix, const struct vault_rec *rec);
/* True when `rec` still means something (compaction keeps it). */
bool vault_index_live(const struct vault_index *ix, const struct vault_rec *rec);
/* The offset field of the live object that `rec` made; NULL when it has none. */
uint64_t *vault_index_offset(struct vault_index *ix, const struct vault_rec *rec);
/* Every list, count and sum agrees (tests, fuzzing); NULL or what is wrong. */
const char *vault_index_check(const struct vault_index *ix);

/* --- versions: slots; 0 = none --- */
uint32_t ix_version_of(const struct vault_index *ix, vault_ref ref);
uint32_t ix_version_current(const struct vault_index *ix, const struct vault_meta *now);
/* First version of a key in table order; follow .next_key and compare keys. */
uint32_t ix_version_first(const struct vault_index *ix, const struct vault_key *key);
/* Take a free slot and give it a new ref; `reserve` bytes are charged until put or cancelled. */
uint32_t ix_version_take(struct vault_index *ix, uint64_t reserve);
/* Take the slot of a known ref (replay); false when a newer version has it. */
bool ix_version_claim(struct vault_index *ix, uint64_t ref);
void ix_version_put(struct vault_index *ix, uint32_t slot, const struct rec_version *r, uint64_t off, uint32_t whole);
/* Remove a busy or living version. */
void ix_version_drop(struct vault_index *ix, uint32_t slot);
/* Its file was seen at `now`: the version is the last to go. */
void ix_version_renew(struct vault_index *ix, uint32_t slot, int64_t now);
/* What goes first: the oldest baseline whose file was not seen since `alive`, else
 * the oldest version of the tree that holds most bytes, else a baseline that is the
 * only copy of a document nobody touched; never pinned ones; versions stored after
 * `fresh` that nobody refers to yet (their touch comes next) only when there is no other. */
uint32_t ix_version_victim(const struct vault_index *ix, int64_t fresh, int64_t alive);

/* --- trees: slots; 0 = none, 1 = nobody --- */
uint32_t ix_tree_of(const struct vault_index *ix, uint64_t id);
uint32_t ix_tree_make(struct vault_index *ix, uint64_t id);
void ix_tree_pin(struct vault_index *ix, uint32_t tree, bool pinned);
void ix_tree_forget(struct vault_index *ix, uint32_t tree);
/* Give back the slots of trees that hold nothing and are not pinned. */
void ix_tree_tidy(struct vault_index *ix);

/* --- touches --- */
uint32_t ix_touch_first(const struct vault_index *ix, const struct vault_key *key);
/* The touch that makes a new one of this kind unnecessary: the tree's own, and nobody else touched the file since. */
uint32_t ix_touch_of(const struct vault_index *ix, uint64_t tree, const struct vault_key *key, unsigned kind);
/* Make sure that one more fits (drops the oldest of the busiest calm tree); false when all are pinned. */
bool ix_touch_room(struct vault_index *ix);
void ix_touch_put(struct vault_index *ix, const struct rec_touch *r, uint64_t off, uint32_t whole);
void ix_touch_drop(struct vault_index *ix, uint32_t slot);
/* Mark the touches of a file as restored: this tree's and those of other pinned trees. */
void ix_touch_done(struct vault_index *ix, uint64_t tree, const struct vault_key *key, unsigned result);

/* --- folders --- */
uint64_t ix_folder_hash(const char *path, size_t n);
uint32_t ix_folder_of(const struct vault_index *ix, uint64_t hash);
bool ix_folder_put(struct vault_index *ix, uint64_t hash, uint64_t off, uint32_t whole);

bool vault_key_same(const struct vault_key *a, const struct vault_key *b);

#endif
