#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/command.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define AGENT "0f8fad5b-d9cb-469f-a165-70867728950e"
#define OTHER "11111111-2222-4333-8444-555555555555"
#define NOW INT64_C(1795321831)

static uint8_t secret[32], secret2[32];
static struct command_key keys[2];
static struct command_check check;
static struct command order;

static int setup(void **state)
{
    (void)state;
    if (ed25519_generate(secret, keys[0].pub) || ed25519_generate(secret2, keys[1].pub))
        return -1;
    ed25519_keyid(keys[0].pub, keys[0].keyid);
    ed25519_keyid(keys[1].pub, keys[1].keyid);
    check = (struct command_check){.keys = keys, .nkeys = 1, .agent_id = AGENT, .last_sequence = 6, .now = NOW};
    order = (struct command){.command_id = OTHER, .agent_id = AGENT, .sequence = 7, .not_before = NOW - 10, .not_after = NOW + 60,
                             .action = COMMAND_CONTAIN, .target_device = 1, .hold_without_console = 1, .by = "当直 デスク"};
    return 0;
}

static int verify_text(const char *text, struct command *out, enum command_refusal *why)
{
    return command_verify(text, strlen(text), &check, out, why);
}

static int sign_and_verify(struct command *out, enum command_refusal *why)
{
    struct buf b;
    int rc;

    buf_init(&b, LIM_COMMAND);
    assert_int_equal(command_sign(&order, secret, keys[0].pub, &b), MM_OK);
    rc = command_verify(b.data, b.len, &check, out, why);
    buf_fini(&b);
    return rc;
}

/* An envelope around any payload text, signed by us. */
static char *envelope_of(const char *payload, size_t n, const uint8_t sk[32], const char *keyid)
{
    struct buf pae, b;
    uint8_t sig[64];

    buf_init(&pae, 1 << 16);
    buf_init(&b, 1 << 16);
    assert_int_equal(buf_addf(&pae, "DSSEv1 37 application/vnd.mimamori.command+json %zu ", n), 0);
    assert_int_equal(buf_add(&pae, payload, n), 0);
    assert_int_equal(ed25519_sign(sk, pae.data, pae.len, sig), 0);
    buf_adds(&b, "{\"payloadType\":\"application/vnd.mimamori.command+json\",\"payload\":\"");
    crypto_b64_encode(payload, n, &b);
    buf_addf(&b, "\",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"", keyid);
    crypto_b64_encode(sig, 64, &b);
    assert_int_equal(buf_adds(&b, "\"}]}"), 0);
    buf_fini(&pae);
    return buf_take(&b);
}

static void every_action_round_trips(void **state)
{
    static const struct { enum command_action action; int device; const char *incident; } all[] = {
        {COMMAND_CONTAIN, 1, ""}, {COMMAND_ALLOW, 1, ""}, {COMMAND_ALLOW, 0, OTHER}, {COMMAND_RESTORE, 0, OTHER},
        {COMMAND_QUERY, 0, ""}, {COMMAND_SCAN, 1, ""}, {COMMAND_UPDATE, 1, ""}, {COMMAND_RESTART, 1, ""}, {COMMAND_CLOSE, 0, OTHER},
    };
    enum command_refusal why = REFUSE_HOST;
    struct command c;

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        order.action = all[i].action;
        order.target_device = all[i].device;
        snprintf(order.incident, sizeof order.incident, "%s", all[i].incident);
        memset(&c, 0xee, sizeof c);
        assert_int_equal(sign_and_verify(&c, &why), MM_OK);
        assert_int_equal(why, REFUSE_NONE);
        assert_int_equal(c.action, order.action);
        assert_int_equal(c.target_device, order.target_device);
        assert_string_equal(c.incident, order.incident);
        assert_int_equal(c.hold_without_console, order.action == COMMAND_CONTAIN ? 1 : -1);
        assert_int_equal(c.sequence, 7);
        assert_int_equal(c.not_before, NOW - 10);
        assert_int_equal(c.not_after, NOW + 60);
        assert_string_equal(c.by, order.by);
        assert_string_equal(c.command_id, OTHER);
        assert_string_equal(c.agent_id, AGENT);
    }
}

