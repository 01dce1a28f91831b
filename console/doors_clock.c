/* What a report of then means today.  Days are days of UTC, as in the reports.
 * Nothing here makes a door look better than its device said. */
#include "console/doors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "lib/text.h"

#define DAY_S 86400
#define RULE_DAYS 14       /* SCS *3, 4-4-4-2: within 14 days of the release */
#define YELLOW_DAYS 7
#define ORANGE_DAYS 10
#define TEXT_BYTES 2048    /* a sentence of the catalogue with its arguments */
#define ARGS 10

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

int doors_rank(const char *verdict)
{
    static const char *const order[] = {"ok", "minor", "silent", "unknown", "due", "invalid", "exposed", "overdue"};

    for (int i = 0; i < (int)(sizeof order / sizeof order[0]); i++)
        if (!strcmp(verdict, order[i]))
            return i;
    return -1;
}

int doors_day(const char *date, int64_t *day)
{
    char text[RFC3339_TEXT];
    int64_t at;

    if (strlen(date) != 10)
        return MM_EFORMAT;
    memcpy(text, date, 10);
    memcpy(text + 10, "T00:00:00Z", sizeof "T00:00:00Z");
    if (rfc3339_parse(text, &at))
        return MM_EFORMAT;
    *day = at / DAY_S;
    return MM_OK;
}

json_t *doors_reason(const char *key, const char *arg)
{
    return arg ? json_pack("{s:s,s:[s]}", "key", key, "args", arg) : json_pack("{s:s,s:[]}", "key", key, "args");
}

static void reason_days(json_t *door, const char *key, int64_t days)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)days);
    json_object_set_new(door, "reason", doors_reason(key, text));
}

static void look(json_t *door, const char *verdict, const char *colour)
{
    json_object_set_new(door, "verdict", json_string(verdict));
    json_object_set_new(door, "colour", json_string(colour));
}

/* ---- the patch clock -------------------------------------------------------------- */

static int colour_rank(const char *colour)
{
    static const char *const order[] = {"green", "yellow", "orange", "red"};

    for (int i = 0; i < 4; i++)
        if (!strcmp(colour, order[i]))
            return i;
    return -1; /* grey */
}

static const char *colour_of_age(int64_t days)
{
    return days >= RULE_DAYS ? "red" : days >= ORANGE_DAYS ? "orange" : days >= YELLOW_DAYS ? "yellow" : "green";
}

/* The days in the sentence are those of then: said again with those of today. */
static void say_days(json_t *door, int64_t left)
{
    const json_t *reason = json_object_get(door, "reason");
    const char *key = text_of(reason, "key");

    if (!strcmp(text_of(door, "verdict"), "overdue") && (!key[0] || !strcmp(key, "door.due") || !strcmp(key, "door.overdue")))
        reason_days(door, "door.overdue", left < 0 ? -left : 0);
    else if (!strcmp(key, "door.due"))
        reason_days(door, "door.due", left);
}

static void run_clock(json_t *door, int64_t today)
{
    const char *verdict = text_of(door, "verdict"), *colour;
    int64_t due, released;

    if (doors_day(text_of(door, "due"), &due)) {
        json_object_set_new(door, "days_left", json_null()); /* without a day there is nothing to count to */
        return;
    }
    json_object_set_new(door, "days_left", json_integer(due - today));
    if (strcmp(verdict, "due") && strcmp(verdict, "overdue"))
        return;
    if (doors_day(text_of(door, "released"), &released))
        released = due - RULE_DAYS;
    colour = colour_of_age(due < today ? RULE_DAYS : today - released);
    if (colour_rank(colour) > colour_rank(text_of(door, "colour")))
        json_object_set_new(door, "colour", json_string(colour));
    if (due < today)
        json_object_set_new(door, "verdict", json_string("overdue"));
    say_days(door, due - today);
}

/* ---- a person's word, and the age of the check --------------------------------------- */

/* Sets age and staleness; the age in days, or -1 when nobody said anything. */
static int64_t age_statement(json_t *door, int64_t now)
{
    json_t *stated = json_object_get(door, "stated");
    int64_t at, days;

    if (!json_is_object(stated))
        return -1;
    if (rfc3339_parse(text_of(stated, "at"), &at))
        at = 0;
    days = now > at ? (now - at) / DAY_S : 0;
    json_object_set_new(stated, "age_days", json_integer(days));
    json_object_set_new(stated, "stale", json_boolean(days >= DOORS_STATED_DAYS));
    return days;
}

static void old_word(json_t *door, int64_t days)
{
    int rank = doors_rank(text_of(door, "verdict"));

    if (days < DOORS_STATED_DAYS || strcmp(text_of(door, "version_from"), "person"))
        return;
    if (rank == doors_rank("ok") || rank == doors_rank("minor")) {
        look(door, "unknown", "yellow");
        reason_days(door, "register.statement_old", days);
    }
}

void doors_today(json_t *door, int64_t checked, int64_t now)
{
    run_clock(door, now / DAY_S);
    old_word(door, age_statement(door, now));
    if (checked > 0 && now - checked <= DOORS_FRESH_S) {
        json_object_set_new(door, "last", json_null());
        return;
    }
    json_object_set_new(door, "last", json_pack("{s:s,s:s}", "verdict", text_of(door, "verdict"), "colour", text_of(door, "colour")));
    look(door, "unknown", "grey");
    if (checked > 0)
        reason_days(door, "register.report_old", (now - checked) / DAY_S);
    else
        json_object_set_new(door, "reason", doors_reason("register.unchecked", NULL));
}

/* ---- words ----------------------------------------------------------------------------- */

static json_t *sentence(const char *key, enum text_lang lang, const char *const *args, unsigned n)
{
    struct buf b;
    json_t *made;

    buf_init(&b, TEXT_BYTES);
    made = text_known(key) && text_format_in(&b, key, lang, args, n) == MM_OK && b.data ? json_string(b.data) : json_null();
    buf_fini(&b);
    return made;
}

void doors_texts(json_t *door)
{
    const json_t *reason = json_object_get(door, "reason"), *list = json_object_get(reason, "args");
    const char *key = text_of(reason, "key"), *args[ARGS] = {NULL};
    unsigned n = 0;

    for (; n < ARGS && n < json_array_size(list); n++)
        args[n] = json_string_value(json_array_get(list, n));
    json_object_set_new(door, "reason_ja", sentence(key, TEXT_JA, args, n));
    json_object_set_new(door, "reason_en", sentence(key, TEXT_EN, args, n));
}
