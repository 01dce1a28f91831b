/* What the updater wrote: read with bounds, told as events; anything may be in those files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/report/update_event.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/text.h"
#include "lib/unicode.h"

static struct update_record r;
static struct update_entry e;

static int read_record(const char *text)
{
    return update_record_read(text, strlen(text), &r);
}

static int read_entry(const char *text)
{
    return update_entry_read(text, strlen(text), &e);
}

static void a_whole_record(void **state)
{
    (void)state;
    assert_int_equal(read_record("{\"checked\":\"2026-11-29T01:00:00Z\",\"verified\":\"2026-11-29T01:00:02Z\",\"source\":\"https://x\","
                                 "\"result\":\"applied\",\"cause\":\"\",\"detail\":\"a \\u001b[31m b\",\"ring\":\"early\",\"percent\":42,"
                                 "\"rules\":{\"version\":\"1.2.0\",\"since\":\"2026-11-28T00:00:00Z\",\"made\":\"2026-11-27T00:00:00Z\",\"before\":\"1.1.0\"},"
                                 "\"agent\":{\"version\":\"0.2.0\"},\"expires\":{\"root\":\"2027-01-01T00:00:00Z\"},\"trial\":null}"), MM_OK);
    assert_int_equal(r.verified - r.checked, 2);
    assert_int_equal(r.result, TOLD_APPLIED);
    assert_string_equal(r.ring, "early");
    assert_string_equal(r.rules.version, "1.2.0");
    assert_string_equal(r.rules.before, "1.1.0");
    assert_int_equal(r.rules.since - r.rules.made, 86400);
    assert_string_equal(r.agent.version, "0.2.0");
    assert_null(strchr(r.detail, 0x1b));
    assert_false(update_looks_attacked(&r));
}

static void what_is_no_record(void **state)
{
    static const char *const bad[] = {"", "[]", "7", "nonsense", "{\"checked\":", "{\"ring\":\"early\",\"ring\":\"broad\"}", "{} {}"};
    char *large = malloc(LIM_UPDATE_RECORD + 2);

    (void)state;
    assert_non_null(large);
    r.checked = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(read_record(bad[i]), MM_EFORMAT);
    memset(large, ' ', LIM_UPDATE_RECORD + 1);
    memcpy(large, "{}", 2);
    assert_int_equal(update_record_read(large, LIM_UPDATE_RECORD + 1, &r), MM_ELIMIT);
    assert_int_equal(r.checked, 7);
    free(large);
}

static void odd_members_are_left_empty(void **state)
{
    (void)state;
    assert_int_equal(read_record("{\"checked\":5,\"verified\":\"yesterday\",\"result\":\"\",\"cause\":\"<script>\",\"detail\":[1],\"ring\":\"gold\","
                                 "\"rules\":[\"1.0.0\"],\"agent\":{\"version\":\"0123456789012345678901234567890123456789\",\"since\":{}}}"), MM_OK);
    assert_int_equal(r.checked, 0);
    assert_int_equal(r.verified, 0);
    assert_int_equal(r.result, TOLD_NONE);
    assert_string_equal(r.cause, "");
    assert_string_equal(r.detail, "");
    assert_string_equal(r.ring, "");
    assert_string_equal(r.rules.version, "");
    assert_string_equal(r.agent.version, "");
    assert_int_equal(read_record("{\"result\":\"available\",\"rules\":{\"before\":{\"version\":\"1.0.0\"}},\"agent\":{\"before\":{\"version\":[]}}}"), MM_OK);
    assert_int_equal(r.result, TOLD_AVAILABLE);
    assert_string_equal(r.rules.before, "1.0.0");
    assert_string_equal(r.agent.before, "");
    assert_int_equal(read_record("{\"detail\":\"\\u0000x\"}"), MM_EFORMAT);
    assert_int_equal(read_record("{\"detail\":\"a\\nb\\u009bc\"}"), MM_OK);
    assert_string_equal(r.detail, "a b  c");
}

static void a_long_text_is_cut_between_characters(void **state)
{
    for (size_t blanks = 0; blanks < 3; blanks++) {
        struct buf b;

        (void)state;
        buf_init(&b, 1024);
        buf_addf(&b, "{\"detail\":\"%.*s", (int)blanks, "  ");
        for (int i = 0; i < 100; i++)
            buf_adds(&b, "見");
        buf_adds(&b, "\"}");
        assert_int_equal(read_record(b.data), MM_OK);
        buf_fini(&b);
        assert_true(uni_valid(r.detail, strlen(r.detail)));
        assert_true(strlen(r.detail) > LIM_TITLE - 5);
    }
}

static void attacks_by_their_cause(void **state)
{
    static const char *const attack[] = {"rollback", "freeze", "arbitrary-software", "key-compromise", "mix-and-match"};
    static const char *const none[] = {"unreachable", "space", "invalid-pack", "halted", "", "slow-retrieval"};
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof attack / sizeof attack[0]; i++) {
        snprintf(text, sizeof text, "{\"result\":\"refused\",\"cause\":\"%s\"}", attack[i]);
        assert_int_equal(read_record(text), MM_OK);
        assert_true(update_looks_attacked(&r));
        r.result = TOLD_CURRENT;
        assert_false(update_looks_attacked(&r));
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        snprintf(text, sizeof text, "{\"result\":\"failed\",\"cause\":\"%s\"}", none[i]);
        assert_int_equal(read_record(text), MM_OK);
        assert_false(update_looks_attacked(&r));
    }
}

static void entries(void **state)
{
    static const char *const bad[] = {"", "{}", "[]", "{\"sequence\":0,\"kind\":\"rules\",\"act\":\"applied\"}",
                                      "{\"sequence\":-1,\"kind\":\"rules\",\"act\":\"applied\"}", "{\"sequence\":\"1\",\"kind\":\"rules\",\"act\":\"applied\"}",
                                      "{\"sequence\":1.5,\"kind\":\"rules\",\"act\":\"applied\"}", "{\"sequence\":1,\"kind\":\"rule\",\"act\":\"applied\"}",
                                      "{\"sequence\":1,\"kind\":\"rules\"}", "{\"sequence\":1,\"kind\":[],\"act\":\"applied\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(read_entry(bad[i]), MM_EFORMAT);
    assert_int_equal(read_entry("{\"sequence\":9,\"time\":\"2026-11-29T01:00:00Z\",\"kind\":\"rules\",\"act\":\"returned\",\"from\":\"1.3.0\","
                                "\"to\":\"1.2.0\",\"cause\":\"unhealthy\",\"detail\":\"d\",\"by\":\"updater\"}"), MM_OK);
    assert_int_equal(e.sequence, 9);
    assert_true(e.time > 0);
    assert_string_equal(e.from, "1.3.0");
    assert_string_equal(e.cause, "unhealthy");
}

static void expect(const char *line, unsigned failures, uint32_t kind, uint32_t severity, uint32_t outcome)
{
    struct event event;

    assert_int_equal(read_entry(line), MM_OK);
    update_event(&e, failures, &event);
    assert_int_equal(event.kind, kind);
    assert_int_equal(event.activity, kind == EV_LIFECYCLE ? ACT_UPGRADE : ACT_RULES);
    assert_int_equal(event.severity, severity);
    assert_int_equal(event.outcome, outcome);
    assert_true(event.title_ja[0] && event.title_en[0] && event.subject[0] && event.detail[0]);
    assert_string_not_equal(event.title_en, text_in("did.update", TEXT_EN));
}

static void events(void **state)
{
    (void)state;
    expect("{\"sequence\":1,\"kind\":\"rules\",\"act\":\"applied\",\"to\":\"1.2.0\"}", 0, EV_STATE, SEV_INFO, OUTCOME_SUCCESS);
    expect("{\"sequence\":1,\"kind\":\"rules\",\"act\":\"returned\"}", 0, EV_STATE, SEV_HIGH, OUTCOME_FAILURE);
    expect("{\"sequence\":1,\"kind\":\"rules\",\"act\":\"rolled-back\",\"cause\":\"asked\"}", 0, EV_STATE, SEV_MEDIUM, OUTCOME_SUCCESS);
    expect("{\"sequence\":1,\"kind\":\"agent\",\"act\":\"applied\"}", 0, EV_LIFECYCLE, SEV_INFO, OUTCOME_SUCCESS);
    expect("{\"sequence\":1,\"kind\":\"agent\",\"act\":\"refused\",\"cause\":\"rollback\"}", 0, EV_LIFECYCLE, SEV_HIGH, OUTCOME_FAILURE);
    expect("{\"sequence\":1,\"kind\":\"metadata\",\"act\":\"refused\",\"cause\":\"freeze\"}", 0, EV_STATE, SEV_HIGH, OUTCOME_FAILURE);
    expect("{\"sequence\":1,\"kind\":\"metadata\",\"act\":\"failed\",\"cause\":\"unreachable\"}", 1, EV_STATE, SEV_LOW, OUTCOME_FAILURE);
    expect("{\"sequence\":1,\"kind\":\"metadata\",\"act\":\"failed\",\"cause\":\"unreachable\"}", 3, EV_STATE, SEV_MEDIUM, OUTCOME_FAILURE);
    expect("{\"sequence\":1,\"kind\":\"metadata\",\"act\":\"failed\",\"cause\":\"rollback\"}", 1, EV_STATE, SEV_HIGH, OUTCOME_FAILURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_record), cmocka_unit_test(what_is_no_record), cmocka_unit_test(odd_members_are_left_empty),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(attacks_by_their_cause), cmocka_unit_test(entries), cmocka_unit_test(events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
