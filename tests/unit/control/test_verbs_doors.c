/* vpn, posture, check, declare: who may, what comes back, and which statements are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include "agent/control/verbs.h"
#include "agent/control/verbs_declare.h"
#include "lib/control_frame.h"
#include "lib/err.h"

#define NOW 1795305600 /* 2026-11-22T00:00:00Z */

static struct {
    int rc, doors, checks, declares;
    bool posture;
    size_t fill;                     /* bytes of padding in the result */
    const char *body;                /* what the result is, instead */
    struct control_statement st;
    uint32_t uid;
} w;

static int op_doors(void *context, bool posture, struct buf *json)
{
    int rc = w.rc;

    (void)context;
    w.doors++;
    w.posture = posture;
    if (!rc && w.body)
        return buf_adds(json, w.body);
    if (!rc)
        rc = buf_adds(json, "{\"checked_at\":null,\"x\":\"");
    for (size_t i = 0; i < w.fill && !rc; i += 16)
        rc = buf_adds(json, "0123456789abcdef");
    return rc ? rc : buf_adds(json, "\"}");
}

static int op_check(void *context)
{
    (void)context;
    w.checks++;
    return w.rc;
}

static int op_declare(void *context, const struct control_statement *st, uint32_t uid)
{
    (void)context;
    w.declares++;
    w.st = *st;
    w.uid = uid;
    return w.rc;
}

static const struct control_ops ops = {.doors = op_doors, .check = op_check, .declare = op_declare};
static const struct control_ops none;

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    return 0;
}

static json_t *ask(const struct control_ops *with, const char *request, bool privileged)
{
    const struct control_peer peer = {.uid = 1000, .privileged = privileged, .fd = 3, .ticket = 42};
    struct buf out;
    json_t *answer;
    size_t n;

    buf_init(&out, LIM_CONTROL_FRAME + CONTROL_FRAME_HEAD);
    assert_int_equal(control_handle(with, &peer, request, strlen(request), &out), CONTROL_ANSWER);
    assert_int_equal(control_frame_get(out.data, out.len, LIM_CONTROL_FRAME, &n), MM_OK);
    answer = json_loadb(out.data + CONTROL_FRAME_HEAD, n, JSON_REJECT_DUPLICATES, NULL);
    assert_true(json_is_object(answer));
    buf_fini(&out);
    return answer;
}

static void expect_error(const struct control_ops *with, const char *request, bool privileged, const char *word)
{
    json_t *a = ask(with, request, privileged);

    assert_true(json_is_false(json_object_get(a, "ok")));
    assert_string_equal(json_string_value(json_object_get(a, "error")), word);
    assert_true(json_string_length(json_object_get(a, "message")) > 0);
    json_decref(a);
}

static json_t *expect_result(const char *request)
{
    json_t *a = ask(&ops, request, true), *result = json_incref(json_object_get(a, "result"));

    assert_true(json_is_true(json_object_get(a, "ok")) && json_is_object(result));
    json_decref(a);
    return result;
}

static void results_come_as_they_are(void **state)
{
    json_t *r;

    (void)state;
    r = expect_result("{\"v\":1,\"verb\":\"vpn\"}");
    assert_true(json_is_null(json_object_get(r, "checked_at")));
    assert_int_equal(w.doors, 1);
    assert_false(w.posture);
    json_decref(r);
    json_decref(expect_result("{\"v\":1,\"verb\":\"posture\"}"));
    assert_true(w.posture);
    w.fill = LIM_CONTROL_FRAME - 8192; /* a full register fits the frame */
    r = expect_result("{\"v\":1,\"verb\":\"vpn\"}");
    assert_int_equal(json_string_length(json_object_get(r, "x")), w.fill);
    json_decref(r);
    w.fill = LIM_CONTROL_FRAME;
    expect_error(&ops, "{\"v\":1,\"verb\":\"vpn\"}", true, "limit");
}

static void what_is_no_object_is_no_result(void **state)
{
    static const char *const bad[] = {"", "[]", "null", "{", "{}{}", "{\"a\":\"\xff\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        w.body = bad[i];
        expect_error(&ops, "{\"v\":1,\"verb\":\"posture\"}", true, "format");
    }
    w.body = NULL;
    w.rc = MM_EIO;
    expect_error(&ops, "{\"v\":1,\"verb\":\"vpn\"}", true, "failed");
}

static void checks(void **state)
{
    json_t *r = expect_result("{\"v\":1,\"verb\":\"check\"}");

    (void)state;
    assert_true(json_is_true(json_object_get(r, "started")));
    json_decref(r);
    assert_int_equal(w.checks, 1);
    w.rc = MM_EAGAIN;
    expect_error(&ops, "{\"v\":1,\"verb\":\"check\",\"args\":{}}", true, "busy");
    expect_error(&ops, "{\"v\":1,\"verb\":\"check\",\"args\":{\"reason\":\"x\"}}", true, "bad_args");
    assert_int_equal(w.checks, 2);
}

