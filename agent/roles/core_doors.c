/* The register in force: on disk, over rounds, over time, and what is told of it.
 *
 * c->doors and c->posture are what everybody is shown.  A round's findings are
 * taken over whole; between rounds the clock runs on (register_tick), people
 * state things (register_declare).  Each change of a door is told once: one
 * Vulnerability Finding per door that appears, changes and is cleared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/detect/doors_json.h"
#include "agent/roles/core_internal.h"
#include "agent/roles/core_round.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/rfc3339.h"
#include "lib/text.h"

#define FILE_BYTES (4u * LIM_DOORS_JSON)
#define DAY 86400

static int64_t now_s(void)
{
    return (int64_t)time(NULL);
}

static void path_of(const struct core *c, char out[LIM_PATH + 16])
{
    snprintf(out, LIM_PATH + 16, "%s/doors.json", c->dir);
}

/* ---- the disk ------------------------------------------------------------------------------ */

/* How many advisories of each door, the gravest, until it fits. */
static const unsigned ROOM[] = {LIM_DOOR_ADVISORIES, 4, 0};
#define ROOMS (sizeof ROOM / sizeof *ROOM)

/* Takes `o` (NULL: no memory).  MM_OK; MM_ELIMIT: nothing was appended. */
static int put_json(json_t *o, struct buf *out)
{
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    int rc = text ? buf_adds(out, text) : MM_ENOMEM;

    free(text);
    json_decref(o);
    return rc;
}

static json_t *saved(const struct core *c, unsigned advisories)
{
    json_t *all = doors_save(&c->doors, &c->posture, advisories), *policy = json_array();

    for (unsigned i = 0; i < c->policy_gateways; i++)
        json_array_append_new(policy, doors_text(c->policy_gateway[i]));
    json_object_set_new(all, "policy", policy);
    return all;
}

/* Never more than load() reads. */
static int keep(struct core *c)
{
    char path[LIM_PATH + 16];
    int rc = MM_ELIMIT;
    struct buf text;

    buf_init(&text, FILE_BYTES);
    for (unsigned i = 0; i < ROOMS && rc == MM_ELIMIT; i++)
        rc = put_json(saved(c, ROOM[i]), &text);
    path_of(c, path);
    if (!rc)
        rc = durable_write(path, text.data, text.len, 0600);
    buf_fini(&text);
    if (rc)
        log_error("%s: %s", path, mm_strerror(rc));
    return rc;
}

static void load_policy(struct core *c, const json_t *list)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
        if (json_is_string(item) && json_string_length(item) < LIM_NAME && c->policy_gateways < LIM_GATEWAYS)
            snprintf(c->policy_gateway[c->policy_gateways++], LIM_NAME, "%s", json_string_value(item));
}

static void load(struct core *c)
{
    char path[LIM_PATH + 16];
    struct buf b;
    json_t *all;

    path_of(c, path);
    buf_init(&b, FILE_BYTES);
    if (durable_read(path, &b) == MM_OK) {
        all = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
        if (!all || doors_load(all, &c->doors, &c->posture))
            log_error("%s is damaged: the next round fills it anew, what people stated is lost", path);
        load_policy(c, json_object_get(all, "policy"));
        json_decref(all);
    }
    buf_fini(&b);
}

void register_open(struct core *c)
{
    doors_init(&c->doors);
    if (basics_init(&c->posture))
        log_error("%s", mm_strerror(MM_ENOMEM));
    load(c);
    gateways_doors(c, &c->doors); /* named ones are there from the first moment, as not checked */
    doors_judge(&c->doors, &c->doors, now_s());
}

void register_close(struct core *c)
{
    doors_fini(&c->doors);
    basics_fini(&c->posture);
}

/* ---- telling ------------------------------------------------------------------------------------ */

