/* A device's report, member by member.  The tables say what may be there; a
 * member that is there and is not as the table says makes the whole report
 * malformed, so that a device that talks nonsense is seen as one that does not
 * report, not as one with fewer doors. */
#include "console/doors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "lib/unicode.h"

#define KEY 64               /* of the catalogue; ours have 30 */
#define ARGS 10              /* {0}..{9} */
#define PRODUCT 64           /* ids have 20 */
#define ARTICLES 6

enum kind { F_TEXT, F_NAME, F_WORD, F_TIME, F_DATE, F_COUNT, F_DAYS, F_BOOL, F_TEXTS };
struct field {
    const char *name;
    enum kind kind;
    unsigned size;           /* F_TEXT: bytes with the NUL, longer is cut; F_NAME: longer is refused; F_COUNT: most */
    const char *words;       /* F_WORD: " one two " */
    int needed;
};

static const struct field door_fields[] = {
    {"id", F_NAME, LIM_DOOR_ID, NULL, 1},
    {"kind", F_WORD, 0, " gateway program listener ssh ", 1},
    {"name", F_TEXT, LIM_TITLE, NULL, 0},
    {"product", F_TEXT, PRODUCT, NULL, 0},
    {"product_name", F_TEXT, LIM_TITLE, NULL, 0},
    {"model", F_TEXT, LIM_NAME, NULL, 0},
    {"version", F_TEXT, LIM_TITLE, NULL, 0},
    {"version_from", F_WORD, 0, " answer table person package file none ", 0},
    {"verdict", F_WORD, 0, " ok minor due overdue unknown exposed invalid silent ", 1},
    {"colour", F_WORD, 0, " green yellow orange red grey ", 1},
    {"released", F_DATE, 0, NULL, 0},
    {"due", F_DATE, 0, NULL, 0},
    {"days_left", F_DAYS, 0, NULL, 0},
    {"advisories_more", F_COUNT, 1000000, NULL, 0},
    {"since", F_TIME, 0, NULL, 0},
    {"checked_at", F_TIME, 0, NULL, 0},
    {"evidence", F_TEXT, LIM_SURVEY_TEXT, NULL, 0},
    {NULL, F_TEXT, 0, NULL, 0},
};
static const struct field advisory_fields[] = {
    {"cve", F_TEXT, LIM_TAG, NULL, 0},
    {"title_ja", F_TEXT, LIM_TITLE, NULL, 0},
    {"title_en", F_TEXT, LIM_TITLE, NULL, 0},
    {"severity", F_TEXT, LIM_TAG, NULL, 0},
    {"cvss", F_TEXT, LIM_TAG, NULL, 0},
    {"kev", F_BOOL, 0, NULL, 0},
    {"fixed", F_TEXT, LIM_TITLE, NULL, 0},
    {"released", F_DATE, 0, NULL, 0},
    {"due", F_DATE, 0, NULL, 0},
    {"reference", F_TEXT, LIM_TITLE, NULL, 0},
    {NULL, F_TEXT, 0, NULL, 0},
};
static const struct field reason_fields[] = {
    {"key", F_NAME, KEY, NULL, 1},
    {"args", F_TEXTS, ARGS, NULL, 0},
    {NULL, F_TEXT, 0, NULL, 0},
};
static const struct field stated_fields[] = {
    {"by", F_TEXT, LIM_TITLE, NULL, 1},
    {"at", F_TIME, 0, NULL, 1},
    {"age_days", F_COUNT, 1000000, NULL, 0},
    {"stale", F_BOOL, 0, NULL, 0},
    {NULL, F_TEXT, 0, NULL, 0},
};
static const struct field mitigation_fields[] = {
    {"what", F_WORD, 0, " disabled workaround separated monitored ", 1},
    {"by", F_TEXT, LIM_TITLE, NULL, 1},
    {"at", F_TIME, 0, NULL, 0},
    {"reason", F_TEXT, LIM_TITLE, NULL, 0},
    {NULL, F_TEXT, 0, NULL, 0},
};
static const struct field certificate_fields[] = {
    {"known", F_TEXT, 2 * 32 + 1, NULL, 0},
    {"seen", F_TEXT, 2 * 32 + 1, NULL, 0},
    {"stranger_since", F_TIME, 0, NULL, 0},
    {NULL, F_TEXT, 0, NULL, 0},
};
static const struct field vpn_fields[] = {
    {"checked_at", F_TIME, 0, NULL, 0},
    {"checking", F_BOOL, 0, NULL, 0},
    {"overall", F_WORD, 0, " closed attention open unknown ", 1},
    {"lost", F_COUNT, 1000000000, NULL, 0},
    {NULL, F_TEXT, 0, NULL, 0},
};
static const struct field candidate_fields[] = {
    {"address", F_NAME, LIM_NAME, NULL, 1},
    {"port", F_COUNT, 65535, NULL, 1},
    {"source", F_TEXT, LIM_TITLE, NULL, 0},
    {NULL, F_TEXT, 0, NULL, 0},
};
static const struct field software_fields[] = {
    {"name", F_TEXT, LIM_NAME, NULL, 1},
    {"version", F_TEXT, LIM_TITLE, NULL, 0},
    {"maker", F_TEXT, LIM_TITLE, NULL, 0},
    {"manager", F_TEXT, LIM_TAG, NULL, 0},
    {NULL, F_TEXT, 0, NULL, 0},
};
static const struct field article_fields[] = {
    {"article", F_COUNT, ARTICLES, NULL, 1},
    {"state", F_WORD, 0, " met partly unmet unknown ", 1},
    {NULL, F_TEXT, 0, NULL, 0},
};
static const struct field check_fields[] = {
    {"check", F_NAME, KEY, NULL, 1},
    {"state", F_WORD, 0, " met partly unmet unknown ", 1},
    {"subject", F_TEXT, LIM_NAME, NULL, 0},
    {"args", F_TEXTS, ARGS, NULL, 0},
    {"evidence", F_TEXT, LIM_SURVEY_TEXT, NULL, 0},
    {"at", F_TIME, 0, NULL, 0},
    {NULL, F_TEXT, 0, NULL, 0},
};

