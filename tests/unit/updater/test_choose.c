/* Which release a host takes: one row for each rule of docs/update.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"
#include "updater/choose.h"

#define NOW 1800000000

static int64_t number(const char *version)
{
    int64_t n;

    assert_int_equal(choose_number(version, &n), MM_OK);
    return n;
}

static struct offer offer(const char *version)
{
    struct offer o = {.ring = RING_BROAD, .percent = 100, .number = number(version)};

    snprintf(o.version, sizeof o.version, "%s", version);
    snprintf(o.content, sizeof o.content, "%064d", (int)(o.number % 1000000));
    return o;
}

static struct chooser host(const char *running)
{
    struct chooser h = {.now = NOW, .ring = RING_BROAD, .bucket = 4999, .running = number(running), .agent = number("0.2.0")};

    snprintf(h.platform, sizeof h.platform, "linux-x86_64");
    return h;
}

/* The version that is chosen of `n` offers; "" for none. */
static const char *chosen(const struct chooser *h, const struct offer *offers, unsigned n, enum choice want)
{
    unsigned at = n;
    enum choice got = choose(h, offers, n, &at);

    assert_int_equal(got, want);
    return got == CHOICE_NONE ? "" : offers[at].version;
}

static void the_newest(void **state)
{
    const struct offer offers[] = {offer("1.2.0"), offer("1.10.0"), offer("1.9.9")};
    struct chooser h = host("1.2.0");

    (void)state;
    assert_string_equal(chosen(&h, offers, 3, CHOICE_NEWER), "1.10.0");
    h.running = number("1.10.0");
    chosen(&h, offers, 3, CHOICE_NONE);
    h.running = number("2.0.0"); /* newer than all that is offered: it stays */
    chosen(&h, offers, 3, CHOICE_NONE);
    chosen(&h, offers, 0, CHOICE_NONE);
}

static void rings_and_percent(void **state)
{
    struct offer o = offer("1.1.0");
    struct chooser h = host("1.0.0");

    (void)state;
    o.ring = RING_EARLY;
    chosen(&h, &o, 1, CHOICE_NONE); /* broad: later */
    h.ring = RING_CANARY;
    o.percent = 0;
    chosen(&h, &o, 1, CHOICE_NEWER); /* the rings before have all of it */
    h.ring = RING_EARLY;
    chosen(&h, &o, 1, CHOICE_NONE);
    o.percent = 49;
    chosen(&h, &o, 1, CHOICE_NONE); /* bucket 4999 is the last of 50 % */
    o.percent = 50;
    chosen(&h, &o, 1, CHOICE_NEWER);
    o.start = NOW + 1;
    chosen(&h, &o, 1, CHOICE_NONE);
    o.start = NOW;
    chosen(&h, &o, 1, CHOICE_NEWER);
}

static void what_does_not_fit(void **state)
{
    struct offer o = offer("1.1.0");
    struct chooser h = host("1.0.0");
    char refused[1][65];

    (void)state;
    snprintf(o.platform, sizeof o.platform, "linux-aarch64");
    chosen(&h, &o, 1, CHOICE_NONE);
    o = offer("1.1.0");
    o.minimum_agent = number("0.2.1");
    chosen(&h, &o, 1, CHOICE_NONE);
    o = offer("1.1.0");
    h.floor = number("1.1.1");
    chosen(&h, &o, 1, CHOICE_NONE);
    h.floor = 0;
    snprintf(refused[0], sizeof refused[0], "%s", o.content);
    h.refused = refused;
    h.nrefused = 1;
    chosen(&h, &o, 1, CHOICE_NONE);
    h.nrefused = 0;
    for (int64_t schema = 1; schema <= 5; schema++) { /* its own and the ones beside; after a way back of both */
        o.schema = schema;
        h.schema = (struct state_schema){3, 3};
        chosen(&h, &o, 1, schema >= 2 && schema <= 4 ? CHOICE_NEWER : CHOICE_NONE);
        h.schema = (struct state_schema){3, 4};
        chosen(&h, &o, 1, schema == 3 || schema == 4 ? CHOICE_NEWER : CHOICE_NONE);
        h.schema = (struct state_schema){0, 0};
        chosen(&h, &o, 1, CHOICE_NEWER);
    }
    o = offer("1.1.0");
    snprintf(o.from, sizeof o.from, "1.0.0"); /* a delta is a way, not a release */
    chosen(&h, &o, 1, CHOICE_NONE);
}

