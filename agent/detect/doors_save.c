/* The register on disk: the facts of each door by one table, both ways; verdicts
 * are made anew of them after loading. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "agent/detect/doors_json.h"
#include "lib/err.h"

#define FORMAT 1

enum field_kind { FIELD_TEXT, FIELD_U16, FIELD_U32, FIELD_I64, FIELD_BOOL, FIELD_ENUM };
struct field {
    const char *key;
    enum field_kind kind;
    size_t offset, size; /* TEXT: room; ENUM: number of values */
};

#define TEXT(type, field) {#field, FIELD_TEXT, offsetof(struct type, field), sizeof(((struct type *)0)->field)}
#define NUMBER(type, field, kind) {#field, kind, offsetof(struct type, field), 0}
#define ENUM(field, count) {#field, FIELD_ENUM, offsetof(struct door, field), count}

static const struct field DOOR[] = {
    TEXT(door, id), ENUM(kind, DOOR_KINDS), TEXT(door, name), TEXT(door, product), TEXT(door, product_name), TEXT(door, model),
    TEXT(door, version), ENUM(version_from, VERSION_SOURCES), ENUM(answer, ANSWERS), ENUM(package, PACKAGE_UNOWNED + 1),
    NUMBER(door, security, FIELD_BOOL), TEXT(door, candidate), TEXT(door, service), ENUM(firewall, FIREWALL_CLOSED + 1),
    NUMBER(door, port, FIELD_U16), NUMBER(door, mapped_port, FIELD_U16), TEXT(door, mapped_to), NUMBER(door, ssh_password, FIELD_BOOL),
    NUMBER(door, ssh_root, FIELD_BOOL), NUMBER(door, ssh_empty, FIELD_BOOL), NUMBER(door, ssh_known, FIELD_BOOL),
    TEXT(door, package_reason), NUMBER(door, package_days, FIELD_U32), TEXT(door, stated.by), NUMBER(door, stated.at, FIELD_I64),
    TEXT(door, stated.product), TEXT(door, stated.model), TEXT(door, stated.version), TEXT(door, mitigation.by),
    NUMBER(door, mitigation.at, FIELD_I64), TEXT(door, mitigation.what), TEXT(door, mitigation.reason),
    ENUM(judged, JUDGED_VERSION_UNREADABLE + 1), NUMBER(door, advisories_total, FIELD_U32), NUMBER(door, package_released, FIELD_I64),
    NUMBER(door, checked_at, FIELD_I64), TEXT(door, evidence), ENUM(verdict, VERDICT_COUNT), NUMBER(door, since, FIELD_I64),
    NUMBER(door, found_at, FIELD_I64), TEXT(door, told),
    NUMBER(door, judged_at, FIELD_I64), NUMBER(door, security_since, FIELD_I64), NUMBER(door, ssh_unsure, FIELD_BOOL),
    TEXT(door, key), NUMBER(door, key_at, FIELD_I64), NUMBER(door, identity_at, FIELD_I64), TEXT(door, seen_key), NUMBER(door, stranger_since, FIELD_I64), TEXT(door, mitigation.covers),
};
static const struct field ADVISORY[] = {
    TEXT(vpn_advisory, cve), TEXT(vpn_advisory, cvss), TEXT(vpn_advisory, released), TEXT(vpn_advisory, fixed),
    TEXT(vpn_advisory, title_ja), TEXT(vpn_advisory, title_en), TEXT(vpn_advisory, reference),
    NUMBER(vpn_advisory, severity, FIELD_U32), NUMBER(vpn_advisory, kev, FIELD_U32),
};
static const struct field CANDIDATE[] = {
    TEXT(door_candidate, address), NUMBER(door_candidate, port, FIELD_U16), TEXT(door_candidate, source),
};
static const struct field SOFTWARE[] = {
    TEXT(door_software, name), TEXT(door_software, version), TEXT(door_software, maker), TEXT(door_software, manager),
};
static const struct field STATEMENT[] = {
    TEXT(basics_statement, by), NUMBER(basics_statement, day, FIELD_I64), NUMBER(basics_statement, at, FIELD_I64),
};
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- one struct ---------------------------------------------------------------------------- */

