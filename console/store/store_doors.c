/* Reports of doors, statements of operators, and which device was told of them. */
#include <string.h>

#include "console/store/store_internal.h"
#include "lib/err.h"

int store_doors_put(struct store *s, const char *agent_id, const struct store_doors *d, int64_t now)
{
    int64_t known = 0;
    int rc = DB_RUN(s->db, "SELECT count(*) FROM device WHERE agent_id = $1", store_keep_int, &known, DB_S(agent_id));

    if (rc || !known)
        return rc ? rc : MM_ENOTFOUND;
    return DB_RUN(s->db, "INSERT INTO door_report(agent_id, received, vpn, posture, software) VALUES($1, $2, $3, $4, $5)"
                         " ON CONFLICT(agent_id) DO UPDATE SET received = $2, vpn = $3, posture = $4, software = $5", NULL, NULL,
                  DB_S(agent_id), DB_I(now), DB_S(d->vpn), DB_S(d->posture), DB_S(d->software));
}

static int append_text(void *context, const struct db_row *row)
{
    return buf_adds(context, db_text(row, 0));
}

int store_doors_vpn(struct store *s, const char *agent_id, struct buf *vpn)
{
    return DB_RUN(s->db, "SELECT vpn FROM door_report WHERE agent_id = $1", append_text, vpn, DB_S(agent_id));
}

struct report_walk { store_report_fn fn; void *context; };

static int give_report(void *context, const struct db_row *row)
{
    const struct report_walk *w = context;
    const struct store_report r = {.agent_id = db_text(row, 0), .hostname = db_text(row, 1), .received = db_int(row, 2),
                                   .vpn = db_text(row, 3), .posture = db_text(row, 4), .clock_ahead = db_int(row, 5)};

    return w->fn(w->context, &r);
}

int store_doors_reports(struct store *s, int64_t customer, store_report_fn fn, void *context)
{
    struct report_walk w = {fn, context};

    return DB_RUN(s->db, "SELECT d.agent_id, d.hostname, coalesce(r.received, 0), coalesce(r.vpn, ''), coalesce(r.posture, ''),"
                         " coalesce(d.clock_ahead, $2)"
                         " FROM device d LEFT JOIN door_report r ON r.agent_id = d.agent_id"
                         " WHERE d.customer = $1 AND d.revoked = 0 ORDER BY d.agent_id", give_report, &w, DB_I(customer), DB_I(STORE_CLOCK_UNKNOWN));
}

int store_doors_devices(struct store *s, int64_t customer, int64_t *count)
{
    return DB_RUN(s->db, "SELECT count(*) FROM device WHERE customer = $1 AND revoked = 0", store_keep_int, count, DB_I(customer));
}

/* ---- statements ------------------------------------------------------------------- */

int store_statement_put(struct store *s, const struct store_statement *st)
{
    return DB_RUN(s->db, "INSERT INTO door_statement(customer, agent_id, door, what, at, made_by, args)"
                         " VALUES($1, $2, $3, $4, $5, $6, $7) ON CONFLICT(customer, agent_id, door, what)"
                         " DO UPDATE SET at = $5, made_by = $6, args = $7", NULL, NULL, DB_I(st->customer), DB_S(st->agent_id),
                  DB_S(st->door), DB_S(st->what), DB_I(st->at), DB_S(st->by), DB_S(st->args));
}

struct statement_walk { store_statement_fn fn; void *context; };

static int give_statement(void *context, const struct db_row *row)
{
    const struct statement_walk *w = context;
    const struct store_statement st = {.customer = db_int(row, 0), .agent_id = db_text(row, 1), .door = db_text(row, 2),
                                       .what = db_text(row, 3), .at = db_int(row, 4), .by = db_text(row, 5), .args = db_text(row, 6)};

    return w->fn(w->context, &st);
}

#define STATEMENT_COLUMNS "st.customer, st.agent_id, st.door, st.what, st.at, st.made_by, st.args"

int store_statements(struct store *s, int64_t customer, store_statement_fn fn, void *context)
{
    struct statement_walk w = {fn, context};

    return DB_RUN(s->db, "SELECT " STATEMENT_COLUMNS " FROM door_statement st WHERE st.customer = $1"
                         " ORDER BY st.door, st.what, st.agent_id", give_statement, &w, DB_I(customer));
}

int store_statement_ordered(struct store *s, const char *agent_id, const struct store_statement *st, const char *command_id)
{
    return DB_RUN(s->db, "INSERT INTO door_order(agent_id, door, what, at, command_id) VALUES($1, $2, $3, $4, $5)"
                         " ON CONFLICT(agent_id, door, what) DO UPDATE SET at = $4, command_id = $5", NULL, NULL, DB_S(agent_id),
                  DB_S(st->door), DB_S(st->what), DB_I(st->at), DB_S(command_id));
}

int store_statements_untold(struct store *s, const char *agent_id, int64_t now, unsigned limit, store_statement_fn fn, void *context)
{
    struct statement_walk w = {fn, context};

    /* Told: by an order that was answered, whatever the answer, or that still waits. */
    return DB_RUN(s->db, "SELECT " STATEMENT_COLUMNS " FROM device d JOIN door_statement st ON st.customer = d.customer"
                         " AND st.agent_id IN ('', d.agent_id) WHERE d.agent_id = $1 AND NOT EXISTS (SELECT 1 FROM door_order o"
                         " JOIN command c ON c.command_id = o.command_id WHERE o.agent_id = d.agent_id AND o.door = st.door"
                         " AND o.what = st.what AND o.at = st.at AND (c.done IS NOT NULL OR c.not_after >= $2))"
                         " ORDER BY st.what <> 'policy', st.at, st.what DESC LIMIT $3", give_statement, &w, DB_S(agent_id), DB_I(now), DB_I(limit));
}
