/* Pure: structs in, JSON out.  Words are the same as in `mimamori status`. */
#include "agent/report/heartbeat.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agent/report/utf8.h"
#include "lib/err.h"
#include "lib/rfc3339.h"
#include "lib/version.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define WORD(list, i) ((i) < COUNT(list) ? (list)[i] : "unknown")

static const char *const quarantine_words[] = {"off", "on", "failed"};
static const char *const family_words[FAMILY_COUNT] = {"file", "process", "burst", "vpn"};

/* Fields come from the guard, whose strings may be paths: make them valid. */
static json_t *text(const char *field, size_t n)
{
    char clean[LIM_PATH];

    (void)utf8_clean(field, n, clean, sizeof clean);
    return json_string(clean);
}
#define TEXT(field) text((field), sizeof(field))

/* json_object_set_new takes the reference in any case; a lost one shows as a missing key. */
static void set(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value);
}

static void set_number(json_t *o, const char *key, uint64_t n)
{
    set(o, key, json_integer((json_int_t)(n & INT64_MAX)));
}

static json_t *sensors(const struct agent_state *s)
{
    json_t *all = json_object();

    for (unsigned i = 0; i < SENSOR_COUNT; i++) {
        json_t *o = json_object();

        set(o, "state", json_string(word_sensor_state(s->sensor[i].state)));
        set(o, "method", TEXT(s->sensor[i].method));
        set(o, "reason", TEXT(s->sensor[i].reason));
        set(all, word_sensor(i), o);
    }
    return all;
}

static json_t *folders(const struct agent_state *s)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < s->folders && i < COUNT(s->folder); i++) {
        const struct folder_status *f = &s->folder[i];
        json_t *o = json_object();

        set(o, "path", TEXT(f->path));
        set(o, "state", json_string(word_folder_state(f->state)));
        set(o, "method", TEXT(f->method));
        set(o, "reason", TEXT(f->reason));
        set_number(o, "files", f->files);
        (void)json_array_append_new(list, o);
    }
    return list;
}

static json_t *counters(const struct agent_state *s)
{
    const struct { const char *name; uint64_t n; } rows[] = {
        {"lost_opens", s->lost_opens}, {"lost_events", s->lost_events}, {"lost_execs", s->lost_execs},
        {"late_verdicts", s->late_verdicts}, {"opens", s->opens}, {"preimages", s->preimages}, {"execs", s->execs},
        {"judged", s->judged}, {"protected_files", s->protected_files}, {"frozen_trees", s->frozen_trees},
        {"scan_restarts", s->scan_restarts}, {"guard_restarts", s->guard_restarts},
        {"vault_bytes", s->vault_bytes}, {"vault_limit", s->vault_limit}, {"vault_evicted", s->vault_evicted},
        {"kernel_bytes", s->kernel_bytes}, {"folders_total", s->folders_total}};
    json_t *o = json_object();

    for (size_t i = 0; i < COUNT(rows); i++)
        set_number(o, rows[i].name, rows[i].n);
    return o;
}

static void put_state(json_t *o, const struct agent_state *s)
{
    json_t *rules = json_object();

    for (unsigned i = 0; i < FAMILY_COUNT; i++)
        set_number(rules, family_words[i], s->rules[i]);
    set(o, "rules", TEXT(s->rules_version));
    set(o, "rules_count", rules);
    set(o, "mode", json_string(word_response(s->mode)));
    set(o, "quarantine", json_string(WORD(quarantine_words, s->quarantined)));
    set(o, "quarantine_since", TEXT(s->quarantine_since));
    set(o, "quarantine_by", TEXT(s->quarantine_by));
    set(o, "incident", TEXT(s->incident));
    set(o, "sensors", sensors(s));
    set(o, "folders", folders(s));
    set(o, "counters", counters(s));
}

