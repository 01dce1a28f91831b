/* How bad a door is, and the number by which its finding is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/report/finding.h"
#include "lib/crypto.h"
#include "tests/unit/report/events.h"

static void test_severity(void **state)
{
    static const struct { const char *verdict, *door; uint32_t kev; enum event_activity activity; enum event_severity want; } rows[] = {
        {"overdue", "gateway:a:1", 1, ACT_CREATE, SEV_CRITICAL}, {"overdue", "gateway:a:1", 0, ACT_UPDATE, SEV_HIGH},
        {"due", "gateway:a:1", 0, ACT_CREATE, SEV_MEDIUM}, {"due", "gateway:a:1", 1, ACT_CREATE, SEV_MEDIUM},
        {"exposed", "listener:tcp:3389", 0, ACT_CREATE, SEV_HIGH}, {"invalid", "gateway:a:1", 0, ACT_CREATE, SEV_MEDIUM},
        {"unknown", "gateway:a:1", 0, ACT_CREATE, SEV_MEDIUM}, {"unknown", "program:openvpn", 0, ACT_CREATE, SEV_LOW},
        {"silent", "gateway:a:1", 0, ACT_CREATE, SEV_LOW}, {"minor", "program:openvpn", 0, ACT_CREATE, SEV_LOW},
        {"ok", "gateway:a:1", 0, ACT_UPDATE, SEV_INFO}, {"overdue", "gateway:a:1", 1, ACT_CLOSE, SEV_INFO},
        {"", "gateway:a:1", 0, ACT_CREATE, SEV_MEDIUM}, {"a new word", "gateway:a:1", 0, ACT_CREATE, SEV_MEDIUM}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct event_finding f;

        sample_finding(&f, 3);
        f.advisory[0].kev = 0;
        f.advisory[2].kev = rows[i].kev; /* wherever it stands */
        snprintf(f.verdict, sizeof f.verdict, "%s", rows[i].verdict);
        snprintf(f.door, sizeof f.door, "%s", rows[i].door);
        assert_int_equal(finding_severity(rows[i].activity, &f), rows[i].want);
    }
}

/* A count beyond the array is not followed, one below it neither. */
static void test_exploited(void **state)
{
    struct event_finding f;

    (void)state;
    sample_finding(&f, 2);
    f.advisory[0].kev = 0;
    assert_int_equal(finding_exploited(&f), 0);
    f.advisory[LIM_FINDING_ADVISORIES - 1].kev = 1;
    assert_int_equal(finding_exploited(&f), 0);
    f.advisories = UINT32_MAX;
    assert_int_equal(finding_exploited(&f), 1);
}

static void test_uid(void **state)
{
    struct ocsf_host here, other;
    struct event_finding f;
    struct ocsf_context c = {.host = &here, .finding = &f}, d = {.host = &other, .finding = &f}, bare = {.host = &here};
    struct event e;
    char first[LIM_ID], again[LIM_ID];

    (void)state;
    sample_host(&here);
    sample_host(&other);
    sample_finding(&f, 1);
    sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
    finding_uid(&e, &c, first);
    assert_true(crypto_uuid_valid(first));
    assert_int_equal(first[14], '8');
    /* Enrolled, renamed, restarted, another version: the same door. */
    snprintf(here.agent_id, sizeof here.agent_id, "%s", "another");
    snprintf(here.hostname, sizeof here.hostname, "%s", "renamed");
    snprintf(here.boot, sizeof here.boot, "%s", "another");
    snprintf(f.version, sizeof f.version, "%s", "7.2.5");
    e.activity = ACT_CLOSE;
    snprintf(e.uid, sizeof e.uid, "%s", "aaaaaaaa-0000-4000-8000-000000000009");
    finding_uid(&e, &c, again);
    assert_string_equal(first, again);
    /* Another host, or another door, is another finding. */
    snprintf(other.machine, sizeof other.machine, "%s", "beef");
    finding_uid(&e, &d, again);
    assert_string_not_equal(first, again);
    snprintf(f.door, sizeof f.door, "%s", "gateway:vpn.example.co.jp:444");
    finding_uid(&e, &c, again);
    assert_string_not_equal(first, again);
    /* Without a finding the subject is the door; without a door there is none. */
    snprintf(e.subject, sizeof e.subject, "%s", "gateway:vpn.example.co.jp:443");
    finding_uid(&e, &bare, again);
    assert_string_equal(first, again);
    f.door[0] = '\0';
    finding_uid(&e, &c, again);
    assert_string_equal(again, "");
}

/* The longest door, not ended, beside the longest name of a host: still told apart at its last byte. */
static void test_uid_of_long_names(void **state)
{
    struct ocsf_host here = {.machine = ""};
    struct event_finding f;
    struct ocsf_context c = {.host = &here, .finding = &f};
    struct event e;
    char first[LIM_ID], again[LIM_ID];

    (void)state;
    memset(here.hostname, 'h', sizeof here.hostname - 1);
    sample_finding(&f, 0);
    sample_door_event(&e, EV_VULNERABILITY, ACT_CREATE);
    memset(f.door, 'd', sizeof f.door);
    finding_uid(&e, &c, first);
    f.door[sizeof f.door - 1] = 'e';
    finding_uid(&e, &c, again);
    assert_true(crypto_uuid_valid(first));
    assert_string_not_equal(first, again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_severity), cmocka_unit_test(test_exploited), cmocka_unit_test(test_uid),
                                       cmocka_unit_test(test_uid_of_long_names)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
