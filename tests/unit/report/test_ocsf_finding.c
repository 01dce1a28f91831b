/* Doors, programs and the six basic rules as OCSF: what is there and what must not be, hostile texts, bounds.
 * With --ndjson it prints every activity x verdict x number of advisories x hostile content instead, for
 * tests/integration/test_ocsf.py and the schema; with --sizes what an event of a door takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "lib/err.h"
#include "tests/unit/report/events.h"
#include "tests/unit/report/json_at.h"

static const char chain[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static int line_of(const struct event *e, const struct event_finding *f, struct buf *b)
{
    struct ocsf_host host;
    struct ocsf_context c = {.host = &host, .sequence = 42, .chain = chain, .finding = f};

    sample_host(&host);
    buf_init(b, LIM_EVENT_JSON);
    return ocsf_map(e, &c, b);
}

static json_t *map(const struct event *e, const struct event_finding *f)
{
    struct buf b;
    json_t *o;

    assert_int_equal(line_of(e, f, &b), MM_OK);
    o = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    buf_fini(&b);
    return o;
}

static void test_a_gateway(void **state)
{
    struct event_finding f;
    struct event e;
    json_t *o;

    (void)state;
    sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
    sample_finding(&f, 2);
    o = map(&e, &f);
    assert_int_equal(int_at(o, "class_uid"), 2002);
    assert_int_equal(int_at(o, "activity_id"), 1);
    assert_int_equal(int_at(o, "status_id"), 1);
    assert_null(at(o, "metadata.correlation_uid")); /* no attack */
    assert_string_equal(text_at(o, "device.hostname"), "jimu-pc1");
    assert_string_equal(text_at(o, "resources.0.uid"), "gateway:vpn.example.co.jp:443");
    assert_string_equal(text_at(o, "resources.0.hostname"), "vpn.example.co.jp");
    assert_string_equal(text_at(o, "resources.0.type"), "VPN gateway");
    assert_string_equal(text_at(o, "resources.0.version"), "7.2.4");
    assert_int_equal(json_array_size(at(o, "vulnerabilities")), 2);
    assert_string_equal(text_at(o, "vulnerabilities.0.cve.uid"), "CVE-2023-27997");
    assert_true(json_real_value(at(o, "vulnerabilities.0.cve.cvss.0.base_score")) == 9.8);
    assert_string_equal(text_at(o, "vulnerabilities.0.title"), f.advisory[0].title_ja);
    assert_string_equal(text_at(o, "vulnerabilities.0.desc"), f.advisory[0].title_en);
    assert_string_equal(text_at(o, "vulnerabilities.0.severity"), "Critical");
    assert_true(json_is_true(at(o, "vulnerabilities.0.is_exploit_available")));
    assert_null(at(o, "vulnerabilities.1.is_exploit_available")); /* not known to be used is not "no" */
    assert_true(json_is_true(at(o, "vulnerabilities.0.is_fix_available")));
    assert_string_equal(text_at(o, "vulnerabilities.0.references.0"), "https://www.fortiguard.com/psirt/FG-IR-23-097");
    assert_string_equal(text_at(o, "vulnerabilities.0.affected_packages.0.name"), "Fortinet FortiOS");
    assert_string_equal(text_at(o, "vulnerabilities.0.affected_packages.0.vendor_name"), "Fortinet");
    assert_string_equal(text_at(o, "vulnerabilities.0.affected_packages.0.fixed_in_version"), f.advisory[0].fixed);
    assert_non_null(strstr(text_at(o, "vulnerabilities.0.remediation.desc"), "更新してください: 7.4.0"));
    assert_string_equal(text_at(o, "finding_info.analytic.name"), "vpn_fortios_login");
    assert_string_equal(text_at(o, "finding_info.desc"), e.detail);
    assert_string_equal(text_at(o, "unmapped.finding.verdict"), "overdue");
    assert_string_equal(text_at(o, "unmapped.finding.due"), "2023-06-26");
    assert_string_equal(text_at(o, "unmapped.finding.advisories.1.cve"), "CVE-2023-27998");
    assert_int_equal(int_at(o, "unmapped.finding.advisories.1.severity"), SEV_HIGH);
    json_decref(o);
}

