/* Ownership: builds one JSON value and gives it away; looks at the two structs only.
 * Strings in them may be any bytes of the file system: made valid UTF-8 here. */
#include "agent/control/verbs_status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "lib/unicode.h"
#include "lib/version.h"

/* ---- small helpers ----------------------------------------------------------- */

/* A JSON string of at most `size` bytes of `s`. */
static json_t *string_of(const char *s, size_t size)
{
    struct buf clean;
    json_t *out;

    buf_init(&clean, 3 * size);
    if (uni_clean(&clean, s, strnlen(s, size)))
        buf_reset(&clean);
    out = json_stringn(clean.data ? clean.data : "", clean.len);
    buf_fini(&clean);
    return out;
}
#define STRING(field) string_of(field, sizeof(field))

static void set(json_t *o, const char *key, json_t *value)
{
    json_object_set_new(o, key, value ? value : json_null());
}

static void set_count(json_t *o, const char *key, uint64_t n)
{
    set(o, key, json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n));
}

static json_t *instant(int64_t seconds)
{
    char text[RFC3339_TEXT];

    if (seconds <= 0)
        return json_null();
    rfc3339_format(seconds, text);
    return json_string(text);
}

#define WORD(table, i) ((size_t)(i) < sizeof(table) / sizeof *(table) ? (table)[i] : "unknown")

static const char *const quarantine_words[] = {"no", "yes", "failed"};
static const char *const severity_words[] = {"unknown", "info", "low", "medium", "high", "critical"};

/* A state below `enough` needs attention.  What a kernel or file system cannot do is shown, but a
 * host that will never do better must not cry for ever; a failing scan process or a refused rule
 * pack is a fault that somebody can repair.  What the settings leave off is no fault either,
 * but it is not working: SENSOR_OFF. */
static const enum sensor_state enough[SENSOR_COUNT] = {
    [SENSOR_FILES] = SENSOR_DEGRADED, [SENSOR_PREIMAGE] = SENSOR_DEGRADED, [SENSOR_EXEC] = SENSOR_DEGRADED,
    [SENSOR_EXEC_JUDGE] = SENSOR_DEGRADED, [SENSOR_SCAN] = SENSOR_WORKING, [SENSOR_RULES] = SENSOR_WORKING,
    [SENSOR_NETWORK] = SENSOR_DEGRADED};

static unsigned folders_shown(const struct agent_state *s)
{
    unsigned room = sizeof s->folder / sizeof *s->folder;

    return s->folders < room ? s->folders : room;
}

/* ---- the overall word ----------------------------------------------------------- */

static int fresh(const struct agent_state *s, const struct control_core *c)
{
    return s && c->state_age_ms >= 0 && c->state_age_ms <= LIM_STATE_AGE_MS;
}

static void because(json_t *reasons, int yes, const char *code)
{
    if (yes)
        json_array_append_new(reasons, json_string(code));
}

static void guard_reasons(const struct agent_state *s, json_t *reasons)
{
    unsigned not_guarded = 0;

    because(reasons, s->quarantined > 1, "quarantine_failed");
    because(reasons, s->incident[0] != '\0', "incident");
    because(reasons, s->frozen_trees > 0, "frozen");
    for (int i = 0; i < SENSOR_COUNT; i++) {
        char code[32];

        snprintf(code, sizeof code, "sensor:%s", word_sensor((uint32_t)i));
        because(reasons, s->sensor[i].state < (uint32_t)enough[i], code);
    }
    for (unsigned i = 0; i < folders_shown(s); i++)
        not_guarded += s->folder[i].state == FOLDER_NOT;
    because(reasons, not_guarded > 0, "folders");
    because(reasons, !strcmp(s->sensor[SENSOR_FILES].method, "notify"), "beside"); /* somebody can choose one of the two */
    because(reasons, s->folders_total == 0, "no_folders");
    because(reasons, s->mode < RESPOND_FREEZE, "mode");
}

static void core_reasons(const struct control_core *c, int64_t now, json_t *reasons)
{
    int64_t contact = c->console_contact_wall_ns / 1000000000, tampered = c->tampered_wall_ns / 1000000000;

    because(reasons, tampered && llabs(now - tampered) < LIM_TAMPER_SHOWN_S, "tampered");
    because(reasons, c->self_bad, "self");
    because(reasons, c->journal_error != MM_OK, "journal");
    because(reasons, c->console_configured && !c->console_connected && now - contact > LIM_CONSOLE_SILENT_S,
            "console");
    because(reasons, c->certificate_until && c->certificate_until < now, "certificate");
}

