/* Incidents and the commands that answer them. */
#include <string.h>

#include "console/store/store_internal.h"
#include "lib/crypto.h"
#include "lib/err.h"

#define BATCH 16 /* commands in one answer (docs/protocol.md) */

struct found_incident { struct store_incident incident; unsigned count; };

static int read_incident(void *context, const struct db_row *row)
{
    struct found_incident *f = context;
    struct store_incident *i = &f->incident;

    f->count++;
    i->id = db_int(row, 0);
    store_copy(i->uid, sizeof i->uid, row, 1);
    store_copy(i->agent_id, sizeof i->agent_id, row, 2);
    store_copy(i->kind, sizeof i->kind, row, 3);
    store_copy(i->state, sizeof i->state, row, 4);
    return MM_OK;
}

int store_incident_find(struct store *s, const char *text, struct store_incident *out)
{
    struct found_incident f = {.count = 0};
    size_t n = strlen(text);
    int rc;

    if (!n || n > 36)
        return MM_ENOTFOUND;
    rc = DB_RUN(s->db, "SELECT id, uid, agent_id, kind, state FROM incident WHERE CAST(id AS TEXT) = $1", read_incident, &f,
                DB_S(text));
    if (!rc && !f.count && n >= 8)
        rc = DB_RUN(s->db, "SELECT id, uid, agent_id, kind, state FROM incident WHERE substr(uid, 1, $2) = $1 LIMIT 2",
                    read_incident, &f, DB_S(text), DB_I(n));
    if (rc)
        return rc;
    if (f.count != 1)
        return f.count ? MM_EEXIST : MM_ENOTFOUND;
    *out = f.incident;
    return MM_OK;
}

#define INCIDENT_JSON \
    "SELECT i.id AS id, i.uid AS uid, i.agent_id AS agent_id, d.hostname AS hostname, c.name AS customer_name, i.kind AS kind," \
    " CASE WHEN " STORE_OPEN " THEN 'open' ELSE i.state END AS state, " STORE_HELD " AS \"held:b\", i.first_ms / 1000 AS \"first:t\", i.last_ms / 1000 AS \"last:t\", i.first_ms AS first_ms," \
    " i.last_ms AS last_ms, i.severity AS severity, i.title AS title, i.title_en AS title_en, i.rule AS rule," \
    " i.attack AS attack, i.response AS response, CASE WHEN i.quarantine = 'on' AND d.quarantine = 'off' THEN 'off'" \
    " ELSE i.quarantine END AS quarantine, d.quarantine AS device_quarantine," \
    " i.events AS events, i.files_touched AS files_touched, i.files_destroyed AS files_destroyed," \
    " i.files_restored AS files_restored, i.files_failed AS files_failed, i.processes AS processes, i.verdict AS verdict," \
    " i.verdict_by AS verdict_by, i.verdict_at AS \"verdict_at:t\", i.note AS note" \
    " FROM incident i JOIN device d ON d.agent_id = i.agent_id JOIN customer c ON c.id = d.customer"

int store_incidents(struct store *s, const char *state, int64_t after, unsigned limit, json_t **out)
{
    return DB_JSON(s->db, INCIDENT_JSON " WHERE ($1 = '' OR ($1 = 'open') = (" STORE_OPEN ")) AND i.id > $2 ORDER BY i.id LIMIT $3", out,
                   DB_S(state ? state : ""), DB_I(after), DB_I(limit));
}

int store_incident_json(struct store *s, int64_t id, json_t **out)
{
    json_t *list = NULL, *incident = NULL, *commands = NULL;
    int rc = DB_JSON(s->db, INCIDENT_JSON " WHERE i.id = $1", &list, DB_I(id));

    if (!rc)
        rc = store_only(list, &incident);
    if (!rc)
        rc = DB_JSON(s->db, "SELECT k.command_id AS command_id, k.sequence AS sequence, k.action AS action,"
                     " k.incident AS incident, k.made_by AS made_by, k.reason AS reason, k.created AS \"created:t\","
                     " k.not_after AS \"not_after:t\", k.state AS state, k.sent AS \"sent:t\", k.done AS \"done:t\","
                     " k.message AS message FROM command k JOIN incident i ON i.agent_id = k.agent_id AND i.uid = k.incident"
                     " WHERE i.id = $1 ORDER BY k.sequence DESC LIMIT 50", &commands, DB_I(id));
    if (!rc && json_object_set_new(incident, "commands", commands) < 0)
        rc = MM_ENOMEM;
    if (rc)
        json_decref(incident);
    else
        *out = incident;
    return rc;
}

int store_incident_verdict(struct store *s, int64_t id, const char *verdict, const char *note, const char *by, int64_t now)
{
    int rc = DB_RUN(s->db, "UPDATE incident SET verdict = $2, note = $3, verdict_by = $4, verdict_at = $5,"
                           " state = CASE WHEN $2 = 'undecided' THEN 'open' ELSE 'closed' END WHERE id = $1", NULL, NULL,
                    DB_I(id), DB_S(verdict), DB_S(note), DB_S(by), DB_I(now));

    return rc ? rc : db_changes(s->db) ? MM_OK : MM_ENOTFOUND;
}

