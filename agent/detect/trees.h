/* What every process tree did to the originals, and the gate.
 *
 * Owns: one row per process tree with its sliding counters, and one row per
 * (tree, file) that the tree touched.  It must not own processes
 * (watch/procs.h), contents (respond/vault.h) or verdicts (the rules): it
 * counts what others saw and says whether a tree's next write-open may go on.
 *
 * Pure: no clock, no I/O, fixed memory after trees_new, so that a replay
 * scenario can run it.  Thread-safe by one short lock (permission threads, the
 * names thread and the guard's loop all call in); trees_gate alone takes none.
 *
 * The gate.  "Unjudged" are originals that the tree has open for writing or
 * has changed and whose new content nobody has looked at.  A tree without
 * history may have GATE_NEW of them, one with a good record GATE_TRUSTED, and
 * a tree under suspicion (something of its work was destroyed or opaque) one:
 * its next write-open waits until the last one is judged.  So the number of
 * files touched is bounded by the gate, whatever the speed. */
#ifndef MM_AGENT_DETECT_TREES_H
#define MM_AGENT_DETECT_TREES_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/detect/facts.h"

#define GATE_NEW 2       /* unjudged originals of an unknown tree: two more are lost before the gate knows */
#define GATE_TRUSTED 8   /* after GATE_RECORD good ones: keeps honest mass rewriting pipelined */
#define GATE_RECORD 16
#define GATE_FRESH 4     /* new files of a tree that are looked at before sampling begins */
#define GATE_SAMPLE 16   /* later one in so many */

struct trees;

/* A file for its whole life. */
struct file_id { uint32_t fs; uint64_t ino; int64_t btime_ns; };

static inline bool file_same(const struct file_id *a, const struct file_id *b)
{
    return a->ino == b->ino && a->btime_ns == b->btime_ns && a->fs == b->fs;
}

/* Who does it; from struct proc_brief. */
struct tree_who { uint64_t tree; int32_t pid; uint32_t session; };

enum tree_gate {
    GATE_CALM = 0, /* has changed no original lately: opens need no closer look */
    GATE_WATCH,    /* a writer: look whether the open writes, let it go on */
    GATE_HOLD,     /* its write-opens wait for a verdict */
    GATE_FROZEN    /* verdict: its opens wait until an operator decides */
};

enum touch_state { TOUCH_OPEN = 0, TOUCH_PENDING, TOUCH_GOOD, TOUCH_BAD };
enum touch_way { WAY_INPLACE = 0, WAY_REPLACED, WAY_REMOVED, WAY_FRESH };

/* One file that a tree touched; a copy of the row. */
struct touch_info {
    struct tree_who who;
    struct file_id file;
    uint64_t before;      /* vault_ref of the content before; 0: the hard link */
    enum touch_state state;
    enum touch_way way;
};

/* Rows: `max_trees` trees, `max_touches` (tree, file) pairs.  MM_ENOMEM. */
int trees_new(struct trees **out, unsigned max_trees, unsigned max_touches);
void trees_free(struct trees *t);

/* Lock-free: may this tree's opens pass without a closer look? */
enum tree_gate trees_gate(const struct trees *t, uint64_t tree);

enum tree_open { OPEN_WAIT = 0, OPEN_GO, OPEN_GO_FIRST /* the tree's first touch of this file */ };
/* The tree opens an original for writing (or truncates it).  Records the
 * touch unless it must wait. */
enum tree_open trees_open_write(struct trees *t, const struct tree_who *w, const struct file_id *f,
                                uint64_t before, uint32_t folder, int64_t now);
/* True when the tree itself made this file: not an original for it.  `lately` false: it was made so long ago
 * that it is one now, for its maker too; the record of its making is forgotten. */
bool trees_made(struct trees *t, uint64_t tree, const struct file_id *f, bool lately);
/* True when the tree has a record of this file. */
bool trees_touched(struct trees *t, uint64_t tree, const struct file_id *f);
/* The tree (0: whoever has touched it) wrote into a file that it has a record of: what was judged of it, or
 * is just being judged, is not what it is now. */
void trees_modified(struct trees *t, uint64_t tree, const struct file_id *f, int64_t now);
/* May the tree make a new file now?  The question of trees_open_write; nothing is recorded. */
bool trees_may_create(struct trees *t, const struct tree_who *w, int64_t now);
/* An original was opened for reading. */
void trees_read(struct trees *t, const struct tree_who *w, int64_t now);

/* A changed file was closed, replaced or cut: it is now being judged.  False:
 * need not be judged (judged this very moment already, a sampled new file). */
bool trees_judging(struct trees *t, const struct tree_who *w, const struct file_id *f,
                   enum touch_way way, uint64_t before, int64_t now);
/* The original's last name is gone.  True: ask the rules.  Whether it was a
 * document is judged apart (trees_judging with WAY_REMOVED). */
bool trees_removed(struct trees *t, const struct tree_who *w, const struct file_id *f,
                   uint32_t folder, int64_t now);
/* An original got another name; `suffix` is a hash of the new ending, 0: unchanged. */
void trees_renamed(struct trees *t, const struct tree_who *w, uint32_t suffix, int64_t now);
/* A new small text file named `name` (hash) appeared in `folder`. */
void trees_note(struct trees *t, const struct tree_who *w, uint32_t name, uint32_t folder, int64_t now);
/* A canary was changed or removed. */
void trees_canary(struct trees *t, const struct tree_who *w, int64_t now);

/* The judgement arrived (CHANGE_UNKNOWN when scan could not).  True: a counter
 * of loss rose, ask the rules. */
bool trees_judged(struct trees *t, const struct tree_who *w, const struct file_id *f,
                  const struct content_verdict *v, int64_t now);

/* Counters of a tree as the rules see them.  MM_ENOTFOUND. */
int trees_facts(struct trees *t, uint64_t tree, int64_t now, struct burst_facts *out);
/* While rules are asked the tree's write-opens wait too. */
void trees_asking(struct trees *t, uint64_t tree, bool on);
/* A verdict: freeze or let go.  Thaw forgets the counters, the tree starts anew; `trusted` (a false alarm) takes
 * its losses out of those of its session and the host too, or a rule on these would stop it for the very same. */
void trees_freeze(struct trees *t, const struct tree_who *w, int64_t now);
void trees_thaw(struct trees *t, uint64_t tree, bool trusted);
/* Trees of one session whose work was destroyed lately; returns how many, at most `max` written. */
unsigned trees_guilty(struct trees *t, uint32_t session, int64_t now, uint64_t *out, unsigned max);

/* When the tree was last seen to change something (the clock of the calls); 0: never. */
int64_t trees_last(struct trees *t, uint64_t tree);
/* Touches of a tree that are open and unjudged: what the gate wants judged now. */
unsigned trees_unjudged(struct trees *t, uint64_t tree, struct touch_info *out, unsigned max);
/* The file was closed after writing: who may have written into it?  Touches of any tree that opened it for
 * writing or wrote into it since the last close.  Who closes last may be anybody. */
unsigned trees_closed(struct trees *t, const struct file_id *f, struct touch_info *out, unsigned max);
/* Touches that nobody ends, or that were judged and then written into again: to be judged as they are now. */
unsigned trees_stuck(struct trees *t, int64_t now, struct touch_info *out, unsigned max);
/* Drop rows of trees calm for longer than `keep_ns`; call every few seconds. */
void trees_sweep(struct trees *t, int64_t now, int64_t keep_ns);
unsigned trees_count(const struct trees *t, unsigned *frozen);

#endif
