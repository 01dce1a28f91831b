/* How one door stands: the facts of struct door in, verdict, colour, reason and
 * dates out.  The patch clock is the 14-day rule of domain.md: what is critical
 * or high, exploited, or of no known level is due 14 days after its release. */
#include <stdio.h>
#include <string.h>

#include "agent/detect/doors.h"
#include "lib/event.h"
#include "lib/rfc3339.h"

#define DAY 86400
#define YELLOW_DAYS 7   /* colours by days since the release (docs/doors.md) */
#define ORANGE_DAYS 10

/* ---- telling --------------------------------------------------------------------------- */

static void conclude(struct door *d, enum door_verdict verdict, enum door_colour colour, const char *reason)
{
    d->verdict = verdict;
    d->colour = colour;
    snprintf(d->reason, sizeof d->reason, "%s", reason);
    d->args = 0;
}

static void say(struct door *d, const char *text)
{
    if (d->args < DOOR_ARGS)
        snprintf(d->arg[d->args++], sizeof d->arg[0], "%s", text);
}

static void say_number(struct door *d, int64_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%lld", (long long)n);
    say(d, text);
}

/* ---- the patch clock ---------------------------------------------------------------------- */

int64_t door_days_left(const struct door *door, int64_t now)
{
    return door->due ? door->due - now / DAY : 0;
}

static enum door_colour colour_of(int64_t age)
{
    if (age >= DOOR_DAYS)
        return COLOUR_RED;
    return age >= ORANGE_DAYS ? COLOUR_ORANGE : age >= YELLOW_DAYS ? COLOUR_YELLOW : COLOUR_GREEN;
}

/* The oldest update that is missing has been out since day `released`, the newest since `newest`: due or overdue. */
static void run_clock(struct door *d, int64_t released, int64_t newest, int64_t now)
{
    int64_t today = now / DAY, over;

    d->released = released;
    d->due = released + DOOR_DAYS;
    over = today - d->due;
    if (over > 0) {
        conclude(d, VERDICT_OVERDUE, COLOUR_RED, "door.overdue");
        say_number(d, over);
    } else if (over == 0) {
        conclude(d, VERDICT_DUE, COLOUR_RED, "door.due.today");
    } else {
        conclude(d, VERDICT_DUE, colour_of(today - released), "door.due");
        say_number(d, -over);
    }
    if (over <= 0 || !d->mitigation.by[0] || newest > d->mitigation.at / DAY)
        return; /* what came out after a mitigation was recorded was not weighed when it was */
    d->colour = COLOUR_ORANGE; /* a recorded mitigation takes the red out, not the date */
    snprintf(d->reason, sizeof d->reason, "door.mitigated.%.16s", d->mitigation.what);
}

bool door_on_the_clock(const struct vpn_advisory *a, int64_t *released)
{
    return (a->kev || a->severity >= SEV_HIGH || a->severity == SEV_UNKNOWN) && !rfc3339_parse_day(a->released, released);
}

/* ---- versions ----------------------------------------------------------------------------------- */

int door_version(const struct door *door, char product[LIM_TAG], char version[LIM_TAG], char model[LIM_NAME], enum door_source *from)
{
    /* what the device itself told goes first, but what a person says later than the last that was heard of it */
    bool told = door->version[0] && (door->answer == ANSWER_GIVEN || !door->identity_at || door->stated.at <= door->identity_at);
    /* what a person said of another product says nothing about this one */
    bool fits = !door->product[0] || !door->stated.product[0] || !strcmp(door->product, door->stated.product);

    snprintf(product, LIM_TAG, "%s", door->product[0] ? door->product : door->stated.product);
    told |= door->version[0] && (!fits || !door->stated.version[0]);
    snprintf(version, LIM_TAG, "%s", told ? door->version : fits ? door->stated.version : "");
    snprintf(model, LIM_NAME, "%s", door->model[0] ? door->model : fits ? door->stated.model : "");
    *from = told ? door->version_from : version[0] ? VERSION_PERSON : VERSION_NONE;
    return product[0] && version[0];
}

static bool stale(const struct door *d, int64_t now)
{
    return d->stated.by[0] && (now - d->stated.at > (int64_t)DOOR_STATEMENT_DAYS * DAY || d->stated.at > now + DAY);
}

static void unknown(struct door *d, const char *reason)
{
    conclude(d, VERDICT_UNKNOWN, COLOUR_GREY, reason);
}

