/* Devices: enrolment, certificates, heartbeats, silence. */
#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <string.h>

#include "console/store/store_internal.h"
#include "lib/err.h"

static int suspect_clone(struct store *s, const char *agent_id, const char *const title[2], int64_t now)
{
    int rc = DB_RUN(s->db, "UPDATE device SET clone_suspected = 1 WHERE agent_id = $1", NULL, NULL, DB_S(agent_id));

    if (!rc)
        rc = store_incident_raise(s, agent_id, "clone", 3, title, now);
    return rc ? rc : store_audit(s, "console", "clone_suspected", agent_id, title[1], now);
}

int store_enrol(struct store *s, const struct store_enrolment *e, int64_t now, int *clone)
{
    static const char *const title[2] = {"同じパソコンが二重に登録された疑いがあります", "A machine that is enrolled already was enrolled again"};
    int64_t known = 0;
    int rc = DB_RUN(s->db, "SELECT count(*) FROM device WHERE machine_id = $1 AND revoked = 0", store_keep_int, &known,
                    DB_S(e->machine_id));

    if (rc)
        return rc;
    rc = DB_RUN(s->db, "INSERT INTO device(agent_id, customer, hostname, os, kernel, agent_version, machine_id, enrolled,"
                       " certificate, certificate_expires) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", NULL, NULL,
                DB_S(e->agent_id), DB_I(e->customer), DB_S(e->hostname), DB_S(e->os), DB_S(e->kernel),
                DB_S(e->agent_version), DB_S(e->machine_id), DB_I(now), DB_S(e->certificate), DB_I(e->certificate_expires));
    if (!rc)
        rc = DB_RUN(s->db, "UPDATE token SET used = $2, used_key = $3, agent_id = $4 WHERE hash = $1 AND used IS NULL", NULL,
                    NULL, DB_S(e->token_hash), DB_I(now), DB_S(e->key_hash), DB_S(e->agent_id));
    if (!rc && db_changes(s->db) != 1)
        rc = MM_ESTATE;
    if (!rc && known)
        rc = suspect_clone(s, e->agent_id, title, now);
    if (!rc)
        *clone = known > 0;
    return rc;
}

static int add_text(void *context, const struct db_row *row)
{
    return buf_adds(context, db_text(row, 0));
}

int store_enrol_again(struct store *s, const char *agent_id, const char *machine_id, int64_t now, struct buf *pem)
{
    static const char *const title[2] = {"登録の途中のパソコンが複製された疑いがあります", "A machine was copied while it was being enrolled"};
    size_t before = pem->len;
    int64_t here = 0;
    int rc = DB_RUN(s->db, "SELECT certificate FROM device WHERE agent_id = $1 AND revoked = 0 AND state <> 'removed'", add_text, pem, DB_S(agent_id));

    if (!rc && pem->len == before)
        rc = MM_ENOTFOUND;
    if (!rc)
        rc = DB_RUN(s->db, "SELECT count(*) FROM device WHERE agent_id = $1 AND machine_id = $2", store_keep_int, &here, DB_S(agent_id), DB_S(machine_id));
    return rc || here ? rc : suspect_clone(s, agent_id, title, now);
}

int store_certificate_renewed(struct store *s, const char *agent_id, const char *certificate, int64_t expires)
{
    return DB_RUN(s->db, "UPDATE device SET certificate = $2, certificate_expires = $3 WHERE agent_id = $1", NULL, NULL,
                  DB_S(agent_id), DB_S(certificate), DB_I(expires));
}

/* ---- finding ----------------------------------------------------------------- */

#define DEVICE_COLUMNS "agent_id, hostname, state, quarantine, customer, coalesce(last_seen, 0), revoked"

struct found_device { struct store_device device; unsigned count; };

static int read_device(void *context, const struct db_row *row)
{
    struct found_device *f = context;
    struct store_device *d = &f->device;

    f->count++;
    store_copy(d->agent_id, sizeof d->agent_id, row, 0);
    store_copy(d->hostname, sizeof d->hostname, row, 1);
    store_copy(d->state, sizeof d->state, row, 2);
    store_copy(d->quarantine, sizeof d->quarantine, row, 3);
    d->customer = db_int(row, 4);
    d->last_seen = db_int(row, 5);
    d->revoked = (int)db_int(row, 6);
    return MM_OK;
}

static int the_only(int rc, const struct found_device *f, struct store_device *out)
{
    if (rc)
        return rc;
    if (f->count != 1)
        return f->count ? MM_EEXIST : MM_ENOTFOUND;
    *out = f->device;
    return MM_OK;
}

int store_device_get(struct store *s, const char *agent_id, struct store_device *out)
{
    struct found_device f = {.count = 0};
    int rc = DB_RUN(s->db, "SELECT " DEVICE_COLUMNS " FROM device WHERE agent_id = $1", read_device, &f, DB_S(agent_id));

    return the_only(rc, &f, out);
}

