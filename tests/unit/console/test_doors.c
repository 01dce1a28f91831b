/* The register of external devices: what a report may be, what of it is true
 * today, and what many reports are together.  The clock is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/doors.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define A "0f8fad5b-d9cb-469f-a165-70867728950e"
#define B "11111111-2222-4333-8444-555555555555"
#define C "22222222-2222-4333-8444-555555555555"
#define GATE "gateway:vpn.example.co.jp:443"
#define DAY 86400
#define HEAD "{\"vpn\":{\"checked_at\":\"2026-11-20T03:00:00Z\",\"checking\":false,\"overall\":\"open\",\"doors\":["
#define TAIL "],\"candidates\":[],\"software\":[],\"lost\":0},\"posture\":{\"checked_at\":\"2026-11-20T03:00:00Z\",\"articles\":[]}}"
#define DOOR(more) "{\"id\":\"" GATE "\",\"kind\":\"gateway\",\"verdict\":\"due\",\"colour\":\"yellow\"" more "}"

static int64_t then; /* when the reports of these tests were made */

static int setup(void **state)
{
    (void)state;
    return rfc3339_parse("2026-11-20T03:00:00Z", &then);
}

static int reads(const char *text, json_t **vpn, json_t **posture, struct doors_error *e)
{
    return doors_report_read(text, strlen(text), vpn, posture, e);
}

static const char *str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "(none)";
}

/* ---- reading --------------------------------------------------------------------- */

static void a_report_is_cleaned(void **state)
{
    json_t *vpn = NULL, *posture = NULL, *door;
    struct doors_error e;

    (void)state;
    assert_int_equal(reads(HEAD DOOR(",\"name\":\"a\\u001b[2Jb\\u0085c\xff\",\"surprise\":{\"x\":1},\"released\":\"2026-11-10\",\"due\":\"2026-11-24\","
                                     "\"days_left\":4,\"stated\":null,\"reason\":{\"key\":\"door.due\",\"args\":[\"4\"],\"y\":2},"
                                     "\"advisories\":[{\"cve\":\"CVE-2023-27997\",\"kev\":true,\"z\":[]}]") TAIL, &vpn, &posture, &e), MM_OK);
    door = json_array_get(json_object_get(vpn, "doors"), 0);
    assert_string_equal(str(door, "name"), "a [2Jb  c\xef\xbf\xbd");
    assert_null(json_object_get(door, "surprise"));
    assert_null(json_object_get(json_object_get(door, "reason"), "y"));
    assert_string_equal(str(door, "version_from"), "none"); /* what is left out is there, empty */
    assert_string_equal(str(door, "product"), "");
    assert_true(json_is_null(json_object_get(door, "mitigation")));
    assert_true(json_is_true(json_object_get(json_array_get(json_object_get(door, "advisories"), 0), "kev")));
    assert_int_equal(json_array_size(json_object_get(posture, "articles")), 6); /* all six, always */
    assert_string_equal(str(json_array_get(json_object_get(posture, "articles"), 4), "state"), "unknown");
    json_decref(vpn);
    json_decref(posture);
}

