#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "console/api/api.h"
#include "lib/err.h"

#define AGENT "0f8fad5b-d9cb-469f-a165-70867728950e"
#define ADMIN "Bearer aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DESK "Bearer bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct console console;
static struct api api = {.console = &console};

static int open_all(void **state)
{
    struct store_enrolment e = {.agent_id = AGENT, .token_hash = "t", .key_hash = "k", .certificate = "c", .hostname = "pc1", .os = "",
                                .kernel = "", .agent_version = "", .machine_id = "m", .customer = 1, .certificate_expires = 1};
    char hash[SHA256_HEX];
    int64_t id;
    int clone;

    (void)state;
    console.config.heartbeat = 30;
    console.config.command_life = 3600;
    if (ed25519_generate(console.secret, console.key.pub) || store_open(":memory:", 1, &console.store) ||
        store_customer_add(console.store, "c", "", 1, &id) || store_token_add(console.store, "t", 1, 9, "x", 1) ||
        store_enrol(console.store, &e, 1, &clone))
        return -1;
    ed25519_keyid(console.key.pub, console.key.keyid);
    return console_hash(ADMIN + 7, hash) || store_operator_add(console.store, "admin", "admin", hash, 1) ||
           console_hash(DESK + 7, hash) || store_operator_add(console.store, "desk", "desk", hash, 1);
}

static int close_all(void **state)
{
    (void)state;
    store_close(console.store);
    return 0;
}

/* Run a request as the edge would; its status. */
static int ask(struct http_request *r, const char *body, int agents)
{
    struct http_service service = agents ? api_agents(&api) : api_operators(&api);
    struct http_answer a = {0};
    size_t limit = 0;
    int status = -1;

    buf_init(&a.body, 1 << 20);
    buf_init(&r->body, 1 << 20);
    assert_int_equal(buf_adds(&r->body, body), MM_OK);
    if (service.begin(service.context, r, &a, &limit) == HTTP_ANSWER || service.handle(service.context, r, &a) == HTTP_ANSWER)
        status = a.status;
    buf_fini(&a.body);
    buf_fini(&r->body);
    return status;
}

static int operator_asks(const char *method, const char *path, const char *token, const char *body)
{
    struct http_request r = {.nheaders = token ? 1 : 0, .header = {{"authorization", token}}};

    snprintf(r.method, sizeof r.method, "%s", method);
    snprintf(r.path, sizeof r.path, "%s", path);
    return ask(&r, body, 0);
}

static int agent_asks(const char *method, const char *path, enum http_peer peer, const char *agent, const char *body)
{
    struct http_request r = {.peer = peer, .resumed = 1};

    snprintf(r.method, sizeof r.method, "%s", method);
    snprintf(r.path, sizeof r.path, "%s", path);
    snprintf(r.agent_id, sizeof r.agent_id, "%s", agent);
    return ask(&r, body, 1);
}

static void paths_and_methods(void **state)
{
    (void)state;
    assert_int_equal(operator_asks("GET", "/api/v1/health", NULL, ""), 200);
    assert_int_equal(operator_asks("GET", "/api/v1/health/", NULL, ""), 404);
    assert_int_equal(operator_asks("GET", "/api/v1/healt", NULL, ""), 404);
    assert_int_equal(operator_asks("POST", "/api/v1/health", NULL, ""), 405);
    assert_int_equal(operator_asks("GET", "", NULL, ""), 404);
    assert_int_equal(operator_asks("GET", "/api/v1/devices/", DESK, ""), 404);
    assert_int_equal(operator_asks("GET", "/api/v1/devices/..", DESK, ""), 404);
    assert_int_equal(operator_asks("GET", "/api/v1/devices/x/contain/y", DESK, ""), 404);
    assert_int_equal(operator_asks("GET", "/api/v1/devices/" AGENT, DESK, ""), 200);
    assert_int_equal(operator_asks("GET", "/agent/v1/commands", DESK, ""), 404); /* each port has its own calls */
    assert_int_equal(agent_asks("GET", "/api/v1/health", PEER_DEVICE, AGENT, ""), 404);
}

static void who_may_what(void **state)
{
    (void)state;
    assert_int_equal(operator_asks("GET", "/api/v1/devices", NULL, ""), 401);
    assert_int_equal(operator_asks("GET", "/api/v1/devices", "Bearer ", ""), 401);
    assert_int_equal(operator_asks("GET", "/api/v1/devices", DESK "0", ""), 401);
    assert_int_equal(operator_asks("GET", "/api/v1/devices", DESK, ""), 200);
    assert_int_equal(operator_asks("POST", "/api/v1/customers", DESK, "{\"name\":\"x\"}"), 403);
    assert_int_equal(operator_asks("POST", "/api/v1/customers", ADMIN, "{\"name\":\"x\"}"), 201);
    assert_int_equal(operator_asks("POST", "/api/v1/customers", ADMIN, "{\"name\":\"x\"}"), 409);
    assert_int_equal(agent_asks("GET", "/agent/v1/commands", PEER_NONE, "", ""), 401);
    assert_int_equal(agent_asks("GET", "/agent/v1/commands", PEER_BAD, AGENT, ""), 403);
    assert_int_equal(agent_asks("GET", "/agent/v1/commands", PEER_DEVICE, "11111111-2222-4333-8444-555555555555", ""), 403);
    assert_int_equal(agent_asks("GET", "/agent/v1/commands", PEER_DEVICE, AGENT, ""), 200);
}