int store_device_find(struct store *s, const char *text, struct store_device *out)
{
    struct found_device f = {.count = 0};
    size_t n = strlen(text);
    int rc;

    if (n >= 8 && strspn(text, "0123456789abcdef-") == n) {
        rc = DB_RUN(s->db, "SELECT " DEVICE_COLUMNS " FROM device WHERE substr(agent_id, 1, $2) = $1 AND revoked = 0 LIMIT 2",
                    read_device, &f, DB_S(text), DB_I(n));
        if (rc || f.count)
            return the_only(rc, &f, out);
    }
    rc = DB_RUN(s->db, "SELECT " DEVICE_COLUMNS " FROM device WHERE hostname = $1 AND revoked = 0 LIMIT 2", read_device, &f,
                DB_S(text));
    return the_only(rc, &f, out);
}

int store_device_revoke(struct store *s, const char *agent_id)
{
    int rc = DB_RUN(s->db, "UPDATE device SET revoked = 1 WHERE agent_id = $1 AND revoked = 0", NULL, NULL, DB_S(agent_id));

    return rc ? rc : db_changes(s->db) ? MM_OK : MM_ENOTFOUND;
}

#define DEVICE_JSON \
    "SELECT d.agent_id AS agent_id, d.customer AS customer, c.name AS customer_name, d.hostname AS hostname, d.os AS os," \
    " d.kernel AS kernel, d.agent_version AS agent_version, d.rules AS rules, d.mode AS mode, d.state AS state," \
    " d.quarantine AS quarantine, d.enrolled AS \"enrolled:t\", d.last_seen AS \"last_seen:t\"," \
    " d.certificate_expires AS \"certificate_expires:t\", d.clone_suspected AS \"clone_suspected:b\"," \
    " d.revoked AS \"revoked:b\", d.ring AS ring, " STORE_RING " AS ring_wanted, d.update_result AS update_result," \
    " d.update_cause AS update_cause, d.update_verified AS \"update_verified:t\"," \
    " (SELECT count(*) FROM incident i WHERE i.agent_id = d.agent_id AND " STORE_OPEN ") AS open_incidents"

int store_devices(struct store *s, const char *after, unsigned limit, json_t **out)
{
    return DB_JSON(s->db, DEVICE_JSON " FROM device d JOIN customer c ON c.id = d.customer WHERE d.agent_id > $1"
                   " ORDER BY d.agent_id LIMIT $2", out, DB_S(after), DB_I(limit));
}

int store_device_json(struct store *s, const char *agent_id, json_t **out)
{
    json_t *list = NULL, *device = NULL, *commands = NULL;
    int rc = DB_JSON(s->db, DEVICE_JSON ", d.heartbeat AS \"heartbeat:j\" FROM device d JOIN customer c ON c.id = d.customer"
                     " WHERE d.agent_id = $1", &list, DB_S(agent_id));

    if (!rc)
        rc = store_only(list, &device);
    if (!rc)
        rc = DB_JSON(s->db, "SELECT command_id, sequence, action, incident, made_by, reason, created AS \"created:t\","
                     " not_after AS \"not_after:t\", state, sent AS \"sent:t\", done AS \"done:t\", message FROM command"
                     " WHERE agent_id = $1 ORDER BY sequence DESC LIMIT 50", &commands, DB_S(agent_id));
    if (!rc && json_object_set_new(device, "commands", commands) < 0)
        rc = MM_ENOMEM;
    if (rc)
        json_decref(device);
    else
        *out = device;
    return rc;
}

/* ---- heartbeats -------------------------------------------------------------- */

struct life { char state[LIM_TAG], boot[LIM_ID], boot_before[LIM_ID]; int known; };

#define LAST_WORD_S 120 /* no heartbeat is longer on its way */

static int read_life(void *context, const struct db_row *row)
{
    struct life *l = context;

    l->known = 1;
    store_copy(l->state, sizeof l->state, row, 0);
    store_copy(l->boot, sizeof l->boot, row, 1);
    store_copy(l->boot_before, sizeof l->boot_before, row, 2);
    return MM_OK;
}

static int end_silence(struct store *s, const char *agent_id, int64_t now)
{
    return DB_RUN(s->db, "UPDATE incident SET state = 'closed', last_ms = $2 WHERE agent_id = $1 AND kind = 'silence'"
                         " AND state = 'open'", NULL, NULL, DB_S(agent_id), DB_I(now * 1000));
}

/* A boot that was over and beats again: two machines share one identity. */
static int watch_boot(struct store *s, const char *agent_id, const struct life *l, const char *boot, int64_t now)
{
    static const char *const title[2] = {"同じ登録情報を二台のパソコンが使っている疑いがあります", "Two machines seem to use the same identity"};
    int rc;

    if (!boot[0] || !strcmp(boot, l->boot))
        return MM_OK;
    rc = DB_RUN(s->db, "UPDATE device SET boot_before = boot, boot = $2 WHERE agent_id = $1", NULL, NULL, DB_S(agent_id),
                DB_S(boot));
    if (!rc && !strcmp(boot, l->boot_before))
        rc = suspect_clone(s, agent_id, title, now);
    return rc;
}