static void hostile_reports_are_refused(void **state)
{
    static const struct { const char *text, *what; } rows[] = {
        {"", "JSON"}, {"[]", "JSON"}, {"{", "JSON"}, {"{}", "vpn"}, {"{\"vpn\":7,\"posture\":{}}", "vpn"}, {"{\"vpn\":{},\"vpn\":{}}", "JSON"},
        {HEAD "7" TAIL, "vpn.doors[0]"}, {HEAD DOOR("") "," DOOR("") TAIL, "vpn.doors[1].id: there twice"},
        {HEAD DOOR(",\"due\":\"tomorrow\"") TAIL, "doors[0].due"}, {HEAD DOOR(",\"due\":\"2026-02-30\"") TAIL, "due"},
        {HEAD DOOR(",\"days_left\":1e3") TAIL, "days_left"}, {HEAD DOOR(",\"days_left\":99999999999") TAIL, "days_left"},
        {HEAD DOOR(",\"name\":[\"x\"]") TAIL, "name"}, {HEAD DOOR(",\"version_from\":\"guess\"") TAIL, "version_from"},
        {HEAD DOOR(",\"version_from\":\"answer table\"") TAIL, "version_from"}, {HEAD DOOR(",\"stated\":{}") TAIL, "stated"},
        {HEAD DOOR(",\"stated\":\"x\"") TAIL, "stated"}, {HEAD DOOR(",\"mitigation\":{\"what\":\"prayer\",\"by\":\"x\"}") TAIL, "mitigation"},
        {HEAD DOOR(",\"certificate\":{\"known\":\"\",\"seen\":\"0123456789abcde;id\"}") TAIL, "certificate"}, /* it stands in a command to be pasted */
        {HEAD DOOR(",\"certificate\":{\"known\":\"AB\",\"seen\":\"\"}") TAIL, "certificate"}, {HEAD DOOR(",\"certificate\":7") TAIL, "certificate"},
        {HEAD DOOR(",\"reason\":{\"key\":\"k\",\"args\":[1]}") TAIL, "reason"}, {HEAD DOOR(",\"checked_at\":\"2026-11-20 03:00\"") TAIL, "checked_at"},
        {HEAD DOOR(",\"reason\":{\"key\":\"k\",\"args\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]}") TAIL, "reason"},
        {HEAD DOOR(",\"advisories\":{}") TAIL, "advisories"}, {HEAD DOOR(",\"advisories\":[{\"kev\":\"yes\"}]") TAIL, "kev"},
        {HEAD "{\"id\":\"gateway:x\",\"kind\":\"gateway\",\"verdict\":\"fine\",\"colour\":\"green\"}" TAIL, "verdict"},
        {HEAD "{\"id\":\"gateway:x\",\"kind\":\"gateway\",\"verdict\":\"ok\"}" TAIL, "colour: missing"},
        {HEAD "{\"id\":\"gateway:x\",\"kind\":\"listener\",\"verdict\":\"ok\",\"colour\":\"green\"}" TAIL, "id"},
        {HEAD "{\"id\":\"gateway:\",\"kind\":\"gateway\",\"verdict\":\"ok\",\"colour\":\"green\"}" TAIL, "id"},
        {HEAD "{\"id\":\"device:x\",\"kind\":\"device\",\"verdict\":\"ok\",\"colour\":\"green\"}" TAIL, "kind"},
        {HEAD "{\"id\":\"gateway:a\\nb\",\"kind\":\"gateway\",\"verdict\":\"ok\",\"colour\":\"green\"}" TAIL, "id"},
        {HEAD "],\"candidates\":[{\"address\":\"x\",\"port\":65536}],\"overall\":\"open\"},\"posture\":{}}", ""},
        {HEAD "],\"lost\":-1},\"posture\":{\"articles\":[]}}", "lost"},
        {HEAD "]},\"posture\":{\"articles\":[{\"article\":0,\"state\":\"met\"}]}}", "articles[0].article"},
        {HEAD "]},\"posture\":{\"articles\":[{\"article\":7,\"state\":\"met\"}]}}", "articles[0].article"},
        {HEAD "]},\"posture\":{\"articles\":[{\"article\":1,\"state\":\"met\"},{\"article\":1,\"state\":\"met\"}]}}", "articles[1]"},
        {HEAD "]},\"posture\":{\"articles\":[{\"article\":1,\"state\":\"fine\"}]}}", "state"},
        {HEAD "]},\"posture\":{}}", "articles"}, {HEAD "]}}", "posture"},
    };
    json_t *vpn = NULL, *posture = NULL;
    struct doors_error e;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (reads(rows[i].text, &vpn, &posture, &e) != MM_EFORMAT || !strstr(e.what, rows[i].what) || vpn || posture)
            fail_msg("case %zu: %s: %s", i, rows[i].text, e.what);
}

static void limits_of_a_report(void **state)
{
    char *text = malloc(LIM_DOORS_JSON + 4096), *at;
    json_t *vpn = NULL, *posture = NULL;
    struct doors_error e;

    (void)state;
    assert_non_null(text);
    for (unsigned count = LIM_DOORS; count <= LIM_DOORS + 1; count++) {
        at = text + snprintf(text, 512, "%s", HEAD);
        for (unsigned i = 0; i < count; i++)
            at += snprintf(at, 256, "%s{\"id\":\"listener:%u\",\"kind\":\"listener\",\"verdict\":\"ok\",\"colour\":\"green\"}", i ? "," : "", i);
        snprintf(at, 512, "%s", TAIL);
        assert_int_equal(reads(text, &vpn, &posture, &e), count == LIM_DOORS ? MM_OK : MM_ELIMIT);
    }
    json_decref(vpn);
    json_decref(posture);
    memset(text, ' ', LIM_DOORS_JSON + 1);
    assert_int_equal(doors_report_read(text, LIM_DOORS_JSON + 1, &vpn, &posture, &e), MM_ELIMIT);
    /* a text that is too long is cut between characters */
    at = text + snprintf(text, 512, "%s{\"id\":\"ssh\",\"kind\":\"ssh\",\"verdict\":\"ok\",\"colour\":\"green\",\"name\":\"", HEAD);
    for (int i = 0; i < 200; i++)
        at += snprintf(at, 8, "%s", "あ");
    snprintf(at, 512, "\"}%s", TAIL);
    assert_int_equal(reads(text, &vpn, &posture, &e), MM_OK);
    assert_int_equal(strlen(str(json_array_get(json_object_get(vpn, "doors"), 0), "name")), 255);
    json_decref(vpn);
    json_decref(posture);
    free(text);
}

/* ---- the clock --------------------------------------------------------------------- */

static json_t *door_of(const char *more)
{
    char text[2048];
    json_t *vpn = NULL, *posture = NULL, *door;
    struct doors_error e;

    snprintf(text, sizeof text, HEAD "{\"id\":\"" GATE "\",\"kind\":\"gateway\",%s}" TAIL, more);
    assert_int_equal(reads(text, &vpn, &posture, &e), MM_OK);
    door = json_incref(json_array_get(json_object_get(vpn, "doors"), 0));
    json_decref(vpn);
    json_decref(posture);
    return door;
}

