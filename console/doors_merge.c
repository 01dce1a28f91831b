/* One list out of all devices' reports.
 *
 * A gateway that several devices asked is one door (doors_one.c says which of
 * their checks it is shown by).  Everything else belongs to one device.  Each
 * device may fill a share of the list, its worst doors first; what is beyond it
 * is counted, never silent. */
#include "console/doors_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"

#define DOORS_MOST 6000        /* of one register; 5 KB of memory each */
#define SHARE_LEAST 20         /* doors of one device that always have room */
#define LISTED_ADVISORIES 10   /* of one door in the register; the gravest stand first */
#define CANDIDATES_EACH 8      /* gateways that one device may propose: its VPN clients and default routes */

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

static void raise_level(struct doors_merge *m, enum doors_level level)
{
    if (level > m->level)
        m->level = level;
}

int doors_merge_new(struct doors_merge **out, unsigned devices, int64_t now)
{
    struct doors_merge *m = calloc(1, sizeof *m);

    if (!m)
        return MM_ENOMEM;
    m->now = now;
    m->share = devices && DOORS_MOST / devices > SHARE_LEAST ? DOORS_MOST / devices : SHARE_LEAST;
    m->index = json_object();
    m->posture = json_array();
    m->candidates = json_object();
    m->gateways = json_null();
    if (!m->index || !m->posture || !m->candidates) {
        doors_merge_free(m);
        return MM_ENOMEM;
    }
    *out = m;
    return MM_OK;
}

void doors_merge_free(struct doors_merge *m)
{
    if (!m)
        return;
    for (unsigned i = 0; i < m->count; i++)
        doors_slot_fini(&m->slot[i]);
    free(m->slot);
    free(m->device);
    json_decref(m->index);
    json_decref(m->posture);
    json_decref(m->candidates);
    json_decref(m->gateways);
    free(m);
}

/* ---- slots ------------------------------------------------------------------------ */

static struct doors_slot *find_slot(struct doors_merge *m, const char *key)
{
    const json_t *n = json_object_get(m->index, key);

    return n ? &m->slot[json_integer_value(n)] : NULL;
}

/* Room for one more; `at` moves when it had to grow. */
static int grow(void **at, unsigned count, unsigned *room, size_t size)
{
    unsigned wanted = *room ? *room * 2 : 64;
    void *more = count < *room ? *at : realloc(*at, wanted * size);

    if (!more)
        return MM_ENOMEM;
    *room = count < *room ? *room : wanted;
    *at = more;
    return MM_OK;
}

static struct doors_slot *new_slot(struct doors_merge *m, const char *key)
{
    void *at = m->slot;

    if (grow(&at, m->count, &m->room, sizeof *m->slot))
        return NULL;
    m->slot = at;
    if (json_object_set_new(m->index, key, json_integer(m->count)) < 0)
        return NULL;
    m->slot[m->count] = (struct doors_slot){.said = json_array()};
    return &m->slot[m->count++];
}

static void slot_key(const char *agent_id, const char *door, char key[LIM_ID + LIM_DOOR_ID])
{
    size_t n = 0;

    if (strncmp(door, "gateway:", 8)) {
        n = strlen(agent_id);
        memcpy(key, agent_id, n);
        key[n++] = ' ';
    }
    memcpy(key + n, door, strlen(door) + 1);
}

/* Takes `door`, brought to today, of the device that was added last. */
static int put_door(struct doors_merge *m, const char *agent_id, json_t *door, int64_t checked)
{
    char key[LIM_ID + LIM_DOOR_ID];
    struct doors_slot *s;

    slot_key(agent_id, text_of(door, "id"), key);
    s = find_slot(m, key);
    if (!s)
        s = new_slot(m, key);
    if (!s) {
        json_decref(door);
        return MM_ENOMEM;
    }
    return doors_slot_add(s, door, m->devices - 1, checked);
}

/* ---- one device ----------------------------------------------------------------------- */