#define RELEASE "coalesce(nullif($10, ''), $3)" /* of the agent: on trial, else the one that runs */

/* A heartbeat that was on its way when the device said its last word (off, removed) is older than that and takes nothing back. */
static int overtaken(struct store *s, const char *agent_id, const struct life *l, const struct store_beat *b, int64_t now, int *out)
{
    int64_t said = 0;
    int rc;

    *out = 0;
    if (!b->journal_last || !strcmp(l->state, "online") || !strcmp(l->state, "new") || !strcmp(l->state, "silent"))
        return MM_OK;
    rc = DB_RUN(s->db, "SELECT coalesce(max(sequence), 0) FROM event WHERE agent_id = $1 AND class_uid = 6002 AND received > $2", store_keep_int, &said,
                DB_S(agent_id), DB_I(now - LAST_WORD_S));
    *out = b->journal_last < said;
    return rc;
}

int store_heartbeat(struct store *s, const char *agent_id, const struct store_beat *b, int64_t now, int *came_back)
{
    struct life l = {.known = 0};
    int late = 0;
    int rc = DB_RUN(s->db, "SELECT state, boot, boot_before FROM device WHERE agent_id = $1", read_life, &l, DB_S(agent_id));

    if (!rc && !l.known)
        rc = MM_ENOTFOUND;
    if (!rc)
        rc = watch_boot(s, agent_id, &l, b->boot, now);
    if (!rc)
        rc = overtaken(s, agent_id, &l, b, now, &late);
    if (!rc)
        rc = DB_RUN(s->db, "UPDATE device SET state = $11, last_seen = $2, agent_version = $3, rules = $4, mode = $5,"
                           " quarantine = $6, heartbeat = $7, clock_ahead = nullif($8, $9),"
                           " rules_since = CASE WHEN rules = $4 THEN coalesce(rules_since, $2) ELSE $2 END, agent_release = " RELEASE ","
                           " agent_since = CASE WHEN agent_release = " RELEASE " THEN coalesce(agent_since, $2) ELSE $2 END WHERE agent_id = $1", NULL, NULL,
                    DB_S(agent_id), DB_I(now), DB_S(b->agent_version), DB_S(b->rules), DB_S(b->mode), DB_S(b->quarantine), DB_S(b->body),
                    DB_I(b->clock_ahead), DB_I(STORE_CLOCK_UNKNOWN), DB_S(b->agent_trial), DB_S(late ? l.state : "online"));
    if (!rc && !strcmp(l.state, "silent"))
        rc = end_silence(s, agent_id, now);
    if (!rc)
        *came_back = !strcmp(l.state, "silent");
    return rc;
}

/* ---- silence ------------------------------------------------------------------ */

#define RESTART_S 900 /* a computer that is started anew may install updates first */

struct quiet { struct { char agent_id[LIM_ID], state[16]; } row[64]; unsigned count; };

static int note_quiet(void *context, const struct db_row *row)
{
    struct quiet *q = context;

    store_copy(q->row[q->count].agent_id, LIM_ID, row, 0);
    store_copy(q->row[q->count].state, sizeof q->row[0].state, row, 1);
    q->count++;
    return MM_OK;
}

/* `off`: it said so, and nobody has switched it on since. */
static int fall_silent(struct store *s, const char *agent_id, bool off, int64_t now)
{
    static const char *const title[2] = {"パソコンからの連絡が途絶えました", "The computer has fallen silent"};
    static const char *const long_off[2] = {"電源が切られたまま、長いあいだ連絡がありません", "Switched off, and not heard of for a long time"};
    int rc = DB_RUN(s->db, "UPDATE device SET state = 'silent' WHERE agent_id = $1", NULL, NULL, DB_S(agent_id));

    return rc ? rc : store_incident_raise(s, agent_id, "silence", off ? 2 : 3, off ? long_off : title, now);
}

int store_silence(struct store *s, int64_t cutoff, int64_t off_cutoff, int64_t now, unsigned *count)
{
    struct quiet q = {.count = 0};
    int rc = DB_RUN(s->db, "SELECT agent_id, state FROM device WHERE revoked = 0 AND ((state = 'online' AND last_seen < $1)"
                    " OR (state = 'restarting' AND last_seen < $2) OR (state = 'off' AND last_seen < $3)) LIMIT 64",
                    note_quiet, &q, DB_I(cutoff), DB_I(cutoff - RESTART_S), DB_I(off_cutoff));

    if (!rc && q.count)
        rc = store_begin(s);
    if (rc || !q.count) {
        *count = 0;
        return rc;
    }
    for (unsigned i = 0; i < q.count && !rc; i++)
        rc = fall_silent(s, q.row[i].agent_id, !strcmp(q.row[i].state, "off"), now);
    if (!rc)
        rc = store_commit(s);
    else
        store_rollback(s);
    *count = rc ? 0 : q.count;
    return rc;
}