static json_t *journal_part(const struct heartbeat *h)
{
    json_t *o = json_object();

    set_number(o, "first", h->journal->first);
    set_number(o, "last", h->journal->last);
    set_number(o, "sent", h->journal->sent);
    set_number(o, "lost", h->journal->lost);
    set_number(o, "bytes", h->journal->bytes);
    set(o, "volatile", json_boolean(h->journal->is_volatile));
    set(o, "error", json_string(h->journal_error ? mm_strerror(h->journal_error) : ""));
    return o;
}

static void set_time(json_t *o, const char *key, int64_t seconds)
{
    char text[RFC3339_TEXT];

    if (seconds > 0)
        rfc3339_format(seconds, text);
    set(o, key, seconds > 0 ? json_string(text) : json_null());
}

static void add_version(json_t *list, const char *version)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
        if (!strcmp(json_string_value(one), version))
            return;
    if (version[0])
        (void)json_array_append_new(list, text(version, LIM_TAG));
}

static void add_left(json_t *list, const struct heartbeat_left *left)
{
    for (unsigned i = 0; left && i < left->n; i++)
        add_version(list, left->version[i]);
}

static json_t *updates_part(const struct heartbeat *h)
{
    const struct heartbeat_updates *u = &h->updates;
    const struct update_record *r = u->record;
    json_t *o = json_object(), *rules = json_array(), *agent = json_array();

    set(o, "configured", json_boolean(u->configured));
    set(o, "ring", json_string(u->ring ? u->ring : ""));
    set_time(o, "checked", r ? r->checked : 0);
    set_time(o, "verified", r ? r->verified : 0);
    set_time(o, "rules_made", r ? r->rules.made : 0);
    set(o, "result", json_string(r ? update_result_word(r->result) : ""));
    set(o, "cause", json_string(r ? r->cause : ""));
    for (unsigned i = 0; h->state && i < STATE_RULES_LEFT; i++)
        add_version(rules, h->state->rules_left[i]);
    add_left(rules, u->rules_left);
    add_left(agent, u->agent_left);
    set(o, "agent_trial", json_string(r ? r->agent.trial : ""));
    set(o, "rules_left", rules);
    set(o, "agent_left", agent);
    return o;
}

int heartbeat_make(const struct heartbeat *h, struct buf *out)
{
    json_t *o = json_object();
    char *line;
    int rc;

    set(o, "agent_version", json_string(MM_VERSION));
    set(o, "hostname", text(h->hostname, strlen(h->hostname)));
    set(o, "guard", json_string(h->guard_silent || !h->state ? "silent" : "answers"));
    if (h->state)
        put_state(o, h->state);
    set(o, "updates", updates_part(h));
    set(o, "journal", journal_part(h));
    set(o, "wall", json_integer(h->wall_ns / 1000000));
    set(o, "mono", json_integer(h->mono_ns / 1000000));
    set(o, "boot", json_string(h->boot));
    line = o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    rc = line ? buf_adds(out, line) : MM_ENOMEM;
    free(line);
    return rc;
}

bool heartbeat_differs(const struct agent_state *a, const struct agent_state *b)
{
    if (a->mode != b->mode || a->quarantined != b->quarantined || a->frozen_trees != b->frozen_trees ||
        a->folders != b->folders || a->scan_restarts != b->scan_restarts || a->guard_restarts != b->guard_restarts ||
        strncmp(a->incident, b->incident, sizeof a->incident) != 0 ||
        strncmp(a->rules_version, b->rules_version, sizeof a->rules_version) != 0 ||
        memcmp(a->rules_left, b->rules_left, sizeof a->rules_left) != 0 || strncmp(a->ring, b->ring, sizeof a->ring) != 0)
        return true;
    for (unsigned i = 0; i < SENSOR_COUNT; i++)
        if (a->sensor[i].state != b->sensor[i].state)
            return true;
    for (unsigned i = 0; i < a->folders && i < COUNT(a->folder); i++)
        if (a->folder[i].state != b->folder[i].state)
            return true;
    /* Losses are told at once when they begin, then with the regular beat. */
    return (!a->lost_opens != !b->lost_opens) || (!a->lost_events != !b->lost_events) || (!a->lost_execs != !b->lost_execs);
}
