/* What makes the store trustworthy and bounded: the agents' hash chain is
 * checked as rows arrive, and old rows make room.
 *
 * Room: a device that floods the console pays with its own history - rows go
 * from the device that has the most bytes, its harmless old rows first. */
#include <stdio.h>
#include <string.h>

#include "console/store/store_internal.h"
#include "lib/crypto.h"
#include "lib/err.h"

/* ---- chain --------------------------------------------------------------------- */

struct neighbour { const struct ingest_event *event; int differs; };

/* hash(N-1) = SHA-256(N-1 as 8 bytes big endian | body | hash(N-2)): agent/report/journal.h. */
static int hash_row(uint64_t sequence, const char *body, const uint8_t before[SHA256_BYTES], char out[SHA256_HEX])
{
    uint8_t number[8], md[SHA256_BYTES];
    struct buf b;
    int rc;

    for (int i = 0; i < 8; i++)
        number[i] = (uint8_t)(sequence >> (56 - 8 * i));
    buf_init(&b, LIM_EVENT_JSON + sizeof number + SHA256_BYTES);
    rc = buf_add(&b, number, sizeof number);
    if (!rc)
        rc = buf_adds(&b, body);
    if (!rc)
        rc = buf_add(&b, before, SHA256_BYTES);
    if (!rc)
        rc = crypto_sha256(b.data, b.len, md);
    if (!rc)
        crypto_hex(md, sizeof md, out);
    buf_fini(&b);
    return rc;
}

static int compare_before(void *context, const struct db_row *row)
{
    struct neighbour *n = context;
    uint8_t before[SHA256_BYTES];
    char hash[SHA256_HEX];
    int rc;

    if (crypto_unhex(db_text(row, 1), before, sizeof before))
        return MM_OK; /* a row that carried no chain */
    rc = hash_row(n->event->sequence - 1, db_text(row, 0), before, hash);
    n->differs = strcmp(hash, n->event->chain) != 0;
    return rc;
}

static int compare_same(void *context, const struct db_row *row)
{
    struct neighbour *n = context;

    n->differs = strcmp(db_text(row, 0), n->event->body) != 0;
    return MM_OK;
}

int store_chain_check(struct store *s, const struct store_batch *b, const struct ingest_event *e, int fresh, int64_t now)
{
    static const char *const title[2] = {"パソコンの記録が書き換えられた疑いがあります", "The journal of this computer seems to have been altered"};
    struct neighbour n = {.event = e};
    int rc = MM_OK;

    if (fresh && e->chain[0])
        rc = DB_RUN(s->db, "SELECT body, chain FROM event WHERE agent_id = $1 AND journal = $2 AND sequence = $3", compare_before,
                    &n, DB_S(b->agent_id), DB_S(b->journal), DB_I(e->sequence - 1));
    else if (!fresh)
        rc = DB_RUN(s->db, "SELECT body FROM event WHERE agent_id = $1 AND journal = $2 AND sequence = $3", compare_same, &n,
                    DB_S(b->agent_id), DB_S(b->journal), DB_I(e->sequence));
    if (rc || !n.differs)
        return rc;
    return store_incident_raise(s, b->agent_id, "journal", 4, title, now);
}

/* ---- room ------------------------------------------------------------------------- */

static int keep_agent(void *context, const struct db_row *row)
{
    store_copy(context, LIM_ID, row, 0);
    return MM_OK;
}

static int shrink(struct store *s, const char *agent_id, int64_t bytes)
{
    return DB_RUN(s->db, "UPDATE device SET event_bytes = event_bytes - $2 WHERE agent_id = $1", NULL, NULL, DB_S(agent_id),
                  DB_I(bytes));
}

/* End a transaction of our own. */
static int finish(struct store *s, int rc)
{
    if (!rc)
        return store_commit(s);
    store_rollback(s);
    return rc;
}

#define EXPIRED \
    "FROM event e LEFT JOIN incident i ON i.id = e.incident" \
    " WHERE e.received < $1 AND (i.id IS NULL OR i.state <> 'open')"
#define EXPIRED_OF_ONE EXPIRED " AND e.agent_id = $2 ORDER BY e.received LIMIT $3"

