/* Verdicts of doors, the patch clock, what lasts from one round to the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/detect/doors.h"
#include "lib/event.h"
#include "lib/rfc3339.h"

#define DAY INT64_C(86400)
#define NOW (20785 * DAY + 3600) /* 2026-11-28, an hour after midnight */

static void day_text(char out[LIM_TAG], int64_t seconds)
{
    rfc3339_format_day(seconds / DAY, out);
}

/* A gateway that told product and version, with one advisory released `age` days before NOW. */
static struct door *gateway(struct doors *d, uint32_t severity, bool kev, int64_t age)
{
    struct door *g = doors_add(d, "gateway:vpn.example.co.jp:443", DOOR_GATEWAY, "vpn.example.co.jp:443");

    snprintf(g->product, sizeof g->product, "%s", "fortios");
    snprintf(g->version, sizeof g->version, "%s", "7.2.4");
    g->version_from = VERSION_ANSWER;
    g->answer = ANSWER_GIVEN;
    g->judged = JUDGED_YES;
    g->checked_at = g->judged_at = NOW;
    free(g->advisory);
    g->advisory = age < 0 ? NULL : calloc(1, sizeof *g->advisory);
    g->advisories = g->advisories_total = age < 0 ? 0 : 1;
    if (g->advisory) {
        g->advisory->severity = severity;
        g->advisory->kev = kev;
        snprintf(g->advisory->cve, sizeof g->advisory->cve, "%s", "CVE-2023-27997");
        day_text(g->advisory->released, NOW - age * DAY);
    }
    return g;
}

static void clock_runs(void **state)
{
    static const struct { int64_t age; enum door_verdict verdict; enum door_colour colour; int64_t left; const char *reason, *arg; } ROWS[] = {
        {0, VERDICT_DUE, COLOUR_GREEN, 14, "door.due", "14"},      {6, VERDICT_DUE, COLOUR_GREEN, 8, "door.due", "8"},
        {7, VERDICT_DUE, COLOUR_YELLOW, 7, "door.due", "7"},       {9, VERDICT_DUE, COLOUR_YELLOW, 5, "door.due", "5"},
        {10, VERDICT_DUE, COLOUR_ORANGE, 4, "door.due", "4"},      {13, VERDICT_DUE, COLOUR_ORANGE, 1, "door.due", "1"},
        {14, VERDICT_DUE, COLOUR_RED, 0, "door.due.today", NULL},  {15, VERDICT_OVERDUE, COLOUR_RED, -1, "door.overdue", "1"},
        {26, VERDICT_OVERDUE, COLOUR_RED, -12, "door.overdue", "12"},
    };
    struct doors d;

    (void)state;
    doors_init(&d);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct door *g = gateway(&d, SEV_CRITICAL, false, ROWS[i].age);

        door_judge(g, NOW);
        assert_int_equal(g->verdict, ROWS[i].verdict);
        assert_int_equal(g->colour, ROWS[i].colour);
        assert_int_equal(door_days_left(g, NOW), ROWS[i].left);
        assert_string_equal(g->reason, ROWS[i].reason);
        if (ROWS[i].arg)
            assert_string_equal(g->arg[0], ROWS[i].arg);
        else
            assert_int_equal(g->args, 0);
    }
    doors_fini(&d);
}

static void levels(void **state)
{
    struct doors d;
    struct door *g;

    (void)state;
    doors_init(&d);
    g = gateway(&d, SEV_MEDIUM, false, 100);
    door_judge(g, NOW);
    assert_int_equal(g->verdict, VERDICT_MINOR);
    g = gateway(&d, SEV_LOW, true, 100); /* exploited: counts whatever its score */
    door_judge(g, NOW);
    assert_int_equal(g->verdict, VERDICT_OVERDUE);
    g = gateway(&d, SEV_UNKNOWN, false, 100); /* no level given counts as due */
    door_judge(g, NOW);
    assert_int_equal(g->verdict, VERDICT_OVERDUE);
    g = gateway(&d, SEV_HIGH, false, -1); /* none holds it */
    door_judge(g, NOW);
    assert_int_equal(g->verdict, VERDICT_OK);
    assert_string_equal(g->reason, "door.ok.version");
    doors_fini(&d);
}

