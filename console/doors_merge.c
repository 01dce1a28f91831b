/* One list out of all devices' reports.
 *
 * A gateway that several devices asked is one door: what it is comes from the
 * newest check, how it stands from the worst of the checks that are fresh.
 * Everything else belongs to one device.  Each device may fill a share of the
 * list, its worst doors first; what is beyond it is counted, never silent. */
#include "console/doors.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"

#define DOORS_MOST 6000        /* of one register; 5 KB of memory each */
#define SHARE_LEAST 20         /* doors of one device that always have room */
#define LISTED_ADVISORIES 10   /* of one door in the register; the gravest stand first */
#define LISTED_DEVICES 50      /* of one gateway; more are counted */
#define LISTED_CANDIDATES 64
#define POSTURE_PART 3         /* a third of the answer is for the posture */
#define VERDICTS 8

struct slot {
    json_t *newest, *worst;    /* checks of one door; worst: of the fresh ones, NULL: none */
    json_t *devices, *said;    /* who checked it; what operators said of it */
    json_t *stated, *mitigation;
    int64_t newest_at, worst_at;
    char worst_of[LIM_ID];
    unsigned devices_more;
    int rank;                  /* of the finished door */
    int64_t days;              /* days left; for the order */
    const char *id;
};

struct doors_merge {
    int64_t now;
    struct slot *slot;
    unsigned count, room, share;
    json_t *index;             /* gateway id, or "AGENT id" -> number of the slot */
    json_t *posture, *candidates, *gateways;
    unsigned devices, unseen, more[VERDICTS], candidates_more;
    int level;                 /* see `levels` */
};

enum level { CLOSED = 0, MINOR, UNKNOWN, DUE, OPEN };
static const char *const levels[] = {"closed", "attention", "unknown", "attention", "open"};

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

static int level_of(const char *verdict)
{
    static const enum level level[VERDICTS] = {CLOSED, MINOR, UNKNOWN, UNKNOWN, DUE, OPEN, OPEN, OPEN};
    int rank = doors_rank(verdict);

    return rank < 0 ? UNKNOWN : (int)level[rank];
}

static void raise_level(struct doors_merge *m, int level)
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

static void drop_slot(struct slot *s)
{
    json_decref(s->newest);
    json_decref(s->worst);
    json_decref(s->devices);
    json_decref(s->said);
    json_decref(s->stated);
    json_decref(s->mitigation);
    *s = (struct slot){.newest = NULL};
}

void doors_merge_free(struct doors_merge *m)
{
    if (!m)
        return;
    for (unsigned i = 0; i < m->count; i++)
        drop_slot(&m->slot[i]);
    free(m->slot);
    json_decref(m->index);
    json_decref(m->posture);
    json_decref(m->candidates);
    json_decref(m->gateways);
    free(m);
}

/* ---- slots ------------------------------------------------------------------------ */

static struct slot *find_slot(struct doors_merge *m, const char *key)
{
    const json_t *n = json_object_get(m->index, key);

    return n ? &m->slot[json_integer_value(n)] : NULL;
}