static void time_host_and_replay(void **state)
{
    enum command_refusal why;
    struct command c;

    (void)state;
    check.now = NOW + 60 + 300;
    assert_int_equal(sign_and_verify(&c, &why), MM_OK);
    check.now++;
    assert_int_equal(sign_and_verify(&c, &why), MM_EDENIED);
    assert_int_equal(why, REFUSE_TIME);
    check.now = NOW - 10 - 300;
    assert_int_equal(sign_and_verify(&c, &why), MM_OK);
    check.now--;
    assert_int_equal(sign_and_verify(&c, &why), MM_EDENIED);
    assert_int_equal(why, REFUSE_TIME);
    check.now = NOW;
    check.last_sequence = 7;
    assert_int_equal(sign_and_verify(&c, &why), MM_EDENIED);
    assert_int_equal(why, REFUSE_REPLAY);
    check.last_sequence = UINT64_MAX;
    assert_int_equal(sign_and_verify(&c, &why), MM_EDENIED);
    check.last_sequence = 0;
    check.agent_id = OTHER;
    assert_int_equal(sign_and_verify(&c, &why), MM_EDENIED);
    assert_int_equal(why, REFUSE_HOST);
    assert_int_equal(sign_and_verify(&c, NULL), MM_EDENIED);
}

static void only_trusted_keys(void **state)
{
    enum command_refusal why;
    struct command c = {.by = "untouched"};
    struct buf b;

    (void)state;
    buf_init(&b, LIM_COMMAND);
    assert_int_equal(command_sign(&order, secret2, keys[1].pub, &b), MM_OK);
    assert_int_equal(command_verify(b.data, b.len, &check, &c, &why), MM_ECRYPTO);
    assert_int_equal(why, REFUSE_SIGNATURE);
    memcpy(strstr(b.data, keys[1].keyid), keys[0].keyid, 16); /* a stranger that calls itself trusted */
    assert_int_equal(command_verify(b.data, b.len, &check, &c, &why), MM_ECRYPTO);
    memcpy(strstr(b.data, keys[0].keyid), keys[1].keyid, 16);
    check.nkeys = 2; /* the key was added: both are trusted now */
    assert_int_equal(command_verify(b.data, b.len, &check, &c, &why), MM_OK);
    check.nkeys = 0;
    assert_int_equal(command_verify(b.data, b.len, &check, &c, &why), MM_ECRYPTO);
    buf_fini(&b);
}

#define HEAD "{\"command_id\":\"" OTHER "\",\"agent_id\":\"" AGENT "\","
#define TIMES "\"not_before\":\"2026-11-22T04:30:00Z\",\"not_after\":\"2026-11-22T05:00:00Z\","
#define TAIL "\"target\":{\"device\":{}},\"args\":{},\"by\":\"desk\"}"

static void named(const struct command *c, const char *id, uint64_t sequence)
{
    assert_string_equal(c->command_id, id);
    assert_int_equal(c->sequence, sequence);
    assert_string_equal(c->by, "untouched");
}

/* The console must learn which of its commands was refused; but only what a trusted key signed for this host. */
static void a_refused_command_is_named(void **state)
{
    static const struct { const char *payload, *id; uint64_t sequence; } rows[] = {
        {HEAD "\"sequence\":9," TIMES "\"action\":\"format_disk\"," TAIL, OTHER, 9},
        {HEAD "\"x\":1,\"sequence\":9," TIMES "\"action\":\"contain\"," TAIL, OTHER, 9},
        {HEAD "\"sequence\":\"9\"," TIMES "\"action\":\"contain\"," TAIL, OTHER, 0},
        {HEAD "\"sequence\":-9," TIMES "\"action\":\"contain\"," TAIL, OTHER, 0},
        {"{\"command_id\":\"x\",\"agent_id\":\"" AGENT "\",\"sequence\":9}", "", 0},
        {"{\"command_id\":\"" OTHER "\",\"agent_id\":\"" OTHER "\",\"sequence\":9}", OTHER, 0},
        {"{\"command_id\":\"" OTHER "\",\"sequence\":9}", OTHER, 0},
        {"{\"command_id\":7,\"agent_id\":7,\"sequence\":9}", "", 0}, {"[9]", "", 0}, {"9", "", 0}, {"{", "", 0},
    };
    struct command c = {.by = "untouched"};
    struct buf b;

    (void)state;
    check.now = NOW + 1000;
    assert_int_equal(sign_and_verify(&c, NULL), MM_EDENIED);
    named(&c, OTHER, 7);
    check.now = NOW;
    check.last_sequence = 7;
    assert_int_equal(sign_and_verify(&c, NULL), MM_EDENIED);
    named(&c, OTHER, 7);
    check.last_sequence = 6;
    check.agent_id = OTHER;
    assert_int_equal(sign_and_verify(&c, NULL), MM_EDENIED);
    named(&c, OTHER, 0);
    check.agent_id = AGENT;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = envelope_of(rows[i].payload, strlen(rows[i].payload), secret, keys[0].keyid);

        assert_int_not_equal(verify_text(text, &c, NULL), MM_OK);
        named(&c, rows[i].id, rows[i].sequence);
        free(text);
    }
    buf_init(&b, LIM_COMMAND);
    assert_int_equal(command_sign(&order, secret2, keys[1].pub, &b), MM_OK);
    assert_int_equal(command_verify(b.data, b.len, &check, &c, NULL), MM_ECRYPTO); /* a stranger's words are not repeated */
    named(&c, "", 0);
    buf_fini(&b);
}