static json_t *put_field(const struct field *f, const void *from)
{
    const char *at = (const char *)from + f->offset;

    switch (f->kind) {
    case FIELD_TEXT: return doors_text(at);
    case FIELD_U16: return json_integer(*(const uint16_t *)(const void *)at);
    case FIELD_U32: return json_integer(*(const uint32_t *)(const void *)at);
    case FIELD_I64: return json_integer(*(const int64_t *)(const void *)at);
    case FIELD_BOOL: return json_boolean(*(const bool *)(const void *)at);
    case FIELD_ENUM: return json_integer(*(const int *)(const void *)at);
    }
    return NULL;
}

/* What does not fit is left as it is (zero). */
static void get_field(const struct field *f, const json_t *v, void *to)
{
    char *at = (char *)to + f->offset;
    json_int_t n = json_integer_value(v);

    if (f->kind == FIELD_TEXT && json_is_string(v) && json_string_length(v) < f->size)
        memcpy(at, json_string_value(v), json_string_length(v) + 1);
    else if (f->kind == FIELD_U16 && n >= 0 && n <= UINT16_MAX)
        *(uint16_t *)(void *)at = (uint16_t)n;
    else if (f->kind == FIELD_U32 && n >= 0 && n <= UINT32_MAX)
        *(uint32_t *)(void *)at = (uint32_t)n;
    else if (f->kind == FIELD_I64)
        *(int64_t *)(void *)at = n;
    else if (f->kind == FIELD_BOOL)
        *(bool *)(void *)at = json_is_true(v);
    else if (f->kind == FIELD_ENUM && n >= 0 && n < (json_int_t)f->size)
        *(int *)(void *)at = (int)n;
}

static json_t *put(const struct field *f, size_t n, const void *from)
{
    json_t *o = json_object();

    for (; n--; f++)
        json_object_set_new(o, f->key, put_field(f, from));
    return o;
}

static void get(const struct field *f, size_t n, const json_t *o, void *to)
{
    for (; n--; f++)
        get_field(f, json_object_get(o, f->key), to);
}

/* ---- all of it --------------------------------------------------------------------------------- */

static json_t *put_door(const struct door *d, unsigned advisories)
{
    json_t *o = put(DOOR, COUNT(DOOR), d), *list = json_array();

    for (unsigned i = 0; i < d->advisories && i < advisories; i++)
        json_array_append_new(list, put(ADVISORY, COUNT(ADVISORY), &d->advisory[i]));
    json_object_set_new(o, "advisory", list);
    return o;
}

static json_t *put_list(const struct field *f, size_t n, const void *first, unsigned count, size_t size)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < count; i++)
        json_array_append_new(list, put(f, n, (const char *)first + i * size));
    return list;
}

json_t *doors_save(const struct doors *d, const struct basics *p, unsigned advisories)
{
    json_t *doors = json_array(), *checks = json_array(), *told = json_array();

    for (unsigned i = 0; i < d->count; i++)
        json_array_append_new(doors, put_door(&d->door[i], advisories));
    for (unsigned i = 0; i < BASICS_ARTICLES; i++) {
        json_array_append(checks, p->checks[i]);
        json_array_append_new(told, json_integer(p->told[i]));
    }
    return json_pack("{s:i, s:b, s:b, s:b, s:b, s:I, s:o, s:o, s:o, s:I, s:o, s:o, s:o}", "format", FORMAT, "survey_failed", d->survey_failed,
                     "probe_failed", d->probe_failed, "judge_failed", d->judge_failed, "incomplete", d->incomplete, "checked_at", (json_int_t)d->checked_at, "doors", doors,
                     "candidates", put_list(CANDIDATE, COUNT(CANDIDATE), d->candidate, d->candidates, sizeof *d->candidate), "software",
                     put_list(SOFTWARE, COUNT(SOFTWARE), d->software, d->softwares, sizeof *d->software), "posture_at",
                     (json_int_t)p->checked_at, "checks", checks, "told", told, "stated",
                     put_list(STATEMENT, COUNT(STATEMENT), p->stated, BASICS_STATEMENTS, sizeof *p->stated));
}