int store_incident_raise(struct store *s, const char *agent_id, const char *kind, int severity,
                         const char *const title[2], int64_t now)
{
    char uid[LIM_ID];
    int64_t open = 0;
    int rc = DB_RUN(s->db, "SELECT count(*) FROM incident WHERE agent_id = $1 AND kind = $2 AND state = 'open'",
                    store_keep_int, &open, DB_S(agent_id), DB_S(kind));

    if (!rc)
        rc = crypto_uuid(uid);
    if (rc || open)
        return rc;
    return DB_RUN(s->db, "INSERT INTO incident(uid, agent_id, kind, first_ms, last_ms, severity, title, title_en)"
                         " VALUES($1, $2, $3, $4, $4, $5, $6, $7)", NULL, NULL, DB_S(uid), DB_S(agent_id), DB_S(kind),
                  DB_I(now * 1000), DB_I(severity), DB_S(title[0]), DB_S(title[1]));
}

/* ---- commands -------------------------------------------------------------------- */

int store_command_sequence(struct store *s, const char *agent_id, int64_t now, uint64_t *sequence)
{
    int64_t n = 0;
    int rc = DB_RUN(s->db, "UPDATE device SET command_sequence ="
                           " CASE WHEN command_sequence < $2 THEN $2 ELSE command_sequence + 1 END"
                           " WHERE agent_id = $1 AND revoked = 0 RETURNING command_sequence",
                    store_keep_int, &n, DB_S(agent_id), DB_I(now * 1000));

    if (rc)
        return rc;
    if (!n)
        return MM_ENOTFOUND;
    *sequence = (uint64_t)n;
    return MM_OK;
}

int store_command_add(struct store *s, const struct store_command *c)
{
    return DB_RUN(s->db, "INSERT INTO command(agent_id, sequence, command_id, action, incident, envelope, made_by, reason,"
                         " created, not_after) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", NULL, NULL, DB_S(c->agent_id),
                  DB_I(c->sequence), DB_S(c->command_id), DB_S(c->action), DB_S(c->incident), DB_S(c->envelope), DB_S(c->by),
                  DB_S(c->reason), DB_I(c->created), DB_I(c->not_after));
}

#define WAITING "FROM command WHERE agent_id = $1 AND sequence > $2 AND not_after >= $3 AND state IN ('queued', 'sent')"

int store_commands_waiting(struct store *s, const char *agent_id, uint64_t after, int64_t now)
{
    int64_t n = 0;
    int rc = DB_RUN(s->db, "SELECT EXISTS(SELECT 1 " WAITING ")", store_keep_int, &n, DB_S(agent_id), DB_I(after), DB_I(now));

    return !rc && n;
}

struct taken { struct buf *out; int64_t highest; };

static int take_one(void *context, const struct db_row *row)
{
    struct taken *t = context;
    int rc = t->highest ? buf_add(t->out, ",", 1) : MM_OK;

    t->highest = db_int(row, 0);
    return rc ? rc : buf_adds(t->out, db_text(row, 1));
}

int store_commands_take(struct store *s, const char *agent_id, uint64_t after, int64_t now, struct buf *out)
{
    struct taken t = {.out = out};
    int rc = DB_RUN(s->db, "SELECT sequence, envelope " WAITING " ORDER BY sequence LIMIT $4", take_one, &t, DB_S(agent_id),
                    DB_I(after), DB_I(now), DB_I(BATCH));

    if (rc || !t.highest)
        return rc;
    return DB_RUN(s->db, "UPDATE command SET state = 'sent', sent = $4 WHERE agent_id = $1 AND sequence > $2 AND sequence <= $3"
                         " AND state = 'queued'", NULL, NULL, DB_S(agent_id), DB_I(after), DB_I(t.highest), DB_I(now));
}

int store_orders(struct store *s, const struct store_order_filter *f, int64_t now, json_t **out)
{
    return DB_JSON(s->db, "SELECT k.command_id AS command_id, k.agent_id AS agent_id, d.hostname AS hostname,"
                   " k.sequence AS sequence, k.action AS action, k.incident AS incident, k.made_by AS made_by,"
                   " k.reason AS reason, k.created AS \"created:t\", k.not_after AS \"not_after:t\","
                   " CASE WHEN k.state IN ('queued', 'sent') AND k.not_after < $5 THEN 'expired' ELSE k.state END AS state,"
                   " k.sent AS \"sent:t\", k.done AS \"done:t\", k.message AS message"
                   " FROM command k JOIN device d ON d.agent_id = k.agent_id"
                   " WHERE ($1 = '' OR k.agent_id = $1) AND ($2 = '' OR k.incident = $2) AND ($3 = '' OR EXISTS(SELECT 1"
                   " FROM command b WHERE b.command_id = $3 AND (k.created < b.created OR (k.created = b.created AND"
                   " (k.sequence < b.sequence OR (k.sequence = b.sequence AND k.command_id < b.command_id))))))"
                   " ORDER BY k.created DESC, k.sequence DESC, k.command_id DESC LIMIT $4", out,
                   DB_S(f->agent_id ? f->agent_id : ""), DB_S(f->incident ? f->incident : ""), DB_S(f->after ? f->after : ""),
                   DB_I(f->limit), DB_I(now));
}

int store_command_result(struct store *s, const char *agent_id, const char *command_id, const char *result,
                         const char *message, int64_t now)
{
    int rc = DB_RUN(s->db, "UPDATE command SET state = $3, message = $4, done = $5 WHERE agent_id = $1 AND command_id = $2", NULL,
                    NULL, DB_S(agent_id), DB_S(command_id), DB_S(result), DB_S(message), DB_I(now));

    return rc ? rc : db_changes(s->db) ? MM_OK : MM_ENOTFOUND;
}