/* When it was checked, at the latest when we got it; what was told as later was settled when it came (doors_times.c). */
static int64_t checked_at(const json_t *o, int64_t fallback, int64_t received)
{
    int64_t at;

    if (rfc3339_parse(text_of(o, "checked_at"), &at))
        at = fallback;
    return at < received ? at : received;
}

static void trim_advisories(json_t *door)
{
    json_t *list = json_object_get(door, "advisories");
    json_int_t more = json_integer_value(json_object_get(door, "advisories_more"));

    while (json_array_size(list) > LISTED_ADVISORIES) {
        json_array_remove(list, json_array_size(list) - 1);
        more++;
    }
    json_object_set_new(door, "advisories_more", json_integer(more));
}

static json_t *device_entry(const struct store_report *r, const char *key)
{
    char id[LIM_ID + 8] = "device:";

    memcpy(id + 7, r->agent_id, strlen(r->agent_id) + 1);
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:n,s:n,s:n}", "id", id, "kind", "device", "name", r->hostname, "verdict", "unknown",
                     "colour", "grey", "reason", doors_reason(key, NULL), "last", "days_left", "checked_at");
}

static int put_device(struct doors_merge *m, const struct store_report *r, const char *key)
{
    json_t *door = device_entry(r, key);

    return door ? put_door(m, r->agent_id, door, 0) : MM_ENOMEM;
}

/* What the sentence of an old report does not say: that it may be the clock which is old. */
static void blame_clock(json_t *door, int64_t age, int64_t clock_s)
{
    char days[24];

    if (clock_s >= 0 || age + clock_s > DOORS_FRESH_S || !json_is_object(json_object_get(door, "last")))
        return;
    snprintf(days, sizeof days, "%lld", (long long)(-clock_s / 86400));
    json_object_set_new(door, "reason", doors_reason("register.clock_behind", days));
}

/* Beyond the device's share: counted. */
static void count_door(struct doors_merge *m, const json_t *door)
{
    int rank = doors_rank(text_of(door, "verdict"));

    m->more[rank < 0 ? doors_rank("unknown") : rank]++;
    raise_level(m, doors_level(text_of(door, "verdict")));
    if (doors_level(doors_said(door)) == DOORS_OPEN)
        raise_level(m, DOORS_OPEN);
}

/* Doors that are fine come after those that are not: the share is used for the latter.  `worst`: of what it told. */
/* When a computer last reached the gateway itself: since a stranger answers it has only looked. */
static int64_t own_look(const json_t *door, int64_t checked)
{
    int64_t since;

    return rfc3339_parse(text_of(json_object_get(door, "certificate"), "stranger_since"), &since) || since > checked ? checked : since;
}

static int take_doors(struct doors_merge *m, const struct store_report *r, const json_t *list, int64_t round, enum doors_level *worst)
{
    int64_t clock_s = m->device[m->devices - 1].clock_s;
    unsigned used = 0;
    int rc = MM_OK;

    for (int fine = 0; fine < 2; fine++)
        for (size_t i = 0; i < json_array_size(list) && !rc; i++) {
            json_t *door = json_array_get(list, i);
            int64_t checked = checked_at(door, round, r->received);

            if (!fine) {
                doors_today(door, checked, m->now);
                blame_clock(door, m->now - checked, clock_s);
                if (doors_level(doors_said(door)) > *worst)
                    *worst = doors_level(doors_said(door));
            }
            if ((doors_rank(text_of(door, "verdict")) <= doors_rank("minor")) != fine)
                continue;
            if (used++ >= m->share) {
                count_door(m, door);
                continue;
            }
            trim_advisories(door);
            rc = put_door(m, r->agent_id, json_incref(door), own_look(door, checked));
        }
    return rc;
}