/* Flip every byte of a good envelope: it is never accepted as something else. */
static void every_changed_byte_is_refused_or_harmless(void **state)
{
    struct command c;
    struct buf b;
    unsigned accepted = 0;

    (void)state;
    buf_init(&b, LIM_COMMAND);
    assert_int_equal(command_sign(&order, secret, keys[0].pub, &b), MM_OK);
    for (size_t i = 0; i < b.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            b.data[i] ^= (char)(1 << bit);
            if (command_verify(b.data, b.len, &check, &c, NULL) == MM_OK)
                accepted++;
            b.data[i] ^= (char)(1 << bit);
        }
    assert_int_equal(accepted, 0);
    for (size_t n = 0; n < b.len; n++)
        assert_int_not_equal(command_verify(b.data, n, &check, &c, NULL), MM_OK);
    buf_fini(&b);
}

/* Signed by a trusted key, and still not what the protocol says. */
static void signed_but_malformed(void **state)
{
    static const struct { const char *payload; enum command_refusal why; } bad[] = {
        {HEAD "\"sequence\":7," TIMES "\"action\":\"format_disk\"," TAIL, REFUSE_ACTION},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"Contain\"," TAIL, REFUSE_ACTION},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"restore\"," TAIL, REFUSE_ACTION},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"close\"," TAIL, REFUSE_ACTION}, /* TAIL targets the device */
        {HEAD "\"sequence\":7,\"sequence\":8," TIMES "\"action\":\"contain\"," TAIL, REFUSE_FORMAT},
        {HEAD "\"sequence\":-7," TIMES "\"action\":\"contain\"," TAIL, REFUSE_FORMAT},
        {HEAD "\"sequence\":0," TIMES "\"action\":\"contain\"," TAIL, REFUSE_FORMAT},
        {HEAD "\"sequence\":7.0," TIMES "\"action\":\"contain\"," TAIL, REFUSE_FORMAT},
        {HEAD "\"sequence\":\"7\"," TIMES "\"action\":\"contain\"," TAIL, REFUSE_FORMAT},
        {HEAD "\"sequence\":18446744073709551615," TIMES "\"action\":\"contain\"," TAIL, REFUSE_FORMAT},
        {HEAD TIMES "\"action\":\"contain\"," TAIL, REFUSE_FORMAT},
        {HEAD "\"x\":1,\"sequence\":7," TIMES "\"action\":\"contain\"," TAIL, REFUSE_FORMAT},
        {HEAD "\"sequence\":7,\"not_before\":\"2026-11-22T04:30:00+00:00\",\"not_after\":\"2026-11-22T05:00:00Z\",\"action\":\"contain\"," TAIL, REFUSE_FORMAT},
        {HEAD "\"sequence\":7,\"not_before\":\"2026-11-22T04:30:00Z\",\"not_after\":\"2026-11-22T04:00:00Z\",\"action\":\"contain\"," TAIL, REFUSE_FORMAT},
        {HEAD "\"sequence\":7,\"not_before\":1795321831,\"not_after\":\"2026-11-22T05:00:00Z\",\"action\":\"contain\"," TAIL, REFUSE_FORMAT},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"contain\",\"target\":{},\"args\":{},\"by\":\"d\"}", REFUSE_FORMAT},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"allow\",\"target\":{\"device\":{},\"incident\":\"" OTHER "\"},\"args\":{},\"by\":\"d\"}", REFUSE_FORMAT},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"allow\",\"target\":{\"incident\":\"../../x\"},\"args\":{},\"by\":\"d\"}", REFUSE_FORMAT},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"contain\",\"target\":{\"device\":{\"all\":true}},\"args\":{},\"by\":\"d\"}", REFUSE_FORMAT},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"contain\",\"target\":{\"device\":{}},\"args\":{\"hold_without_console\":1},\"by\":\"d\"}", REFUSE_FORMAT},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"contain\",\"target\":{\"device\":{}},\"args\":{\"force\":true},\"by\":\"d\"}", REFUSE_FORMAT},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"contain\",\"target\":{\"device\":{}},\"args\":[],\"by\":\"d\"}", REFUSE_FORMAT},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"contain\",\"target\":{\"device\":{}},\"args\":{},\"by\":\"\"}", REFUSE_FORMAT},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"contain\",\"target\":{\"device\":{}},\"args\":{},\"by\":\"a\\u0000b\"}", REFUSE_FORMAT},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"contain\",\"target\":{\"device\":{}},\"args\":{},\"by\":\"a\\nb\"}", REFUSE_FORMAT},
        {"[]", REFUSE_FORMAT}, {"{}", REFUSE_FORMAT}, {"null", REFUSE_FORMAT}, {"{", REFUSE_FORMAT},
        {HEAD "\"sequence\":7," TIMES "\"action\":\"contain\"," TAIL " x", REFUSE_FORMAT},
    };
    enum command_refusal why;
    struct command c = {.by = "untouched"};
    char *text;

    (void)state;
    text = envelope_of(HEAD "\"sequence\":7," TIMES "\"action\":\"contain\"," TAIL, strlen(HEAD "\"sequence\":7," TIMES "\"action\":\"contain\"," TAIL),
                       secret, keys[0].keyid);
    assert_int_equal(verify_text(text, &c, &why), MM_OK); /* the pattern itself is right */
    free(text);
    memset(&c, 0, sizeof c);
    snprintf(c.by, sizeof c.by, "untouched");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        text = envelope_of(bad[i].payload, strlen(bad[i].payload), secret, keys[0].keyid);
        if (verify_text(text, &c, &why) == MM_OK || why != bad[i].why)
            fail_msg("case %zu: %s: %s", i, bad[i].payload, command_refusal_text(why));
        free(text);
    }
    assert_string_equal(c.by, "untouched");
}

