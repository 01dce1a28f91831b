/* Times of a report, bounded by the console's clock when it comes in. */
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

#define DAY 86400
#define GATE "gateway:vpn.example.co.jp:443"

static int64_t then; /* our clock */

static int setup(void **state)
{
    (void)state;
    return rfc3339_parse("2026-11-20T03:00:00Z", &then);
}

static void reads(const char *text, json_t **vpn, json_t **posture)
{
    struct doors_error e;

    assert_int_equal(doors_report_read(text, strlen(text), vpn, posture, &e), MM_OK);
}

static const char *str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "(none)";
}

/* What is told as ahead of us is of when we first heard it; telling it again makes it no newer. */
static void times_are_bounded_by_our_clock(void **state)
{
    static const char text[] = "{\"vpn\":{\"checked_at\":\"2027-11-20T03:00:00Z\",\"overall\":\"open\",\"doors\":["
        "{\"id\":\"" GATE "\",\"kind\":\"gateway\",\"verdict\":\"ok\",\"colour\":\"green\",\"checked_at\":\"2027-11-20T03:00:00Z\","
        "\"since\":\"9999-01-01T00:00:00Z\",\"stated\":{\"by\":\"x\",\"at\":\"2099-01-01T00:00:00Z\"},"
        "\"mitigation\":{\"what\":\"separated\",\"by\":\"x\",\"at\":\"2026-11-19T03:00:00Z\"}}]},"
        "\"posture\":{\"checked_at\":\"2027-11-20T03:00:00Z\",\"articles\":[{\"article\":1,\"state\":\"met\",\"checks\":"
        "[{\"check\":\"a\",\"state\":\"met\",\"at\":\"2027-11-20T03:00:00Z\"}]}]}}";
    char *before = NULL;

    (void)state;
    for (int day = 0; day < 400; day += 399) { /* on the second day the times are no longer ahead */
        json_t *vpn = NULL, *posture = NULL, *door, *check;

        reads(text, &vpn, &posture);
        assert_int_equal(doors_report_settle(vpn, posture, before ? before : "", then + (int64_t)day * DAY), MM_OK);
        door = json_array_get(json_object_get(vpn, "doors"), 0);
        check = json_array_get(json_object_get(json_array_get(json_object_get(posture, "articles"), 0), "checks"), 0);
        assert_string_equal(str(vpn, "checked_at"), "2026-11-20T03:00:00Z");
        assert_string_equal(str(door, "checked_at"), "2026-11-20T03:00:00Z");
        assert_string_equal(str(door, "since"), "2026-11-20T03:00:00Z");
        assert_string_equal(str(json_object_get(door, "stated"), "at"), "2026-11-20T03:00:00Z");
        assert_string_equal(str(json_object_get(door, "mitigation"), "at"), "2026-11-19T03:00:00Z"); /* is no lie */
        assert_string_equal(str(posture, "checked_at"), "2026-11-20T03:00:00Z");
        assert_string_equal(str(check, "at"), "2026-11-20T03:00:00Z");
        assert_true(doors_report_ahead(vpn) > 366 * DAY);
        free(before);
        before = json_dumps(vpn, 0);
        json_decref(vpn);
        json_decref(posture);
    }
    free(before);
}

/* A report of honest times is not touched, whatever was kept before. */
static void honest_times_stay(void **state)
{
    json_t *vpn = NULL, *posture = NULL, *copy;

    (void)state;
    reads("{\"vpn\":{\"checked_at\":\"2026-11-20T03:00:00Z\",\"overall\":\"closed\",\"heard\":{\"2026-11-20T03:00:00Z\":\"1970-01-01T00:00:00Z\"},"
          "\"doors\":[]},\"posture\":{\"articles\":[]}}", &vpn, &posture); /* "heard" is no member of the contract */
    copy = json_deep_copy(vpn);
    assert_int_equal(doors_report_settle(vpn, posture, "nonsense", then), MM_OK);
    assert_true(json_equal(vpn, copy));
    assert_int_equal(doors_report_ahead(vpn), 0);
    assert_int_equal(doors_report_settle(vpn, posture, "{\"heard\":7}", then - 1), MM_OK);
    assert_string_equal(str(vpn, "checked_at"), "2026-11-20T02:59:59Z");
    json_decref(copy);
    json_decref(vpn);
    json_decref(posture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(times_are_bounded_by_our_clock), cmocka_unit_test(honest_times_stay)};

    return cmocka_run_group_tests(tests, setup, NULL);
}