/* A door that is unknown alone is told, but somebody can seldom change it at once. */
static void doors_reasons(const struct control_doors *d, int64_t now, json_t *reasons)
{
    if (!d->since)
        return;
    because(reasons, d->exposed > 0, "doors_exposed");
    because(reasons, d->overdue > 0, "doors_overdue");
    because(reasons, d->failed, "doors_failed");
    because(reasons, d->incomplete, "doors_incomplete");
    because(reasons, !d->checked_at ? d->since < now - LIM_DOORS_FIRST_S
                                    : d->checked_at < now - LIM_DOORS_OLD_S || d->checked_at > now + LIM_DOORS_OLD_S,
            "doors_unchecked");
}

/* A host without [update] url= is somebody else's to update; one that has it, and cannot, needs somebody. */
static void update_reasons(const struct control_updates *u, int64_t now, json_t *reasons)
{
    int64_t verified = u->known ? u->record.verified : 0;

    if (!u->configured || !u->since)
        return;
    because(reasons, !verified ? u->since < now - LIM_UPDATES_FIRST_S
                               : verified < now - LIM_UPDATES_OLD_S || verified > now + LIM_UPDATES_OLD_S, "updates_old");
    because(reasons, u->known && update_looks_attacked(&u->record), "updates_refused");
}

static const char *overall(const struct agent_state *s, const struct control_core *c, const json_t *reasons)
{
    if (!fresh(s, c))
        return "silent";
    if (s->quarantined == 1)
        return "quarantined";
    return json_array_size(reasons) ? "attention" : "guarded";
}

/* ---- the parts -------------------------------------------------------------------- */

