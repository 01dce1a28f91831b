/* One door out of what several computers told of it.
 *
 * Everything that the register says of a door - verdict, version, reason, days, weaknesses, statement - comes from
 * one check, that of `verdict_of`; what the others told stands in its rows.  Which check that is:
 * - The newest check that judged the door (neither "silent" nor "unknown") and all from two days before it on count;
 *   what is older was overtaken.  So no finding ends because its computer went silent, and none lives on when
 *   others have judged the same door two days later.
 * - Of those that count: the worst fresh finding; without one, the worst finding of a computer that is silent now
 *   (shown "unknown", with what it was in "last"); else the worst fresh check.  Of equals, the newest. */
#include "console/doors_parts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"

#define LISTED_DEVICES 50      /* of one gateway; more are counted */

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

enum doors_level doors_level(const char *verdict)
{
    /* ok, minor, silent, unknown, due, invalid, exposed, overdue */
    static const enum doors_level level[DOORS_VERDICTS] = {DOORS_CLOSED, DOORS_MINOR, DOORS_UNKNOWN, DOORS_UNKNOWN,
                                                           DOORS_DUE, DOORS_OPEN, DOORS_OPEN, DOORS_OPEN};
    int rank = doors_rank(verdict);

    return rank < 0 ? DOORS_UNKNOWN : level[rank];
}

const char *doors_said(const json_t *door)
{
    const json_t *last = json_object_get(door, "last");

    return text_of(json_is_object(last) ? last : door, "verdict");
}

void doors_slot_fini(struct doors_slot *s)
{
    for (unsigned i = 0; i < s->checks; i++)
        json_decref(s->check[i].door);
    free(s->check);
    json_decref(s->said);
    *s = (struct doors_slot){.check = NULL};
}

int64_t doors_slot_newest(const struct doors_slot *s)
{
    int64_t newest = 0;

    for (unsigned i = 0; i < s->checks; i++)
        if (s->check[i].at > newest)
            newest = s->check[i].at;
    return newest;
}

/* ---- which check decides ----------------------------------------------------------- */

int doors_stranger(const json_t *door)
{
    return json_is_string(json_object_get(json_object_get(door, "certificate"), "stranger_since"));
}

static int is_fresh(const struct doors_check *c)
{
    return json_is_null(json_object_get(c->door, "last"));
}

/* A computer that got no answer, or one of somebody else (a laptop at home), says nothing about the gateway that others reach. */
static int is_silent(const struct doors_check *c)
{
    return !strcmp(doors_said(c->door), "silent") || doors_stranger(c->door);
}

/* Neither silent nor unknown: one that could not tell contradicts nobody. */
static int is_judged(const struct doors_check *c)
{
    return doors_level(doors_said(c->door)) != DOORS_UNKNOWN && !doors_stranger(c->door);
}

/* From when on checks count. */
static int64_t counts_from(const struct doors_slot *s)
{
    int64_t judged = 0;

    for (unsigned i = 0; i < s->checks; i++)
        if (is_judged(&s->check[i]) && s->check[i].at > judged)
            judged = s->check[i].at;
    return (judged ? judged : doors_slot_newest(s)) - DOORS_FRESH_S;
}

static int claim(const struct doors_check *c)
{
    int finding = doors_level(doors_said(c->door)) >= DOORS_DUE;

    if (doors_stranger(c->door))
        return finding ? 2 : 0; /* from before */
    return is_fresh(c) ? (finding ? 3 : 1) : (finding ? 2 : 0);
}

/* Whether `a` decides rather than `b`. */
static int goes_before(const struct doors_check *a, const struct doors_check *b)
{
    int weight_a = is_silent(a) ? -1 : doors_rank(doors_said(a->door)), weight_b = is_silent(b) ? -1 : doors_rank(doors_said(b->door));

    if (claim(a) != claim(b))
        return claim(a) > claim(b);
    return weight_a != weight_b ? weight_a > weight_b : a->at > b->at;
}

/* A check that can never decide, because one that is as new goes before it, keeps no weaknesses: they are most of
 * its memory, and a gateway has as many checks as the company has computers. */
static void lighten(struct doors_slot *s, unsigned added)
{
    const struct doors_check *best = &s->check[s->best], *new = &s->check[added];
    int first = goes_before(new, best);
    const struct doors_check *later = first ? new : best, *loser = first ? best : new;

    if (later->at >= loser->at)
        json_object_del(loser->door, "advisories");
    if (first)
        s->best = added;
}

int doors_slot_add(struct doors_slot *s, json_t *door, uint32_t device, int64_t at)
{
    if (s->checks == s->room) {
        unsigned room = s->room ? s->room * 2 : 1; /* most doors are one computer's */
        struct doors_check *more = realloc(s->check, room * sizeof *more);

        if (!more) {
            json_decref(door);
            return MM_ENOMEM;
        }
        s->check = more;
        s->room = room;
    }
    s->check[s->checks] = (struct doors_check){door, device, at};
    if (s->checks++)
        lighten(s, s->checks - 1);
    return MM_OK;
}