static void the_clock_goes_on(void **state)
{
    static const struct { int days; const char *verdict, *colour, *key, *arg; int left; } rows[] = {
        /* released 2026-11-10, due 2026-11-24; the report says what was true on the 15th */
        {0, "due", "orange", "door.due", "4", 4}, {1, "due", "orange", "door.due", "3", 3}, {4, "due", "red", "door.due", "0", 0},
        {5, "overdue", "red", "door.overdue", "1", -1}, {15, "overdue", "red", "door.overdue", "11", -11}, {-1, "due", "yellow", "door.due", "5", 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *d = door_of("\"verdict\":\"due\",\"colour\":\"yellow\",\"released\":\"2026-11-10\",\"due\":\"2026-11-24\",\"days_left\":9,"
                            "\"reason\":{\"key\":\"door.due\",\"args\":[\"9\"]}");
        const json_t *reason;
        int64_t now = then + (int64_t)rows[i].days * DAY;

        doors_today(d, now, now); /* a check of just now: only the calendar is looked at */
        reason = json_object_get(d, "reason");
        assert_string_equal(str(d, "verdict"), rows[i].verdict);
        assert_string_equal(str(d, "colour"), rows[i].colour);
        assert_string_equal(str(reason, "key"), rows[i].key);
        assert_string_equal(json_string_value(json_array_get(json_object_get(reason, "args"), 0)), rows[i].arg);
        assert_int_equal(json_integer_value(json_object_get(d, "days_left")), rows[i].left);
        assert_true(json_is_null(json_object_get(d, "last")));
        json_decref(d);
    }
}

static void nothing_looks_better_than_the_device_said(void **state)
{
    json_t *d = door_of("\"verdict\":\"overdue\",\"colour\":\"red\",\"released\":\"2026-11-19\",\"due\":\"2026-12-03\",\"days_left\":13");

    (void)state;
    doors_today(d, then, then);
    assert_string_equal(str(d, "verdict"), "overdue");
    assert_string_equal(str(d, "colour"), "red");
    assert_int_equal(json_integer_value(json_object_get(d, "days_left")), 13);
    json_decref(d);
    d = door_of("\"verdict\":\"ok\",\"colour\":\"green\",\"days_left\":5");
    doors_today(d, then, then);
    assert_true(json_is_null(json_object_get(d, "days_left"))); /* no day to count to */
    json_decref(d);
}

static void an_old_report_is_unknown(void **state)
{
    static const char *const verdicts[] = {"ok", "due", "overdue", "exposed"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char more[256];
        json_t *d;

        snprintf(more, sizeof more, "\"verdict\":\"%s\",\"colour\":\"green\",\"released\":\"2026-11-08\",\"due\":\"2026-11-22\",\"days_left\":2", verdicts[i]);
        d = door_of(more);
        doors_today(d, then, then + DOORS_FRESH_S);
        assert_string_equal(str(d, "verdict"), verdicts[i]);
        json_decref(d);
        d = door_of(more);
        doors_today(d, then, then + DOORS_FRESH_S + 1 + DAY);
        assert_string_equal(str(d, "verdict"), "unknown");
        assert_string_equal(str(d, "colour"), "grey");
        assert_string_equal(str(json_object_get(d, "reason"), "key"), "register.report_old");
        assert_string_equal(str(json_object_get(d, "last"), "verdict"), i == 1 ? "overdue" : verdicts[i]); /* the clock went on all the same */
        assert_int_equal(json_integer_value(json_object_get(d, "days_left")), -1);
        doors_texts(d);
        assert_non_null(strstr(str(d, "reason_en"), "3 days old"));
        assert_non_null(strstr(str(d, "reason_ja"), "3日前"));
        json_decref(d);
    }
    {
        json_t *d = door_of("\"verdict\":\"ok\",\"colour\":\"green\",\"reason\":{\"key\":\"no.such.text\",\"args\":[]}");

        doors_today(d, then, then);
        doors_texts(d);
        assert_true(json_is_null(json_object_get(d, "reason_ja")));
        doors_today(d, 0, then);
        assert_string_equal(str(d, "verdict"), "unknown");
        json_decref(d);
    }
}

static void a_persons_word_grows_old(void **state)
{
    json_t *d;

    (void)state;
    for (int days = 29; days <= 30; days++) {
        d = door_of("\"verdict\":\"ok\",\"colour\":\"green\",\"version_from\":\"person\",\"version\":\"7.2.5\",\"stated\":"
                    "{\"by\":\"佐藤\",\"at\":\"2026-10-22T03:00:00Z\",\"age_days\":1,\"stale\":false}"); /* 29 days before */
        doors_today(d, then, then + (int64_t)(days - 29) * DAY);
        assert_string_equal(str(d, "verdict"), days == 29 ? "ok" : "unknown");
        assert_string_equal(str(d, "colour"), days == 29 ? "green" : "yellow");
        assert_int_equal(json_integer_value(json_object_get(json_object_get(d, "stated"), "age_days")), days);
        assert_int_equal(json_is_true(json_object_get(json_object_get(d, "stated"), "stale")), days == 30);
        json_decref(d);
    }
}

/* ---- merging ------------------------------------------------------------------------ */

struct told { const char *agent, *doors, *overall; int64_t at, clock; };

static void tell(struct doors_merge *m, const struct told *t)
{
    static char text[LIM_DOORS_JSON];
    char at[RFC3339_TEXT];
    json_t *vpn = NULL, *posture = NULL;
    struct store_report r = {.agent_id = t->agent, .hostname = t->agent[0] == '0' ? "alpha" : "beta", .vpn = "", .posture = "", .received = t->at, .clock_ahead = t->clock};
    struct doors_error e = {""};
    char *v = NULL, *p = NULL;

    if (t->doors) {
        rfc3339_format(t->at, at);
        snprintf(text, sizeof text, "{\"vpn\":{\"checked_at\":\"%s\",\"overall\":\"%s\",\"doors\":[%s],\"candidates\":[{\"address\":\"vpn\",\"port\":443}]},"
                 "\"posture\":{\"checked_at\":\"%s\",\"articles\":[{\"article\":1,\"state\":\"met\",\"checks\":[{\"check\":\"updates.security\","
                 "\"state\":\"met\"}]}]}}", at, t->overall, t->doors, at);
        if (doors_report_read(text, strlen(text), &vpn, &posture, &e))
            fail_msg("%s", e.what);
        r.vpn = v = json_dumps(vpn, 0);
        r.posture = p = json_dumps(posture, 0);
    }
    assert_int_equal(doors_merge_device(m, &r), MM_OK);
    json_decref(vpn);
    json_decref(posture);
    free(v);
    free(p);
}

static json_t *merged(const struct told *t, unsigned n, const struct store_statement *st, int64_t now)
{
    struct doors_merge *m = NULL;
    json_t *out;

    assert_int_equal(doors_merge_new(&m, n, now), MM_OK);
    for (unsigned i = 0; i < n; i++)
        tell(m, &t[i]);
    for (; st && st->what; st++)
        assert_int_equal(doors_merge_statement(m, st), MM_OK);
    out = doors_merge_end(m, DOORS_BYTES);
    doors_merge_free(m);
    assert_non_null(out);
    return out;
}

static json_t *door_at(const json_t *reg, size_t i)
{
    return json_array_get(json_object_get(reg, "doors"), i);
}

static int64_t sum(const json_t *reg, const char *name)
{
    return json_integer_value(json_object_get(json_object_get(reg, "summary"), name));
}

#define SEEN(verdict, colour, more) "{\"id\":\"" GATE "\",\"kind\":\"gateway\",\"verdict\":\"" verdict "\",\"colour\":\"" colour "\"" more "}"

static void one_gateway_of_several_devices(void **state)
{
    const struct told t[] = {
        {A, SEEN("overdue", "red", ",\"version\":\"7.2.4\",\"evidence\":\"old\",\"due\":\"2026-11-03\",\"released\":\"2026-10-20\","
                 "\"stated\":{\"by\":\"佐藤\",\"at\":\"2026-11-18T00:00:00Z\"}"), "open", then - DAY},
        {B, SEEN("ok", "green", ",\"version\":\"7.2.5\",\"product\":\"fortios\",\"evidence\":\"new\""), "closed", then},
        {C, SEEN("exposed", "red", ",\"version\":\"6.0\""), "open", then - 3 * DAY}, /* too old to count */
    };
    json_t *reg = merged(t, 3, NULL, then), *d = door_at(reg, 0), *row;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(reg, "doors")), 1);
    assert_string_equal(str(d, "verdict"), "overdue");    /* the worst of those that count, and all of it */
    assert_string_equal(str(d, "version"), "7.2.4");
    assert_string_equal(str(d, "product"), "");
    assert_string_equal(str(d, "evidence"), "old");
    assert_true(json_is_true(json_object_get(d, "disagree")));
    assert_string_equal(str(d, "verdict_of"), A);
    assert_int_equal(json_integer_value(json_object_get(d, "days_left")), -17);
    assert_string_equal(str(json_object_get(d, "stated"), "by"), "佐藤");
    assert_int_equal(json_array_size(json_object_get(d, "devices")), 3);
    row = json_array_get(json_object_get(d, "devices"), 1); /* the one that decides first, then who contradicts it */
    assert_string_equal(str(row, "agent_id"), B);
    assert_string_equal(str(row, "version"), "7.2.5");
    assert_string_equal(str(row, "verdict"), "ok");
    assert_true(json_is_true(json_object_get(row, "counts")));
    row = json_array_get(json_object_get(d, "devices"), 2);
    assert_true(json_is_false(json_object_get(row, "fresh")));
    assert_true(json_is_false(json_object_get(row, "counts"))); /* two others judged it days later */
    assert_string_equal(str(row, "last"), "exposed");
    assert_int_equal(sum(reg, "disagree"), 1);
    assert_string_equal(str(reg, "overall"), "open");
    assert_int_equal(sum(reg, "overdue"), 1);
    assert_int_equal(sum(reg, "devices_unseen"), 1);
    assert_int_equal(json_array_size(json_object_get(reg, "candidates")), 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(json_object_get(reg, "candidates"), 0), "devices")), 3);
    json_decref(reg);
}