static void broken_envelopes(void **state)
{
    static const char *const bad[] = {
        "", "{}", "[]", "{\"payloadType\":\"application/vnd.mimamori.command+json\"}",
        "{\"payloadType\":\"application/vnd.mimamori.command+json\",\"payload\":\"\",\"signatures\":[]}",
        "{\"payloadType\":\"application/vnd.mimamori.command+json\",\"payload\":\"e30=\",\"signatures\":[]}",
        "{\"payloadType\":\"application/vnd.mimamori.command+json\",\"payload\":\"e30=\",\"signatures\":[{}]}",
        "{\"payloadType\":\"application/vnd.mimamori.command+json\",\"payload\":\"e30=\",\"signatures\":{}}",
        "{\"payloadType\":\"text/plain\",\"payload\":\"e30=\",\"signatures\":[{\"keyid\":\"x\",\"sig\":\"e30=\"}]}",
        "{\"payloadType\":\"application/vnd.mimamori.command+json\",\"payload\":\"e30\",\"signatures\":[{\"keyid\":\"x\",\"sig\":\"e30=\"}]}",
    };
    struct command c;
    struct buf b;
    char *text;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_not_equal(verify_text(bad[i], &c, NULL), MM_OK);
    buf_init(&b, LIM_COMMAND + 1);
    assert_int_equal(command_sign(&order, secret, keys[0].pub, &b), MM_OK);
    text = buf_take(&b);
    while (buf_add(&b, " ", 1) == MM_OK) /* valid JSON, but too long */
        ;
    memcpy(b.data, text, strlen(text));
    assert_int_equal(command_verify(b.data, b.len, &check, &c, NULL), MM_EFORMAT);
    assert_int_equal(command_verify(b.data, b.len - 1, &check, &c, NULL), MM_OK);
    free(text);
    buf_fini(&b);
}