static void never_ok_by_default(void **state)
{
    static const struct { enum door_kind kind; const char *reason; } ROWS[] = {
        {DOOR_GATEWAY, "door.unchecked"}, {DOOR_PROGRAM, "door.unknown.package"}, {DOOR_LISTENER, "door.exposed.unknown"}, {DOOR_SSH, "door.ssh.unknown"}};
    struct doors d;
    struct door *g;

    (void)state;
    doors_init(&d);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct door *x;
        char id[16];

        snprintf(id, sizeof id, "x:%zu", i);
        x = doors_add(&d, id, ROWS[i].kind, id);
        x->checked_at = NOW;
        door_judge(x, NOW);
        assert_int_equal(x->verdict, VERDICT_UNKNOWN);
        assert_string_equal(x->reason, ROWS[i].reason);
        assert_true(door_finding(x));
    }
    g = gateway(&d, 0, false, -1);
    g->judged = JUDGED_NOT;
    door_judge(g, NOW);
    assert_string_equal(g->reason, "door.unknown.judge");
    g->judged = JUDGED_PRODUCT_UNKNOWN;
    door_judge(g, NOW);
    assert_string_equal(g->reason, "door.unknown.rules");
    g->judged = JUDGED_VERSION_UNREADABLE;
    door_judge(g, NOW);
    assert_string_equal(g->reason, "door.unknown.format");
    g->version[0] = '\0';
    door_judge(g, NOW);
    assert_string_equal(g->reason, "door.unknown.version");
    g->answer = ANSWER_INVALID;
    door_judge(g, NOW);
    assert_int_equal(g->verdict, VERDICT_INVALID);
    assert_string_equal(doors_overall(&d), "open");
    doors_fini(&d);
}

static void statements_age(void **state)
{
    struct doors d;
    struct door *g;
    char product[LIM_TAG], version[LIM_TAG], model[LIM_NAME];
    enum door_source from;

    (void)state;
    doors_init(&d);
    g = gateway(&d, 0, false, -1);
    snprintf(g->stated.by, sizeof g->stated.by, "%s", "operator");
    snprintf(g->stated.version, sizeof g->stated.version, "%s", "7.0.1");
    assert_true(door_version(g, product, version, model, &from));
    assert_string_equal(version, "7.2.4"); /* the device's own word first */
    assert_int_equal(from, VERSION_ANSWER);
    g->version[0] = '\0';
    g->version_from = VERSION_NONE;
    assert_true(door_version(g, product, version, model, &from));
    assert_string_equal(version, "7.0.1");
    assert_int_equal(from, VERSION_PERSON);
    g->stated.at = NOW - 30 * DAY;
    door_judge(g, NOW);
    assert_int_equal(g->verdict, VERDICT_OK);
    g->stated.at = NOW - 31 * DAY;
    door_judge(g, NOW);
    assert_int_equal(g->verdict, VERDICT_UNKNOWN);
    assert_int_equal(g->colour, COLOUR_YELLOW);
    assert_string_equal(g->reason, "door.stated.stale");
    assert_string_equal(g->arg[0], "31");
    doors_fini(&d);
}

static void mitigations_take_the_red_out(void **state)
{
    struct doors d;
    struct door *g;

    (void)state;
    doors_init(&d);
    g = gateway(&d, SEV_HIGH, true, 30);
    snprintf(g->mitigation.by, sizeof g->mitigation.by, "%s", "operator");
    snprintf(g->mitigation.what, sizeof g->mitigation.what, "%s", "separated");
    g->mitigation.at = NOW - 40 * DAY; /* before that update came out: it was not weighed */
    door_judge(g, NOW);
    assert_int_equal(g->colour, COLOUR_RED);
    assert_string_equal(g->reason, "door.overdue");
    g->mitigation.at = NOW - DAY;
    door_judge(g, NOW);
    assert_int_equal(g->verdict, VERDICT_OVERDUE);
    assert_int_equal(g->colour, COLOUR_ORANGE);
    assert_string_equal(g->reason, "door.mitigated.separated");
    assert_string_equal(g->arg[0], "16");
    doors_fini(&d);
}