static void say(char *out, size_t room, const struct door *d, enum text_lang lang)
{
    const char *args[DOOR_ARGS];
    struct buf b;

    for (unsigned i = 0; i < d->args; i++)
        args[i] = d->arg[i];
    buf_init(&b, room - 1);
    if (text_format_in(&b, d->reason, lang, args, d->args))
        buf_reset(&b);
    snprintf(out, room, "%s", b.data && b.len ? b.data : d->reason);
    buf_fini(&b);
}

static void day_into(char out[LIM_TAG], int64_t day)
{
    out[0] = '\0';
    if (day > 0)
        rfc3339_format_day(day, out);
}

static void fill_advisory(struct event_advisory *to, const struct vpn_advisory *from)
{
    int64_t released;

    to->severity = from->severity;
    to->kev = from->kev;
    memcpy(to->cve, from->cve, sizeof to->cve);
    memcpy(to->cvss, from->cvss, sizeof to->cvss);
    memcpy(to->released, from->released, sizeof to->released);
    memcpy(to->fixed, from->fixed, sizeof to->fixed);
    memcpy(to->title_ja, from->title_ja, sizeof to->title_ja);
    memcpy(to->title_en, from->title_en, sizeof to->title_en);
    memcpy(to->reference, from->reference, sizeof to->reference);
    if (door_on_the_clock(from, &released))
        day_into(to->due, released + DOOR_DAYS);
}

static void tell_door(struct core *c, const struct door *d, enum event_activity activity)
{
    struct event_finding *f = calloc(1, sizeof *f);
    struct event e = {.kind = EV_VULNERABILITY, .activity = activity};
    char version[LIM_TAG];
    enum door_source from;

    if (!f)
        return;
    (void)door_version(d, f->product, version, f->model, &from);
    snprintf(f->version, sizeof f->version, "%s", version);
    snprintf(f->door, sizeof f->door, "%s", d->id);
    snprintf(f->name, sizeof f->name, "%.*s", LIM_TITLE - 1, d->name);
    memcpy(f->product_name, d->product_name, sizeof f->product_name);
    snprintf(f->verdict, sizeof f->verdict, "%s", door_verdict_word(d->verdict));
    day_into(f->due, d->due);
    say(f->reason_ja, sizeof f->reason_ja, d, TEXT_JA);
    say(f->reason_en, sizeof f->reason_en, d, TEXT_EN);
    f->advisories_total = d->advisories_total;
    for (; f->advisories < d->advisories && f->advisories < LIM_FINDING_ADVISORIES; f->advisories++)
        fill_advisory(&f->advisory[f->advisories], &d->advisory[f->advisories]);
    snprintf(e.subject, sizeof e.subject, "%.*s", LIM_RULE - 1, d->id);
    recorder_add_finding(c->recorder, &e, f);
    free(f);
}

/* What changed since it was told last; `d->told` is what is told now. */
static bool tell_changed(struct core *c, struct door *d)
{
    char now[LIM_NAME] = "";

    if (d->verdict == VERDICT_SILENT && d->told[0])
        return false; /* a gateway that does not answer has not been mended */
    if (!strcmp(d->reason, "door.unchecked"))
        return false; /* nobody looked: no news */
    if (d->answer == ANSWER_STRANGER && now_s() - d->stranger_since < (int64_t)DOOR_STRANGER_DAYS * DAY)
        return false; /* a laptop that is elsewhere */
    if (door_finding(d))
        door_told(d, now);
    if (!strcmp(now, d->told))
        return false;
    tell_door(c, d, !d->told[0] ? ACT_CREATE : now[0] ? ACT_UPDATE : ACT_CLOSE);
    memcpy(d->told, now, sizeof d->told);
    return true;
}

static void tell_gone(struct core *c, const struct doors *before, const struct doors *now)
{
    for (unsigned i = 0; i < before->count; i++) {
        struct door gone = before->door[i];

        if (!gone.told[0] || doors_find(now, gone.id))
            continue;
        gone.verdict = VERDICT_OK;
        snprintf(gone.reason, sizeof gone.reason, "door.gone");
        gone.args = 0;
        tell_door(c, &gone, ACT_CLOSE);
    }
}