#define ARGS(text) "\"target\":{\"device\":{}},\"args\":" text ",\"by\":\"desk\"}"
#define DECLARE(args) HEAD "\"sequence\":7," TIMES "\"action\":\"declare\"," ARGS(args)
#define POLICY(args) HEAD "\"sequence\":7," TIMES "\"action\":\"policy\"," ARGS(args)
#define DOOR "\"id\":\"gateway:vpn.example.co.jp:443\",\"by\":\"desk\","
#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define VERSION(v) "{" DOOR "\"product\":\"fortios\",\"model\":\"\",\"version\":\"" v "\"}"

static void arguments_round_trip(void **state)
{
    static const struct { const char *payload, *args; enum command_action action; } good[] = {
        {DECLARE(VERSION("7.2.5")), VERSION("7.2.5"), COMMAND_DECLARE},
        {DECLARE("{" DOOR "\"mitigation\":\"none\",\"reason\":\"updated\"}"),
         "{" DOOR "\"mitigation\":\"none\",\"reason\":\"updated\"}", COMMAND_DECLARE},
        {DECLARE("{" DOOR "\"certificate\":\"" KEY "\"}"), "{" DOOR "\"certificate\":\"" KEY "\"}", COMMAND_DECLARE},
        {DECLARE("{" DOOR "\"mitigation\":\"separated\",\"reason\":\"\u5207\u308a\u96e2\u3057\"}"),
         "{" DOOR "\"mitigation\":\"separated\",\"reason\":\"切り離し\"}", COMMAND_DECLARE},
        {DECLARE("{\"id\":\"posture:restore_test\",\"by\":\"desk\",\"date\":\"2026-11-01\"}"),
         "{\"id\":\"posture:restore_test\",\"by\":\"desk\",\"date\":\"2026-11-01\"}", COMMAND_DECLARE},
        {POLICY("{ \"gateways\" : [ \"vpn.example.co.jp:443\", \"192.0.2.1:8443\", \"[2001:db8::1]:443\" ] }"),
         "{\"gateways\":[\"vpn.example.co.jp:443\",\"192.0.2.1:8443\",\"[2001:db8::1]:443\"]}", COMMAND_POLICY},
        {POLICY("{\"gateways\":[]}"), "{\"gateways\":[]}", COMMAND_POLICY},
        {POLICY("{\"removal\":\"0123456789012345678901234567890123456789012345678901234567890123\"}"), "{\"removal\":\"0123456789012345678901234567890123456789012345678901234567890123\"}", COMMAND_POLICY},
        {POLICY("{\"ring\":\"canary\"}"), "{\"ring\":\"canary\"}", COMMAND_POLICY},
        {POLICY("{\"gateways\":[\"vpn:443\"],\"ring\":\"broad\"}"), "{\"gateways\":[\"vpn:443\"],\"ring\":\"broad\"}", COMMAND_POLICY},
    };
    enum command_refusal why;
    struct command c;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char *text = envelope_of(good[i].payload, strlen(good[i].payload), secret, keys[0].keyid);

        memset(&c, 0xee, sizeof c);
        assert_int_equal(verify_text(text, &c, &why), MM_OK);
        assert_int_equal(c.action, good[i].action);
        assert_string_equal(c.args, good[i].args);
        order = c; /* and what was verified can be signed again */
        assert_int_equal(sign_and_verify(&c, &why), MM_OK);
        assert_string_equal(c.args, good[i].args);
        free(text);
    }
}