/* A finding ends when somebody judges the door otherwise, two days later: never by silence, and it does not outlive that. */
#define KEY(c) "\"" c c c c c c c c c c c c c c c c "\""
#define STRANGER(since) ",\"certificate\":{\"known\":" KEY("aaaa") ",\"seen\":" KEY("bbbb") ",\"stranger_since\":\"" since "\"}"

static int64_t when(const char *text)
{
    int64_t at = 0;

    assert_int_equal(rfc3339_parse(text, &at), MM_OK);
    return at;
}

/* A laptop at home, where another box has the gateway's address, says nothing about the gateway. */
static void a_stranger_says_nothing(void **state)
{
    int64_t now = when("2026-11-20T09:00:00Z");
    struct told t[] = {
        {A, SEEN("ok", "green", ",\"version\":\"7.6.9\",\"checked_at\":\"2026-11-20T03:00:00Z\""), "closed", when("2026-11-20T03:00:00Z"), 0},
        {B, SEEN("unknown", "yellow", ",\"reason\":{\"key\":\"door.stranger\",\"args\":[]},\"checked_at\":\"2026-11-20T08:00:00Z\"" STRANGER("2026-11-19T20:00:00Z")),
         "unknown", when("2026-11-20T08:00:00Z"), 0},
    };
    json_t *reg = merged(t, 2, NULL, now), *door = door_at(reg, 0), *rows = json_object_get(door, "devices");

    (void)state;
    assert_string_equal(str(door, "verdict"), "ok");
    assert_string_equal(str(reg, "overall"), "closed");
    assert_true(json_is_false(json_object_get(door, "disagree")));
    assert_true(json_is_false(json_object_get(json_array_get(rows, 0), "stranger")));
    assert_true(json_is_true(json_object_get(json_array_get(rows, 1), "stranger")));
    json_decref(reg);
    /* what it found before it left is overtaken like that of one that is silent */
    t[1].doors = SEEN("overdue", "red", ",\"checked_at\":\"2026-11-20T08:00:00Z\"" STRANGER("2026-11-17T20:00:00Z"));
    reg = merged(t, 2, NULL, now);
    assert_string_equal(str(door_at(reg, 0), "verdict"), "ok");
    json_decref(reg);
    /* alone it decides, and is of today */
    t[1].doors = SEEN("unknown", "yellow", ",\"reason\":{\"key\":\"door.stranger\",\"args\":[]},\"checked_at\":\"2026-11-20T08:00:00Z\"" STRANGER("2026-11-12T20:00:00Z"));
    reg = merged(t + 1, 1, NULL, now);
    assert_string_equal(str(json_object_get(door_at(reg, 0), "reason"), "key"), "door.stranger");
    json_decref(reg);
}