static struct door *program(struct doors *d, enum door_package package, bool security)
{
    struct door *p = doors_add(d, "program:openvpn", DOOR_PROGRAM, "OpenVPN");

    p->package = package;
    p->security = security;
    p->checked_at = NOW;
    snprintf(p->product, sizeof p->product, "%s", "openvpn");
    snprintf(p->version, sizeof p->version, "%s", "2.6.3-1+deb12u2");
    snprintf(p->candidate, sizeof p->candidate, "%s", "2.6.3-1+deb12u3");
    p->version_from = VERSION_PACKAGE;
    return p;
}

static void packages(void **state)
{
    struct doors d;
    struct door *p;

    (void)state;
    doors_init(&d);
    p = program(&d, PACKAGE_CURRENT, false);
    p->advisories = 0;
    door_judge(p, NOW);
    assert_int_equal(p->verdict, VERDICT_OK); /* backports: the package's word stands, whatever the upstream number */
    p = program(&d, PACKAGE_BEHIND, false);
    door_judge(p, NOW);
    assert_int_equal(p->verdict, VERDICT_MINOR);
    assert_string_equal(p->arg[0], "2.6.3-1+deb12u3");
    p = program(&d, PACKAGE_BEHIND, true);
    door_judge(p, NOW); /* of an unknown day: the clock runs from the first sight */
    assert_int_equal(p->verdict, VERDICT_DUE);
    assert_string_equal(p->reason, "door.behind.security");
    assert_int_equal(door_days_left(p, NOW), 14);
    p->found_at = NOW - 100 * DAY; /* since then something was not as it should be, but no security update was missing */
    door_judge(p, NOW);
    assert_int_equal(p->verdict, VERDICT_DUE);
    p->security_since = NOW - 15 * DAY;
    door_judge(p, NOW);
    assert_int_equal(p->verdict, VERDICT_OVERDUE);
    p->package_released = NOW / DAY - 3; /* a list signed anew: the first sight was earlier */
    door_judge(p, NOW);
    assert_int_equal(p->verdict, VERDICT_OVERDUE);
    p->security_since = 0;
    door_judge(p, NOW);
    assert_int_equal(p->verdict, VERDICT_DUE);
    assert_int_equal(door_days_left(p, NOW), 11);
    p = program(&d, PACKAGE_UNKNOWN, false);
    snprintf(p->package_reason, sizeof p->package_reason, "%s", "old");
    p->package_days = 40;
    door_judge(p, NOW);
    assert_string_equal(p->reason, "door.unknown.package.old");
    assert_string_equal(p->arg[0], "40");
    p = program(&d, PACKAGE_CURRENT, false);
    p->checked_at = NOW - 3 * DAY; /* nobody looked for three days */
    door_judge(p, NOW);
    assert_int_equal(p->verdict, VERDICT_UNKNOWN);
    assert_string_equal(p->reason, "door.unchecked");
    doors_fini(&d);
}

static void listeners_and_ssh(void **state)
{
    struct doors d;
    struct door *l, *s;

    (void)state;
    doors_init(&d);
    l = doors_add(&d, "listener:rdp:tcp:3389", DOOR_LISTENER, "xrdp tcp/3389");
    l->checked_at = NOW;
    l->port = 3389;
    l->firewall = FIREWALL_OPEN;
    door_judge(l, NOW);
    assert_int_equal(l->verdict, VERDICT_EXPOSED);
    assert_string_equal(l->arg[0], "3389");
    l->mapped_port = 33389;
    snprintf(l->mapped_to, sizeof l->mapped_to, "%s", "192.168.1.20");
    door_judge(l, NOW);
    assert_int_equal(l->colour, COLOUR_RED);
    assert_string_equal(l->reason, "door.exposed.port_mapping");
    assert_string_equal(l->arg[2], "3389");
    l->firewall = FIREWALL_CLOSED;
    door_judge(l, NOW);
    assert_int_equal(l->verdict, VERDICT_OK);
    s = doors_add(&d, "ssh:settings", DOOR_SSH, "SSH");
    s->checked_at = NOW;
    s->ssh_known = true;
    door_judge(s, NOW);
    assert_int_equal(s->verdict, VERDICT_OK);
    s->ssh_password = true;
    door_judge(s, NOW);
    assert_string_equal(s->reason, "door.ssh.password");
    s->ssh_root = true;
    door_judge(s, NOW);
    assert_string_equal(s->reason, "door.ssh.root");
    assert_int_equal(s->colour, COLOUR_RED);
    doors_fini(&d);
}