static void arguments_are_strict(void **state)
{
    static const char *const bad[] = {
        DECLARE("{}"), DECLARE("[]"), DECLARE("{" DOOR "\"version\":\"7.2.5\"}"), DECLARE(VERSION("")), DECLARE(VERSION("latest")), DECLARE(VERSION("7.2 ")), DECLARE(VERSION("7$(x)")), DECLARE(VERSION("7\\n2")),
        DECLARE(VERSION("7\\u0085")), DECLARE(VERSION("1234567890123456789012345678901234567890")),
        DECLARE("{\"id\":\"gateway:vpn.example.co.jp:443\",\"by\":\"boss\",\"mitigation\":\"separated\",\"reason\":\"x\"}"),
        DECLARE("{" DOOR "\"mitigation\":\"separated\",\"reason\":\"\"}"), DECLARE("{" DOOR "\"mitigation\":\"prayer\",\"reason\":\"x\"}"),
        DECLARE("{" DOOR "\"mitigation\":\"separated\",\"reason\":\"x\",\"version\":\"7\"}"),
        DECLARE("{" DOOR "\"certificate\":\"0123456789abcde\"}"), DECLARE("{" DOOR "\"certificate\":\"" KEY "\",\"reason\":\"x\"}"),
        DECLARE("{" DOOR "\"certificate\":\"Z" KEY "\"}"), DECLARE("{" DOOR "\"certificate\":\"\"}"),
        DECLARE("{" DOOR "\"mitigation\":[\"separated\"],\"reason\":\"x\"}"),
        DECLARE("{\"id\":\"posture:passwords\",\"by\":\"desk\",\"date\":\"2026-11-01\"}"),
        DECLARE("{\"id\":\"posture:threats\",\"by\":\"desk\",\"date\":\"2026-02-30\"}"),
        DECLARE("{\"id\":\"posture:threats\",\"by\":\"desk\",\"date\":\"2026-11-01\",\"x\":1}"),
        DECLARE("{" DOOR "\"date\":\"2026-11-01\"}"), DECLARE("{\"id\":\"window:x\",\"by\":\"desk\",\"mitigation\":\"separated\",\"reason\":\"x\"}"),
        POLICY("{}"), POLICY("{\"gateways\":\"vpn:443\"}"), POLICY("{\"gateways\":[443]}"), POLICY("{\"gateways\":[\"vpn\"]}"),
        POLICY("{\"gateways\":[\"vpn:443\",\"vpn:443\"]}"), POLICY("{\"gateways\":[],\"x\":1}"),
        POLICY("{\"removal\":\"\"}"), POLICY("{\"removal\":1}"), POLICY("{\"removal\":\"01234567890123456789012345678901234567890123456789012345678901230\"}"), POLICY("{\"removal\":\"x123456789012345678901234567890123456789012345678901234567890123\"}"),
        POLICY("{\"ring\":\"\"}"), POLICY("{\"ring\":\"gold\"}"), POLICY("{\"ring\":null}"), POLICY("{\"ring\":[\"early\"]}"), POLICY("{\"ring\":\"early\",\"x\":1}"),
        POLICY("{\"ring\":\"early\",\"gateways\":[7]}"), POLICY("{\"ring\":\"early\",\"ring\":\"broad\"}"), POLICY("{\"ring\":\"early\\u0000\"}"),
    };
    char many[1024] = HEAD "\"sequence\":7," TIMES "\"action\":\"policy\",\"target\":{\"device\":{}},\"args\":{\"gateways\":[";
    enum command_refusal why;
    struct command c;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *text = envelope_of(bad[i], strlen(bad[i]), secret, keys[0].keyid);

        if (verify_text(text, &c, &why) == MM_OK || why != REFUSE_FORMAT)
            fail_msg("case %zu: %s", i, bad[i]);
        free(text);
    }
    for (int i = 0; i <= LIM_GATEWAYS; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "%s\"a%d:1\"", i ? "," : "", i);
    snprintf(many + strlen(many), sizeof many - strlen(many), "]},\"by\":\"desk\"}");
    {
        char *text = envelope_of(many, strlen(many), secret, keys[0].keyid);

        assert_int_not_equal(verify_text(text, &c, &why), MM_OK);
        free(text);
    }
}

