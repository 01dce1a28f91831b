#include "agent/detect/basics.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/detect/doors_json.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define DAY 86400

/* Statements: which article they count for, and their catalogue name. */
static const struct { unsigned article; const char *check; } STATEMENT[BASICS_STATEMENTS] = {
    [BASICS_THREATS] = {5, "threats"},
    [BASICS_RESTORE] = {6, "restore_test"},
};

static const char *const WORDS[BASICS_STATES] = {"met", "partly", "unmet", "unknown"};

const char *basics_word(enum basics_state state)
{
    return state < BASICS_STATES ? WORDS[state] : "unknown";
}

enum basics_state basics_state(const char *word)
{
    for (unsigned i = 0; word && i < BASICS_STATES; i++)
        if (!strcmp(WORDS[i], word))
            return (enum basics_state)i;
    return BASICS_STATES;
}

int basics_init(struct basics *p)
{
    memset(p, 0, sizeof *p);
    for (unsigned i = 0; i < BASICS_ARTICLES; i++) {
        p->told[i] = BASICS_STATES;
        p->checks[i] = json_array();
        if (!p->checks[i]) {
            basics_fini(p);
            return MM_ENOMEM;
        }
    }
    return MM_OK;
}

void basics_fini(struct basics *p)
{
    for (unsigned i = 0; i < BASICS_ARTICLES; i++)
        json_decref(p->checks[i]);
    memset(p, 0, sizeof *p);
}

int basics_add(struct basics *p, unsigned article, json_t *check)
{
    if (article < 1 || article > BASICS_ARTICLES || p->count >= BASICS_CHECKS) {
        json_decref(check);
        return article < 1 || article > BASICS_ARTICLES ? MM_EINVAL : MM_ELIMIT;
    }
    if (json_array_append_new(p->checks[article - 1], check))
        return MM_ENOMEM;
    p->count++;
    return MM_OK;
}

/* A yearly thing: met while it is fresh, partly when it is old, unknown when nobody said anything. */
static enum basics_state stated(const struct basics_statement *s, int64_t now)
{
    if (!s->by[0])
        return BASICS_UNKNOWN;
    if (s->day > now / DAY + 1)
        return BASICS_UNKNOWN; /* a clock was wrong */
    return now / DAY - s->day <= BASICS_STATEMENT_DAYS ? BASICS_MET : BASICS_PARTLY;
}

static json_t *statement_check(const struct basics *p, enum basics_statement_kind kind, int64_t now)
{
    const struct basics_statement *s = &p->stated[kind];
    char day[RFC3339_DAY] = "", at[RFC3339_TEXT] = "", age[24] = "", evidence[LIM_TITLE + 32] = "nobody has stated it";

    if (s->by[0]) {
        rfc3339_format_day(s->day, day);
        rfc3339_format(s->at, at);
        snprintf(age, sizeof age, "%lld", (long long)(now / DAY - s->day));
        snprintf(evidence, sizeof evidence, "stated by %s", s->by);
    }
    return json_pack("{s:s, s:s, s:s, s:[s, s], s:o, s:s}", "check", STATEMENT[kind].check, "state", basics_word(stated(s, now)),
                     "subject", "", "args", day, age, "evidence", doors_text(evidence), "at", at);
}

json_t *basics_checks(const struct basics *p, unsigned article, int64_t now)
{
    json_t *all = article >= 1 && article <= BASICS_ARTICLES ? json_copy(p->checks[article - 1]) : NULL;

    for (unsigned k = 0; all && k < BASICS_STATEMENTS; k++)
        if (STATEMENT[k].article == article)
            json_array_append_new(all, statement_check(p, (enum basics_statement_kind)k, now));
    return all;
}

enum basics_state basics_article(const struct basics *p, unsigned article, int64_t now)
{
    bool old = p->checked_at && now - p->checked_at > BASICS_LOOK_DAYS * DAY;
    json_t *all = basics_checks(p, article, now);
    unsigned seen[BASICS_STATES + 1] = {0};
    size_t i, n = json_array_size(all);
    const json_t *check;

    json_array_foreach(all, i, check)
        seen[basics_state(json_string_value(json_object_get(check, "state")))]++;
    json_decref(all);
    if (old && article >= 1 && article <= BASICS_ARTICLES && json_array_size(p->checks[article - 1]))
        return BASICS_UNKNOWN; /* nobody has looked for days */
    if (n && seen[BASICS_MET] == n)
        return BASICS_MET;
    if (!n || seen[BASICS_UNKNOWN] + seen[BASICS_STATES] == n)
        return BASICS_UNKNOWN;
    return seen[BASICS_UNMET] && !seen[BASICS_MET] && !seen[BASICS_PARTLY] ? BASICS_UNMET : BASICS_PARTLY;
}