static void only_the_group_may(void **state)
{
    static const char *const verbs[] = {"vpn", "posture", "check", "declare"};
    char request[256];

    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const char *args = strcmp(verbs[i], "declare") ? "" : "\"id\":\"gateway:a:1\",\"version\":\"7.2.5\"";

        snprintf(request, sizeof request, "{\"v\":1,\"verb\":\"%s\",\"args\":{%s}}", verbs[i], args);
        expect_error(&ops, request, false, "denied");
        expect_error(&none, request, true, "unsupported");
    }
    assert_int_equal(w.doors + w.checks + w.declares, 0);
}

static void statements_are_recorded(void **state)
{
    json_t *r = expect_result("{\"v\":1,\"verb\":\"declare\",\"args\":{\"id\":\"gateway:vpn.example.co.jp:443\","
                              "\"by\":\"山田\",\"product\":\"fortios\",\"model\":\"60F\",\"version\":\"7.2.5\"}}");

    (void)state;
    assert_true(json_is_true(json_object_get(r, "declared")));
    assert_string_equal(w.st.id, "gateway:vpn.example.co.jp:443");
    assert_string_equal(w.st.by, "山田");
    assert_string_equal(w.st.product, "fortios");
    assert_string_equal(w.st.model, "60F");
    assert_string_equal(w.st.version, "7.2.5");
    assert_string_equal(w.st.mitigation, "");
    assert_int_equal(w.uid, 1000);
    json_decref(r);
    json_decref(expect_result("{\"v\":1,\"verb\":\"declare\",\"args\":{\"id\":\"ssh:sshd\",\"mitigation\":\"monitored\",\"reason\":\"r\"}}"));
    assert_string_equal(w.st.by, "uid 1000"); /* no name given: who asked */
    json_decref(expect_result("{\"v\":1,\"verb\":\"declare\",\"args\":{\"id\":\"posture:threats\",\"date\":\"2026-01-31\"}}"));
    assert_string_equal(w.st.date, "2026-01-31");
    w.rc = MM_ENOTFOUND;
    expect_error(&ops, "{\"v\":1,\"verb\":\"declare\",\"args\":{\"id\":\"gateway:b:1\",\"version\":\"1.0\"}}", true, "not_found");
    assert_int_equal(w.declares, 4);
    expect_error(&ops, "{\"v\":1,\"verb\":\"declare\"}", true, "bad_args");
    expect_error(&ops, "{\"v\":1,\"verb\":\"declare\",\"args\":{\"id\":\"gateway:b:1\",\"version\":\"1.0\",\"force\":1}}", true, "bad_args");
    assert_int_equal(w.declares, 4);
}

static int reads(const char *args)
{
    struct control_statement st = {.id = "untouched"};
    const char *why = NULL;
    json_t *o = json_loads(args, 0, NULL);
    int rc;

    assert_non_null(o);
    rc = control_statement_read(o, 7, NOW, &st, &why);
    json_decref(o);
    assert_true(rc ? why && *why : !why);
    if (rc)
        assert_string_equal(st.id, "untouched");
    return rc;
}