static void tell_program(struct core *c, const struct door_software *s, const char *old_version, enum event_activity activity)
{
    struct event_finding *f = calloc(1, sizeof *f);
    struct event e = {.kind = EV_INVENTORY, .activity = activity, .severity = SEV_INFO};

    if (!f)
        return;
    snprintf(e.subject, sizeof e.subject, "%.100s", s->name);
    snprintf(f->name, sizeof f->name, "%.*s", LIM_TITLE - 1, s->name);
    snprintf(f->product, sizeof f->product, "%.*s", LIM_TAG - 1, s->name);
    snprintf(f->product_name, sizeof f->product_name, "%.*s", LIM_TITLE - 1, s->name);
    snprintf(f->maker, sizeof f->maker, "%.*s", LIM_TITLE - 1, s->maker);
    snprintf(f->manager, sizeof f->manager, "%s", s->manager);
    snprintf(f->version, sizeof f->version, "%.*s", LIM_VERSION - 1, activity == ACT_CLOSE ? "" : s->version);
    snprintf(f->old_version, sizeof f->old_version, "%.*s", LIM_VERSION - 1, activity == ACT_CLOSE ? s->version : old_version);
    recorder_add_finding(c->recorder, &e, f);
    free(f);
}

static const struct door_software *find_program(const struct doors *d, const char *name)
{
    for (unsigned i = 0; i < d->softwares; i++)
        if (!strcmp(d->software[i].name, name))
            return &d->software[i];
    return NULL;
}

static void tell_software(struct core *c, const struct doors *before, const struct doors *now)
{
    for (unsigned i = 0; i < now->softwares; i++) {
        const struct door_software *s = &now->software[i], *old = find_program(before, s->name);

        if (!old)
            tell_program(c, s, "", ACT_CREATE);
        else if (strcmp(old->version, s->version))
            tell_program(c, s, old->version, ACT_UPDATE);
    }
    for (unsigned i = 0; i < before->softwares; i++)
        if (!find_program(now, before->software[i].name))
            tell_program(c, &before->software[i], "", ACT_CLOSE);
}

static bool tell_posture(struct core *c, struct basics *p)
{
    bool changed = false;

    for (unsigned a = 1; a <= BASICS_ARTICLES; a++) {
        enum basics_state state = basics_article(p, a, now_s()), old = p->told[a - 1];
        struct event e = {.kind = EV_STATE, .activity = ACT_POSTURE, .severity = state == BASICS_UNMET ? SEV_MEDIUM : SEV_INFO};

        if (state == old)
            continue;
        changed = true;
        p->told[a - 1] = state;
        snprintf(e.subject, sizeof e.subject, "posture.%u", a);
        snprintf(e.old_state, sizeof e.old_state, "%s", old == BASICS_STATES ? "" : basics_word(old));
        snprintf(e.new_state, sizeof e.new_state, "%s", basics_word(state));
        recorder_add(c->recorder, &e, 0);
    }
    return changed;
}

static bool tell_all(struct core *c)
{
    bool changed = false;

    for (unsigned i = 0; i < c->doors.count; i++)
        changed |= tell_changed(c, &c->doors.door[i]);
    return tell_posture(c, &c->posture) || changed;
}

/* The journal takes nothing: the recorder keeps the grave ones in memory, the others come at the next look. */
static void tell_grave(struct core *c)
{
    for (unsigned i = 0; i < c->doors.count; i++)
        if (c->doors.door[i].verdict == VERDICT_OVERDUE || c->doors.door[i].verdict == VERDICT_EXPOSED)
            (void)tell_changed(c, &c->doors.door[i]);
}

struct told { char door[LIM_DOORS][LIM_NAME]; enum basics_state article[BASICS_ARTICLES]; };

