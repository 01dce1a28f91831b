/* Reading side of the journal: pages, look-ups, the walk along the chain. */
#include <string.h>

#include "agent/report/journal_db.h"
#include "lib/err.h"

#define FIND_LEAST 8   /* shorter prefixes would match by chance */

#define COLUMNS "seq,wall,mono,severity,boot,uid,incident,body"

static void copy_text(char *out, size_t room, sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    size_t n = text ? strlen(text) : 0;

    if (n >= room)
        n = room - 1;
    if (n)
        memcpy(out, text, n);
    out[n] = '\0';
}

static void read_row(sqlite3_stmt *s, struct journal_row *row)
{
    row->seq = (uint64_t)sqlite3_column_int64(s, 0);
    row->wall_ns = sqlite3_column_int64(s, 1);
    row->mono_ns = sqlite3_column_int64(s, 2);
    row->severity = (uint32_t)sqlite3_column_int64(s, 3);
    copy_text(row->boot, sizeof row->boot, s, 4);
    copy_text(row->uid, sizeof row->uid, s, 5);
    copy_text(row->incident, sizeof row->incident, s, 6);
    row->body = (const char *)sqlite3_column_text(s, 7);
    row->body_len = (size_t)sqlite3_column_bytes(s, 7);
    if (!row->body)
        row->body = "";
}

/* Run a prepared statement to its end; finalizes it. */
static int walk(sqlite3_stmt *s, journal_row_fn fn, void *context, unsigned *found)
{
    int rc, stop = 0;

    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        struct journal_row row;

        read_row(s, &row);
        if (found)
            ++*found;
        stop = fn(context, &row);
        if (stop)
            break;
    }
    sqlite3_finalize(s);
    return stop ? stop : journal_db_err(rc);
}

static int prepare(struct journal *j, const char *sql, sqlite3_stmt **s)
{
    return j->db ? journal_db_err(sqlite3_prepare_v2(j->db, sql, -1, s, NULL)) : MM_ESTATE;
}

int journal_page(struct journal *j, uint64_t after, uint32_t least, unsigned limit, journal_row_fn fn, void *context)
{
    sqlite3_stmt *s;
    int rc = prepare(j, "SELECT " COLUMNS " FROM event WHERE seq>?1 AND +severity>=?2 ORDER BY seq LIMIT ?3", &s);

    if (rc)
        return rc;
    sqlite3_bind_int64(s, 1, (sqlite3_int64)(after & INT64_MAX));
    sqlite3_bind_int64(s, 2, least);
    sqlite3_bind_int64(s, 3, limit);
    return walk(s, fn, context, NULL);
}

int journal_tail(struct journal *j, uint32_t least, unsigned limit, journal_row_fn fn, void *context)
{
    sqlite3_stmt *s;
    int rc = prepare(j, "SELECT * FROM (SELECT " COLUMNS " FROM event WHERE +severity>=?1"
                        " ORDER BY seq DESC LIMIT ?2) ORDER BY seq", &s);

    if (rc)
        return rc;
    sqlite3_bind_int64(s, 1, least);
    sqlite3_bind_int64(s, 2, limit);
    return walk(s, fn, context, NULL);
}

int journal_find(struct journal *j, const char *id, unsigned limit, journal_row_fn fn, void *context)
{
    char low[LIM_ID], high[LIM_ID + 1];
    size_t n = strlen(id);
    unsigned found = 0;
    sqlite3_stmt *s;
    int rc;

    if (n < FIND_LEAST || n >= sizeof low || strspn(id, "0123456789abcdefABCDEF-") != n)
        return MM_EINVAL;
    for (size_t i = 0; i <= n; i++)
        low[i] = (char)(id[i] >= 'A' && id[i] <= 'F' ? id[i] - 'A' + 'a' : id[i]);
    memcpy(high, low, n);
    memcpy(high + n, "g", 2);   /* greater than every hex digit and the dash */
    rc = prepare(j, "SELECT " COLUMNS " FROM event WHERE (uid>=?1 AND uid<?2)"
                    " OR (incident!='' AND incident>=?1 AND incident<?2) ORDER BY seq LIMIT ?3", &s);
    if (rc)
        return rc;
    sqlite3_bind_text(s, 1, low, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 2, high, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, limit);
    rc = walk(s, fn, context, &found);
    return rc == MM_OK && found == 0 ? MM_ENOTFOUND : rc;
}

/* ---- the chain ------------------------------------------------------------------- */

struct chain {
    uint64_t seq;                 /* of the row before; 0: none yet */
    uint8_t hash[SHA256_BYTES];
};

/* One row: its own hash fits, and its link fits the row before when that is there. */
static int check_row(sqlite3_stmt *s, struct chain *c, struct journal_check *check)
{
    uint64_t seq = (uint64_t)sqlite3_column_int64(s, 0);
    const void *prev = sqlite3_column_blob(s, 2), *hash = sqlite3_column_blob(s, 3);
    uint8_t want[SHA256_BYTES];

    check->rows++;
    if (sqlite3_column_bytes(s, 2) != SHA256_BYTES || sqlite3_column_bytes(s, 3) != SHA256_BYTES)
        return MM_ECRYPTO;
    if (c->seq && seq == c->seq + 1 && memcmp(prev, c->hash, SHA256_BYTES) != 0)
        return MM_ECRYPTO;
    if (c->seq)
        check->gaps += seq - c->seq - 1;
    if (journal_hash(seq, sqlite3_column_blob(s, 1), (size_t)sqlite3_column_bytes(s, 1), prev, want) != MM_OK ||
        memcmp(want, hash, SHA256_BYTES) != 0)
        return MM_ECRYPTO;
    c->seq = seq;
    memcpy(c->hash, hash, SHA256_BYTES);
    return MM_OK;
}

int journal_verify(struct journal *j, uint64_t after, struct journal_check *out)
{
    struct journal_check check = {0};
    struct chain c = {0};
    sqlite3_stmt *s;
    int step, rc = prepare(j, "SELECT seq,body,prev,hash FROM event WHERE seq>?1 ORDER BY seq", &s);

    if (rc)
        return rc;
    sqlite3_bind_int64(s, 1, (sqlite3_int64)(after & INT64_MAX));
    while ((step = sqlite3_step(s)) == SQLITE_ROW && rc == MM_OK) {
        rc = check_row(s, &c, &check);
        if (rc)
            check.bad = (uint64_t)sqlite3_column_int64(s, 0);
    }
    if (rc == MM_OK)
        rc = journal_db_err(step);
    sqlite3_finalize(s);
    /* The newest row must be the one that the head remembers. */
    if (rc == MM_OK && c.seq && c.seq + 1 == j->now.next && memcmp(c.hash, j->now.chain, SHA256_BYTES) != 0) {
        rc = MM_ECRYPTO;
        check.bad = c.seq;
    }
    *out = check;
    return rc;
}