static void statements_that_are_well(void **state)
{
    static const char *const good[] = {
        "{\"id\":\"gateway:[2001:db8::1]:443\",\"version\":\"9.16(4)57\"}",
        "{\"id\":\"program:/usr/sbin/openvpn\",\"version\":\"10.2.9-h1\",\"product\":\"openvpn\"}",
        "{\"id\":\"gateway:a:1\",\"version\":\"V5.37(ABPS.0)\"}",
        "{\"id\":\"program:/opt/遠隔/vpn\",\"version\":\"1.0\"}",  /* a path is in any letters, as the console takes it */
        "{\"id\":\"gateway:a:1\",\"certificate\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
        "{\"id\":\"gateway:a:1\",\"mitigation\":\"none\",\"reason\":\"updated\"}",
        "{\"id\":\"listener:tcp:3389\",\"mitigation\":\"disabled\",\"reason\":\"止めた\"}",
        "{\"id\":\"posture:restore_test\",\"date\":\"2026-11-22\"}",  /* today */
        "{\"id\":\"posture:restore_test\",\"date\":\"2024-02-29\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (reads(good[i]))
            fail_msg("refused: %s", good[i]);
}

static void statements_that_are_not(void **state)
{
    static const char *const bad[] = {
        "{}", "{\"id\":\"gateway:a:1\"}", "{\"version\":\"1.0\"}", "{\"id\":\"\",\"version\":\"1.0\"}",
        "{\"id\":7,\"version\":\"1.0\"}", "{\"id\":\"gateway:a:1\",\"version\":1.0}", "{\"id\":\"gateway:a:1\",\"version\":null}",
        "{\"id\":\"gateway:\",\"version\":\"1.0\"}", "{\"id\":\"gateway\",\"version\":\"1.0\"}", "{\"id\":\"ssh\",\"mitigation\":\"disabled\",\"reason\":\"x\"}",
        "{\"id\":\"gateway:a\\u001b[0m\",\"version\":\"1.0\"}",
        "{\"id\":\"gate:a:1\",\"version\":\"1.0\"}", "{\"id\":\"listener:a\",\"version\":\"1.0\"}", "{\"id\":\"posture:threats\",\"version\":\"1.0\"}",
        "{\"id\":\"gateway:a:1\",\"version\":\"latest\"}", "{\"id\":\"gateway:a:1\",\"version\":\"-1\"}", "{\"id\":\"gateway:a:1\",\"version\":\"1.0 \"}",
        "{\"id\":\"gateway:a:1\",\"version\":\"1.0$(x)\"}", "{\"id\":\"gateway:a:1\",\"version\":\"1.0\\u202e\"}",
        "{\"id\":\"gateway:a:1\",\"version\":\"1234567890123456789012345678901.2\"}",
        "{\"id\":\"gateway:a:1\",\"version\":\"1.0\",\"product\":\"Forti OS\"}", "{\"id\":\"gateway:a:1\",\"version\":\"1.0\",\"reason\":\"x\"}",
        "{\"id\":\"gateway:a:1\",\"version\":\"1.0\",\"model\":\"a\\nb\"}", "{\"id\":\"gateway:a:1\",\"version\":\"1.0\",\"by\":\"uid 0\"}",
        "{\"id\":\"gateway:a:1\",\"version\":\"1.0\",\"mitigation\":\"disabled\",\"reason\":\"x\"}",
        "{\"id\":\"gateway:a:1\",\"version\":\"1.0\",\"date\":\"2026-01-01\"}",
        "{\"id\":\"gateway:a:1\",\"mitigation\":\"disabled\"}", "{\"id\":\"gateway:a:1\",\"mitigation\":\"prayed\",\"reason\":\"x\"}",
        "{\"id\":\"gateway:a:1\",\"mitigation\":\"disabled\",\"reason\":\"x\",\"product\":\"fortios\"}",
        "{\"id\":\"gateway:a:1\",\"certificate\":\"0123456789abcde\"}",
        "{\"id\":\"ssh:settings\",\"certificate\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
        "{\"id\":\"gateway:a:1\",\"certificate\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"product\":\"fortios\"}",
        "{\"id\":\"gateway:a:1\",\"certificate\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0\"}",
        "{\"id\":\"posture:threats\",\"mitigation\":\"disabled\",\"reason\":\"x\"}",
        "{\"id\":\"gateway:a:1\",\"date\":\"2026-01-01\"}", "{\"id\":\"posture:lunch\",\"date\":\"2026-01-01\"}",
        "{\"id\":\"posture:threats\",\"date\":\"2026-11-23\"}", "{\"id\":\"posture:threats\",\"date\":\"2026-02-29\"}",
        "{\"id\":\"posture:threats\",\"date\":\"2026-1-1\"}", "{\"id\":\"posture:threats\",\"date\":\"2026-01-01T00:00:00Z\"}",
        "{\"id\":\"posture:threats\",\"date\":\"yesterday\"}", "{\"id\":\"posture:threats\",\"date\":\"2026-01-01\",\"reason\":\"x\"}"};
    char lengthy[512];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!reads(bad[i]))
            fail_msg("taken: %s", bad[i]);
    snprintf(lengthy, sizeof lengthy, "{\"id\":\"program:%0311d\",\"version\":\"1.0\"}", 1); /* LIM_DOOR_ID */
    assert_int_equal(reads(lengthy), MM_OK);
    snprintf(lengthy, sizeof lengthy, "{\"id\":\"program:%0312d\",\"version\":\"1.0\"}", 1);
    assert_int_equal(reads(lengthy), MM_EINVAL);
    snprintf(lengthy, sizeof lengthy, "{\"id\":\"gateway:a\",\"by\":\"%0256d\",\"version\":\"1.0\"}", 1);
    assert_int_equal(reads(lengthy), MM_EINVAL);
}

/* In Japan a day begins nine hours before it does in UTC. */
static void today_is_not_the_future(void **state)
{
    struct control_statement st;
    const char *why;
    json_t *o = json_loads("{\"id\":\"posture:threats\",\"date\":\"2026-11-22\"}", 0, NULL);

    (void)state;
    assert_int_equal(control_statement_read(o, 0, NOW - 9 * 3600, &st, &why), MM_OK);
    assert_int_equal(control_statement_read(o, 0, NOW - 15 * 3600, &st, &why), MM_EINVAL);
    json_decref(o);
    assert_int_equal(control_statement_read(NULL, 0, NOW, &st, &why), MM_EINVAL);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(results_come_as_they_are), T(what_is_no_object_is_no_result), T(checks), T(only_the_group_may),
        T(statements_are_recorded), T(statements_that_are_well), T(statements_that_are_not), T(today_is_not_the_future),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