/* A host may name the same one twice, and one that is hostile names many: it counts once, and has a share. */
static void take_candidates(struct doors_merge *m, const json_t *list)
{
    char key[LIM_NAME + 16];
    unsigned taken = 0;

    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i), *have;

        if (strlen(text_of(one, "address")) >= LIM_NAME)
            continue;
        snprintf(key, sizeof key, "%s:%d", text_of(one, "address"), (int)json_integer_value(json_object_get(one, "port")));
        have = json_object_get(m->candidates, key);
        if (have && json_integer_value(json_object_get(have, "by")) == m->devices)
            continue;
        if (taken++ >= CANDIDATES_EACH) {
            m->candidates_more++;
            continue;
        }
        if (!have) {
            json_object_set(m->candidates, key, one);
            have = one;
        }
        json_object_set_new(have, "devices", json_integer(json_integer_value(json_object_get(have, "devices")) + 1));
        json_object_set_new(have, "by", json_integer(m->devices)); /* the device that named it last */
    }
}

/* {"device","hostname","reported_at","checked_at","fresh","clock_s","articles"}; what is old counts as unknown. */
static int take_posture(struct doors_merge *m, const struct store_report *r, json_t *posture, int64_t checked)
{
    json_t *articles = json_object_get(posture, "articles"), *one;
    int fresh = checked > 0 && m->now - checked <= DOORS_FRESH_S;
    char at[RFC3339_TEXT], received[RFC3339_TEXT];
    size_t i;

    if (!fresh)
        json_array_foreach(articles, i, one)
            json_object_set_new(one, "state", json_string("unknown"));
    rfc3339_format(checked, at);
    rfc3339_format(r->received, received);
    one = json_pack("{s:s,s:s,s:o,s:o,s:b,s:I,s:O}", "device", r->agent_id, "hostname", r->hostname, "reported_at",
                    r->received > 0 ? json_string(received) : json_null(), "checked_at", checked > 0 ? json_string(at) : json_null(),
                    "fresh", fresh, "clock_s", (json_int_t)m->device[m->devices - 1].clock_s, "articles", articles);
    return one && json_array_append_new(m->posture, one) == 0 ? MM_OK : MM_ENOMEM;
}

static int never_reported(struct doors_merge *m, const struct store_report *r)
{
    json_t *posture = json_pack("{s:[]}", "articles");
    int rc = MM_OK;

    for (int i = 1; i <= 6; i++)
        json_array_append_new(json_object_get(posture, "articles"), json_pack("{s:i,s:s,s:[]}", "article", i, "state", "unknown", "checks"));
    m->unseen++;
    rc = posture ? take_posture(m, r, posture, 0) : MM_ENOMEM;
    json_decref(posture);
    return rc ? rc : put_device(m, r, "register.never");
}

/* What the device's clock is off: by its last heartbeat, else by the times that it told. */
static int64_t clock_of(const struct store_report *r, const json_t *vpn)
{
    int64_t ahead = r->clock_ahead == STORE_CLOCK_UNKNOWN ? doors_report_ahead(vpn) : r->clock_ahead;

    return ahead > DOORS_CLOCK_S || ahead < -DOORS_CLOCK_S ? ahead : 0;
}

static int add_device(struct doors_merge *m, const struct store_report *r, int64_t clock_s)
{
    void *at = m->device;

    if (grow(&at, m->devices, &m->devices_room, sizeof *m->device))
        return MM_ENOMEM;
    m->device = at;
    m->device[m->devices] = (struct doors_device){.clock_s = clock_s, .posture_bytes = strlen(r->posture)};
    snprintf(m->device[m->devices].agent_id, LIM_ID, "%s", r->agent_id);
    snprintf(m->device[m->devices].hostname, LIM_NAME, "%s", r->hostname);
    m->devices++;
    return MM_OK;
}

/* What a device of today says of itself as a whole.  Its doors are judged one by one; "open" beyond them is of one
 * that it could not list. */
static void take_overall(struct doors_merge *m, const char *overall, enum doors_level worst, int strangers)
{
    if (strangers && !strcmp(overall, "unknown"))
        return; /* it is elsewhere: its doors say what is to be said */
    if (!strcmp(overall, "open"))
        raise_level(m, worst == DOORS_OPEN ? DOORS_CLOSED : DOORS_OPEN);
    else
        raise_level(m, !strcmp(overall, "attention") ? DOORS_MINOR : !strcmp(overall, "closed") ? DOORS_CLOSED : DOORS_UNKNOWN);
}