static struct slot *new_slot(struct doors_merge *m, const char *key)
{
    if (m->count == m->room || !m->slot) {
        unsigned room = m->room ? m->room * 2 : 64;
        struct slot *more = realloc(m->slot, room * sizeof *more);

        if (!more)
            return NULL;
        m->slot = more;
        m->room = room;
    }
    if (json_object_set_new(m->index, key, json_integer(m->count)) < 0)
        return NULL;
    m->slot[m->count] = (struct slot){.devices = json_array(), .said = json_array()};
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

/* Keep the newer of two objects with an "at". */
static void keep_newer(json_t **have, json_t *said)
{
    if (json_is_object(said) && (!*have || strcmp(text_of(said, "at"), text_of(*have, "at")) > 0)) {
        json_decref(*have);
        *have = json_incref(said);
    }
}

static void note_device(struct slot *s, const struct store_report *r, const json_t *door, int64_t checked)
{
    char at[RFC3339_TEXT];
    json_t *one;

    if (json_array_size(s->devices) == LISTED_DEVICES) {
        s->devices_more++;
        return;
    }
    rfc3339_format(checked, at);
    one = json_pack("{s:s,s:s,s:o,s:s,s:b}", "agent_id", r->agent_id, "hostname", r->hostname, "checked_at",
                    checked ? json_string(at) : json_null(), "verdict", text_of(door, "verdict"), "fresh",
                    json_is_null(json_object_get(door, "last")));
    json_array_append_new(s->devices, one);
}

/* How much a check says: a device that got no answer (a laptop at home) says nothing about the gateway that others reach. */
static int weight(const json_t *door)
{
    const char *verdict = text_of(door, "verdict");

    return strcmp(verdict, "silent") ? doors_rank(verdict) + 1 : 0;
}

/* Takes `door`, brought to today. */
static int put_door(struct doors_merge *m, const struct store_report *r, json_t *door, int64_t checked)
{
    char key[LIM_ID + LIM_DOOR_ID];
    struct slot *s;

    slot_key(r->agent_id, text_of(door, "id"), key);
    s = find_slot(m, key);
    if (!s)
        s = new_slot(m, key);
    if (!s) {
        json_decref(door);
        return MM_ENOMEM;
    }
    note_device(s, r, door, checked);
    keep_newer(&s->stated, json_object_get(door, "stated"));
    keep_newer(&s->mitigation, json_object_get(door, "mitigation"));
    if (json_is_null(json_object_get(door, "last"))) {
        int a = weight(door), b = s->worst ? weight(s->worst) : -1;

        if (!s->worst || a > b || (a == b && checked > s->worst_at)) {
            json_decref(s->worst);
            s->worst = json_incref(door);
            s->worst_at = checked;
            memcpy(s->worst_of, r->agent_id, strlen(r->agent_id) + 1);
        }
    }
    if (!s->newest || (weight(door) && !weight(s->newest)) || (checked > s->newest_at && (weight(door) || !weight(s->newest)))) {
        json_decref(s->newest);
        s->newest = json_incref(door);
        s->newest_at = checked;
    }
    json_decref(door);
    return MM_OK;
}

/* ---- one device ----------------------------------------------------------------------- */

/* When it was checked, at the latest when we got it: a device's clock may be wrong, its reports are not from the future. */
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

    return door ? put_door(m, r, door, 0) : MM_ENOMEM;
}

/* Doors that are fine come after those that are not: the share is used for the latter. */
static int take_doors(struct doors_merge *m, const struct store_report *r, const json_t *list, int64_t round)
{
    unsigned used = 0;
    int rc = MM_OK;

    for (int fine = 0; fine < 2; fine++)
        for (size_t i = 0; i < json_array_size(list) && !rc; i++) {
            json_t *door = json_array_get(list, i);
            int64_t checked = checked_at(door, round, r->received);

            if (!fine) {
                doors_today(door, checked, m->now);
                raise_level(m, level_of(text_of(json_is_object(json_object_get(door, "last")) ? json_object_get(door, "last") : door,
                                                "verdict")) == OPEN ? OPEN : CLOSED);
            }
            if ((doors_rank(text_of(door, "verdict")) <= doors_rank("minor")) != fine)
                continue;
            if (used++ >= m->share) {
                int rank = doors_rank(text_of(door, "verdict"));

                m->more[rank < 0 ? doors_rank("unknown") : rank]++;
                raise_level(m, level_of(text_of(door, "verdict")));
                continue;
            }
            trim_advisories(door);
            rc = put_door(m, r, json_incref(door), checked);
        }
    return rc;
}

static void take_candidates(struct doors_merge *m, const json_t *list)
{
    char key[LIM_NAME + 16];

    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i), *have;
        size_t n = strlen(text_of(one, "address"));
        json_int_t port = json_integer_value(json_object_get(one, "port"));

        if (!n || n >= LIM_NAME)
            continue;
        memcpy(key, text_of(one, "address"), n);
        key[n] = ':';
        for (int digit = 4; digit >= 0; digit--, port /= 10)
            key[n + 1 + (size_t)digit] = (char)('0' + port % 10);
        key[n + 6] = '\0';
        have = json_object_get(m->candidates, key);
        if (have) {
            json_object_set_new(have, "devices", json_integer(json_integer_value(json_object_get(have, "devices")) + 1));
        } else if (json_object_size(m->candidates) < LISTED_CANDIDATES) {
            json_object_set_new(one, "devices", json_integer(1));
            json_object_set(m->candidates, key, one);
        } else {
            m->candidates_more++;
        }
    }
}

