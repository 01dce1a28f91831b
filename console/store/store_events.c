/* Events: stored once each (agent, journal, sequence), grouped into incidents
 * in the same transaction.  An incident belongs to one device: a device that
 * names another's incident only makes one of its own. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "console/store/store_internal.h"
#include "lib/err.h"

#define CLASS_REMEDIATION 7001
#define CLASS_LIFECYCLE 6002
#define LIFECYCLE_UPDATE 8 /* activity_id: a release was refused or taken back, nobody tampered */
#define LIFECYCLE_REMOVE 2
#define LIFECYCLE_STOP 4
#define HIGH 4 /* severity_id */
#define ACTIVITY_ISOLATE 1
#define ACTIVITY_RESTORE 3
#define STATUS_DONE 1

/* What the event says about the device's quarantine; "" when nothing. */
static const char *quarantine_of(const struct ingest_event *e)
{
    if (e->class_uid != CLASS_REMEDIATION)
        return "";
    if (e->activity == ACTIVITY_ISOLATE)
        return e->status == STATUS_DONE ? "on" : "failed";
    return e->activity == ACTIVITY_RESTORE && e->status == STATUS_DONE ? "off" : "";
}

/* The incident's row: made by its first event, grown by the later ones.  The
 * title is that of the most severe event, finding events first. */
static int join_incident(struct store *s, const char *agent_id, const struct ingest_event *e, int64_t *id)
{
    return DB_RUN(s->db,
        "INSERT INTO incident(uid, agent_id, kind, first_ms, last_ms, severity, title, title_en, rule, attack, response,"
        " quarantine, events, files_touched, files_destroyed, files_restored, files_failed, processes)"
        " VALUES($1, $2, 'attack', $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13, $14, $15, $16)"
        " ON CONFLICT(agent_id, uid) DO UPDATE SET"
        " first_ms = CASE WHEN excluded.first_ms < incident.first_ms THEN excluded.first_ms ELSE incident.first_ms END,"
        " last_ms = CASE WHEN excluded.last_ms > incident.last_ms THEN excluded.last_ms ELSE incident.last_ms END,"
        " title = CASE WHEN incident.title = '' OR excluded.severity > incident.severity THEN excluded.title ELSE incident.title END,"
        " title_en = CASE WHEN incident.title_en = '' OR excluded.severity > incident.severity THEN excluded.title_en ELSE incident.title_en END,"
        " severity = CASE WHEN excluded.severity > incident.severity THEN excluded.severity ELSE incident.severity END,"
        " rule = CASE WHEN incident.rule = '' THEN excluded.rule ELSE incident.rule END,"
        " attack = CASE WHEN incident.attack = '' THEN excluded.attack ELSE incident.attack END,"
        " response = CASE WHEN excluded.response = '' OR incident.response = 'quarantine'"
        " OR (incident.response = 'freeze' AND excluded.response <> 'quarantine') THEN incident.response ELSE excluded.response END,"
        " quarantine = CASE WHEN excluded.quarantine = '' THEN incident.quarantine ELSE excluded.quarantine END,"
        " events = incident.events + 1,"
        " files_touched = CASE WHEN excluded.files_touched > incident.files_touched THEN excluded.files_touched ELSE incident.files_touched END,"
        " files_destroyed = CASE WHEN excluded.files_destroyed > incident.files_destroyed THEN excluded.files_destroyed ELSE incident.files_destroyed END,"
        " files_restored = CASE WHEN excluded.files_restored > incident.files_restored THEN excluded.files_restored ELSE incident.files_restored END,"
        " files_failed = CASE WHEN excluded.files_failed > incident.files_failed THEN excluded.files_failed ELSE incident.files_failed END,"
        " processes = CASE WHEN excluded.processes > incident.processes THEN excluded.processes ELSE incident.processes END,"
        " state = CASE WHEN incident.verdict IS NULL THEN incident.state WHEN $5 >= 4 THEN 'open' ELSE incident.state END"
        " RETURNING id", store_keep_int, id,
        DB_S(e->incident), DB_S(agent_id), DB_I(e->first_ms < e->time_ms ? e->first_ms : e->time_ms), DB_I(e->time_ms),
        DB_I(e->severity), DB_S(e->title), DB_S(e->title_en), DB_S(e->rule), DB_S(e->attack), DB_S(e->response),
        DB_S(quarantine_of(e)), DB_I(e->files_touched), DB_I(e->files_destroyed), DB_I(e->files_restored),
        DB_I(e->files_failed), DB_I(e->processes));
}

/* The device's state after an event that says that nothing more will come for now: its silence is no alarm.  NULL: no such event. */
static const char *parting(const struct ingest_event *e)
{
    if (e->class_uid != CLASS_LIFECYCLE)
        return NULL;
    if (e->activity == LIFECYCLE_REMOVE)
        return "removed";
    if (e->activity != LIFECYCLE_STOP)
        return NULL;
    return !strcmp(e->state, "shutdown") ? "off" : !strcmp(e->state, "reboot") ? "restarting" : NULL;
}

/* A part of the agent was ended or stopped by somebody: an alarm of its own, because the next
 * heartbeat will say again that all is well. */
static bool tampered(const struct ingest_event *e)
{
    return e->class_uid == CLASS_LIFECYCLE && e->activity != LIFECYCLE_UPDATE && e->severity >= HIGH && !e->incident[0];
}