/* A round that only judges versions again looked at nothing: what the round before missed is still missing. */
static void versions_only_mends_nothing(void **state)
{
    struct doors before, now;

    (void)state;
    doors_init(&before);
    doors_init(&now);
    before.checked_at = NOW;
    before.survey_failed = before.probe_failed = before.incomplete = true;
    doors_copy(&now, &before);
    assert_true(now.survey_failed && now.probe_failed && now.incomplete);
    assert_string_equal(doors_overall(&now), "unknown");
    doors_fini(&before);
    doors_fini(&now);
}

/* A vulnerable gateway that does not answer today is still what it was. */
static void silence_mends_nothing(void **state)
{
    struct doors before, now;
    struct door *g;

    (void)state;
    doors_init(&before);
    doors_init(&now);
    gateway(&before, SEV_CRITICAL, true, 30);
    doors_judge(&before, NULL, NOW - DAY);
    g = doors_add(&now, "gateway:vpn.example.co.jp:443", DOOR_GATEWAY, "vpn.example.co.jp:443");
    g->answer = ANSWER_SILENT;
    g->checked_at = NOW;
    doors_carry(&now, &before);
    doors_judge(&now, &before, NOW);
    assert_int_equal(g->verdict, VERDICT_OVERDUE);
    assert_int_equal(g->advisories, 1);
    assert_int_equal(g->found_at, NOW - DAY);
    assert_int_equal(g->since, NOW - DAY);
    g->identity_at = NOW - 31 * DAY; /* and with no advisory, a month later nobody knows any more */
    g->advisories = g->advisories_total = 0;
    door_judge(g, NOW);
    assert_int_equal(g->verdict, VERDICT_SILENT);
    doors_fini(&before);
    doors_fini(&now);
}

/* Somebody at the gateway's address who does not hold its key may worsen nothing and mends nothing. */
static void a_stranger_mends_nothing(void **state)
{
    struct doors before, now;
    struct door *g, *old;
    char told[2][LIM_NAME];

    (void)state;
    doors_init(&before);
    doors_init(&now);
    old = gateway(&before, SEV_CRITICAL, true, 30);
    assert_true(door_recognise(old, NULL, "aa", false, NOW)); /* the first sight */
    assert_string_equal(old->key, "aa");
    doors_judge(&before, NULL, NOW - DAY);
    g = doors_add(&now, old->id, DOOR_GATEWAY, old->name);
    assert_false(door_recognise(g, old, "bb", false, NOW));
    assert_string_equal(g->seen_key, "bb");
    snprintf(g->product, sizeof g->product, "sonicos");
    snprintf(g->version, sizeof g->version, "7.3.0");
    g->answer = ANSWER_STRANGER;
    g->checked_at = NOW;
    door_disown(g);
    doors_carry(&now, &before);
    doors_judge(&now, &before, NOW);
    assert_int_equal(g->verdict, VERDICT_OVERDUE);
    assert_string_equal(g->version, "7.2.4");
    assert_string_equal(g->key, "aa");
    assert_int_equal(g->stranger_since, NOW);
    assert_int_equal(g->checked_at, NOW); /* who met a stranger has looked, */
    assert_int_equal(g->identity_at, NOW); /* and knows the gateway's version from before */
    door_told(old, told[0]);
    door_told(g, told[1]);
    assert_string_equal(told[0], told[1]); /* still overdue is no news */
    g->advisories = g->advisories_total = 0; /* what was well is not known to be so any more */
    doors_judge(&now, &now, NOW + DAY);
    assert_int_equal(g->verdict, VERDICT_UNKNOWN);
    assert_string_equal(g->reason, "door.stranger");
    assert_int_equal(g->stranger_since, NOW);
    assert_true(door_recognise(g, &before.door[0], "aa", false, NOW)); /* it answers itself again */
    g->answer = ANSWER_GIVEN;
    doors_judge(&now, &now, NOW + DAY);
    assert_int_equal(g->stranger_since, 0);
    assert_true(door_recognise(g, &before.door[0], "cc", true, NOW)); /* a new certificate of a public authority */
    assert_string_equal(g->key, "cc");
    assert_false(door_recognise(g, &before.door[0], "aa", false, NOW)); /* then the old one is a stranger's */
    doors_fini(&before);
    doors_fini(&now);
}