static const struct doors_check *decide(const struct doors_slot *s, int64_t from)
{
    const struct doors_check *best = NULL;

    for (unsigned i = 0; i < s->checks; i++)
        if (s->check[i].at >= from && (!best || goes_before(&s->check[i], best)))
            best = &s->check[i];
    return best;
}

/* ---- what the others told ------------------------------------------------------------- */

static int differs(const struct doors_check *a, const struct doors_check *b)
{
    const char *x = text_of(a->door, "version"), *y = text_of(b->door, "version");

    return strcmp(doors_said(a->door), doors_said(b->door)) != 0 || (x[0] && y[0] && strcmp(x, y) != 0);
}

static json_t *text_or_null(const char *s)
{
    return s[0] ? json_string(s) : json_null();
}

static json_t *time_or_null(int64_t at)
{
    char text[RFC3339_TEXT];

    rfc3339_format(at, text);
    return at > 0 ? json_string(text) : json_null();
}

static json_t *row(const struct doors_check *c, const struct doors_device *device, int64_t from)
{
    const struct doors_device *d = &device[c->device];

    return json_pack("{s:s,s:s,s:o,s:s,s:o,s:s,s:o,s:b,s:b,s:I,s:b}", "agent_id", d->agent_id, "hostname", d->hostname, "checked_at",
                     time_or_null(c->at), "verdict", text_of(c->door, "verdict"), "last",
                     text_or_null(text_of(json_object_get(c->door, "last"), "verdict")), "version", text_of(c->door, "version"),
                     "mitigation", text_or_null(text_of(json_object_get(c->door, "mitigation"), "what")), "fresh", is_fresh(c),
                     "counts", c->at >= from, "clock_s", (json_int_t)d->clock_s, "stranger", doors_stranger(c->door));
}

/* Where a row stands: the check that decides, those that contradict it, those that agree, those that were overtaken. */
static int place(const struct doors_check *c, const struct doors_check *best, int64_t from)
{
    return c == best ? 0 : c->at < from ? 3 : is_judged(c) && differs(c, best) ? 1 : 2;
}

static void list_devices(const struct doors_slot *s, const struct doors_check *best, const struct doors_device *device, int64_t from)
{
    json_t *rows = json_array();
    unsigned told = 0;

    for (int turn = 0; turn < 4; turn++)
        for (unsigned i = 0; i < s->checks; i++) {
            const struct doors_check *c = &s->check[i];

            if (c->device == DOORS_NOBODY || place(c, best, from) != turn)
                continue;
            if (told++ < LISTED_DEVICES)
                json_array_append_new(rows, row(c, device, from));
        }
    json_object_set_new(s->door, "devices_more", json_integer((json_int_t)told - (json_int_t)json_array_size(rows)));
    json_object_set_new(s->door, "devices", rows);
}

/* Two that count and could judge the door say different things. */
static int disagree(const struct doors_slot *s, int64_t from)
{
    const struct doors_check *first = NULL;

    for (unsigned i = 0; i < s->checks; i++) {
        const struct doors_check *c = &s->check[i];

        if (c->at < from || !is_judged(c))
            continue;
        if (first && differs(first, c))
            return 1;
        if (!first || (text_of(c->door, "version")[0] && !text_of(first->door, "version")[0]))
            first = c; /* one that knows a version to compare with */
    }
    return 0;
}

/* ---- the door -------------------------------------------------------------------------- */

static void keep_member(json_t *door, const char *name)
{
    if (!json_object_get(door, name))
        json_object_set_new(door, name, json_null());
}

static enum doors_level worst_level(const struct doors_slot *s, int64_t from)
{
    enum doors_level level = doors_level(text_of(s->door, "verdict"));

    for (unsigned i = 0; i < s->checks; i++) /* found open, it is open until somebody judges it otherwise */
        if (s->check[i].at >= from && doors_level(doors_said(s->check[i].door)) == DOORS_OPEN)
            level = DOORS_OPEN;
    return level;
}

void doors_slot_finish(struct doors_slot *s, const struct doors_device *device)
{
    int64_t from = counts_from(s);
    const struct doors_check *best = decide(s, from);
    json_t *door = s->door = best->door;

    json_object_set_new(door, "verdict_of", best->device == DOORS_NOBODY ? json_null() : json_string(device[best->device].agent_id));
    json_object_set_new(door, "checked_at", time_or_null(best->at));
    json_object_set_new(door, "disagree", json_boolean(disagree(s, from)));
    json_object_set(door, "statements", s->said);
    keep_member(door, "stated");
    keep_member(door, "mitigation");
    keep_member(door, "certificate");
    list_devices(s, best, device, from);
    doors_texts(door);
    s->owner = s->checks > 1 ? DOORS_NOBODY : best->device;
    s->level = worst_level(s, from);
    s->rank = doors_rank(text_of(door, "verdict"));
    s->id = text_of(door, "id");
    s->days = json_is_integer(json_object_get(door, "days_left")) ? json_integer_value(json_object_get(door, "days_left")) : INT64_MAX;
}