int store_events_expire(struct store *s, int64_t before, unsigned limit)
{
    char agent_id[LIM_ID] = "";
    int64_t bytes = 0;
    int rc = DB_RUN(s->db, "SELECT e.agent_id " EXPIRED " ORDER BY e.received LIMIT 1", keep_agent, agent_id, DB_I(before));

    if (rc || !agent_id[0])
        return rc;
    rc = store_begin(s);
    if (rc)
        return rc;
    rc = DB_RUN(s->db, "SELECT coalesce(sum(length(CAST(body AS BLOB))), 0) FROM event WHERE id IN (SELECT e.id " EXPIRED_OF_ONE ")",
                store_keep_int, &bytes, DB_I(before), DB_S(agent_id), DB_I(limit));
    if (!rc)
        rc = DB_RUN(s->db, "DELETE FROM event WHERE id IN (SELECT e.id " EXPIRED_OF_ONE ")", NULL, NULL, DB_I(before),
                    DB_S(agent_id), DB_I(limit));
    if (!rc)
        rc = shrink(s, agent_id, bytes);
    return finish(s, rc);
}

/* The harmless and old rows first; the index event_room has this order.  As many as bring what is
 * stored down by $3 bytes, of the harmless ones $4 more, so that not every second is a bite. */
#define OLDEST_OF_ONE                                                                                                \
    "(SELECT id FROM (SELECT id, severity, sum(n) OVER (ORDER BY severity >= 4, id) - n AS freed FROM"               \
    " (SELECT id, severity, length(CAST(body AS BLOB)) AS n FROM event WHERE agent_id = $1"                          \
    " ORDER BY severity >= 4, id LIMIT $2) AS first) AS bite"                                                        \
    " WHERE freed < $3 + CASE WHEN severity >= 4 THEN 0 ELSE $4 END)"

struct bite { const char *agent_id; unsigned limit; int64_t need, spare; };

static int keep_two(void *context, const struct db_row *row)
{
    int64_t *two = context;

    two[0] = db_int(row, 0);
    two[1] = db_int(row, 1);
    return MM_OK;
}

static int drop_rows(struct store *s, const struct bite *b, unsigned *dropped)
{
    int64_t two[2] = {0, 0};
    int rc = DB_RUN(s->db, "SELECT count(*), coalesce(sum(length(CAST(body AS BLOB))), 0) FROM event WHERE id IN " OLDEST_OF_ONE,
                    keep_two, two, DB_S(b->agent_id), DB_I(b->limit), DB_I(b->need), DB_I(b->spare));

    if (!rc)
        rc = DB_RUN(s->db, "DELETE FROM event WHERE id IN " OLDEST_OF_ONE, NULL, NULL, DB_S(b->agent_id), DB_I(b->limit),
                    DB_I(b->need), DB_I(b->spare));
    *dropped = (unsigned)two[0];
    return rc ? rc : shrink(s, b->agent_id, two[1]);
}

int store_events_bound(struct store *s, int64_t bytes, unsigned limit, int64_t now, unsigned *dropped)
{
    char agent_id[LIM_ID] = "", detail[96];
    struct bite bite = {agent_id, limit, 0, bytes / 16};
    unsigned gone = 0;
    int64_t total = 0;
    int rc = db_run(s->db, "SELECT coalesce(sum(event_bytes), 0) FROM device", NULL, 0, store_keep_int, &total);

    *dropped = 0;
    if (rc || total <= bytes)
        return rc;
    rc = db_run(s->db, "SELECT agent_id FROM device ORDER BY event_bytes DESC LIMIT 1", NULL, 0, keep_agent, agent_id);
    if (!rc)
        rc = store_begin(s);
    if (rc)
        return rc;
    bite.need = total - bytes;
    rc = drop_rows(s, &bite, &gone);
    snprintf(detail, sizeof detail, "%u events, the store is full", gone);
    if (!rc)
        rc = store_audit(s, "console", "events_dropped", agent_id, detail, now);
    rc = finish(s, rc);
    if (!rc)
        *dropped = gone;
    return rc;
}