/* A key that a person states while a round is under way, and one that is forgotten. */
static void a_stated_key_lasts(void **state)
{
    struct doors before, now;
    struct door *g, *old;

    (void)state;
    doors_init(&before);
    doors_init(&now);
    old = gateway(&before, SEV_HIGH, false, -1);
    assert_true(door_recognise(old, NULL, "aa", false, NOW - 9));
    g = gateway(&now, SEV_HIGH, false, -1);
    assert_true(door_recognise(g, old, "aa", false, NOW - 5)); /* the round saw the old one, */
    snprintf(old->key, sizeof old->key, "bb"); /* then a person states another */
    old->key_at = NOW - 3;
    doors_carry(&now, &before);
    assert_string_equal(g->key, "bb");
    assert_true(door_recognise(g, old, "cc", true, NOW)); /* proved after that: newer */
    doors_carry(&now, &before);
    assert_string_equal(g->key, "cc");
    old->key[0] = '\0';
    old->key_at = NOW + 1;
    doors_carry(&now, &before);
    assert_string_equal(g->key, "");
    doors_fini(&before);
    doors_fini(&now);
}

/* A device that answers no more in a way that proves anything: what a person says of it later than the last that was heard counts. */
static void a_later_word_of_a_person(void **state)
{
    char product[LIM_TAG], version[LIM_TAG], model[LIM_NAME];
    enum door_source from;
    struct doors d;
    struct door *g;

    (void)state;
    doors_init(&d);
    g = gateway(&d, SEV_CRITICAL, true, 30);
    g->identity_at = NOW - 5 * DAY;
    snprintf(g->stated.by, sizeof g->stated.by, "operator");
    snprintf(g->stated.version, sizeof g->stated.version, "7.6.9");
    g->stated.at = NOW - 2 * DAY;
    assert_true(door_version(g, product, version, model, &from));
    assert_string_equal(version, "7.2.4"); /* it answers itself */
    g->answer = ANSWER_STRANGER;
    assert_true(door_version(g, product, version, model, &from));
    assert_string_equal(version, "7.6.9");
    assert_int_equal(from, VERSION_PERSON);
    g->stated.at = NOW - 6 * DAY; /* heard after that */
    assert_true(door_version(g, product, version, model, &from));
    assert_string_equal(version, "7.2.4");
    doors_fini(&d);
}

/* A statement that comes while a round judges another version. */
static void a_statement_made_meanwhile(void **state)
{
    struct doors before, now;
    struct door *g, *old;

    (void)state;
    doors_init(&before);
    doors_init(&now);
    old = doors_add(&before, "gateway:a:443", DOOR_GATEWAY, "a:443");
    snprintf(old->stated.by, sizeof old->stated.by, "operator");
    snprintf(old->stated.product, sizeof old->stated.product, "fortios");
    snprintf(old->stated.version, sizeof old->stated.version, "7.0.1");
    old->stated.at = NOW;
    g = doors_add(&now, old->id, DOOR_GATEWAY, old->name);
    doors_carry(&now, &before); /* before versions are asked for: the stated one is judged in each round */
    assert_string_equal(g->stated.version, "7.0.1");
    g->answer = ANSWER_GIVEN;
    g->judged = JUDGED_YES;
    g->judged_at = g->checked_at = NOW;
    snprintf(old->stated.version, sizeof old->stated.version, "7.4.99");
    doors_carry(&now, &before);
    assert_int_equal(g->judged, JUDGED_NOT);
    door_judge(g, NOW);
    assert_string_equal(g->reason, "door.unknown.judge");
    doors_fini(&before);
    doors_fini(&now);
}

static void state_mitigation(struct door *d, const char *what)
{
    snprintf(d->mitigation.by, sizeof d->mitigation.by, "operator");
    snprintf(d->mitigation.what, sizeof d->mitigation.what, "%s", what);
    d->mitigation.at = NOW;
    door_openness(d, d->mitigation.covers);
}