/* A version that the advisories were asked about. */
static void judge_version(struct door *d, const char *version, enum door_source from, int64_t now)
{
    int64_t oldest = INT64_MAX, newest = 0, day;

    for (unsigned i = 0; i < d->advisories; i++) {
        if (!door_on_the_clock(&d->advisory[i], &day))
            continue;
        oldest = day < oldest ? day : oldest;
        newest = day > newest ? day : newest;
    }
    if (oldest != INT64_MAX) {
        run_clock(d, oldest, newest, now);
        return;
    }
    if (d->advisories_total && !d->advisories) {
        unknown(d, "door.unknown.judge"); /* there are some, and they are lost */
        return;
    }
    if (d->advisories) {
        conclude(d, VERDICT_MINOR, COLOUR_GREEN, "door.minor");
        say(d, version);
        return;
    }
    if (from == VERSION_PERSON && stale(d, now)) {
        conclude(d, VERDICT_UNKNOWN, COLOUR_YELLOW, "door.stated.stale");
        say_number(d, (now - d->stated.at) / DAY);
        return;
    }
    if (from != VERSION_PERSON && now - (d->identity_at ? d->identity_at : d->checked_at) > (int64_t)DOOR_STATEMENT_DAYS * DAY) {
        conclude(d, VERDICT_SILENT, COLOUR_GREY, "door.silent");
        return;
    }
    conclude(d, VERDICT_OK, COLOUR_GREEN, "door.ok.version");
    say(d, version);
}

/* A product that rules may know; `nothing` is the reason when none is known, `hidden` when its version is not. */
static void judge_known(struct door *d, int64_t now, const char *nothing, const char *hidden)
{
    char product[LIM_TAG], version[LIM_TAG], model[LIM_NAME];
    enum door_source from;
    int both = door_version(d, product, version, model, &from);

    if (!product[0]) {
        unknown(d, nothing);
    } else if (!both) {
        unknown(d, hidden);
    } else if (d->judged == JUDGED_YES && now - d->judged_at > (int64_t)DOOR_LOOK_DAYS * DAY && !d->advisories) {
        unknown(d, "door.unknown.judge"); /* for days nobody compared it with the list of today */
    } else if (d->judged == JUDGED_YES) {
        judge_version(d, version, from, now);
    } else if (d->judged == JUDGED_VERSION_UNREADABLE) {
        unknown(d, "door.unknown.format");
        say(d, version);
    } else {
        unknown(d, d->judged == JUDGED_NOT ? "door.unknown.judge" : "door.unknown.rules");
    }
}

/* ---- by kind --------------------------------------------------------------------------------------- */

static void judge_gateway(struct door *d, int64_t now)
{
    static const char *const NOTHING[] = {[ANSWER_NOT_ASKED] = "door.unchecked", [ANSWER_SILENT] = "door.silent",
                                          [ANSWER_INVALID] = "door.invalid", [ANSWER_GIVEN] = "door.unknown.product",
                                          [ANSWER_FAILED] = "door.unknown.probe", [ANSWER_STRANGER] = "door.stranger"};

    if (d->answer == ANSWER_INVALID) {
        conclude(d, VERDICT_INVALID, COLOUR_ORANGE, "door.invalid");
        return;
    }
    judge_known(d, now, NOTHING[d->answer], "door.unknown.version");
    if (d->answer == ANSWER_SILENT && !d->product[0] && !d->stated.product[0])
        d->verdict = VERDICT_SILENT;
    if (d->answer == ANSWER_STRANGER && d->verdict != VERDICT_DUE && d->verdict != VERDICT_OVERDUE)
        conclude(d, VERDICT_UNKNOWN, COLOUR_YELLOW, "door.stranger"); /* nothing good is known of it as long as somebody else answers */
}

/* The newer package is a security update.  Its day is a latest one (lists are signed anew every day): the clock runs from the
 * earlier of it and the first sight here. */
static void judge_security(struct door *d, int64_t now)
{
    int64_t seen = (d->security_since ? d->security_since : now) / DAY, day = d->package_released && d->package_released < seen ? d->package_released : seen;

    run_clock(d, day, day, now);
    if (d->package_released || d->verdict == VERDICT_OVERDUE)
        return;
    d->released = 0;
    conclude(d, VERDICT_DUE, d->colour, "door.behind.security");
    say(d, d->candidate);
}

static void judge_unknown_package(struct door *d)
{
    if (!strcmp(d->package_reason, "old")) {
        unknown(d, "door.unknown.package.old");
        say_number(d, d->package_days);
    } else {
        unknown(d, !strcmp(d->package_reason, "support") ? "door.unknown.package.support" : "door.unknown.package");
    }
}