static void halted(void **state)
{
    struct offer offers[] = {offer("1.0.0"), offer("1.1.0"), offer("1.2.0")};
    struct chooser h = host("1.1.0");

    (void)state;
    offers[2].halted = true;
    chosen(&h, offers, 3, CHOICE_NONE); /* not taken */
    offers[1].halted = true;
    assert_string_equal(chosen(&h, offers, 3, CHOICE_BACK), "1.0.0"); /* and left */
    offers[2].halted = false;
    assert_string_equal(chosen(&h, offers, 3, CHOICE_NEWER), "1.2.0");
    offers[2].halted = offers[0].halted = true;
    chosen(&h, offers, 3, CHOICE_NONE);
}

static json_t *target(const char *custom)
{
    json_t *t = json_pack("{s:o}", "custom", json_loads(custom, 0, NULL));

    assert_non_null(t);
    return t;
}

#define CONTENT "\"content\": {\"length\": 10, \"sha256\": \"" "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" "\"}"

static int read_as(enum update_kind kind, const char *custom, struct offer *out)
{
    json_t *t = target(custom);
    int rc = choose_read(kind, "rules/x", t, out);

    json_decref(t);
    return rc;
}

static void reading(void **state)
{
    static const char *const bad[] = {
        "{}", "{\"kind\": \"rules\"}", "{\"kind\": \"rules\", \"version\": \"1.0.0\"}", "{\"kind\": \"rules\", \"version\": \"one\", " CONTENT "}",
        "{\"kind\": \"rules\", \"version\": 1, " CONTENT "}", "{\"kind\": \"rules\", \"version\": \"1.0.0\", \"content\": {\"length\": 0, \"sha256\": \"00\"}}",
        "{\"kind\": \"rules\", \"version\": \"1.0.0\", \"rollout\": {\"ring\": \"all\"}, " CONTENT "}",
        "{\"kind\": \"rules\", \"version\": \"1.0.0\", \"rollout\": {\"ring\": \"broad\", \"percent\": 101}, " CONTENT "}",
        "{\"kind\": \"rules\", \"version\": \"1.0.0\", \"rollout\": {\"ring\": \"broad\", \"start\": \"soon\"}, " CONTENT "}",
        "{\"kind\": \"agent\", \"version\": \"1.0.0\", " CONTENT "}", "{\"kind\": \"rules\", \"version\": \"1.0.0\", \"from\": \"0.9.0\", " CONTENT "}",
    };
    struct offer o;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (read_as(UPDATE_RULES, bad[i], &o) == MM_OK)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(read_as(UPDATE_RULES, "{\"kind\": \"rules\", \"version\": \"1.0.0\", \"halt\": {}, \"rollout\": {\"ring\": \"canary\", \"percent\": 7}, " CONTENT "}", &o), MM_OK);
    assert_true(o.halted && o.ring == RING_CANARY && o.percent == 7);
    assert_int_equal(read_as(UPDATE_AGENT, "{\"kind\": \"delta\", \"version\": \"1.0.1\", \"from\": \"1.0.0\", " CONTENT "}", &o), MM_OK);
    assert_string_equal(o.from, "1.0.0");
}

static void buckets(void **state)
{
    unsigned low = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char id[33];

        snprintf(id, sizeof id, "%032x", (unsigned)i * 2654435761u);
        assert_true(choose_bucket(id) < CHOOSE_BUCKETS);
        assert_int_equal(choose_bucket(id), choose_bucket(id));
        low += choose_bucket(id) < CHOOSE_BUCKETS / 10;
    }
    assert_in_range(low, 1800, 2200); /* 10 % are 10 % */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest), cmocka_unit_test(rings_and_percent), cmocka_unit_test(what_does_not_fit),
        cmocka_unit_test(halted),     cmocka_unit_test(reading),           cmocka_unit_test(buckets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
