/* Rows behind trees.h, shared by trees.c (which counts) and trees_facts.c (which
 * tells).  Every function here wants the lock held. */
#ifndef MM_AGENT_DETECT_TREES_ROWS_H
#define MM_AGENT_DETECT_TREES_ROWS_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/detect/trees.h"
#include "agent/detect/window.h"

#define SECOND 1000000000LL
#define FAST_WIDTH (SECOND * 10 / WINDOW_BUCKETS)      /* the window of 10 s */
#define HOUR_WIDTH (SECOND * 3600 / WINDOW_BUCKETS)
#define DAY_WIDTH (SECOND * 86400 / WINDOW_BUCKETS)
#define HOST_WIDTH (SECOND * 600 / WINDOW_BUCKETS)
#define CALM_AFTER (10 * SECOND) /* a writer without a touch for so long is calm again */
#define STUCK_AFTER (30 * SECOND) /* an open file nobody closes is judged as it is */
#define REOPENED_AFTER (3 * SECOND) /* the same, written into after it was judged; doubled each time it is found kept */
#define REOPENED_DOUBLED 5
#define REMOVED_FIRST 4          /* removals in 10 s before the rules hear of them */
#define REMOVED_EACH 32          /* up to here after each one: a step would be as many files too late */
#define REMOVED_JUDGED 8         /* removals whose content is looked at without any other sign */
#define SUFFIXES 8
#define NAMES 8
#define FOLDERS 32
#define GATE_SLOTS 8192
#define GATE_PROBES 16
#define NONE UINT32_MAX

/* What is counted in the fast window; names as in struct burst_facts. */
enum counter { C_TOUCHED, C_DESTROYED, C_ENCRYPTED, C_WIPED, C_REMOVED, C_REPLACED, C_INPLACE, C_PARTIAL,
               C_RENAMED, C_OPAQUE, C_CANARY, C_KEPT, C_READ, C_COUNT };

struct tally { uint32_t key; uint16_t n; int64_t last; };

struct touch_row {
    struct touch_info info;
    int64_t since, due;                   /* due: judged as it is when it is open then still */
    uint32_t hash_next, tree_next;
    bool used;
    bool forgiven;                        /* was open when the tree was let go: its end is not counted */
    uint8_t kept;                         /* found kept so often while it was held open */
    bool writing;                         /* opened for writing or written into, and not closed since */
    bool again;                           /* written into while it was being judged */
};

struct tree_row {
    uint64_t id;
    uint32_t session, hash_next, touches; /* index of the newest touch row */
    int64_t first, last;
    struct window fast[C_COUNT], hour, hour_removed, day, recent /* as `host` */;
    struct tally suffix[SUFFIXES], name[NAMES];
    uint32_t folder[FOLDERS];
    uint16_t folders, fresh_judged, fresh_seen;
    uint16_t opaque_unpaired, removed_unpaired; /* a new opaque file and a removed original make one loss */
    uint32_t unjudged, good, types, removed_types, asking;
    uint32_t removed_next;                /* ask the rules again at this many removals */
    uint64_t gain;                        /* entropy gained, summed over destroyed */
    uint32_t gains;
    int32_t pids[8];
    uint16_t npids;
    bool frozen;
};

struct session_row { uint32_t session; int64_t last; struct window destroyed; };
#define SESSIONS 256

struct gate_slot { _Atomic uint64_t tree; _Atomic uint32_t gate; };

struct trees {
    pthread_mutex_t lock;
    struct tree_row *row;
    struct touch_row *touch;
    uint32_t *row_hash, *touch_hash;      /* heads, NONE = empty */
    unsigned max_rows, max_touches, rows, frozen;
    uint32_t touch_clock;                 /* where the next victim is sought */
    struct session_row session[SESSIONS];
    struct window host;
    struct gate_slot gate[GATE_SLOTS];
};

/* The row of a tree, or NULL. */
struct tree_row *trees_row(struct trees *t, uint64_t tree);
/* The same, made when there is none; NULL when every row is a frozen tree's. */
struct tree_row *trees_row_make(struct trees *t, const struct tree_who *w, int64_t now);
/* Forget one touch of the row. */
void trees_touch_drop(struct trees *t, struct tree_row *r, uint32_t i);
/* Forget a tree with all its touches. */
void trees_row_drop(struct trees *t, struct tree_row *r);
/* Put the gate that follows from the counters into the table that is read without the lock. */
void trees_publish(struct trees *t, const struct tree_row *r, int64_t now);
/* The losses of a session in the last hour; the longest unused session makes room. */
struct window *trees_session(struct trees *t, uint32_t session, int64_t now);
/* Move a touch to `state` and keep the count of unjudged ones right. */
void trees_touch_state(struct tree_row *r, struct touch_row *x, enum touch_state state);
/* Whether a touch counts as written and not judged. */
bool trees_is_unjudged(const struct touch_row *x);

/* What a counter says of the last 10 s. */
static inline uint32_t trees_fast(const struct tree_row *r, enum counter c, int64_t now)
{
    return window_sum(&r->fast[c], now, FAST_WIDTH);
}

#endif
