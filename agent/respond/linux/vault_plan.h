/* From a tree's touches to one item per file: where it was, where it went,
 * which touches tell what it held.  Pure. */
#ifndef MM_AGENT_RESPOND_VAULT_PLAN_H
#define MM_AGENT_RESPOND_VAULT_PLAN_H

#include "agent/respond/linux/vault_index.h"
#include "agent/respond/linux/vault_keys.h"

struct plan_touch {
    uint64_t seq;
    struct vault_key key;
    vault_ref ref;
    int64_t wall;
    unsigned kind, flags, done;
    bool bad;              /* by the tree that is restored, or by another one under a verdict */
    bool own;              /* by the tree that is restored */
    char *path, *path2;    /* path2: NULL unless RENAMED */
};

enum plan_kind {
    PLAN_ORIGINAL = 1,     /* a file that was there before */
    PLAN_CREATED,          /* made by the tree, to be moved to the evidence */
    PLAN_FOLLOWED,         /* made by the tree, only its name is of interest */
    PLAN_FOLDER            /* renamed or removed */
};

struct plan_item {
    enum plan_kind kind;
    struct vault_key key;
    const char *orig;      /* where it was, in the folder names of the moment ... */
    uint64_t orig_seq;     /* ... when this touch was recorded */
    char *home;            /* the same in the names from before all renames of folders */
    bool too_long;         /* that has no name of LIM_PATH bytes: `home` is `orig`, for people only */
    uint64_t last_bad;     /* last touch by a bad tree */
    unsigned done;         /* enum done_result, of an earlier run */
    bool taken_away;       /* a bad tree removed it, renamed it away or put another file over it */
    bool outdated;         /* an honest change gave its name to another file since: it must not come back there */
    uint32_t first, count; /* its touches in plan.order, in the order of time */
};

struct plan_rename { const char *from, *to; uint64_t seq; bool undone, fresh; uint32_t touch; };

struct plan {
    struct plan_touch *touch;
    uint32_t ntouches;
    uint32_t *order;       /* touches grouped by file */
    struct plan_item *item;/* in the order of their first touch */
    uint32_t nitems;
    struct key_set items;  /* key -> item */
    struct plan_rename *rename; /* of folders, by bad trees, in the order of time */
    uint32_t nrenames;
};

/* Takes the array `touch` (malloc'ed, with its paths) in any order.  MM_ENOMEM:
 * it is still the caller's. */
int plan_build(struct plan *p, struct plan_touch *touch, uint32_t n);
void plan_free(struct plan *p);
/* The item of a file; NULL when there is none. */
const struct plan_item *plan_of(const struct plan *p, const struct vault_key *key);
/* A name that a bad tree gave to the file later, or saw it under after it had
 * been taken away: the `n`th, NULL behind the last.  `seq` as for plan_map. */
const char *plan_later_name(const struct plan *p, const struct plan_item *it, unsigned n, uint64_t *seq);
/* The path `path`, recorded with touch `seq`, in the names from before the
 * folder renames that came earlier: of all of them, or of those undone by now.
 * Renames are reported late: a path below a new name that nothing had before
 * is from after the rename, whatever their order in the record. */
int plan_map(const struct plan *p, const char *path, uint64_t seq, bool all, char out[LIM_PATH]);

#endif