/* A mitigation of a listener or of SSH covers the door as it stood open then, and no other way. */
static void mitigations_of_open_doors(void **state)
{
    static const char *const WORDS[] = {"disabled", "workaround", "separated", "monitored"};
    struct doors d;
    struct door *l, *s;

    (void)state;
    doors_init(&d);
    l = doors_add(&d, "listener:rdp:tcp:3389", DOOR_LISTENER, "xrdp tcp/3389");
    l->checked_at = NOW;
    l->port = 3389;
    l->firewall = FIREWALL_OPEN;
    for (size_t i = 0; i < 4; i++) {
        char reason[LIM_TAG];

        state_mitigation(l, WORDS[i]);
        door_judge(l, NOW);
        assert_int_equal(l->verdict, VERDICT_MINOR);
        assert_int_equal(l->colour, COLOUR_YELLOW);
        snprintf(reason, sizeof reason, "door.accepted.%s", WORDS[i]);
        assert_string_equal(l->reason, reason);
    }
    l->mapped_port = 3389; /* since then the router lets the internet in */
    door_judge(l, NOW);
    assert_int_equal(l->verdict, VERDICT_EXPOSED);
    assert_int_equal(l->colour, COLOUR_RED);
    assert_string_equal(l->reason, "door.exposed.port_mapping");
    state_mitigation(l, "monitored"); /* recorded for that, too: it stays exposed */
    door_judge(l, NOW);
    assert_int_equal(l->verdict, VERDICT_EXPOSED);
    assert_int_equal(l->colour, COLOUR_ORANGE);
    s = doors_add(&d, "ssh:settings", DOOR_SSH, "SSH");
    s->checked_at = NOW;
    s->ssh_known = s->ssh_password = true;
    state_mitigation(s, "separated");
    door_judge(s, NOW);
    assert_int_equal(s->verdict, VERDICT_MINOR);
    s->ssh_empty = true;
    door_judge(s, NOW);
    assert_string_equal(s->reason, "door.ssh.empty");
    doors_fini(&d);
}

static void a_failed_survey_forgets_nothing(void **state)
{
    struct doors before, now;
    struct door *l;

    (void)state;
    doors_init(&before);
    doors_init(&now);
    l = doors_add(&before, "listener:rdp:tcp:3389", DOOR_LISTENER, "xrdp");
    l->firewall = FIREWALL_OPEN;
    l->checked_at = NOW - DAY;
    doors_judge(&before, NULL, NOW - DAY);
    now.survey_failed = true;
    doors_carry(&now, &before);
    doors_judge(&now, &before, NOW);
    assert_int_equal(now.count, 1);
    assert_int_equal(now.door[0].verdict, VERDICT_EXPOSED);
    doors_judge(&now, &now, NOW + 2 * DAY);
    assert_int_equal(now.door[0].verdict, VERDICT_UNKNOWN);
    doors_fini(&now);
    now.survey_failed = false;
    doors_carry(&now, &before); /* it was looked at, and it is gone */
    assert_int_equal(now.count, 0);
    doors_fini(&before);
    doors_fini(&now);
}

static void the_judge_failed(void **state)
{
    struct doors before, now;
    struct door *g;

    (void)state;
    doors_init(&before);
    doors_init(&now);
    gateway(&before, SEV_CRITICAL, true, 30);
    g = gateway(&now, 0, false, -1);
    g->judged = JUDGED_NOT;
    doors_carry(&now, &before);
    assert_int_equal(g->judged, JUDGED_YES);
    assert_int_equal(g->advisories, 1);
    doors_fini(&now);
    g = gateway(&now, 0, false, -1);
    g->judged = JUDGED_NOT;
    snprintf(g->version, sizeof g->version, "%s", "7.2.5"); /* another version: the old advisories say nothing about it */
    doors_carry(&now, &before);
    assert_int_equal(g->judged, JUDGED_NOT);
    assert_int_equal(g->advisories, 0);
    doors_fini(&before);
    doors_fini(&now);
}