/* Where we are, for the error. */
struct at { const char *list; size_t index; struct doors_error *error; };

static int wrong(const struct at *at, const char *member, const char *what)
{
    if (at->index == SIZE_MAX)
        snprintf(at->error->what, sizeof at->error->what, "%s.%s: %s", at->list, member, what);
    else
        snprintf(at->error->what, sizeof at->error->what, "%s[%zu].%s: %s", at->list, at->index, member, what);
    return MM_EFORMAT;
}

/* ---- values ------------------------------------------------------------------------ */

/* One line: what moves a cursor becomes a blank; cut at a character's boundary. */
static json_t *clean_text(const char *s, size_t size)
{
    size_t n = strlen(s);
    char *out;
    json_t *made;

    if (n >= size) {
        n = size - 1;
        while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
            n--;
    }
    out = malloc(n + 1);
    if (!out)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        int c1 = i + 1 < n && (unsigned char)s[i] == 0xc2 && (unsigned char)s[i + 1] < 0xa0;

        out[i] = (unsigned char)s[i] < ' ' || s[i] == 0x7f || c1 ? ' ' : s[i];
        if (c1)
            out[++i] = ' ';
    }
    out[n] = '\0';
    made = json_string(out);
    free(out);
    return made;
}

static int is_name(const char *s, size_t size)
{
    size_t n = strlen(s);

    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
            return 0;
    return n > 0 && n < size;
}

static int is_word(const char *words, const char *s)
{
    char want[40];

    if (!s[0] || strlen(s) > sizeof want - 3 || strchr(s, ' '))
        return 0;
    snprintf(want, sizeof want, " %s ", s);
    return strstr(words, want) != NULL;
}