static json_t *sensor_list(const struct agent_state *s)
{
    json_t *list = json_array();

    for (int i = 0; i < SENSOR_COUNT; i++) {
        json_t *o = json_object();

        set(o, "name", json_string(word_sensor((uint32_t)i)));
        set(o, "state", json_string(word_sensor_state(s->sensor[i].state)));
        set(o, "method", STRING(s->sensor[i].method));
        set(o, "reason", STRING(s->sensor[i].reason));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *folder_list(const struct agent_state *s)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < folders_shown(s); i++) {
        const struct folder_status *f = &s->folder[i];
        json_t *o = json_object();

        set(o, "path", STRING(f->path));
        set(o, "state", json_string(word_folder_state(f->state)));
        set_count(o, "files", f->files);
        set(o, "method", STRING(f->method));
        set(o, "reason", STRING(f->reason));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *quarantine_part(const struct agent_state *s)
{
    json_t *o = json_object();

    set(o, "state", json_string(WORD(quarantine_words, s->quarantined)));
    set(o, "since", s->quarantine_since[0] ? STRING(s->quarantine_since) : json_null());
    set(o, "by", s->quarantine_by[0] ? STRING(s->quarantine_by) : json_null());
    return o;
}

static json_t *rules_part(const struct agent_state *s)
{
    static const char *const family[FAMILY_COUNT] = {"file", "process", "burst", "vpn"};
    json_t *o = json_object();

    set(o, "version", STRING(s->rules_version));
    for (int i = 0; i < FAMILY_COUNT; i++)
        set_count(o, family[i], s->rules[i]);
    return o;
}

static json_t *counter_part(const struct agent_state *s)
{
    const struct { const char *name; uint64_t n; } rows[] = {
        {"lost_opens", s->lost_opens}, {"lost_events", s->lost_events}, {"lost_execs", s->lost_execs},
        {"late_verdicts", s->late_verdicts}, {"opens", s->opens}, {"preimages", s->preimages},
        {"execs", s->execs}, {"judged", s->judged}, {"scan_restarts", s->scan_restarts},
        {"guard_restarts", s->guard_restarts}, {"vault_bytes", s->vault_bytes},
        {"vault_limit", s->vault_limit}, {"vault_evicted", s->vault_evicted},
        {"protected_files", s->protected_files}, {"kernel_bytes", s->kernel_bytes}};
    json_t *o = json_object();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        set_count(o, rows[i].name, rows[i].n);
    return o;
}

static json_t *incident_part(const struct agent_state *s, const struct control_core *c)
{
    const struct control_incident *i = &c->incident;
    json_t *o;

    if (!s->incident[0] && !i->id[0])
        return json_null();
    o = json_object();
    set(o, "id", s->incident[0] ? STRING(s->incident) : STRING(i->id));
    if (!i->id[0] || (s->incident[0] && strncmp(i->id, s->incident, sizeof i->id)))
        return o; /* its event has not reached core yet */
    set(o, "title_ja", STRING(i->title_ja));
    set(o, "title_en", STRING(i->title_en));
    set(o, "process", STRING(i->process));
    set(o, "severity", json_string(WORD(severity_words, i->severity)));
    set(o, "since", instant(i->since_wall_ns / 1000000000));
    set_count(o, "files_touched", i->files_touched);
    set_count(o, "files_destroyed", i->files_destroyed);
    set_count(o, "files_restored", i->files_restored);
    set_count(o, "files_failed", i->files_failed);
    set(o, "frozen", json_boolean(i->frozen && s->frozen_trees)); /* not when they ended */
    return o;
}

static json_t *console_part(const struct control_core *c)
{
    json_t *o = json_object();

    set(o, "configured", json_boolean(c->console_configured));
    set(o, "connected", json_boolean(c->console_connected));
    set(o, "last_contact", instant(c->console_contact_wall_ns / 1000000000));
    set_count(o, "queue", c->console_queue);
    set(o, "error", STRING(c->console_error));
    set(o, "certificate_until", instant(c->certificate_until));
    return o;
}

static json_t *journal_part(const struct control_core *c)
{
    json_t *o = json_object();

    set_count(o, "first", c->journal_first);
    set_count(o, "last", c->journal_last);
    set_count(o, "sent", c->journal_sent);
    set_count(o, "lost", c->journal_lost);
    set_count(o, "bytes", c->journal_bytes);
    set_count(o, "limit", c->journal_limit);
    set(o, "error", c->journal_error ? json_string(mm_strerror(c->journal_error)) : json_null());
    return o;
}

static json_t *doors_part(const struct control_doors *d)
{
    json_t *o;

    if (!d->since)
        return json_null();
    o = json_object();
    set(o, "checked_at", instant(d->checked_at));
    set(o, "overall", STRING(d->overall));
    set_count(o, "overdue", d->overdue);
    set_count(o, "unknown", d->unknown);
    set_count(o, "exposed", d->exposed);
    set_count(o, "total", d->total);
    return o;
}

static json_t *posture_part(const struct control_doors *d)
{
    json_t *o;

    if (!d->since)
        return json_null();
    o = json_object();
    set_count(o, "met", d->met);
    set_count(o, "partly", d->partly);
    set_count(o, "unmet", d->unmet);
    set_count(o, "unknown", d->not_known);
    return o;
}

static json_t *update_part(const struct update_part *p)
{
    json_t *o = json_object();

    set(o, "version", STRING(p->version));
    set(o, "since", instant(p->since));
    set(o, "made", instant(p->made));
    set(o, "before", STRING(p->before));
    set(o, "trial", STRING(p->trial));
    return o;
}

static json_t *updates_part(const struct control_updates *u)
{
    const struct update_record *r = &u->record;
    json_t *o = json_object();

    set(o, "configured", json_boolean(u->configured));
    set(o, "ring", STRING(u->ring));
    set(o, "checked", instant(r->checked));
    set(o, "verified", instant(r->verified));
    set(o, "result", json_string(update_result_word(r->result)));
    set(o, "cause", STRING(r->cause));
    set(o, "detail", STRING(r->detail));
    set(o, "rules", update_part(&r->rules));
    set(o, "agent", update_part(&r->agent));
    return o;
}

static void guard_parts(json_t *o, const struct agent_state *s, const struct control_core *c)
{
    set(o, "mode", json_string(word_response(s->mode)));
    set(o, "quarantine", quarantine_part(s));
    set(o, "incident", incident_part(s, c));
    set_count(o, "frozen_trees", s->frozen_trees);
    set(o, "sensors", sensor_list(s));
    set(o, "folders", folder_list(s));
    set_count(o, "folders_total", s->folders_total);
    set(o, "rules", rules_part(s));
    set(o, "counters", counter_part(s));
}

json_t *control_status(const struct agent_state *state, const struct control_core *core, int64_t now)
{
    json_t *o = json_object(), *guard = json_object(), *contact = json_object(), *reasons = json_array();

    if (!fresh(state, core))
        because(reasons, 1, "guard_silent");
    else
        guard_reasons(state, reasons);
    core_reasons(core, now, reasons);
    doors_reasons(&core->doors, now, reasons);
    update_reasons(&core->updates, now, reasons);
    set(o, "overall", json_string(overall(state, core, reasons)));
    set(o, "reasons", reasons);
    set(o, "version", json_string(MM_VERSION));
    set(o, "agent_id", STRING(core->agent_id));
    set(o, "customer", STRING(core->customer));
    set(guard, "answers", json_boolean(fresh(state, core)));
    set(guard, "tampered", instant(core->tampered_wall_ns / 1000000000));
    set(guard, "state_age_ms", core->state_age_ms < 0 ? json_null() : json_integer(core->state_age_ms));
    set(o, "guard", guard);
    if (state)
        guard_parts(o, state, core);
    set(o, "console", console_part(core));
    set(o, "journal", journal_part(core));
    set(o, "updates", updates_part(&core->updates));
    set(o, "doors", doors_part(&core->doors));
    set(o, "posture", posture_part(&core->doors));
    set(contact, "provider", STRING(core->provider));
    set(contact, "phone", STRING(core->phone));
    set(o, "contact", contact);
    return o;
}