static void what_is_not_told_is_not_mended(void **state)
{
    struct doors before, now;
    struct door *l, *g;
    char product[LIM_TAG], version[LIM_TAG], model[LIM_NAME];
    enum door_source from;

    (void)state;
    doors_init(&before);
    doors_init(&now);
    l = doors_add(&before, "listener:upnp:tcp:8443:192.168.1.5", DOOR_LISTENER, "UPnP");
    l->firewall = FIREWALL_OPEN;
    l->mapped_port = 8443;
    l->checked_at = NOW;
    doors_add(&before, "program:openvpn", DOOR_PROGRAM, "OpenVPN")->checked_at = NOW;
    doors_carry(&now, &before); /* no router answered: the mapping stays; the program was looked for and is gone */
    assert_non_null(doors_find(&now, "listener:upnp:tcp:8443:192.168.1.5"));
    assert_null(doors_find(&now, "program:openvpn"));
    now.incomplete = true; /* a line of the survey was malformed: perhaps that one */
    doors_carry(&now, &before);
    assert_non_null(doors_find(&now, "program:openvpn"));
    now.checked_at = NOW;
    assert_string_equal(doors_overall(&now), "unknown");
    doors_fini(&now);
    now.upnp = true;
    doors_carry(&now, &before); /* a router answered, and forwards it no more */
    assert_int_equal(now.count, 0);
    g = gateway(&now, 0, false, -1);
    g->judged_at = NOW - 3 * DAY; /* for days the judge failed: the list of today was not asked */
    door_judge(g, NOW);
    assert_string_equal(g->reason, "door.unknown.judge");
    g->version[0] = '\0';
    snprintf(g->stated.by, sizeof g->stated.by, "operator");
    snprintf(g->stated.product, sizeof g->stated.product, "sonicos"); /* what was said of another product */
    snprintf(g->stated.version, sizeof g->stated.version, "7.0.1");
    assert_false(door_version(g, product, version, model, &from));
    doors_fini(&before);
    doors_fini(&now);
}

static void told_once(void **state)
{
    char a[LIM_NAME], b[LIM_NAME];
    struct doors d;
    struct door *g;

    (void)state;
    doors_init(&d);
    g = gateway(&d, SEV_CRITICAL, true, 30);
    door_judge(g, NOW);
    door_told(g, a);
    door_judge(g, NOW + 5 * DAY); /* time passes: not worth telling again */
    door_told(g, b);
    assert_string_equal(a, b);
    snprintf(g->version, sizeof g->version, "%s", "7.2.5");
    door_told(g, b);
    assert_string_not_equal(a, b);
    doors_fini(&d);
}

static void the_register_is_bounded(void **state)
{
    struct doors d;
    char id[LIM_DOOR_ID + 8];

    (void)state;
    doors_init(&d);
    for (unsigned i = 0; i < LIM_DOORS + 5; i++) {
        snprintf(id, sizeof id, "listener:%u", i);
        doors_add(&d, id, DOOR_LISTENER, id);
    }
    assert_int_equal(d.count, LIM_DOORS);
    assert_int_equal(d.lost, 5);
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    doors_remove(&d, &d.door[3]);
    assert_null(doors_add(&d, id, DOOR_LISTENER, "too long"));
    assert_null(doors_find(&d, "listener:3"));
    assert_non_null(doors_find(&d, "listener:4"));
    doors_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_runs),
        cmocka_unit_test(levels),
        cmocka_unit_test(never_ok_by_default),
        cmocka_unit_test(statements_age),
        cmocka_unit_test(mitigations_take_the_red_out),
        cmocka_unit_test(packages),
        cmocka_unit_test(listeners_and_ssh),
        cmocka_unit_test(a_stranger_mends_nothing), cmocka_unit_test(a_statement_made_meanwhile),
        cmocka_unit_test(a_stated_key_lasts), cmocka_unit_test(a_later_word_of_a_person),
        cmocka_unit_test(mitigations_of_open_doors), cmocka_unit_test(versions_only_mends_nothing), cmocka_unit_test(silence_mends_nothing),
        cmocka_unit_test(a_failed_survey_forgets_nothing),
        cmocka_unit_test(the_judge_failed),
        cmocka_unit_test(what_is_not_told_is_not_mended),
        cmocka_unit_test(told_once),
        cmocka_unit_test(the_register_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