static json_t *take_texts(const json_t *v, unsigned most)
{
    json_t *out = json_array();
    size_t n = json_array_size(v);

    for (size_t i = 0; i < n && out; i++) {
        const char *s = json_string_value(json_array_get(v, i));

        if (!s || n > most || json_array_append_new(out, clean_text(s, LIM_TITLE)) < 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

/* What a member that is not there stands for. */
static json_t *absent(enum kind kind)
{
    switch (kind) {
    case F_TEXT: case F_NAME: case F_DATE: return json_string("");
    case F_WORD: return json_string("none");
    case F_COUNT: return json_integer(0);
    case F_BOOL: return json_false();
    case F_TEXTS: return json_array();
    default: return json_null();
    }
}

static json_t *take_text(const struct field *f, const char *s)
{
    int64_t n;

    switch (f->kind) {
    case F_TEXT: return clean_text(s, f->size);
    case F_NAME: return is_name(s, f->size) ? json_string(s) : NULL;
    case F_WORD: return is_word(f->words, s) ? json_string(s) : NULL;
    case F_TIME: return !s[0] ? json_null() : rfc3339_parse(s, &n) ? NULL : json_string(s);
    case F_DATE: return !s[0] || doors_day(s, &n) == MM_OK ? json_string(s) : NULL;
    default: return NULL;
    }
}

/* The value as the table wants it, NULL when it is not so. */
static json_t *take(const struct field *f, const json_t *v)
{
    json_int_t n = json_integer_value(v);

    if (!v || json_is_null(v))
        return f->needed ? NULL : absent(f->kind);
    if (json_is_string(v))
        return take_text(f, json_string_value(v));
    if (f->kind == F_BOOL && json_is_boolean(v))
        return json_boolean(json_is_true(v));
    if (f->kind == F_COUNT && json_is_integer(v))
        return n >= 0 && n <= (json_int_t)f->size ? json_integer(n) : NULL;
    if (f->kind == F_DAYS && json_is_integer(v))
        return n >= -100000 && n <= 100000 ? json_integer(n) : NULL;
    if (f->kind == F_TEXTS && json_is_array(v))
        return take_texts(v, f->size);
    return NULL;
}

static int read_flat(const struct field *fields, const json_t *in, const struct at *at, json_t **out)
{
    json_t *o;

    if (!json_is_object(in))
        return wrong(at, "", "not an object");
    o = json_object();
    for (const struct field *f = fields; f->name; f++) {
        json_t *v = take(f, json_object_get(in, f->name));

        if (!v || json_object_set_new(o, f->name, v) < 0) {
            json_decref(o);
            return wrong(at, f->name, json_object_get(in, f->name) ? "not as it must be" : "missing");
        }
    }
    *out = o;
    return MM_OK;
}

/* Member `name` of `in`, an object of plain members or null, into `to`. */
static int read_part(json_t *to, const char *name, const struct field *fields, const json_t *in, const struct at *at)
{
    const json_t *part = json_object_get(in, name);
    json_t *made = NULL;
    int rc;

    if (!part || json_is_null(part))
        return json_object_set_new(to, name, json_null()) < 0 ? MM_ENOMEM : MM_OK;
    rc = read_flat(fields, part, at, &made);
    if (rc)
        return wrong(at, name, "not as it must be");
    return json_object_set_new(to, name, made) < 0 ? MM_ENOMEM : MM_OK;
}

/* A list of plain objects, at most `most`, into `to`. */
static int read_list(json_t *to, const char *name, const struct field *fields, const json_t *in, size_t most, const struct at *at)
{
    const json_t *list = json_object_get(in, name);
    struct at inside = {name, 0, at->error};
    json_t *out = json_array(), *made;
    size_t n = json_array_size(list);
    int rc = MM_OK;

    if (n > most || (list && !json_is_array(list))) {
        json_decref(out);
        (void)wrong(at, name, "no list, or too long");
        return n > most ? MM_ELIMIT : MM_EFORMAT;
    }
    for (; inside.index < n && !rc; inside.index++) {
        made = NULL;
        rc = read_flat(fields, json_array_get(list, inside.index), &inside, &made);
        if (!rc && json_array_append_new(out, made) < 0)
            rc = MM_ENOMEM;
    }
    if (rc) {
        json_decref(out);
        return rc;
    }
    return json_object_set_new(to, name, out) < 0 ? MM_ENOMEM : MM_OK;
}

/* ---- the parts ----------------------------------------------------------------------- */

/* An id says its kind: "gateway:host:443", or the kind alone. */
static int id_fits(const json_t *door)
{
    const char *id = json_string_value(json_object_get(door, "id")), *kind = json_string_value(json_object_get(door, "kind"));
    size_t n = strlen(kind);

    return !strncmp(id, kind, n) && (!id[n] || (id[n] == ':' && id[n + 1]));
}

/* Fingerprints stand in commands that are pasted: digits and nothing else. */
static int certificate_fits(const json_t *door)
{
    const json_t *c = json_object_get(door, "certificate");
    const char *known = json_string_value(json_object_get(c, "known")), *seen = json_string_value(json_object_get(c, "seen"));

    return (!known || !known[strspn(known, "0123456789abcdef")]) && (!seen || !seen[strspn(seen, "0123456789abcdef")]);
}

static int read_door(const json_t *in, const struct at *at, json_t **out)
{
    json_t *door = NULL;
    int rc = read_flat(door_fields, in, at, &door);

    if (!rc && !id_fits(door))
        rc = wrong(at, "id", "does not begin with the kind");
    if (!rc)
        rc = read_part(door, "stated", stated_fields, in, at);
    if (!rc)
        rc = read_part(door, "mitigation", mitigation_fields, in, at);
    if (!rc)
        rc = read_part(door, "certificate", certificate_fields, in, at);
    if (!rc && !certificate_fits(door))
        rc = wrong(at, "certificate", "not hexadecimal digits");
    if (!rc)
        rc = read_part(door, "reason", reason_fields, in, at);
    if (!rc)
        rc = read_list(door, "advisories", advisory_fields, in, LIM_DOOR_ADVISORIES, at);
    if (rc)
        json_decref(door);
    else
        *out = door;
    return rc;
}

/* 1 when `seen` (an object used as a set) has it already; else it has it now. */
static int seen_before(json_t *seen, const char *id)
{
    if (json_object_get(seen, id))
        return 1;
    (void)json_object_set_new(seen, id, json_true());
    return 0;
}

static int read_doors(json_t *vpn, const json_t *in, struct doors_error *error)
{
    const json_t *list = json_object_get(in, "doors");
    struct at at = {"vpn.doors", 0, error}, all = {"vpn", SIZE_MAX, error};
    json_t *out = json_array(), *seen = json_object(), *door;
    int rc = json_is_array(list) ? MM_OK : wrong(&all, "doors", "no list");

    if (!rc && json_array_size(list) > LIM_DOORS) {
        (void)wrong(&all, "doors", "too many");
        rc = MM_ELIMIT;
    }
    for (; !rc && at.index < json_array_size(list); at.index++) {
        door = NULL;
        rc = read_door(json_array_get(list, at.index), &at, &door);
        if (!rc && seen_before(seen, json_string_value(json_object_get(door, "id")))) {
            json_decref(door);
            rc = wrong(&at, "id", "there twice");
        } else if (!rc && json_array_append_new(out, door) < 0) {
            rc = MM_ENOMEM;
        }
    }
    json_decref(seen);
    if (!rc)
        return json_object_set_new(vpn, "doors", out) < 0 ? MM_ENOMEM : MM_OK;
    json_decref(out);
    return rc;
}

static int read_vpn(const json_t *in, json_t **out, struct doors_error *error)
{
    struct at at = {"vpn", SIZE_MAX, error};
    json_t *vpn = NULL;
    int rc = read_flat(vpn_fields, in, &at, &vpn);

    if (!rc)
        rc = read_doors(vpn, in, error);
    if (!rc)
        rc = read_list(vpn, "candidates", candidate_fields, in, LIM_DOORS, &at);
    if (!rc)
        rc = read_list(vpn, "software", software_fields, in, LIM_SURVEY_ITEMS, &at);
    if (rc)
        json_decref(vpn);
    else
        *out = vpn;
    return rc;
}

/* The six articles in their order; one that the device left out is unknown. */
static int read_articles(json_t *posture, const json_t *in, struct doors_error *error)
{
    const json_t *list = json_object_get(in, "articles");
    struct at at = {"posture.articles", 0, error}, all = {"posture", SIZE_MAX, error};
    json_t *slot[ARTICLES] = {NULL}, *out = json_array(), *made;
    int rc = json_is_array(list) && json_array_size(list) <= ARTICLES ? MM_OK : wrong(&all, "articles", "no list of six");
    size_t k;

    for (; !rc && at.index < json_array_size(list); at.index++) {
        const json_t *one = json_array_get(list, at.index);

        made = NULL;
        rc = read_flat(article_fields, one, &at, &made);
        k = rc ? 0 : (size_t)json_integer_value(json_object_get(made, "article"));
        if (!rc)
            rc = !k || slot[k - 1] ? wrong(&at, "article", "0 or there twice")
                                   : read_list(made, "checks", check_fields, one, LIM_SURVEY_ITEMS, &at);
        if (rc)
            json_decref(made);
        else
            slot[k - 1] = made;
    }
    for (k = 0; k < ARTICLES; k++) {
        made = slot[k] || rc ? slot[k] : json_pack("{s:I,s:s,s:[]}", "article", (json_int_t)k + 1, "state", "unknown", "checks");
        if (made && json_array_append_new(out, made) < 0)
            rc = MM_ENOMEM;
    }
    if (!rc)
        return json_object_set_new(posture, "articles", out) < 0 ? MM_ENOMEM : MM_OK;
    json_decref(out);
    return rc;
}

static int read_posture(const json_t *in, json_t **out, struct doors_error *error)
{
    static const struct field fields[] = {{"checked_at", F_TIME, 0, NULL, 0}, {NULL, F_TEXT, 0, NULL, 0}};
    struct at at = {"posture", SIZE_MAX, error};
    json_t *posture = NULL;
    int rc = read_flat(fields, in, &at, &posture);

    if (!rc)
        rc = read_articles(posture, in, error);
    if (rc)
        json_decref(posture);
    else
        *out = posture;
    return rc;
}

int doors_report_read(const char *text, size_t n, json_t **vpn, json_t **posture, struct doors_error *error)
{
    json_t *root = NULL, *v = NULL, *p = NULL;
    struct buf clean;
    int rc = n <= LIM_DOORS_JSON ? MM_OK : MM_ELIMIT;

    snprintf(error->what, sizeof error->what, "%s", rc ? "too long" : "no JSON object");
    buf_init(&clean, 3 * (size_t)LIM_DOORS_JSON); /* U+FFFD takes three bytes */
    if (!rc)
        rc = uni_clean(&clean, text, n);
    if (!rc) {
        root = json_loadb(clean.data ? clean.data : "", clean.len, JSON_REJECT_DUPLICATES, NULL);
        rc = json_is_object(root) ? read_vpn(json_object_get(root, "vpn"), &v, error) : MM_EFORMAT;
    }
    if (!rc)
        rc = read_posture(json_object_get(root, "posture"), &p, error);
    buf_fini(&clean);
    json_decref(root);
    if (rc) {
        json_decref(v);
        return rc;
    }
    *vpn = v;
    *posture = p;
    return MM_OK;
}
