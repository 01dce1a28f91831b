/* Times that a device tells, when its report comes in.
 *
 * A device's clock may be wrong, and a device may lie; ours decides.  A time that lies ahead of it becomes the
 * moment at which we first heard that time.  Which moment that was is kept in the report ("heard": time as told ->
 * moment): devices send the same report again at each connection, and that makes no check newer. */
#include "console/doors.h"

#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"

#define HEARD_MOST 64 /* different times ahead of us in one report; an agent with a wrong clock has a few of one round */

struct settle { json_t *before, *heard; int64_t now; int rc; };

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

/* When we first heard the time `told`; now, when never before. */
static int64_t first_heard(const struct settle *s, const char *told)
{
    int64_t at;

    if (rfc3339_parse(text_of(s->heard, told), &at) && rfc3339_parse(text_of(s->before, told), &at))
        return s->now;
    return at < s->now ? at : s->now; /* our own clock may have been put back */
}

static void settle(struct settle *s, json_t *o, const char *key)
{
    char told[RFC3339_TEXT], moment[RFC3339_TEXT];
    int64_t at;

    if (rfc3339_parse(text_of(o, key), &at) || (at <= s->now && !json_object_get(s->before, text_of(o, key))))
        return;
    memcpy(told, text_of(o, key), sizeof told); /* ends with the member */
    rfc3339_format(first_heard(s, told), moment);
    if (json_object_size(s->heard) < HEARD_MOST && json_object_set_new(s->heard, told, json_string(moment)) < 0)
        s->rc = MM_ENOMEM;
    if (json_object_set_new(o, key, json_string(moment)) < 0)
        s->rc = MM_ENOMEM;
}

static void settle_doors(struct settle *s, json_t *doors)
{
    json_t *door;
    size_t i;

    json_array_foreach(doors, i, door) {
        settle(s, door, "checked_at");
        settle(s, door, "since");
        settle(s, json_object_get(door, "stated"), "at");
        settle(s, json_object_get(door, "mitigation"), "at");
        settle(s, json_object_get(door, "certificate"), "stranger_since");
    }
}

static void settle_posture(struct settle *s, json_t *posture)
{
    json_t *article, *check;
    size_t i, k;

    settle(s, posture, "checked_at");
    json_array_foreach(json_object_get(posture, "articles"), i, article)
        json_array_foreach(json_object_get(article, "checks"), k, check)
            settle(s, check, "at");
}

int doors_report_settle(json_t *vpn, json_t *posture, const char *before, int64_t now)
{
    json_t *old = before[0] ? json_loads(before, 0, NULL) : NULL;
    struct settle s = {.before = json_object_get(old, "heard"), .heard = json_object(), .now = now, .rc = MM_OK};

    if (!s.heard)
        s.rc = MM_ENOMEM;
    settle(&s, vpn, "checked_at");
    settle_doors(&s, json_object_get(vpn, "doors"));
    settle_posture(&s, posture);
    json_decref(old);
    if (json_object_size(s.heard) && json_object_set(vpn, "heard", s.heard) < 0)
        s.rc = MM_ENOMEM;
    json_decref(s.heard);
    return s.rc;
}

int64_t doors_report_ahead(const json_t *vpn)
{
    /* jansson's iteration is not const, but changes nothing */
    union { const json_t *in; json_t *out; } heard = {json_object_get(vpn, "heard")};
    int64_t most = 0, told, moment;
    const char *key;
    json_t *one;

    json_object_foreach(heard.out, key, one)
        if (!rfc3339_parse(key, &told) && !rfc3339_parse(json_string_value(one), &moment) && told - moment > most)
            most = told - moment;
    return most;
}