/* {"device","hostname","checked_at","fresh","articles"}; what is old counts as unknown. */
static int take_posture(struct doors_merge *m, const struct store_report *r, json_t *posture, int64_t checked)
{
    json_t *articles = json_object_get(posture, "articles"), *one;
    int fresh = checked > 0 && m->now - checked <= DOORS_FRESH_S;
    char at[RFC3339_TEXT];
    size_t i;

    if (!fresh)
        json_array_foreach(articles, i, one)
            json_object_set_new(one, "state", json_string("unknown"));
    rfc3339_format(checked, at);
    one = json_pack("{s:s,s:s,s:o,s:b,s:O}", "device", r->agent_id, "hostname", r->hostname, "checked_at",
                    checked > 0 ? json_string(at) : json_null(), "fresh", fresh, "articles", articles);
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

int doors_merge_device(struct doors_merge *m, const struct store_report *r)
{
    json_t *vpn, *posture;
    int64_t round;
    int rc = MM_EFORMAT, fresh;

    m->devices++;
    if (!r->vpn[0])
        return never_reported(m, r);
    vpn = json_loads(r->vpn, 0, NULL);
    posture = json_loads(r->posture, 0, NULL);
    if (vpn && posture) {
        round = checked_at(vpn, 0, r->received);
        fresh = round > 0 && m->now - round <= DOORS_FRESH_S;
        m->unseen += !fresh;
        rc = take_doors(m, r, json_object_get(vpn, "doors"), round);
        if (!rc && !fresh && !json_array_size(json_object_get(vpn, "doors")))
            rc = put_device(m, r, "register.unchecked");
        if (!rc && fresh)
            raise_level(m, !strcmp(text_of(vpn, "overall"), "open") ? OPEN : !strcmp(text_of(vpn, "overall"), "attention") ? MINOR
                           : !strcmp(text_of(vpn, "overall"), "closed") ? CLOSED : UNKNOWN);
        take_candidates(m, json_object_get(vpn, "candidates"));
        if (!rc)
            rc = take_posture(m, r, posture, checked_at(posture, 0, r->received));
    }
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
        struct slot *s;

        if (!name || strlen(name) >= LIM_GATEWAY_NAME)
            continue;
        memcpy(id + 8, name, strlen(name) + 1);
        if (find_slot(m, id))
            continue;
        s = new_slot(m, id);
        if (!s)
            return MM_ENOMEM;
        s->newest = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:n,s:n,s:n}", "id", id, "kind", "gateway", "name", name, "verdict", "unknown",
                              "colour", "grey", "reason", doors_reason("register.not_asked", NULL), "last", "days_left", "checked_at");
        if (!s->newest)
            return MM_ENOMEM;
    }
    return MM_OK;
}

int doors_merge_statement(struct doors_merge *m, const struct store_statement *st)
{
    char key[LIM_ID + LIM_DOOR_ID], at[RFC3339_TEXT];
    json_t *args = json_loads(st->args, 0, NULL);
    struct slot *s;
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
        json_object_set_new(args, "pending", json_boolean(s && st->at > s->newest_at)); /* said after the last check */
        if (s && json_array_append(s->said, args) < 0)
            rc = MM_ENOMEM;
    }
    json_decref(args);
    return rc;
}

/* ---- the answer ------------------------------------------------------------------------- */

/* The slot's door with the verdict of its worst check. */
static void finish_slot(struct doors_merge *m, struct slot *s)
{
    static const char *const verdict[] = {"verdict", "colour", "reason", "released", "due", "days_left", "advisories", "advisories_more",
                                          "evidence", "last"};
    json_t *door = s->newest;

    for (size_t i = 0; s->worst && s->worst != door && i < sizeof verdict / sizeof verdict[0]; i++)
        json_object_set(door, verdict[i], json_object_get(s->worst, verdict[i]));
    json_object_set_new(door, "verdict_of", s->worst_of[0] ? json_string(s->worst_of) : json_null());
    json_object_set(door, "devices", s->devices);
    json_object_set_new(door, "devices_more", json_integer(s->devices_more));
    json_object_set(door, "statements", s->said);
    json_object_set_new(door, "stated", s->stated ? json_incref(s->stated) : json_null());
    json_object_set_new(door, "mitigation", s->mitigation ? json_incref(s->mitigation) : json_null());
    doors_texts(door);
    s->rank = doors_rank(text_of(door, "verdict"));
    s->id = text_of(door, "id");
    s->days = json_is_integer(json_object_get(door, "days_left")) ? json_integer_value(json_object_get(door, "days_left")) : INT64_MAX;
    raise_level(m, level_of(text_of(door, "verdict")));
}