static bool removed(const struct ingest_event *e)
{
    return e->class_uid == CLASS_LIFECYCLE && e->activity == LIFECYCLE_REMOVE && e->severity < HIGH;
}

static int tell_tampering(struct store *s, const char *agent_id, const struct ingest_event *e, int64_t now)
{
    const char *const title[2] = {e->title, e->title_en[0] ? e->title_en : e->title};

    return store_incident_raise(s, agent_id, "tamper", e->severity, title, now);
}

/* A removal that says that it was permitted is believed when an operator did permit it (`removal`). */
static int tell_removal(struct store *s, const char *agent_id, const struct ingest_event *e, int64_t now)
{
    struct ingest_event worse = *e;
    int64_t orders = 0;
    int rc = DB_RUN(s->db, "SELECT count(*) FROM command WHERE agent_id = $1 AND action = 'removal' AND not_after >= $2", store_keep_int, &orders,
                    DB_S(agent_id), DB_I(e->time_ms / 1000));

    worse.severity = HIGH;
    return rc || orders ? rc : tell_tampering(s, agent_id, &worse, now);
}

/* A device has one quarantine: when it is over, it is over for every incident that asked for it, also where the
 * release was by hand and named none of them. */
static int tell_quarantine(struct store *s, const char *agent_id, const char *quarantine)
{
    int rc = DB_RUN(s->db, "UPDATE device SET quarantine = $2 WHERE agent_id = $1", NULL, NULL, DB_S(agent_id), DB_S(quarantine));

    if (rc || strcmp(quarantine, "off") != 0)
        return rc;
    return DB_RUN(s->db, "UPDATE incident SET quarantine = 'off' WHERE agent_id = $1 AND quarantine = 'on'", NULL, NULL, DB_S(agent_id));
}

static int add_event(struct store *s, const struct store_batch *b, const struct ingest_event *e, int64_t now)
{
    const char *quarantine = quarantine_of(e);
    int64_t row = 0, incident = 0;
    int rc = DB_RUN(s->db, "INSERT INTO event(agent_id, journal, sequence, boot, received, time_ms, class_uid, severity, body, chain)"
                           " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT(agent_id, journal, sequence) DO NOTHING"
                           " RETURNING id", store_keep_int, &row,
                    DB_S(b->agent_id), DB_S(b->journal), DB_I(e->sequence), DB_S(b->boot), DB_I(now), DB_I(e->time_ms),
                    DB_I(e->class_uid), DB_I(e->severity), DB_S(e->body), DB_S(e->chain));

    if (!rc)
        rc = store_chain_check(s, b, e, row != 0, now);
    if (rc || !row)
        return rc; /* an error, or stored already */
    rc = DB_RUN(s->db, "UPDATE device SET event_bytes = event_bytes + $2 WHERE agent_id = $1", NULL, NULL, DB_S(b->agent_id),
                DB_I(strlen(e->body)));
    if (!rc && quarantine[0])
        rc = tell_quarantine(s, b->agent_id, quarantine);
    if (!rc && parting(e))
        rc = DB_RUN(s->db, "UPDATE device SET state = $2 WHERE agent_id = $1", NULL, NULL, DB_S(b->agent_id), DB_S(parting(e)));
    if (!rc && removed(e))
        rc = tell_removal(s, b->agent_id, e, now);
    if (!rc && tampered(e))
        rc = tell_tampering(s, b->agent_id, e, now);
    if (rc || !e->incident[0])
        return rc;
    rc = join_incident(s, b->agent_id, e, &incident);
    return rc ? rc : DB_RUN(s->db, "UPDATE event SET incident = $2 WHERE id = $1", NULL, NULL, DB_I(row), DB_I(incident));
}

int store_events_add(struct store *s, const struct store_batch *b, int64_t now, uint64_t *durable)
{
    int64_t highest = 0;
    int rc = MM_OK;

    for (unsigned i = 0; i < b->count && !rc; i++)
        rc = add_event(s, b, &b->event[i], now);
    if (!rc)
        rc = DB_RUN(s->db, "SELECT max(sequence) FROM event WHERE agent_id = $1 AND journal = $2", store_keep_int, &highest,
                    DB_S(b->agent_id), DB_S(b->journal));
    if (!rc)
        *durable = (uint64_t)highest;
    return rc;
}

#define EVENT_JSON \
    "SELECT id, agent_id, journal, sequence, boot, received AS \"received:t\", severity, incident, body AS \"body:j\" FROM event" \
    " WHERE ($2 = '' OR agent_id = $2) AND ($3 = 0 OR incident = $3) AND severity >= $4"

int store_events(struct store *s, const struct store_event_filter *f, json_t **out)
{
    const char *agent = f->agent_id ? f->agent_id : "";

    if (f->newest)
        return DB_JSON(s->db, EVENT_JSON " AND ($1 = 0 OR id < $1) ORDER BY id DESC LIMIT $5", out, DB_I(f->after), DB_S(agent),
                       DB_I(f->incident), DB_I(f->severity), DB_I(f->limit));
    return DB_JSON(s->db, EVENT_JSON " AND id > $1 ORDER BY id LIMIT $5", out, DB_I(f->after), DB_S(agent),
                   DB_I(f->incident), DB_I(f->severity), DB_I(f->limit));
}