static void get_door(struct doors *d, const json_t *o)
{
    const char *id = json_string_value(json_object_get(o, "id"));
    const json_t *list = json_object_get(o, "advisory"), *a;
    struct door *door = id ? doors_add(d, id, DOOR_GATEWAY, "") : NULL;
    size_t i, n = json_array_size(list) < LIM_DOOR_ADVISORIES ? json_array_size(list) : LIM_DOOR_ADVISORIES;

    if (!door)
        return;
    get(DOOR, COUNT(DOOR), o, door);
    door->advisory = n ? calloc(n, sizeof *door->advisory) : NULL;
    if (!door->advisory)
        return;
    door->advisories = (unsigned)n;
    for (i = 0; i < n && (a = json_array_get(list, i)); i++)
        get(ADVISORY, COUNT(ADVISORY), a, &door->advisory[i]);
}

/* The first `most` of a list of plain structs; what finds no memory is forgotten: the next round looks again. */
static void *get_list(const struct field *f, size_t n, const json_t *list, unsigned most, size_t size, unsigned *count)
{
    size_t i, len = json_array_size(list) < most ? json_array_size(list) : most;
    char *all = len ? calloc(len, size) : NULL;
    const json_t *o;

    *count = all ? (unsigned)len : 0;
    json_array_foreach(list, i, o) {
        if (!all || i == len)
            break;
        get(f, n, o, all + i * size);
    }
    return all;
}

int doors_load(const json_t *saved, struct doors *d, struct basics *p)
{
    const json_t *checks = json_object_get(saved, "checks"), *stated = json_object_get(saved, "stated"), *o;
    size_t i, k;
    json_t *check;

    if (json_integer_value(json_object_get(saved, "format")) != FORMAT)
        return MM_EFORMAT;
    d->checked_at = json_integer_value(json_object_get(saved, "checked_at"));
    d->survey_failed = json_is_true(json_object_get(saved, "survey_failed"));
    d->probe_failed = json_is_true(json_object_get(saved, "probe_failed"));
    d->judge_failed = json_is_true(json_object_get(saved, "judge_failed"));
    d->incomplete = json_is_true(json_object_get(saved, "incomplete"));
    p->checked_at = json_integer_value(json_object_get(saved, "posture_at"));
    json_array_foreach(json_object_get(saved, "doors"), i, o)
        get_door(d, o);
    d->candidate = get_list(CANDIDATE, COUNT(CANDIDATE), json_object_get(saved, "candidates"), DOOR_CANDIDATES, sizeof *d->candidate,
                            &d->candidates);
    d->software = get_list(SOFTWARE, COUNT(SOFTWARE), json_object_get(saved, "software"), LIM_SOFTWARE, sizeof *d->software, &d->softwares);
    for (i = 0; i < BASICS_ARTICLES; i++) {
        json_int_t told = json_integer_value(json_array_get(json_object_get(saved, "told"), i));

        p->told[i] = told >= 0 && told < BASICS_STATES ? (enum basics_state)told : BASICS_STATES;
        json_array_foreach(json_array_get(checks, i), k, check)
            if (json_is_object(check))
                (void)basics_add(p, (unsigned)i + 1, json_incref(check));
    }
    for (i = 0; i < BASICS_STATEMENTS; i++)
        get(STATEMENT, COUNT(STATEMENT), json_array_get(stated, i), &p->stated[i]);
    return MM_OK;
}