/* LIM_COMMAND_ARGS and LIM_COMMAND belong together: the largest policy fits both. */
static void the_largest_policy_fits(void **state)
{
    char name[LIM_GATEWAY_NAME];
    struct command c;
    size_t n;

    (void)state;
    order.action = COMMAND_POLICY;
    order.hold_without_console = -1;
    memset(order.by, 'b', sizeof order.by - 1);
    n = (size_t)snprintf(order.args, sizeof order.args, "{\"gateways\":[");
    for (int i = 0; i < LIM_GATEWAYS; i++) {
        memset(name, 'x', 253);
        snprintf(name + 253, sizeof name - 253, ":%d", 65535 - i);
        n += (size_t)snprintf(order.args + n, sizeof order.args - n, "%s\"%s\"", i ? "," : "", name);
    }
    n += (size_t)snprintf(order.args + n, sizeof order.args - n, "]}");
    assert_true(n < sizeof order.args);
    assert_int_equal(sign_and_verify(&c, NULL), MM_OK);
    assert_string_equal(c.args, order.args);
}

static void names_of_gateways_and_doors(void **state)
{
    static const char *const good[] = {"vpn:1", "vpn.example.co.jp:443", "192.0.2.1:65535", "[2001:db8::1]:443", "a-b.c:80", "[::1]:1"};
    static const char *const bad[] = {"", ":443", "vpn", "vpn:", "vpn:0", "vpn:0443", "vpn:65536", "vpn:443x", "vpn:4 3", "VPN:443", "vpn..jp:443",
                                      "-vpn:443", "vpn-:443", ".vpn:443", "vpn.:443", "a-.b:1", "[vpn]:443", "[]:443", "[abc]:443", "2001:db8::1:443", "vpn/x:443",
                                      "vpn\n:443", "\xe3\x81\x82:443", "vpn:443:443", "vpn:-1", "vpn:123456"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!command_gateway(good[i]))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (command_gateway(bad[i]))
            fail_msg("%s", bad[i]);
    assert_true(command_door("gateway:vpn:443"));
    assert_true(command_door("program:openvpn:/usr/sbin/openvpn"));
    assert_true(command_door("listener:tcp:[::]:22"));
    assert_true(command_door("gateway:vpn")); /* as its host wrote it; what is asked is judged by command_gateway */
    assert_true(command_door("ssh"));
    assert_false(command_door("gateway:"));
    assert_false(command_door("gate"));
    assert_false(command_door("gateways:vpn"));
    assert_false(command_door(""));
    assert_false(command_door("ssh:"));
    assert_false(command_door("device:x"));
    assert_false(command_door("program:a\x1b[2J"));
    assert_false(command_door("program:\xff"));
}

static void sign_refuses_what_verify_would(void **state)
{
    struct command good = order;
    struct buf b;

    (void)state;
    buf_init(&b, LIM_COMMAND);
#define REFUSED(change) do { order = good; change; assert_int_equal(command_sign(&order, secret, keys[0].pub, &b), MM_EINVAL); } while (0)
    REFUSED(order.action = 0);
    REFUSED(order.action = COMMAND_POLICY + 1);
    REFUSED(order.target_device = 0);
    REFUSED(snprintf(order.incident, sizeof order.incident, "%s", OTHER));
    REFUSED(order.action = COMMAND_RESTORE);
    REFUSED(order.sequence = 0);
    REFUSED(order.sequence = UINT64_MAX);
    REFUSED(order.by[0] = '\0');
    REFUSED(order.action = COMMAND_POLICY);
    REFUSED(memcpy(order.args, "{}", 3)); /* only two actions have such arguments */
    REFUSED(order.action = COMMAND_DECLARE; memcpy(order.args, "{}", 3));
    REFUSED(order.agent_id[0] = 'X');
    REFUSED(order.not_after = order.not_before - 1);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_action_round_trips, setup),
        cmocka_unit_test_setup(time_host_and_replay, setup),
        cmocka_unit_test_setup(only_trusted_keys, setup),
        cmocka_unit_test_setup(every_changed_byte_is_refused_or_harmless, setup),
        cmocka_unit_test_setup(signed_but_malformed, setup),
        cmocka_unit_test_setup(a_refused_command_is_named, setup),
        cmocka_unit_test_setup(broken_envelopes, setup),
        cmocka_unit_test_setup(arguments_round_trip, setup),
        cmocka_unit_test_setup(arguments_are_strict, setup),
        cmocka_unit_test_setup(the_largest_policy_fits, setup),
        cmocka_unit_test_setup(names_of_gateways_and_doors, setup),
        cmocka_unit_test_setup(sign_refuses_what_verify_would, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