static void silence_clears_nothing_and_keeps_nothing(void **state)
{
    static const struct { const char *a; int a_days; const char *b; int b_days; const char *verdict, *last, *of, *overall; } rows[] = {
        {"exposed", 1, "ok", 0, "exposed", NULL, A, "open"},      /* both of today: the worst */
        {"exposed", 3, "ok", 2, "unknown", "exposed", A, "open"}, /* b looked before a's finding was two days old */
        {"exposed", 3, "ok", 0, "ok", NULL, B, "closed"},         /* judged otherwise since */
        {"exposed", 9, "ok", 5, "unknown", "ok", B, "unknown"},   /* the same, and now nobody looks any more */
        {"exposed", 9, "ok", 8, "unknown", "exposed", A, "open"}, /* both fell silent within two days */
        {"exposed", 9, "silent", 0, "unknown", "exposed", A, "open"},
        {"exposed", 9, "unknown", 0, "unknown", "exposed", A, "open"},
        {"ok", 9, "unknown", 0, "unknown", NULL, B, "unknown"},
        {"ok", 9, "silent", 0, "silent", NULL, B, "unknown"},
        {"exposed", 3, "due", 2, "unknown", "exposed", A, "open"},
        {"overdue", 3, "due", 1, "due", NULL, B, "attention"},    /* overtaken: b says so too, of a later day */
        {"silent", 0, "ok", 1, "ok", NULL, B, "closed"},          /* a laptop at home */
        {"silent", 9, "silent", 3, "unknown", "silent", B, "unknown"},
    };

    (void)state;
    for (size_t k = 0; k < 2 * sizeof rows / sizeof rows[0]; k++) { /* whoever comes first */
        const size_t i = k / 2;
        char a[256], b[256];
        /* what a device says of itself as a whole is of no door of others */
        const struct told of_a = {A, a, "closed", then - rows[i].a_days * DAY - (rows[i].a_days == 3), 0};
        const struct told of_b = {B, b, "closed", then - rows[i].b_days * DAY - (rows[i].b_days == 2), 0};
        const struct told t[] = {k % 2 ? of_b : of_a, k % 2 ? of_a : of_b};
        json_t *reg, *d;

        snprintf(a, sizeof a, SEEN("%s", "grey", ",\"advisories\":[{\"cve\":\"" A "\"}]"), rows[i].a);
        snprintf(b, sizeof b, SEEN("%s", "grey", ",\"advisories\":[{\"cve\":\"" B "\"}]"), rows[i].b);
        reg = merged(t, 2, NULL, then);
        d = door_at(reg, 0);
        if (strcmp(str(d, "verdict"), rows[i].verdict) || strcmp(str(d, "verdict_of"), rows[i].of) || strcmp(str(reg, "overall"), rows[i].overall) ||
            strcmp(str(json_object_get(d, "last"), "verdict"), rows[i].last ? rows[i].last : "(none)"))
            fail_msg("row %zu: %s was %s of %s, overall %s", i, str(d, "verdict"), str(json_object_get(d, "last"), "verdict"), str(d, "verdict_of"), str(reg, "overall"));
        assert_int_equal(strncmp(rows[i].of, str(json_array_get(json_object_get(d, "advisories"), 0), "cve"), 31), 0); /* its own */
        json_decref(reg);
    }
}

