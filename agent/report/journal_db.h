/* Inside of the journal, shared by journal.c (writing), journal_query.c
 * (reading), journal_steps.c (tables) and their tests, and by nobody else. */
#ifndef MM_AGENT_REPORT_JOURNAL_DB_H
#define MM_AGENT_REPORT_JOURNAL_DB_H

#include <sqlite3.h>

#include "agent/report/journal.h"
#include "agent/report/journal_schema.h"

enum journal_stmt { JS_BEGIN, JS_COMMIT, JS_ROLLBACK, JS_INSERT, JS_META_SET, JS_META_GET, JS_COUNT };

struct journal_head {            /* everything that a rollback must take back */
    uint64_t next;               /* sequence of the next row */
    uint64_t rows, sent, lost;
    uint8_t chain[SHA256_BYTES]; /* hash of row next - 1 */
};

struct journal {
    const struct journal_schema *schema;
    sqlite3 *db;
    sqlite3_stmt *stmt[JS_COUNT];
    struct journal_head now, saved; /* saved: as of the last commit */
    uint64_t limit;
    int in_transaction;
    int lock_fd;                 /* -1 for a volatile journal */
    char *dir;                   /* NULL: volatile */
    char uuid[LIM_ID];
};

/* journal_open by the steps of another schema than this program's. */
int journal_open_as(struct journal **out, const char *dir, uint64_t limit, enum journal_open_state *how,
                    const struct journal_schema *schema);
/* Bring the tables to `schema`.  A file of the schema behind it is good as it is; MM_EDB: of one further on, or no
 * journal of ours. */
int journal_steps_take(sqlite3 *db, const struct journal_schema *schema);
/* SQLite's result code as an mm_err. */
int journal_db_err(int rc);
/* SHA-256 of seq, body and the hash before. */
int journal_hash(uint64_t seq, const void *body, size_t n, const uint8_t before[SHA256_BYTES],
                 uint8_t out[SHA256_BYTES]);

#endif