static int worse_first(const void *a, const void *b)
{
    const struct slot *x = a, *y = b;

    if (x->rank != y->rank)
        return y->rank - x->rank;
    return x->days != y->days ? (x->days < y->days ? -1 : 1) : strcmp(x->id, y->id);
}

static json_t *summary(const struct doors_merge *m)
{
    static const char *const names[VERDICTS] = {"ok", "minor", "silent", "unknown", "due", "invalid", "exposed", "overdue"};
    unsigned count[VERDICTS], doors = 0;
    json_t *out = json_object();

    memcpy(count, m->more, sizeof count);
    for (unsigned i = 0; i < m->count; i++) {
        count[m->slot[i].rank < 0 ? 3 : m->slot[i].rank]++;
        doors += strcmp(text_of(m->slot[i].newest, "kind"), "device") != 0;
    }
    for (int i = 0; i < VERDICTS; i++) {
        doors += m->more[i];
        json_object_set_new(out, names[i], json_integer(count[i]));
    }
    json_object_set_new(out, "doors", json_integer(doors));
    json_object_set_new(out, "devices", json_integer(m->devices));
    json_object_set_new(out, "devices_unseen", json_integer(m->unseen));
    return out;
}

static json_t *list_doors(struct doors_merge *m, size_t bytes, unsigned *more)
{
    json_t *out = json_array();

    *more = 0;
    for (int i = 0; i < VERDICTS; i++)
        *more += m->more[i];
    for (unsigned i = 0; i < m->count; i++) {
        size_t n = json_dumpb(m->slot[i].newest, NULL, 0, JSON_COMPACT) + 1;

        if (n > bytes) {
            *more += m->count - i;
            break;
        }
        bytes -= n;
        json_array_append(out, m->slot[i].newest);
    }
    return out;
}

/* Each device's posture in its share of the room: without its checks, or not at all, when it does not fit. */
static json_t *list_posture(struct doors_merge *m, size_t bytes, unsigned *more)
{
    size_t share = m->devices ? bytes / m->devices : 0, i, k;
    json_t *out = json_array(), *one, *article;

    *more = 0;
    json_array_foreach(m->posture, i, one) {
        if (json_dumpb(one, NULL, 0, JSON_COMPACT) > share)
            json_array_foreach(json_object_get(one, "articles"), k, article) {
                json_object_set_new(article, "checks_more", json_integer((json_int_t)json_array_size(json_object_get(article, "checks"))));
                json_object_set_new(article, "checks", json_array());
            }
        if (json_dumpb(one, NULL, 0, JSON_COMPACT) > (share > 512 ? share : 512))
            ++*more;
        else
            json_array_append(out, one);
    }
    return out;
}

json_t *doors_merge_end(struct doors_merge *m, size_t bytes)
{
    json_t *candidates = json_array(), *one, *out;
    unsigned doors_more, posture_more;
    json_t *doors, *posture;
    const char *key;

    for (unsigned i = 0; i < m->count; i++)
        finish_slot(m, &m->slot[i]);
    if (!m->count && !m->devices)
        raise_level(m, UNKNOWN); /* nobody looked at anything */
    if (m->count)
        qsort(m->slot, m->count, sizeof *m->slot, worse_first);
    json_object_foreach(m->candidates, key, one)
        json_array_append(candidates, one);
    doors = list_doors(m, bytes - bytes / POSTURE_PART, &doors_more);
    posture = list_posture(m, bytes / POSTURE_PART, &posture_more);
    out = json_pack("{s:s,s:o,s:I,s:o,s:I,s:o,s:I,s:O,s:o}", "overall", levels[m->level], "doors", doors, "doors_more",
                    (json_int_t)doors_more, "posture", posture, "posture_more", (json_int_t)posture_more, "candidates", candidates,
                    "candidates_more", (json_int_t)m->candidates_more, "gateways", m->gateways, "summary", summary(m));
    return out;
}