/* ---- clocks ------------------------------------------------------------------------ */

static void a_wrong_clock_wins_nothing_and_is_shown(void **state)
{
    const struct told t[] = {
        {A, SEEN("ok", "green", ",\"version\":\"7.2.4\",\"checked_at\":\"2099-01-01T00:00:00Z\",\"stated\":{\"by\":\"x\",\"at\":\"2099-01-01T00:00:00Z\"}"),
         "closed", then - 3600, 400 * DAY},
        {B, SEEN("ok", "green", ",\"version\":\"7.2.5\""), "closed", then, DOORS_CLOCK_S}};
    json_t *reg = merged(t, 2, NULL, then), *d = door_at(reg, 0), *row;

    (void)state;
    assert_string_equal(str(d, "version"), "7.2.5");
    assert_string_equal(str(d, "checked_at"), "2026-11-20T03:00:00Z");
    assert_true(json_is_null(json_object_get(d, "stated"))); /* a word of another report */
    row = json_array_get(json_object_get(d, "devices"), 1);
    assert_string_equal(str(row, "checked_at"), "2026-11-20T02:00:00Z");
    assert_int_equal(json_integer_value(json_object_get(row, "clock_s")), 400 * DAY);
    row = json_array_get(json_object_get(d, "devices"), 0);
    assert_int_equal(json_integer_value(json_object_get(row, "clock_s")), 0); /* five minutes are none */
    row = json_array_get(json_object_get(reg, "posture"), 0);
    assert_int_equal(json_integer_value(json_object_get(row, "clock_s")), 400 * DAY);
    assert_string_equal(str(row, "reported_at"), "2026-11-20T02:00:00Z");
    assert_int_equal(sum(reg, "devices_clock"), 1);
    json_decref(reg);
}

/* A clock that is slow makes checks look old: they are not shown as fresh, and the reason is told. */
static void a_slow_clock_is_the_reason(void **state)
{
    static const char seen[] = SEEN("overdue", "red", ",\"checked_at\":\"2026-11-10T03:00:00Z\",\"due\":\"2026-11-03\"");
    const struct told t[] = {{A, seen, "open", then, -10 * DAY}};
    const struct told off[] = {{A, seen, "open", then, -5 * DAY}}; /* not reason enough */
    json_t *reg = merged(t, 1, NULL, then), *d = door_at(reg, 0);

    (void)state;
    assert_string_equal(str(d, "verdict"), "unknown");
    assert_string_equal(str(json_object_get(d, "last"), "verdict"), "overdue");
    assert_string_equal(str(json_object_get(d, "reason"), "key"), "register.clock_behind");
    assert_non_null(strstr(str(d, "reason_en"), "10 days slow"));
    assert_string_equal(str(reg, "overall"), "open");
    json_decref(reg);
    reg = merged(off, 1, NULL, then);
    assert_string_equal(str(json_object_get(door_at(reg, 0), "reason"), "key"), "register.report_old");
    json_decref(reg);
}

static void programs_belong_to_a_device(void **state)
{
    static const char one[] = "{\"id\":\"ssh\",\"kind\":\"ssh\",\"verdict\":\"ok\",\"colour\":\"green\"},"
                              "{\"id\":\"program:openvpn\",\"kind\":\"program\",\"verdict\":\"minor\",\"colour\":\"green\"}";
    const struct told t[] = {{A, one, "attention", then}, {B, one, "attention", then}};
    json_t *reg = merged(t, 2, NULL, then);

    (void)state;
    assert_int_equal(json_array_size(json_object_get(reg, "doors")), 4);
    assert_string_equal(str(door_at(reg, 0), "kind"), "program"); /* the worst first */
    assert_string_equal(str(reg, "overall"), "attention");
    json_decref(reg);
}

static void who_never_reported_is_there(void **state)
{
    const struct told t[] = {{A, "", "closed", then}, {B, NULL, NULL, 0}, {C, "", "closed", then - 3 * DAY}};
    json_t *reg = merged(t, 3, NULL, then), *d, *article;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(reg, "doors")), 2);
    d = door_at(reg, 0);
    assert_string_equal(str(d, "id"), "device:" B);
    assert_string_equal(str(d, "kind"), "device");
    assert_string_equal(str(d, "verdict"), "unknown");
    assert_string_equal(str(json_object_get(d, "reason"), "key"), "register.never");
    assert_string_not_equal(str(d, "reason_ja"), "(none)");
    assert_string_equal(str(door_at(reg, 1), "id"), "device:" C); /* silent for days, and it had no door */
    assert_string_equal(str(reg, "overall"), "unknown");          /* 未確認 is never fine */
    assert_int_equal(sum(reg, "doors"), 0);
    assert_int_equal(sum(reg, "unknown"), 2);
    assert_int_equal(sum(reg, "devices_unseen"), 2);
    for (size_t i = 0; i < 3; i++) {
        article = json_array_get(json_object_get(json_array_get(json_object_get(reg, "posture"), i), "articles"), 0);
        assert_string_equal(str(article, "state"), i ? "unknown" : "met");
    }
    json_decref(reg);
    reg = merged(NULL, 0, NULL, then);
    assert_string_equal(str(reg, "overall"), "unknown");
    json_decref(reg);
    reg = merged(t, 1, NULL, then);
    assert_string_equal(str(reg, "overall"), "closed");
    json_decref(reg);
}

