#include "agent/detect/doors_json.h"

#include <stdlib.h>
#include <string.h>

#include "lib/event.h"
#include "lib/rfc3339.h"
#include "lib/unicode.h"

#define DAY 86400

json_t *doors_text(const char *text)
{
    struct buf clean;
    json_t *s;

    buf_init(&clean, 4 * LIM_SURVEY_ITEM);
    if (uni_clean(&clean, text, strnlen(text, LIM_SURVEY_ITEM)))
        buf_reset(&clean);
    s = json_string(clean.data && clean.len ? clean.data : "");
    buf_fini(&clean);
    return s;
}

/* "" and null for what is not known. */
static json_t *instant(int64_t seconds)
{
    char text[RFC3339_TEXT];

    if (seconds <= 0)
        return json_null();
    rfc3339_format(seconds, text);
    return json_string(text);
}

static json_t *day_text(int64_t day)
{
    char text[RFC3339_DAY];

    if (day <= 0)
        return json_string("");
    rfc3339_format_day(day, text);
    return json_string(text);
}

static const char *severity_word(uint32_t severity)
{
    static const char *const WORDS[] = {"unknown", "info", "low", "medium", "high", "critical"};

    return severity <= SEV_CRITICAL ? WORDS[severity] : "unknown";
}

/* ---- for people and console -------------------------------------------------------------- */

static json_t *advisory_json(const struct vpn_advisory *a)
{
    int64_t released;

    return json_pack("{s:o, s:o, s:o, s:s, s:o, s:b, s:o, s:o, s:o, s:o}", "cve", doors_text(a->cve), "title_ja", doors_text(a->title_ja),
                     "title_en", doors_text(a->title_en), "severity", severity_word(a->severity), "cvss", doors_text(a->cvss), "kev",
                     a->kev != 0, "fixed", doors_text(a->fixed), "released", doors_text(a->released), "due",
                     day_text(door_on_the_clock(a, &released) ? released + DOOR_DAYS : 0), "reference", doors_text(a->reference));
}

static json_t *advisories_json(const struct door *d, unsigned most)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < d->advisories && i < most; i++)
        json_array_append_new(list, advisory_json(&d->advisory[i]));
    return list;
}

static json_t *stated_json(const struct door *d, int64_t now)
{
    int64_t age = now > d->stated.at ? (now - d->stated.at) / DAY : 0;

    if (!d->stated.by[0])
        return json_null();
    return json_pack("{s:o, s:o, s:I, s:b}", "by", doors_text(d->stated.by), "at", instant(d->stated.at), "age_days",
                     (json_int_t)age, "stale", age > DOOR_STATEMENT_DAYS);
}

static json_t *mitigation_json(const struct door *d)
{
    const struct door_mitigation *m = &d->mitigation;

    if (!m->by[0])
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o}", "what", doors_text(m->what), "by", doors_text(m->by), "at", instant(m->at), "reason",
                     doors_text(m->reason));
}

/* By which key a gateway is known, and which one was shown last. */
static json_t *certificate_json(const struct door *d)
{
    if (!d->key[0] && !d->seen_key[0])
        return json_null();
    return json_pack("{s:s, s:s, s:o}", "known", d->key, "seen", d->seen_key, "stranger_since", instant(d->stranger_since));
}

static json_t *reason_json(const struct door *d)
{
    json_t *args = json_array();

    for (unsigned i = 0; i < d->args; i++)
        json_array_append_new(args, doors_text(d->arg[i]));
    return json_pack("{s:s, s:o}", "key", d->reason, "args", args);
}

static json_t *door_json(const struct door *d, int64_t now, unsigned advisories)
{
    char product[LIM_TAG], version[LIM_TAG], model[LIM_NAME];
    enum door_source from;
    json_t *o;

    (void)door_version(d, product, version, model, &from);
    o = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o}", "id", doors_text(d->id), "kind", door_kind_word(d->kind),
                  "name", doors_text(d->name), "product", doors_text(d->kind == DOOR_LISTENER ? d->service : product), "product_name",
                  doors_text(d->product_name), "model", doors_text(model), "version", doors_text(version), "version_from",
                  door_source_word(from), "verdict", door_verdict_word(d->verdict), "colour", door_colour_word(d->colour), "reason",
                  reason_json(d), "stated", stated_json(d, now));
    if (!o || json_object_set_new(o, "released", day_text(d->released)) || json_object_set_new(o, "due", day_text(d->due)) ||
        json_object_set_new(o, "days_left", d->due ? json_integer(door_days_left(d, now)) : json_null()) ||
        json_object_set_new(o, "advisories", advisories_json(d, advisories)) ||
        json_object_set_new(o, "advisories_more", json_integer((json_int_t)d->advisories_total - (d->advisories < advisories ? d->advisories : advisories))) ||
        json_object_set_new(o, "mitigation", mitigation_json(d)) || json_object_set_new(o, "certificate", certificate_json(d)) || json_object_set_new(o, "since", instant(d->since)) ||
        json_object_set_new(o, "checked_at", instant(d->checked_at)) || json_object_set_new(o, "evidence", doors_text(d->evidence))) {
        json_decref(o);
        return NULL;
    }
    return o;
}

json_t *doors_json(const struct doors *d, int64_t now, bool checking, unsigned advisories)
{
    json_t *doors = json_array(), *candidates = json_array(), *software = json_array();

    for (unsigned i = 0; i < d->count; i++)
        json_array_append_new(doors, door_json(&d->door[i], now, advisories));
    for (unsigned i = 0; i < d->candidates; i++)
        json_array_append_new(candidates, json_pack("{s:o, s:i, s:o}", "address", doors_text(d->candidate[i].address), "port",
                                                    (int)d->candidate[i].port, "source", doors_text(d->candidate[i].source)));
    for (unsigned i = 0; i < d->softwares; i++)
        json_array_append_new(software, json_pack("{s:o, s:o, s:o, s:o}", "name", doors_text(d->software[i].name), "version",
                                                  doors_text(d->software[i].version), "maker", doors_text(d->software[i].maker), "manager",
                                                  doors_text(d->software[i].manager)));
    return json_pack("{s:o, s:b, s:s, s:o, s:o, s:o, s:i}", "checked_at", instant(d->checked_at), "checking", checking, "overall",
                     doors_overall(d), "doors", doors, "candidates", candidates, "software", software, "lost", (int)d->lost);
}

json_t *posture_json(const struct basics *p, int64_t now)
{
    json_t *articles = json_array();

    for (unsigned a = 1; a <= BASICS_ARTICLES; a++)
        json_array_append_new(articles, json_pack("{s:i, s:s, s:o}", "article", (int)a, "state", basics_word(basics_article(p, a, now)),
                                                  "checks", basics_checks(p, a, now)));
    return json_pack("{s:o, s:o}", "checked_at", instant(p->checked_at), "articles", articles);
}