/* All that changed, as one group of events with one fsync.  True when there was something to tell. */
static bool tell(struct core *c)
{
    struct told *was = malloc(sizeof *was);
    bool changed;

    if (!was)
        return tell_all(c);
    for (unsigned i = 0; i < c->doors.count; i++)
        memcpy(was->door[i], c->doors.door[i].told, LIM_NAME);
    memcpy(was->article, c->posture.told, sizeof was->article);
    recorder_begin(c->recorder);
    changed = tell_all(c);
    if (!recorder_end(c->recorder)) {
        for (unsigned i = 0; i < c->doors.count; i++)
            memcpy(c->doors.door[i].told, was->door[i], LIM_NAME);
        memcpy(c->posture.told, was->article, sizeof was->article);
        tell_grave(c);
    }
    free(was);
    return changed;
}

/* Everybody who is shown the register learns that it changed.  MM_OK, or why the disk did not take it. */
static int publish(struct core *c)
{
    int rc = keep(c);

    uplink_doors_now(c->uplink);
    return rc;
}

/* ---- rounds and time ------------------------------------------------------------------------------ */

void register_copy(struct core *c, struct round *r)
{
    doors_copy(&r->fresh, &c->doors);
}

/* The survey's part of the posture, or the one before when there is none; what people stated stays. */
static void take_posture(struct core *c, struct round *r)
{
    if (r->versions_only || r->survey.failed || !r->posture.checked_at)
        return;
    memcpy(r->posture.stated, c->posture.stated, sizeof r->posture.stated);
    memcpy(r->posture.told, c->posture.told, sizeof r->posture.told);
    basics_fini(&c->posture);
    c->posture = r->posture;
    if (basics_init(&r->posture))
        log_error("%s", mm_strerror(MM_ENOMEM));
}

static void take_lists(struct doors *to, struct doors *from)
{
    to->candidate = from->candidate;
    to->candidates = from->candidates;
    to->software = from->software;
    to->softwares = from->softwares;
    from->candidate = NULL;
    from->software = NULL;
    from->candidates = from->softwares = 0;
}

void register_take(struct core *c, struct round *r)
{
    struct doors before;

    if (r->versions_only || r->fresh.survey_failed)
        take_lists(&r->fresh, &c->doors);
    else
        tell_software(c, &c->doors, &r->fresh);
    gateways_doors(c, &r->fresh); /* named while the round was under way */
    doors_carry(&r->fresh, &c->doors);
    if (!r->versions_only && !r->fresh.survey_failed)
        r->fresh.checked_at = now_s();
    else
        r->fresh.checked_at = c->doors.checked_at;
    doors_judge(&r->fresh, &c->doors, now_s());
    before = c->doors;
    c->doors = r->fresh;
    doors_init(&r->fresh);
    take_posture(c, r);
    tell_gone(c, &before, &c->doors);
    doors_fini(&before);
    (void)tell(c);
    (void)publish(c);
}

/* Judge and tell; true when there was something to tell. */
static bool go_through(struct core *c)
{
    doors_judge(&c->doors, &c->doors, now_s());
    return tell(c);
}

void register_tick(struct core *c)
{
    if (go_through(c))
        (void)publish(c);
}

/* ---- statements -------------------------------------------------------------------------------------- */

/* Who said what, and why: what is taken back or replaced stands nowhere else. */
static void tell_statement(struct core *c, const struct control_statement *st)
{
    const char *what = st->version[0] ? st->version : st->mitigation[0] ? st->mitigation : st->certificate[0] ? st->certificate : st->date;
    struct event e = {.kind = EV_STATE, .activity = ACT_POLICY, .severity = SEV_INFO};

    snprintf(e.subject, sizeof e.subject, "%.*s", LIM_RULE - 1, st->id);
    snprintf(e.title_ja, sizeof e.title_ja, "%s", text_in("did.door.statement", TEXT_JA));
    snprintf(e.title_en, sizeof e.title_en, "%s", text_in("did.door.statement", TEXT_EN));
    snprintf(e.detail, sizeof e.detail, "%.100s: %.80s%s%.*s", st->by, what, st->reason[0] ? ", " : "", LIM_TITLE - 1, st->reason);
    recorder_add(c->recorder, &e, 0);
}