static void a_door_found_open_stays_open_until_seen_closed(void **state)
{
    const struct told t[] = {{A, SEEN("exposed", "red", ""), "open", then - 5 * DAY}};
    json_t *reg = merged(t, 1, NULL, then);

    (void)state;
    assert_string_equal(str(door_at(reg, 0), "verdict"), "unknown");
    assert_string_equal(str(reg, "overall"), "open");
    json_decref(reg);
}

static void a_check_from_the_future_is_of_when_it_came(void **state)
{
    char text[256];
    struct told t = {A, text, "closed", then - 3 * DAY};
    json_t *reg;

    (void)state;
    snprintf(text, sizeof text, SEEN("ok", "green", ",\"checked_at\":\"2027-11-20T03:00:00Z\""));
    reg = merged(&t, 1, NULL, then);
    assert_string_equal(str(door_at(reg, 0), "verdict"), "unknown");
    json_decref(reg);
}

static void operators_words_are_shown(void **state)
{
    const struct told t[] = {{A, SEEN("unknown", "grey", ""), "unknown", then}, {B, "{\"id\":\"ssh\",\"kind\":\"ssh\",\"verdict\":\"exposed\",\"colour\":\"red\"}", "open", then}};
    const struct store_statement st[] = {
        {1, then - 1, "", "", "policy", "desk", "{\"gateways\":[\"vpn.example.co.jp:443\",\"other:443\"]}"},
        {1, then + 5, "", GATE, "version", "desk", "{\"id\":\"" GATE "\",\"by\":\"desk\",\"product\":\"fortios\",\"model\":\"\",\"version\":\"7.2.5\"}"},
        {1, then - 5, B, "ssh", "mitigation", "desk", "{\"id\":\"ssh\",\"by\":\"desk\",\"mitigation\":\"separated\",\"reason\":\"x\"}"},
        {1, then, "", "gateway:gone", "mitigation", "desk", "{\"id\":\"gateway:gone\",\"by\":\"desk\",\"mitigation\":\"separated\",\"reason\":\"x\"}"},
        {.what = NULL}};
    json_t *reg = merged(t, 2, st, then + 10), *d, *said;

    (void)state;
    assert_int_equal(json_array_size(json_object_get(reg, "doors")), 3);
    d = door_at(reg, 0);
    assert_string_equal(str(d, "id"), "ssh");
    said = json_array_get(json_object_get(d, "statements"), 0);
    assert_string_equal(str(said, "mitigation"), "separated");
    assert_true(json_is_false(json_object_get(said, "pending")));
    d = door_at(reg, 1);
    assert_string_equal(str(d, "id"), "gateway:other:443"); /* on the list, told of by nobody */
    assert_string_equal(str(d, "verdict"), "unknown");
    assert_string_equal(str(json_object_get(d, "reason"), "key"), "register.not_asked");
    d = door_at(reg, 2);
    assert_string_equal(str(d, "verdict"), "unknown"); /* the agent judges the statement, not the console */
    said = json_array_get(json_object_get(d, "statements"), 0);
    assert_string_equal(str(said, "version"), "7.2.5");
    assert_true(json_is_true(json_object_get(said, "pending")));
    assert_int_equal(json_array_size(json_object_get(json_object_get(reg, "gateways"), "list")), 2);
    json_decref(reg);
}

static void an_answer_is_bounded_and_says_so(void **state)
{
    const struct told t[] = {{A, SEEN("overdue", "red", "") ",{\"id\":\"ssh\",\"kind\":\"ssh\",\"verdict\":\"ok\",\"colour\":\"green\"}", "open", then},
                             {B, NULL, NULL, 0}};
    struct doors_merge *m = NULL;
    json_t *reg;

    (void)state;
    assert_int_equal(doors_merge_new(&m, 2, then), MM_OK);
    tell(m, &t[0]);
    tell(m, &t[1]);
    reg = doors_merge_end(m, 1600);
    doors_merge_free(m);
    assert_int_equal(json_array_size(json_object_get(reg, "doors")), 1);
    assert_string_equal(str(door_at(reg, 0), "verdict"), "overdue");
    assert_int_equal(json_integer_value(json_object_get(reg, "doors_more")), 2);
    assert_int_equal(sum(reg, "ok"), 1); /* counted, though not shown */
    assert_int_equal(sum(reg, "unknown"), 1);
    assert_true(json_dumpb(reg, NULL, 0, JSON_COMPACT) < 3200);
    json_decref(reg);
}

