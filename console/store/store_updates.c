/* Updates: which ring a device belongs to and was told, which rule packs and releases of the agent run where and were left. */
#include <string.h>

#include "console/store/store_internal.h"
#include "lib/err.h"

int store_ring_set(struct store *s, int64_t customer, const char *agent_id, const char *ring, const char *by, int64_t now)
{
    if (!ring[0])
        return DB_RUN(s->db, "DELETE FROM ring WHERE customer = $1 AND agent_id = $2", NULL, NULL, DB_I(customer), DB_S(agent_id));
    return DB_RUN(s->db, "INSERT INTO ring(customer, agent_id, ring, at, made_by) VALUES($1, $2, $3, $4, $5)"
                         " ON CONFLICT(customer, agent_id) DO UPDATE SET ring = $3, at = $4, made_by = $5", NULL, NULL, DB_I(customer),
                  DB_S(agent_id), DB_S(ring), DB_I(now), DB_S(by));
}

struct ring_walk { store_ring_fn fn; void *context; };

static int give_ring(void *context, const struct db_row *row)
{
    const struct ring_walk *w = context;

    return w->fn(w->context, db_text(row, 0), db_text(row, 1));
}

/* Told: by an order that was answered, whatever the answer, or that still waits.  Who was never told of a ring and
 * belongs to none is told nothing: the host takes itself for broad. */
int store_rings_untold(struct store *s, int64_t customer, const char *agent_id, int64_t now, store_ring_fn fn, void *context)
{
    struct ring_walk w = {fn, context};

    return DB_RUN(s->db, "SELECT d.agent_id, " STORE_RING " FROM device d LEFT JOIN ring_order o ON o.agent_id = d.agent_id"
                         " LEFT JOIN command c ON c.command_id = o.command_id"
                         " WHERE d.revoked = 0 AND ($1 = 0 OR d.customer = $1) AND ($2 = '' OR d.agent_id = $2)"
                         " AND (o.agent_id IS NOT NULL OR EXISTS (SELECT 1 FROM ring r WHERE r.customer = d.customer AND r.agent_id IN ('', d.agent_id)))"
                         " AND (o.agent_id IS NULL OR o.ring <> " STORE_RING " OR (c.done IS NULL AND c.not_after < $3)) ORDER BY d.agent_id",
                  give_ring, &w, DB_I(customer), DB_S(agent_id), DB_I(now));
}

int store_ring_ordered(struct store *s, const char *agent_id, const char *ring, const char *command_id)
{
    return DB_RUN(s->db, "INSERT INTO ring_order(agent_id, ring, command_id) VALUES($1, $2, $3)"
                         " ON CONFLICT(agent_id) DO UPDATE SET ring = $2, command_id = $3", NULL, NULL, DB_S(agent_id), DB_S(ring),
                  DB_S(command_id));
}

int store_rings(struct store *s, int64_t customer, json_t **out)
{
    return DB_JSON(s->db, "SELECT ring, nullif(agent_id, '') AS agent_id, made_by, at AS \"at:t\" FROM ring WHERE customer = $1"
                          " ORDER BY agent_id LIMIT 10000", out, DB_I(customer));
}

/* ---- packs and agents ---------------------------------------------------------------- */

static int keep_left(struct store *s, const char *forget, const char *keep, const char *agent_id, const struct store_left *left)
{
    int rc = DB_RUN(s->db, forget, NULL, NULL, DB_S(agent_id));

    for (unsigned i = 0; i < left->n && !rc; i++)
        rc = DB_RUN(s->db, keep, NULL, NULL, DB_S(agent_id), DB_S(left->version[i]));
    return rc;
}

#define FORGET_LEFT(table) "DELETE FROM " table " WHERE agent_id = $1"
#define KEEP_LEFT(table) "INSERT INTO " table "(agent_id, version) VALUES($1, $2) ON CONFLICT(agent_id, version) DO NOTHING"

int store_updates_put(struct store *s, const char *agent_id, const struct store_updates *u)
{
    int rc = DB_RUN(s->db, "UPDATE device SET ring = $2, update_result = $3, update_cause = $4, update_verified = nullif($5, 0)"
                           " WHERE agent_id = $1", NULL, NULL, DB_S(agent_id), DB_S(u->ring), DB_S(u->result), DB_S(u->cause), DB_I(u->verified));

    if (!rc)
        rc = keep_left(s, FORGET_LEFT("pack_left"), KEEP_LEFT("pack_left"), agent_id, &u->rules_left);
    return rc ? rc : keep_left(s, FORGET_LEFT("agent_left"), KEEP_LEFT("agent_left"), agent_id, &u->agent_left);
}

/* A device that runs a version is "gone" after a month without a word; before that "quiet" after a day and "silent" after four
 * (a night, and a weekend that is a day longer).  It has "proven" the version when it was heard a day after it first told of it. */
#define DAY_S 86400
#define SILENT_S (4 * DAY_S)
#define GONE_S (30 * DAY_S)

#define COUNTS(runs, since, left)                                                                                          \
    "SELECT p.version AS version, sum(p.runs) AS devices, sum(p.gone) AS devices_left,"                                    \
    " sum(p.proven) AS devices_proven, sum(p.quiet) AS devices_quiet, sum(p.silent) AS devices_silent, sum(p.lost) AS devices_gone FROM" \
    " (SELECT " runs " AS version, 1 AS runs, 0 AS gone, coalesce(last_seen - " since " >= $2, 0) AS proven,"              \
    " coalesce(last_seen < $5 AND last_seen >= $4, 0) AS quiet, coalesce(last_seen < $3 AND last_seen >= $4, 0) AS silent, coalesce(last_seen < $4, 1) AS lost" \
    " FROM device WHERE revoked = 0 AND " runs " <> ''"                                                                    \
    " UNION ALL SELECT l.version, 0, 1, 0, 0, 0, 0 FROM " left " l JOIN device d ON d.agent_id = l.agent_id WHERE d.revoked = 0) p" \
    " GROUP BY p.version ORDER BY sum(p.runs) DESC, sum(p.gone) DESC, p.version LIMIT $1"

static int counts(struct store *s, const char *sql, int64_t now, unsigned limit, json_t **out)
{
    return DB_JSON(s->db, sql, out, DB_I(limit), DB_I(DAY_S), DB_I(now - SILENT_S), DB_I(now - GONE_S), DB_I(now - DAY_S));
}

int store_packs(struct store *s, int64_t now, unsigned limit, json_t **out)
{
    return counts(s, COUNTS("rules", "rules_since", "pack_left"), now, limit, out);
}

int store_agents(struct store *s, int64_t now, unsigned limit, json_t **out)
{
    return counts(s, COUNTS("agent_release", "agent_since", "agent_left"), now, limit, out);
}