/* An order is in the store and in the audit, or in neither. */
static void changes_are_whole(void **state)
{
    json_t *audit = NULL;

    (void)state;
    api.queued = 0;
    assert_int_equal(operator_asks("POST", "/api/v1/devices/" AGENT "/contain", DESK, "{\"reason\":\"r\",\"reason\":\"s\"}"), 400);
    assert_int_equal(operator_asks("POST", "/api/v1/devices/11111111-2222-4333-8444-555555555555/contain", DESK, ""), 404);
    assert_int_equal(api.queued, 0);
    assert_int_equal(store_audit_list(console.store, INT64_MAX, 9, &audit), MM_OK);
    assert_int_equal(json_array_size(audit), 0);
    json_decref(audit);
    assert_int_equal(operator_asks("POST", "/api/v1/devices/" AGENT "/contain", DESK, ""), 202);
    assert_int_equal(api.queued, 1);
    assert_int_equal(store_commands_waiting(console.store, AGENT, 0, api.now), 1);
    assert_int_equal(store_audit_list(console.store, INT64_MAX, 9, &audit), MM_OK);
    assert_int_equal(json_array_size(audit), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(audit, 0), "who")), "desk");
    json_decref(audit);
}

/* Only a {door} is decoded, once, and it is one segment. */
static void doors_in_paths(void **state)
{
    static const struct { const char *door; int status; } rows[] = {
        {"gateway%3Avpn%3A443", 404}, {"gateway:vpn:443", 404}, {"gateway:a%2Fb", 404}, {"", 404}, {"gateway:a/b", 404}, {"x/", 404},
        {"x", 400}, {"%", 404}, {"%6", 404}, {"%zz", 404}, {"%00", 404}, {"a%00b", 404}, {"gateway:\xe3\x81\x82", 404}, {"gateway:%ff", 400},
        {"gateway:%0a", 400}, {"..", 400}, {"device:x", 400}, {"a b", 404}, {"a?b", 404}, {"gateway:%5B::1%5D:1", 404}};
    char path[HTTP_TEXT], id[LIM_DOOR_ID + 16];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(path, sizeof path, "/api/v1/customers/1/doors/%s", rows[i].door);
        if (operator_asks("PUT", path, DESK, "{\"mitigation\":\"disabled\",\"reason\":\"x\"}") != rows[i].status)
            fail_msg("%s", path);
    }
    memset(id, 'x', sizeof id);
    memcpy(id, "gateway:", 8);
    id[LIM_DOOR_ID - 1] = '\0'; /* the longest that is an id */
    snprintf(path, sizeof path, "/api/v1/customers/1/doors/%s", id);
    assert_int_equal(operator_asks("PUT", path, DESK, "{\"mitigation\":\"disabled\",\"reason\":\"x\"}"), 404);
    assert_int_equal(operator_asks("GET", path, DESK, ""), 405);
    snprintf(path, sizeof path, "/api/v1/customers/1/doors/%sx", id);
    assert_int_equal(operator_asks("GET", path, DESK, ""), 404); /* no such call */
    assert_int_equal(operator_asks("GET", "/api/v1/customers/%31/doors", DESK, ""), 404);
    assert_int_equal(operator_asks("GET", "/api/v1/customers/1/doors", DESK, ""), 200);
    assert_int_equal(operator_asks("GET", "/api/v1/customers/1/doors", NULL, ""), 401);
    assert_int_equal(operator_asks("GET", "/api/v1/customers/2/doors", DESK, ""), 404);
}

static char *kept(void)
{
    struct buf vpn;

    buf_init(&vpn, 1 << 20);
    assert_int_equal(store_doors_vpn(console.store, AGENT, &vpn), MM_OK);
    return vpn.data; /* the caller's */
}

static int note_clock(void *context, const struct store_report *r)
{
    *(int64_t *)context = r->clock_ahead;
    return MM_OK;
}