/* 30 doors full of text, all of them far overdue. */
static void flood(struct buf *doors)
{
    char filler[1001];

    memset(filler, 'x', 1000);
    filler[1000] = '\0';
    for (int i = 0; i < 30; i++)
        assert_int_equal(buf_addf(doors, "%s{\"id\":\"gateway:x%d:1\",\"kind\":\"gateway\",\"verdict\":\"overdue\",\"colour\":\"red\","
                                  "\"due\":\"2000-01-01\",\"evidence\":\"%s\"}", i ? "," : "", i, filler), MM_OK);
}

static void no_device_pushes_out_anothers_doors(void **state)
{
    struct told t[] = {{A, "", "open", then, 0},
                             {B, "{\"id\":\"ssh\",\"kind\":\"ssh\",\"verdict\":\"exposed\",\"colour\":\"red\"}", "open", then, 0}};
    struct doors_merge *m = NULL;
    int found = 0, flooded = 0;
    struct buf doors;
    json_t *reg, *d;
    size_t i;

    (void)state;
    buf_init(&doors, LIM_DOORS_JSON);
    flood(&doors);
    t[0].doors = doors.data;
    assert_int_equal(doors_merge_new(&m, 2, then), MM_OK);
    tell(m, &t[0]);
    tell(m, &t[1]);
    reg = doors_merge_end(m, 30000);
    doors_merge_free(m);
    json_array_foreach(json_object_get(reg, "doors"), i, d) {
        found += !strcmp(str(d, "id"), "ssh");
        flooded += !strncmp(str(d, "id"), "gateway:x", 9);
    }
    assert_int_equal(found, 1);
    assert_true(flooded > 5); /* what is left over is used */
    assert_int_equal(json_integer_value(json_object_get(reg, "doors_more")), 30 - flooded);
    assert_true(json_dumpb(reg, NULL, 0, JSON_COMPACT) < 33000);
    json_decref(reg);
    buf_fini(&doors);
}

static void no_device_fills_the_proposals(void **state)
{
    struct buf vpn;
    struct store_report a = {.agent_id = A, .hostname = "a", .posture = "{\"articles\":[]}", .received = then};
    const struct store_report b = {.agent_id = B, .hostname = "b", .vpn = "{\"doors\":[],\"candidates\":[{\"address\":\"vpn\",\"port\":443},"
                                   "{\"address\":\"vpn\",\"port\":443}]}", .posture = "{\"articles\":[]}", .received = then};
    const struct store_report c = {.agent_id = C, .hostname = "c", .vpn = b.vpn, .posture = b.posture, .received = then};
    struct doors_merge *m = NULL;
    json_t *reg, *one;

    (void)state;
    buf_init(&vpn, LIM_DOORS_JSON);
    buf_adds(&vpn, "{\"doors\":[],\"candidates\":[");
    for (int i = 0; i < 250; i++)
        buf_addf(&vpn, "%s{\"address\":\"x%d\",\"port\":443}", i ? "," : "", i);
    assert_int_equal(buf_adds(&vpn, "]}"), MM_OK);
    a.vpn = vpn.data;
    assert_int_equal(doors_merge_new(&m, 3, then), MM_OK);
    assert_int_equal(doors_merge_device(m, &a), MM_OK);
    assert_int_equal(doors_merge_device(m, &b), MM_OK);
    assert_int_equal(doors_merge_device(m, &c), MM_OK);
    reg = doors_merge_end(m, DOORS_BYTES);
    doors_merge_free(m);
    one = json_array_get(json_object_get(reg, "candidates"), 0);
    assert_string_equal(str(one, "address"), "vpn");
    assert_int_equal(json_integer_value(json_object_get(one, "devices")), 2); /* each once, whatever it repeats */
    assert_int_equal(json_array_size(json_object_get(reg, "candidates")), 9);
    assert_int_equal(json_integer_value(json_object_get(reg, "candidates_more")), 242);
    json_decref(reg);
    buf_fini(&vpn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_is_cleaned), cmocka_unit_test(hostile_reports_are_refused), cmocka_unit_test(limits_of_a_report),
        cmocka_unit_test(the_clock_goes_on), cmocka_unit_test(nothing_looks_better_than_the_device_said),
        cmocka_unit_test(an_old_report_is_unknown), cmocka_unit_test(a_persons_word_grows_old),
        cmocka_unit_test(one_gateway_of_several_devices), cmocka_unit_test(programs_belong_to_a_device),
        cmocka_unit_test(who_never_reported_is_there), cmocka_unit_test(a_door_found_open_stays_open_until_seen_closed),
        cmocka_unit_test(a_check_from_the_future_is_of_when_it_came), cmocka_unit_test(operators_words_are_shown),
        cmocka_unit_test(an_answer_is_bounded_and_says_so),
        cmocka_unit_test(a_stranger_says_nothing), cmocka_unit_test(silence_clears_nothing_and_keeps_nothing),
        cmocka_unit_test(a_wrong_clock_wins_nothing_and_is_shown), cmocka_unit_test(a_slow_clock_is_the_reason),
        cmocka_unit_test(no_device_pushes_out_anothers_doors), cmocka_unit_test(no_device_fills_the_proposals),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
