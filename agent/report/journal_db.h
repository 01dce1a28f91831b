/* Inside of the journal, shared by journal.c (writing) and journal_query.c
 * (reading) and by nobody else. */
#ifndef MM_AGENT_REPORT_JOURNAL_DB_H
#define MM_AGENT_REPORT_JOURNAL_DB_H

#include <sqlite3.h>

#include "agent/report/journal.h"

enum journal_stmt { JS_BEGIN, JS_COMMIT, JS_ROLLBACK, JS_INSERT, JS_META_SET, JS_META_GET, JS_COUNT };

struct journal_head {            /* everything that a rollback must take back */
    uint64_t next;               /* sequence of the next row */
    uint64_t rows, sent, lost;
    uint8_t chain[SHA256_BYTES]; /* hash of row next - 1 */
};

struct journal {
    sqlite3 *db;
    sqlite3_stmt *stmt[JS_COUNT];
    struct journal_head now, saved; /* saved: as of the last commit */
    uint64_t limit;
    int in_transaction;
    int lock_fd;                 /* -1 for a volatile journal */
    char *dir;                   /* NULL: volatile */
    char uuid[LIM_ID];
};

/* SQLite's result code as an mm_err. */
int journal_db_err(int rc);
/* SHA-256 of seq, body and the hash before. */
int journal_hash(uint64_t seq, const void *body, size_t n, const uint8_t before[SHA256_BYTES],
                 uint8_t out[SHA256_BYTES]);

#endif