/* A device whose clock is years ahead: its report is of when it first came, however often it comes again. */
static void a_clock_that_is_ahead(void **state)
{
    static const char report[] = "{\"vpn\":{\"checked_at\":\"2099-11-20T03:00:00Z\",\"overall\":\"closed\",\"doors\":[]},\"posture\":{\"articles\":[]}}";
    const struct store_doors first = {"{\"heard\":{\"2099-11-20T03:00:00Z\":\"2020-01-02T03:04:05Z\"}}", "{}", "[]"};
    char beat[64], *vpn;
    int64_t clock = 0;

    (void)state;
    assert_int_equal(agent_asks("POST", "/agent/v1/doors", PEER_DEVICE, AGENT, report), 200);
    vpn = kept();
    assert_null(strstr(vpn, "\"checked_at\":\"2099"));
    free(vpn);
    assert_int_equal(store_doors_put(console.store, AGENT, &first, 1), MM_OK); /* as if it had been years ago */
    assert_int_equal(agent_asks("POST", "/agent/v1/doors", PEER_DEVICE, AGENT, report), 200);
    vpn = kept();
    assert_non_null(strstr(vpn, "\"checked_at\":\"2020-01-02T03:04:05Z\""));
    free(vpn);
    snprintf(beat, sizeof beat, "{\"wall\":%lld}", ((long long)time(NULL) + 7200) * 1000);
    assert_int_equal(agent_asks("POST", "/agent/v1/heartbeat", PEER_DEVICE, AGENT, beat), 200);
    assert_int_equal(store_doors_reports(console.store, 1, note_clock, &clock), MM_OK);
    assert_in_range(clock, 7190, 7200);
    assert_int_equal(agent_asks("POST", "/agent/v1/heartbeat", PEER_DEVICE, AGENT, "{\"wall\":-5}"), 200);
    assert_int_equal(store_doors_reports(console.store, 1, note_clock, &clock), MM_OK);
    assert_true(clock == STORE_CLOCK_UNKNOWN);
}

/* A report that is short as it comes must not be long as it is kept: all members of the contract are written out. */
static void a_report_that_swells_is_refused(void **state)
{
    char swells[81];
    struct buf text;

    (void)state;
    memset(swells, 0xff, 80); /* no UTF-8: three bytes for each */
    swells[80] = '\0';
    buf_init(&text, LIM_DOORS_JSON);
    buf_addf(&text, "{\"vpn\":{\"overall\":\"closed\",\"doors\":[");
    for (int i = 0; i < LIM_DOORS; i++) {
        buf_addf(&text, "%s{\"id\":\"ssh:%d\",\"kind\":\"ssh\",\"verdict\":\"ok\",\"colour\":\"green\",\"advisories\":[", i ? "," : "", i);
        for (int k = 0; k < LIM_DOOR_ADVISORIES; k++)
            buf_addf(&text, "%s{\"title_ja\":\"%s\"}", k ? "," : "", swells);
        buf_adds(&text, "]}");
    }
    assert_int_equal(buf_adds(&text, "]},\"posture\":{\"articles\":[]}}"), MM_OK);
    assert_int_equal(agent_asks("POST", "/agent/v1/doors", PEER_DEVICE, AGENT, text.data), 413);
    buf_fini(&text);
}

static void numbers_and_fields(void **state)
{
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "0x1", "1e3", "18446744073709551616", "99999999999999999999"};
    struct http_request r = {.nheaders = 3, .header = {{"X-A", "1"}, {"x-b", "2"}, {"X-B", "3"}}};
    uint64_t n = 7;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(http_number(bad[i], 0, UINT64_MAX, &n), MM_EFORMAT);
    assert_int_equal(http_number(NULL, 0, 9, &n), MM_ENOTFOUND);
    assert_int_equal(http_number("10", 0, 9, &n), MM_EFORMAT);
    assert_int_equal(n, 7);
    assert_int_equal(http_number("18446744073709551615", 0, UINT64_MAX, &n), MM_OK);
    assert_true(n == UINT64_MAX);
    assert_string_equal(http_header(&r, "x-a"), "1");
    assert_null(http_header(&r, "X-B")); /* twice is as good as never */
    assert_int_equal(http_header_count(&r, "X-B"), 2);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_all, close_all)

static void ranges(void **state)
{
    static const struct { const char *text; uint64_t total; int status; uint64_t offset, length; } rows[] = {
        {NULL, 10, 200, 0, 10}, {"bytes=0-", 10, 206, 0, 10}, {"bytes=3-5", 10, 206, 3, 3}, {"bytes=9-", 10, 206, 9, 1}, {"bytes=10-", 10, 416, 0, 0},
        {"bytes=-3", 10, 206, 7, 3}, {"bytes=-30", 10, 206, 0, 10}, {"bytes=-0", 10, 416, 0, 0}, {"bytes=5-4", 10, 200, 0, 10}, {"bytes=", 10, 200, 0, 10},
        {"bytes=-", 10, 200, 0, 10}, {"bytes=1", 10, 200, 0, 10}, {"bytes=1-2,4-5", 10, 200, 0, 10}, {"chars=1-2", 10, 200, 0, 10}, {"", 10, 200, 0, 10},
        {"bytes=0-", 0, 416, 0, 0}, {"bytes=-5", 0, 416, 0, 0}, {"bytes=0-18446744073709551615", 10, 206, 0, 10}, {"bytes=18446744073709551616-", 10, 416, 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t offset = 99, length = 99;

        assert_int_equal(http_range(rows[i].text, rows[i].total, &offset, &length), rows[i].status);
        assert_int_equal(offset, rows[i].offset);
        assert_int_equal(length, rows[i].length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(paths_and_methods), CASE(who_may_what), CASE(changes_are_whole), CASE(doors_in_paths),
                                       CASE(a_clock_that_is_ahead), CASE(a_report_that_swells_is_refused), CASE(numbers_and_fields), CASE(ranges)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