static void judge_program(struct door *d, int64_t now)
{
    switch (d->package) {
    case PACKAGE_CURRENT:
        conclude(d, VERDICT_OK, COLOUR_GREEN, "door.ok.package");
        say(d, d->version);
        return;
    case PACKAGE_BEHIND:
        if (d->security) {
            judge_security(d, now);
            return;
        }
        conclude(d, VERDICT_MINOR, COLOUR_GREEN, "door.behind");
        say(d, d->candidate);
        return;
    case PACKAGE_UNOWNED:
        judge_known(d, now, "door.unknown.file", "door.unknown.file");
        return;
    case PACKAGE_NONE:
    case PACKAGE_UNKNOWN: break;
    }
    judge_unknown_package(d);
}

void door_openness(const struct door *d, char out[LIM_NAME])
{
    out[0] = '\0';
    if (d->kind == DOOR_LISTENER)
        snprintf(out, LIM_NAME, "%d:%u:%u:%s", d->firewall, d->port, d->mapped_port, d->mapped_to);
    else if (d->kind == DOOR_SSH)
        snprintf(out, LIM_NAME, "%d:%d:%d:%d", d->ssh_password, d->ssh_root, d->ssh_empty, d->ssh_unsure);
}

/* A mitigation covers a door that stands open as it did when it was recorded, and no other way.  It takes the gravest back a step:
 * what anybody on the internet may use stays exposed. */
static void cover(struct door *d)
{
    char now[LIM_NAME];

    door_openness(d, now);
    if (d->verdict != VERDICT_EXPOSED || !d->mitigation.by[0] || strcmp(now, d->mitigation.covers))
        return;
    if (d->colour != COLOUR_RED)
        d->verdict = VERDICT_MINOR;
    d->colour = d->colour == COLOUR_RED ? COLOUR_ORANGE : COLOUR_YELLOW;
    snprintf(d->reason, sizeof d->reason, "door.accepted.%.16s", d->mitigation.what);
    d->args = 0;
}

static void judge_listener(struct door *d)
{
    static const struct { const char *reason; enum door_verdict verdict; enum door_colour colour; } ROW[] = {
        [FIREWALL_UNKNOWN] = {"door.exposed.unknown", VERDICT_UNKNOWN, COLOUR_GREY},
        [FIREWALL_OPEN] = {"door.exposed.open", VERDICT_EXPOSED, COLOUR_ORANGE},
        [FIREWALL_LIMITED] = {"door.exposed.limited", VERDICT_OK, COLOUR_GREEN},
        [FIREWALL_CLOSED] = {"door.closed", VERDICT_OK, COLOUR_GREEN},
    };

    if (d->mapped_port && d->firewall != FIREWALL_CLOSED) {
        conclude(d, VERDICT_EXPOSED, COLOUR_RED, "door.exposed.port_mapping");
        say_number(d, d->mapped_port);
        say(d, d->mapped_to);
    } else {
        conclude(d, ROW[d->firewall].verdict, ROW[d->firewall].colour, ROW[d->firewall].reason);
    }
    say_number(d, d->port);
}

static void judge_ssh(struct door *d)
{
    if (!d->ssh_known || (d->ssh_unsure && !d->ssh_empty && !d->ssh_root && !d->ssh_password))
        unknown(d, "door.ssh.unknown");
    else if (d->ssh_empty)
        conclude(d, VERDICT_EXPOSED, COLOUR_RED, "door.ssh.empty");
    else if (d->ssh_root)
        conclude(d, VERDICT_EXPOSED, COLOUR_RED, "door.ssh.root");
    else if (d->ssh_password)
        conclude(d, VERDICT_EXPOSED, COLOUR_ORANGE, "door.ssh.password");
    else
        conclude(d, VERDICT_OK, COLOUR_GREEN, "door.ssh.ok");
}

void door_judge(struct door *d, int64_t now)
{
    d->released = d->due = 0;
    if (d->kind != DOOR_GATEWAY && (now - d->checked_at > (int64_t)DOOR_LOOK_DAYS * DAY || d->checked_at > now + DAY)) {
        unknown(d, "door.unchecked");
        return;
    }
    switch (d->kind) {
    case DOOR_GATEWAY: judge_gateway(d, now); return;
    case DOOR_PROGRAM: judge_program(d, now); return;
    case DOOR_LISTENER: judge_listener(d); cover(d); return;
    case DOOR_SSH: judge_ssh(d); cover(d); return;
    case DOOR_KINDS: break;
    }
    unknown(d, "door.unchecked");
}

int door_finding(const struct door *door)
{
    return door->verdict != VERDICT_OK && door->verdict != VERDICT_SILENT;
}