/* The score is written as a person would, not as a binary fraction. */
static void test_scores(void **state)
{
    static const struct { const char *in, *out; } rows[] = {{"9.8", "\"base_score\":9.8,"}, {"10.0", "\"base_score\":10.0,"},
        {"7", "\"base_score\":7.0,"}, {"0.1", "\"base_score\":0.1,"}, {"10.1", NULL}, {"", NULL}, {"9.85", NULL}, {"9.", NULL},
        {"-1", NULL}, {"1e1", NULL}, {"99999999999999999999999999999", NULL}, {"nan", NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct event_finding f;
        struct event e;
        struct buf b;

        sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
        sample_finding(&f, 1);
        snprintf(f.advisory[0].cvss, sizeof f.advisory[0].cvss, "%s", rows[i].in);
        assert_int_equal(line_of(&e, &f, &b), MM_OK);
        if (rows[i].out)
            assert_non_null(strstr(b.data, rows[i].out));
        else
            assert_null(strstr(b.data, "base_score"));
        buf_fini(&b);
    }
}

/* Only a CVE is called one. */
static void test_numbers_of_advisories(void **state)
{
    static const struct { const char *in; int cve; } rows[] = {{"CVE-2026-123039", 1}, {"CVE-2023-27997", 1}, {"cisco-sa-asaftd-vpn", 0},
        {"CVE-2023-279", 0}, {"CVE-20233-27997", 0}, {"CVE-2023-27997 ", 0}, {"cve-2023-27997", 0}, {"", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct event_finding f;
        struct event e;
        json_t *o;

        sample_door_event(&e, EV_VULNERABILITY, ACT_UPDATE);
        sample_finding(&f, 1);
        snprintf(f.advisory[0].cve, sizeof f.advisory[0].cve, "%s", rows[i].in);
        o = map(&e, &f);
        assert_string_equal(text_at(o, "vulnerabilities.0.cve.uid"), rows[i].cve ? rows[i].in : "(none)");
        assert_string_equal(text_at(o, "vulnerabilities.0.advisory.uid"), rows[i].cve ? "(none)" : rows[i].in[0] ? rows[i].in : "unknown");
        json_decref(o);
    }
}

/* A version that nobody knows is no CVE and no affected package. */
static void test_without_advisories(void **state)
{
    struct event_finding f;
    struct event e;
    json_t *o;

    (void)state;
    sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
    sample_finding(&f, 0);
    snprintf(f.verdict, sizeof f.verdict, "%s", "unknown");
    f.version[0] = '\0';
    o = map(&e, &f);
    assert_int_equal(json_array_size(at(o, "vulnerabilities")), 1);
    assert_string_equal(text_at(o, "vulnerabilities.0.advisory.uid"), "mimamori.door.unknown");
    assert_string_equal(text_at(o, "vulnerabilities.0.title"), f.reason_ja);
    assert_null(at(o, "vulnerabilities.0.cve"));
    assert_null(at(o, "vulnerabilities.0.affected_packages"));
    assert_null(at(o, "unmapped.finding.advisories"));
    json_decref(o);
    o = map(&e, NULL); /* and nothing but the event */
    assert_string_equal(text_at(o, "vulnerabilities.0.advisory.uid"), "mimamori.door.unknown");
    assert_string_equal(text_at(o, "resources.0.uid"), "unknown");
    json_decref(o);
}

static void test_kinds_of_doors(void **state)
{
    static const struct { const char *door, *type, *hostname, *ip; } rows[] = {
        {"gateway:[2001:db8::1]:443", "VPN gateway", "(none)", "2001:db8::1"}, {"gateway:192.0.2.7:443", "VPN gateway", "(none)", "192.0.2.7"},
        {"gateway:443", "VPN gateway", "(none)", "(none)"}, {"program:openvpn", "VPN program", "(none)", "(none)"},
        {"listener:tcp:0.0.0.0:3389", "Network service", "(none)", "(none)"}, {"ssh", "SSH server", "(none)", "(none)"},
        {"new thing", "(none)", "(none)", "(none)"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct event_finding f;
        struct event e;
        json_t *o;

        sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
        sample_finding(&f, 0);
        snprintf(f.door, sizeof f.door, "%s", rows[i].door);
        o = map(&e, &f);
        assert_string_equal(text_at(o, "resources.0.uid"), rows[i].door);
        assert_string_equal(text_at(o, "resources.0.type"), rows[i].type);
        assert_string_equal(text_at(o, "resources.0.hostname"), rows[i].hostname);
        assert_string_equal(text_at(o, "resources.0.ip"), rows[i].ip);
        json_decref(o);
    }
}

static void test_life_of_a_finding(void **state)
{
    static const struct { unsigned activity; int id, status; } rows[] = {{ACT_CREATE, 1, 1}, {ACT_UPDATE, 2, 2}, {ACT_CLOSE, 3, 4}};
    char uid[64] = "";

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct event_finding f;
        struct event e;
        json_t *o;

        sample_door_event(&e, EV_VULNERABILITY, rows[i].activity);
        sample_finding(&f, (unsigned)(2 - i));
        snprintf(f.version, sizeof f.version, "7.2.%zu", 4 + i);
        o = map(&e, &f);
        assert_int_equal(int_at(o, "activity_id"), rows[i].id);
        assert_int_equal(int_at(o, "status_id"), rows[i].status);
        if (i)
            assert_string_equal(text_at(o, "finding_info.uid"), uid);
        snprintf(uid, sizeof uid, "%s", text_at(o, "finding_info.uid"));
        assert_string_not_equal(uid, e.uid);
        json_decref(o);
    }
}

static void test_programs(void **state)
{
    static const unsigned activities[] = {ACT_CREATE, ACT_UPDATE, ACT_CLOSE, ACT_NONE};

    (void)state;
    for (size_t i = 0; i < sizeof activities / sizeof *activities; i++) {
        struct event_finding f = {.product_name = "openvpn", .maker = "Debian", .manager = "dpkg", .version = "2.6.3-1+deb12u3",
                                  .old_version = "2.6.3-1+deb12u2"};
        struct event e;
        json_t *o;

        sample_door_event(&e, EV_INVENTORY, activities[i]);
        e.rule[0] = '\0';
        if (activities[i] == ACT_CLOSE)
            f.version[0] = '\0';
        o = map(&e, &f);
        assert_int_equal(int_at(o, "class_uid"), 5020);
        assert_int_equal(int_at(o, "activity_id"), 2); /* Collect */
        assert_int_equal(int_at(o, "unmapped.activity"), activities[i] ? (int)activities[i] : -1);
        assert_string_equal(text_at(o, "package.name"), "openvpn");
        assert_string_equal(text_at(o, "package.version"), activities[i] == ACT_CLOSE ? "2.6.3-1+deb12u2" : "2.6.3-1+deb12u3");
        assert_string_equal(text_at(o, "package.vendor_name"), "Debian");
        assert_string_equal(text_at(o, "package.package_manager"), "dpkg");
        json_decref(o);
    }
}

static void test_posture(void **state)
{
    static const struct { const char *before, *now; int prev_level, prev_state, level, state; } rows[] = {
        {"met", "unmet", 1, -1, 2, 2}, {"unmet", "met", 2, 2, 1, -1}, {"unknown", "partly", 0, -1, 2, 2}, {"ok", "exposed", 1, -1, 2, 19},
        {"due", "overdue", 2, 1, 2, 1}, {"met", "unknown", 1, -1, 0, -1}, {"", "nonsense", -1, -1, -1, -1}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct event e;
        json_t *o;

        sample_door_event(&e, EV_STATE, ACT_POSTURE);
        e.rule[0] = '\0';
        snprintf(e.subject, sizeof e.subject, "%s", "posture.6");
        snprintf(e.old_state, sizeof e.old_state, "%s", rows[i].before);
        snprintf(e.new_state, sizeof e.new_state, "%s", rows[i].now);
        o = map(&e, NULL);
        assert_int_equal(int_at(o, "class_uid"), 5019);
        assert_int_equal(int_at(o, "activity_id"), 2);
        assert_string_equal(text_at(o, "state"), rows[i].now);
        assert_int_equal(int_at(o, "security_level_id"), rows[i].level);
        assert_int_equal(int_at(o, "security_states.0.state_id"), rows[i].state);
        assert_int_equal(int_at(o, "prev_security_level_id"), rows[i].prev_level);
        assert_int_equal(int_at(o, "prev_security_states.0.state_id"), rows[i].prev_state);
        assert_string_equal(text_at(o, "unmapped.subject"), "posture.6");
        json_decref(o);
    }
}

/* Every text filled with one byte, none of them ended. */
static void fill_all(struct event *e, struct event_finding *f, int byte)
{
    const struct event was = *e;
    uint32_t n = f->advisories;

    memset(f, byte, sizeof *f);
    f->advisories = f->advisories_total = n;
    for (unsigned i = 0; i < LIM_FINDING_ADVISORIES; i++)
        f->advisory[i].severity = f->advisory[i].kev = (uint32_t)byte;
    memset(e, byte, sizeof *e);
    e->kind = was.kind;
    e->activity = was.activity;
    e->severity = was.severity;
    e->outcome = was.outcome;
    e->wall_ns = was.wall_ns;
    e->mono_ns = was.mono_ns;
    e->first_ns = was.first_ns;
}

static void test_hostile_texts_fit(void **state)
{
    static const int bytes[] = {0xff, '"', '\\', 0x1b, 0x01, 'A'};

    (void)state;
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
        for (unsigned n = 0; n <= LIM_FINDING_ADVISORIES + 1; n += LIM_FINDING_ADVISORIES + 1) {
            struct event_finding f;
            struct event e;
            struct buf b;
            json_t *o;

            sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
            sample_finding(&f, 8);
            f.advisories = n; /* one more than there is room for */
            fill_all(&e, &f, bytes[i]);
            assert_int_equal(line_of(&e, &f, &b), MM_OK);
            assert_true(b.len <= LIM_EVENT_JSON);
            o = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
            assert_non_null(o);
            assert_int_equal(json_array_size(at(o, "vulnerabilities")), n ? LIM_FINDING_ADVISORIES : 1);
            assert_null(at(o, "vulnerabilities.0.references")); /* no https:// */
            json_decref(o);
            buf_fini(&b);
        }
}

static void test_escapes_are_visible(void **state)
{
    struct event_finding f;
    struct event e;
    json_t *o;

    (void)state;
    sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
    sample_finding(&f, 1);
    snprintf(f.name, sizeof f.name, "%s", "vpn\033[2J\xff\n");
    snprintf(f.advisory[0].title_ja, sizeof f.advisory[0].title_ja, "%s", "a\xc2\x9b" "b");
    o = map(&e, &f);
    assert_string_equal(text_at(o, "resources.0.name"), "vpn\\x1b[2J\\xff\\x0a");
    assert_string_equal(text_at(o, "vulnerabilities.0.title"), "a\\xc2\\x9bb");
    assert_non_null(strstr(text_at(o, "message"), "vpn\\x1b[2J"));
    assert_null(at(o, "metadata.is_truncated"));
    json_decref(o);
}

/* Cut only when it must be, and then the gravest advisory is still told by number. */
static void test_cut(void **state)
{
    struct event_finding f;
    struct event e;
    json_t *o;

    (void)state;
    sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
    sample_finding(&f, LIM_FINDING_ADVISORIES);
    o = map(&e, &f);
    assert_null(at(o, "metadata.is_truncated"));
    assert_int_equal(int_at(o, "unmapped.finding.advisories_total"), LIM_FINDING_ADVISORIES + 3);
    json_decref(o);
    for (unsigned i = 0; i < LIM_FINDING_ADVISORIES; i++) {
        memset(f.advisory[i].title_ja, 0x01, sizeof f.advisory[i].title_ja);
        memset(f.advisory[i].title_en, 0x01, sizeof f.advisory[i].title_en);
        memset(f.advisory[i].fixed, 0x01, sizeof f.advisory[i].fixed);
    }
    memset(e.detail, 0x01, sizeof e.detail);
    o = map(&e, &f);
    assert_true(json_is_true(at(o, "metadata.is_truncated")));
    assert_string_equal(text_at(o, "vulnerabilities.7.cve.uid"), "CVE-2023-28004");
    assert_string_equal(text_at(o, "resources.0.uid"), "gateway:vpn.example.co.jp:443");
    json_decref(o);
}

/* ---- for the schema ------------------------------------------------------------------ */

static int print_line(const struct event *e, const struct event_finding *f)
{
    struct buf b;

    if (line_of(e, f, &b) != MM_OK)
        return 1;
    printf("%s\n", b.data);
    buf_fini(&b);
    return 0;
}

/* 0 to one more advisory than there is room for. */
static int print_numbers(unsigned kind, unsigned activity, const char *verdict, const char *door, int byte)
{
    for (unsigned n = 0; n <= LIM_FINDING_ADVISORIES + 1; n++) {
        struct event_finding f;
        struct event e;

        sample_door_event(&e, kind, activity);
        sample_finding(&f, n);
        snprintf(f.verdict, sizeof f.verdict, "%s", verdict);
        snprintf(f.door, sizeof f.door, "%s", door);
        e.severity = n;
        if (n & 1)
            f.version[0] = f.advisory[0].cve[0] = f.advisory[0].cvss[0] = '\0';
        if (byte)
            fill_all(&e, &f, byte);
        if (print_line(&e, &f))
            return 1;
    }
    return 0;
}

static int print_doors(unsigned kind, unsigned activity)
{
    static const char *const verdicts[] = {"ok", "minor", "due", "overdue", "unknown", "exposed", "invalid", "silent", "", "new word"};
    static const char *const doors[] = {"gateway:vpn.example.co.jp:443", "gateway:[2001:db8::1]:443", "program:openvpn", "listener:tcp:0.0.0.0:3389",
                                        "ssh", ""};
    static const int bytes[] = {0xff, '"', '\\', 0x1b, 'A'};
    struct event e;

    for (size_t v = 0; v < sizeof verdicts / sizeof *verdicts; v++)
        for (size_t d = 0; d < sizeof doors / sizeof *doors; d++)
            if (print_numbers(kind, activity, verdicts[v], doors[d], 0))
                return 1;
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
        if (print_numbers(kind, activity, "", "", bytes[i]))
            return 1;
    sample_door_event(&e, kind, activity);
    return print_line(&e, NULL);
}

static int print_posture(void)
{
    static const char *const words[] = {"met", "partly", "unmet", "unknown", "ok", "overdue", "exposed", "\xff", ""};
    static const char *const subjects[] = {"posture.1", "posture.9", "gateway:vpn.example.co.jp:443", "\xff\033[2J", ""};

    for (size_t s = 0; s < sizeof subjects / sizeof *subjects; s++)
        for (size_t a = 0; a < sizeof words / sizeof *words; a++)
            for (size_t b = 0; b < sizeof words / sizeof *words; b++) {
                struct event e;

                sample_door_event(&e, EV_STATE, ACT_POSTURE);
                snprintf(e.subject, sizeof e.subject, "%s", subjects[s]);
                snprintf(e.old_state, sizeof e.old_state, "%s", words[a]);
                snprintf(e.new_state, sizeof e.new_state, "%s", words[b]);
                if (print_line(&e, NULL))
                    return 1;
            }
    return 0;
}

static int print_all(void)
{
    for (unsigned kind = EV_VULNERABILITY; kind <= EV_INVENTORY; kind++)
        for (unsigned activity = ACT_NONE; activity <= ACT_CLOSE; activity++)
            if (activity == ACT_NONE || activity >= ACT_CREATE)
                if (print_doors(kind, activity))
                    return 1;
    return print_posture();
}

static int print_sizes(void)
{
    static const unsigned advisories[] = {0, 1, LIM_FINDING_ADVISORIES};
    struct event_finding f;
    struct event e;
    struct buf b;

    printf("struct event %zu, struct event_finding %zu, 512 waiting events %zu KiB (inside the event: %zu KiB)\n", sizeof e, sizeof f,
           512 * sizeof e / 1024, 512 * (sizeof e + sizeof f) / 1024);
    for (size_t i = 0; i < sizeof advisories / sizeof *advisories; i++) {
        sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
        sample_finding(&f, advisories[i]);
        if (line_of(&e, &f, &b) != MM_OK)
            return 1;
        printf("%u advisories: %zu bytes of JSON\n", advisories[i], b.len);
        buf_fini(&b);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_gateway), cmocka_unit_test(test_scores), cmocka_unit_test(test_numbers_of_advisories),
        cmocka_unit_test(test_without_advisories), cmocka_unit_test(test_kinds_of_doors), cmocka_unit_test(test_life_of_a_finding),
        cmocka_unit_test(test_programs), cmocka_unit_test(test_posture), cmocka_unit_test(test_hostile_texts_fit),
        cmocka_unit_test(test_escapes_are_visible), cmocka_unit_test(test_cut),
    };

    if (argc > 1 && strcmp(argv[1], "--ndjson") == 0)
        return print_all();
    if (argc > 1 && strcmp(argv[1], "--sizes") == 0)
        return print_sizes();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
