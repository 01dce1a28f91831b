/* The newest incident in plain words, learnt from our own OCSF lines - the
 * live ones and, after a restart, those of the journal alike. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "agent/roles/core_internal.h"
#include "lib/crypto.h"

#define CLASS_LIFECYCLE 6002

static void take(char *out, size_t room, const char *text)
{
    if (!text || !text[0])
        return;
    snprintf(out, room, "%s", text);
}

static void grow(uint32_t *field, const json_t *u, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(u, key));

    if (n > *field && n <= UINT32_MAX)
        *field = (uint32_t)n;
}

static const char *process_name(const json_t *o)
{
    const json_t *p = json_object_get(json_object_get(json_array_get(json_object_get(o, "evidences"), 0), "process"), "name");

    if (!p)
        p = json_object_get(json_object_get(json_object_get(o, "actor"), "process"), "name");
    if (!p)
        p = json_object_get(json_object_get(o, "process"), "name");
    return json_string_value(p);
}

/* An incident is called by what was found; an event says what was done. */
static const char *either(const json_t *o, const char *key, const json_t *other, const char *fallback)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s && s[0] ? s : json_string_value(json_object_get(other, fallback));
}

static void learn(struct control_incident *i, const json_t *o)
{
    const json_t *u = json_object_get(o, "unmapped");
    json_int_t class_uid = json_integer_value(json_object_get(o, "class_uid"));
    json_int_t activity = json_integer_value(json_object_get(u, "activity"));
    json_int_t severity = json_integer_value(json_object_get(o, "severity_id"));
    json_int_t first = json_integer_value(json_object_get(u, "first_sign"));

    if (!first)
        first = json_integer_value(json_object_get(o, "time"));
    if (first > 0 && first < INT64_MAX / 1000000 && (!i->since_wall_ns || first * 1000000 < i->since_wall_ns))
        i->since_wall_ns = first * 1000000;
    if (severity > (json_int_t)i->severity && severity <= SEV_CRITICAL)
        i->severity = (uint32_t)severity;
    if (class_uid == 2004 || !i->title_en[0]) {
        take(i->title_ja, sizeof i->title_ja, either(u, "rule_title_ja", o, "message"));
        take(i->title_en, sizeof i->title_en, either(u, "rule_title_en", u, "title_en"));
    }
    take(i->process, sizeof i->process, process_name(o));
    grow(&i->files_touched, u, "files_touched");
    grow(&i->files_destroyed, u, "files_destroyed");
    grow(&i->files_restored, u, "files_restored");
    grow(&i->files_failed, u, "files_failed");
    if (class_uid == 7003)
        i->frozen = activity == ACT_FREEZE; /* else thawed or ended */
}

void core_tamper_learn(int64_t *at_wall_ns, const struct journal_row *row)
{
    json_t *o = row->severity >= SEV_HIGH && !row->incident[0] ? json_loadb(row->body, row->body_len, 0, NULL) : NULL;

    if (json_integer_value(json_object_get(o, "class_uid")) == CLASS_LIFECYCLE && row->wall_ns > *at_wall_ns &&
        json_integer_value(json_object_get(json_object_get(o, "unmapped"), "activity")) != ACT_UPGRADE) /* a refused release is no tampering */
        *at_wall_ns = row->wall_ns;
    json_decref(o);
}

void core_incident_learn(struct control_incident *i, const char *json, size_t n)
{
    json_t *o = json_loadb(json, n, 0, NULL);
    const char *id = json_string_value(json_object_get(json_object_get(o, "metadata"), "correlation_uid"));

    if (id && crypto_uuid_valid(id)) {
        if (strcmp(i->id, id) != 0) {
            memset(i, 0, sizeof *i);
            take(i->id, sizeof i->id, id);
        }
        learn(i, o);
    }
    json_decref(o);
}