static int meets_strangers(const json_t *doors)
{
    const json_t *door;
    size_t i;

    json_array_foreach(doors, i, door)
        if (doors_stranger(door))
            return 1;
    return 0;
}

static int take_report(struct doors_merge *m, const struct store_report *r, json_t *vpn, json_t *posture)
{
    int64_t round = checked_at(vpn, 0, r->received);
    int fresh = round > 0 && m->now - round <= DOORS_FRESH_S;
    enum doors_level worst = DOORS_CLOSED;
    int rc = take_doors(m, r, json_object_get(vpn, "doors"), round, &worst);

    m->unseen += !fresh;
    if (!rc && !fresh && !json_array_size(json_object_get(vpn, "doors")))
        rc = put_device(m, r, "register.unchecked");
    if (fresh)
        take_overall(m, text_of(vpn, "overall"), worst, meets_strangers(json_object_get(vpn, "doors")));
    take_candidates(m, json_object_get(vpn, "candidates"));
    return rc ? rc : take_posture(m, r, posture, checked_at(posture, 0, r->received));
}

int doors_merge_device(struct doors_merge *m, const struct store_report *r)
{
    json_t *vpn = r->vpn[0] ? json_loads(r->vpn, 0, NULL) : NULL, *posture = r->vpn[0] ? json_loads(r->posture, 0, NULL) : NULL;
    int rc = add_device(m, r, clock_of(r, vpn));

    if (!rc && !r->vpn[0])
        rc = never_reported(m, r);
    else if (!rc)
        rc = vpn && posture ? take_report(m, r, vpn, posture) : MM_EFORMAT;
    json_decref(vpn);
    json_decref(posture);
    return rc;
}

/* ---- what operators said ----------------------------------------------------------------- */

/* Gateways that shall be asked and that nobody told of: 未確認, not absent. */
static int take_policy(struct doors_merge *m, const struct store_statement *st, const json_t *list)
{
    char at[RFC3339_TEXT], id[LIM_GATEWAY_NAME + 8] = "gateway:";

    rfc3339_format(st->at, at);
    json_decref(m->gateways);
    m->gateways = json_pack("{s:O,s:s,s:s}", "list", list, "by", st->by, "at", at);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        struct doors_slot *s;
        json_t *door;

        if (!name || strlen(name) >= LIM_GATEWAY_NAME)
            continue;
        memcpy(id + 8, name, strlen(name) + 1);
        if (find_slot(m, id))
            continue;
        s = new_slot(m, id);
        if (!s)
            return MM_ENOMEM;
        door = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:n,s:n,s:n}", "id", id, "kind", "gateway", "name", name, "verdict", "unknown",
                              "colour", "grey", "reason", doors_reason("register.not_asked", NULL), "last", "days_left", "checked_at");
        if (!door || doors_slot_add(s, door, DOORS_NOBODY, 0))
            return MM_ENOMEM;
    }
    return MM_OK;
}

int doors_merge_statement(struct doors_merge *m, const struct store_statement *st)
{
    char key[LIM_ID + LIM_DOOR_ID], at[RFC3339_TEXT];
    json_t *args = json_loads(st->args, 0, NULL);
    struct doors_slot *s;
    int rc = MM_OK;

    if (!args)
        return MM_EFORMAT;
    if (!strcmp(st->what, "policy")) {
        rc = take_policy(m, st, json_object_get(args, "gateways"));
    } else if (strlen(st->door) < LIM_DOOR_ID && strlen(st->agent_id) < LIM_ID) {
        slot_key(st->agent_id, st->door, key);
        s = find_slot(m, key);
        rfc3339_format(st->at, at);
        json_object_del(args, "id");
        json_object_set_new(args, "what", json_string(st->what));
        json_object_set_new(args, "at", json_string(at));
        json_object_set_new(args, "pending", json_boolean(s && st->at > doors_slot_newest(s))); /* said after the last check */
        if (s && json_array_append(s->said, args) < 0)
            rc = MM_ENOMEM;
    }
    json_decref(args);
    return rc;
}
