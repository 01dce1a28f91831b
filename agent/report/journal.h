/* The journal: every event, numbered, chained by hash, in SQLite (WAL).
 *
 * Owner: the core role's loop thread; one writer in the whole system, held by
 * flock on `journal.lock`.  Rows are immutable.  Row N holds
 *   hash(N) = SHA-256(N as 8 bytes big endian | body | hash(N-1)),
 * hash(0) being SHA-256 of the journal's UUID; the body itself carries
 * hash(N-1) in unmapped.chain, so whoever keeps the lines can check them.
 *
 * Durability: appended rows collect in one transaction; journal_commit ends it
 * with an fsync (synchronous=FULL).  The caller commits at once for high and
 * critical events, within JOURNAL_GROUP_MS otherwise.  Only committed rows may
 * leave the host, because a row that a power cut took back gives its number
 * to another event.
 *
 * Its tables come in steps (journal_schema.h); a file that the next schema has
 * written is read and written on, as it is.
 *
 * Bounded by bytes: when full, the oldest rows that the console has go first,
 * then the lowest severity, oldest first; what was lost unsent is counted. */
#ifndef MM_AGENT_REPORT_JOURNAL_H
#define MM_AGENT_REPORT_JOURNAL_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/limits.h"

#define JOURNAL_GROUP_MS 500     /* an event of low severity may be lost to a power cut for this long */
#define JOURNAL_LOCK_MS 3000     /* wait for an old core that is just ending */

struct journal;

enum journal_open_state {
    JOURNAL_OPENED = 0,
    JOURNAL_CREATED,
    JOURNAL_REPLACED,            /* the old file was damaged, or of an agent two schemas on: kept beside, a new one begun */
};

struct journal_slot {            /* what the next row will be */
    uint64_t seq;
    char chain[SHA256_HEX];      /* hash of the row before, hex */
};

struct journal_row {
    uint64_t seq;
    int64_t wall_ns, mono_ns;
    uint32_t severity;
    char boot[LIM_ID], uid[LIM_ID], incident[LIM_ID];
    const char *body;            /* append: caller's; queries: valid inside the callback */
    size_t body_len;
};

struct journal_stat {
    uint64_t first, last;        /* sequences in the file; 0, 0 when empty */
    uint64_t committed;          /* highest durable sequence */
    uint64_t sent;               /* cursor: highest sequence the console has */
    uint64_t lost;               /* rows dropped before they were sent, ever */
    uint64_t rows, bytes, limit;
    char uuid[LIM_ID];
    int is_volatile;             /* 1: memory only, the state directory could not be used */
};

/* Open or create `dir`/journal.db.  `dir` NULL: a journal in memory.  `how`
 * may be NULL.  MM_ESTATE: another core holds it; MM_EDENIED, MM_ENOSPC,
 * MM_EIO: the directory cannot be used. */
int journal_open(struct journal **out, const char *dir, uint64_t limit, enum journal_open_state *how);
/* Commit and close; NULL is fine. */
void journal_close(struct journal *j);

/* Number and chain value of the next row. */
void journal_next(const struct journal *j, struct journal_slot *slot);
/* Add a row (row->seq must be the next one) to the open transaction.
 * MM_ENOSPC, MM_EDB (damaged: journal_replace), MM_EIO, MM_ELIMIT.  After an error every row that
 * was not committed is gone: journal_next and journal_stat tell. */
int journal_append(struct journal *j, const struct journal_row *row);
/* End the transaction durably.  The same errors. */
int journal_commit(struct journal *j);
/* A damaged file found while running: move it aside, begin a new one. */
int journal_replace(struct journal *j);
/* The console knows rows that we do not have: the file was rolled back (a
 * restored image).  Take a new identity and send everything again. */
int journal_rename(struct journal *j);

/* The console has everything up to `seq`; durable with the next commit. */
int journal_set_sent(struct journal *j, uint64_t seq);
/* A small number kept with the journal, e.g. the last command seen; durable with the next commit. */
int journal_set_number(struct journal *j, const char *key, uint64_t value);
uint64_t journal_number(struct journal *j, const char *key);

/* Make room when the limit is passed; call after an append.  `lost` gets the number of unsent rows dropped. */
int journal_trim(struct journal *j, uint64_t *lost);
void journal_stat(struct journal *j, struct journal_stat *out);

/* Called per row; non-zero ends the walk and is returned. */
typedef int (*journal_row_fn)(void *context, const struct journal_row *row);
/* Rows with seq > after and severity >= least, ascending, `limit` at most. */
int journal_page(struct journal *j, uint64_t after, uint32_t least, unsigned limit, journal_row_fn fn, void *context);
/* The newest rows of that severity, ascending; `limit` at most. */
int journal_tail(struct journal *j, uint32_t least, unsigned limit, journal_row_fn fn, void *context);
/* Rows whose event uid or incident is `id` or begins with it (8 characters at
 * least, hex digits and dashes), ascending.  MM_ENOTFOUND when there is none. */
int journal_find(struct journal *j, const char *id, unsigned limit, journal_row_fn fn, void *context);

struct journal_check {
    uint64_t rows, gaps;         /* rows read; sequences missing between the first and the last */
    uint64_t bad;                /* first sequence whose hash does not fit, 0: none */
};
/* Walk the chain from `after` on.  MM_ECRYPTO when a row was altered. */
int journal_verify(struct journal *j, uint64_t after, struct journal_check *out);

#endif