static int state_posture(struct core *c, const struct control_statement *st)
{
    static const char *const IDS[BASICS_STATEMENTS] = {[BASICS_THREATS] = "posture:threats", [BASICS_RESTORE] = "posture:restore_test"};

    for (unsigned k = 0; k < BASICS_STATEMENTS; k++) {
        struct basics_statement *to = &c->posture.stated[k];

        if (strcmp(st->id, IDS[k]))
            continue;
        if (!st->date[0] || rfc3339_parse_day(st->date, &to->day))
            return MM_EINVAL;
        memcpy(to->by, st->by, sizeof to->by);
        to->at = now_s();
        tell_statement(c, st);
        (void)tell_posture(c, &c->posture);
        return publish(c);
    }
    return MM_ENOTFOUND;
}

static void state_mitigation(struct door *d, const struct control_statement *st)
{
    memset(&d->mitigation, 0, sizeof d->mitigation);
    if (!strcmp(st->mitigation, "none"))
        return; /* taken back */
    memcpy(d->mitigation.by, st->by, sizeof d->mitigation.by);
    memcpy(d->mitigation.what, st->mitigation, sizeof d->mitigation.what);
    memcpy(d->mitigation.reason, st->reason, sizeof d->mitigation.reason);
    door_openness(d, d->mitigation.covers);
    d->mitigation.at = now_s();
}

static void state_version(struct door *d, const struct control_statement *st)
{
    memcpy(d->stated.by, st->by, sizeof d->stated.by);
    memcpy(d->stated.product, st->product, sizeof d->stated.product);
    memcpy(d->stated.model, st->model, sizeof d->stated.model);
    memcpy(d->stated.version, st->version, sizeof d->stated.version);
    d->stated.at = now_s();
    door_forget_advisories(d); /* they were asked for another version: until they are asked anew nobody knows */
}

/* A whole key, the beginning of the one that was shown last, or "none": whoever answers next is believed. */
static int state_certificate(struct door *d, const char *key)
{
    size_t n = strlen(key);
    bool whole = n == sizeof d->key - 1, none = !strcmp(key, "none");

    if (d->kind != DOOR_GATEWAY)
        return MM_EINVAL;
    if (!whole && !none && strncmp(d->seen_key, key, n))
        return MM_ESTATE;
    snprintf(d->key, sizeof d->key, "%s", none ? "" : whole ? key : d->seen_key);
    d->key_at = now_s();
    return MM_OK;
}

int register_declare(struct core *c, const struct control_statement *st)
{
    struct door *d = doors_find(&c->doors, st->id);
    int rc = MM_OK;

    if (!d)
        return state_posture(c, st);
    if (st->mitigation[0])
        state_mitigation(d, st);
    else if (st->version[0] && (d->kind == DOOR_GATEWAY || d->package == PACKAGE_UNOWNED))
        state_version(d, st);
    else
        rc = st->certificate[0] ? state_certificate(d, st->certificate) : MM_EINVAL;
    if (rc)
        return rc;
    tell_statement(c, st);
    (void)go_through(c);
    rc = publish(c);
    if (st->version[0] || st->certificate[0])
        round_soon(c, !st->certificate[0]); /* the gateway is asked again when its key is another one */
    return rc;
}

int register_policy(struct core *c, const json_t *gateways)
{
    int rc;

    c->policy_gateways = 0;
    load_policy(c, gateways);
    gateways_doors(c, &c->doors);
    (void)go_through(c);
    rc = publish(c);
    round_soon(c, false);
    return rc;
}

static void take_text(const json_t *o, const char *key, char *out, size_t room)
{
    const char *s = json_string_value(json_object_get(o, key));

    snprintf(out, room, "%s", s ? s : "");
}

/* The arguments were judged where the command was verified (lib/command.h): here they are only taken apart. */
int register_order(struct core *c, const struct core_order *order)
{
    json_t *args = json_loads(order->args, JSON_REJECT_DUPLICATES, NULL);
    struct control_statement st;
    int rc = MM_OK;

    memset(&st, 0, sizeof st);
    if (args && order->action == ORDER_POLICY) {
        rc = register_policy(c, json_object_get(args, "gateways"));
    } else if (args && order->action == ORDER_DECLARE) {
        take_text(args, "id", st.id, sizeof st.id);
        take_text(args, "product", st.product, sizeof st.product);
        take_text(args, "model", st.model, sizeof st.model);
        take_text(args, "version", st.version, sizeof st.version);
        take_text(args, "certificate", st.certificate, sizeof st.certificate);
        take_text(args, "mitigation", st.mitigation, sizeof st.mitigation);
        take_text(args, "reason", st.reason, sizeof st.reason);
        take_text(args, "date", st.date, sizeof st.date);
        memcpy(st.by, order->by, sizeof st.by);
        rc = register_declare(c, &st);
    } else {
        rc = MM_EFORMAT;
    }
    if (rc)
        log_warn("the console's statement about %s was not taken: %s", st.id, mm_strerror(rc));
    json_decref(args);
    return rc;
}

/* ---- for who asks ------------------------------------------------------------------------------------- */

/* With as many advisories of each door as there is room for. */
static json_t *whole(struct core *c, unsigned advisories)
{
    return json_pack("{s:o, s:o}", "vpn", doors_json(&c->doors, now_s(), c->round->running, advisories), "posture",
                     posture_json(&c->posture, now_s()));
}

int register_json(struct core *c, bool posture, struct buf *out)
{
    int rc = MM_ELIMIT;

    if (posture)
        return put_json(posture_json(&c->posture, now_s()), out);
    for (unsigned i = 0; i < ROOMS && rc == MM_ELIMIT; i++)
        rc = put_json(doors_json(&c->doors, now_s(), c->round->running, ROOM[i]), out);
    return rc;
}

int register_report(struct core *c, struct buf *out)
{
    int rc = MM_ELIMIT;

    if (!c->doors.checked_at)
        return MM_ENOTFOUND;
    for (unsigned i = 0; i < ROOMS && rc == MM_ELIMIT; i++)
        rc = put_json(whole(c, ROOM[i]), out);
    return rc;
}

void register_status(struct core *c, struct control_doors *out)
{
    out->since = c->round ? c->round->since_s : 0;
    out->checked_at = c->doors.checked_at;
    snprintf(out->overall, sizeof out->overall, "%s", doors_overall(&c->doors));
    out->total = c->doors.count;
    out->failed = c->doors.survey_failed || c->doors.probe_failed || c->doors.judge_failed;
    out->incomplete = c->doors.incomplete;
    for (unsigned i = 0; i < c->doors.count; i++) {
        enum door_verdict v = c->doors.door[i].verdict;

        out->overdue += v == VERDICT_OVERDUE;
        out->exposed += v == VERDICT_EXPOSED;
        out->unknown += v == VERDICT_UNKNOWN || v == VERDICT_SILENT || v == VERDICT_INVALID;
    }
    for (unsigned a = 1; a <= BASICS_ARTICLES; a++) {
        enum basics_state s = basics_article(&c->posture, a, now_s());

        out->met += s == BASICS_MET;
        out->partly += s == BASICS_PARTLY;
        out->unmet += s == BASICS_UNMET;
        out->not_known += s == BASICS_UNKNOWN;
    }
}
