/* Article 1: apt's settings, kernels, calendars, and the five checks on scratch roots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/watch/host/apt_conf.h"
#include "agent/watch/host/distribution.h"
#include "agent/watch/host/installed_priv.h"
#include "agent/watch/host/updates_kernel.h"
#include "lib/text.h"
#include "tests/unit/watch/host/packages_root.h"

#define DAY 86400

/* ---- apt.conf: each result is what `apt-config dump` of apt 2.6.1 says ---------------------------- */

static const struct { const char *text, *value; int rc; } CONFIGS[] = {
    {"APT::Periodic::Unattended-Upgrade \"1\";", "1", MM_OK},
    {"APT { Periodic { Unattended-Upgrade \"1\"; }; };", "1", MM_OK},
    {"apt::periodic { unattended-upgrade 7; }", "7", MM_OK},
    {"APT::Periodic::Unattended-Upgrade \"1\";\nAPT::Periodic { Unattended-Upgrade \"0\"; };", "0", MM_OK},
    {"// APT::Periodic::Unattended-Upgrade \"1\";\n# APT::Periodic::Unattended-Upgrade \"1\";\n", "", MM_OK},
    {"/* APT::Periodic::Unattended-Upgrade \"1\"; */", "", MM_OK},
    {"APT::Periodic::Unattended-Upgrade \"1\"; // \"0\";", "1", MM_OK},
    {"APT::Periodic::Unattended-Upgrade\n\"1\"\n;", "1", MM_OK},
    {"APT::Periodic::Unattended-Upgrade \"1\"; #clear APT::Periodic::Unattended-Upgrade;", "", MM_OK},
    {"APT::Periodic::Unattended-Upgrade \"1\"; #clear APT::Periodic;", "", MM_OK},
    {"DPkg::Post-Invoke { \"touch /x; APT::Periodic::Unattended-Upgrade 1\"; };", "", MM_OK},
    {"Unattended-Upgrade \"1\"; X::APT::Periodic::Unattended-Upgrade \"1\";", "", MM_OK},
    {"APT::Periodic::Unattended-Upgrade \"1", "", MM_EFORMAT},
    {"APT { Periodic { Unattended-Upgrade \"1\";", "1", MM_EFORMAT},
    {"}", "", MM_EFORMAT},
};

static void test_apt_conf(void **state)
{
    static const char *const READ[] = {"20auto-upgrades", "50x.conf", "a_b-C"};
    static const char *const LEFT[] = {"", ".hidden", "20auto-upgrades.dpkg-old", "x~", "20 x", "10x.conf.bak"};

    (void)state;
    for (size_t i = 0; i < sizeof CONFIGS / sizeof *CONFIGS; i++) {
        struct apt_option o = {"APT::Periodic::Unattended-Upgrade", ""};
        size_t n = strlen(CONFIGS[i].text);
        char *exact = malloc(n);

        assert_non_null(exact);
        memcpy(exact, CONFIGS[i].text, n);
        if (apt_conf_read(exact, n, &o, 1) != CONFIGS[i].rc || strcmp(o.value, CONFIGS[i].value))
            fail_msg("%s: \"%s\"", CONFIGS[i].text, o.value);
        free(exact);
    }
    for (size_t i = 0; i < sizeof READ / sizeof *READ; i++)
        assert_true(apt_conf_name(READ[i]));
    for (size_t i = 0; i < sizeof LEFT / sizeof *LEFT; i++)
        assert_false(apt_conf_name(LEFT[i]));
}

/* ---- calendars -------------------------------------------------------------------------------------- */

static void test_calendar(void **state)
{
    static const struct { const char *id, *version, *end; } CASES[] = {
        {"debian", "12", "2028-06-30"},  {"debian", "1", ""},      {"debian", "", ""},           {"ubuntu", "22.04", "2027-06-01"},
        {"ubuntu", "22", ""},            {"ubuntu", "22.04.5", ""}, {"rhel", "9.4", "2032-05-31"}, {"rhel", "90", ""},
        {"almalinux", "8.10", "2029-05-31"}, {"almalinux", "10.2", "2035-05-31"}, {"arch", "", ""},
        {"debian", "13", "2030-06-30"},  {"debian", "14", ""},     {"ubuntu", "26.04", "2031-05-29"}, {"ubuntu", "26.10", "2027-07-15"},
        {"rhel", "8", "2029-05-31"},     {"rhel", "10.1", "2035-05-31"}, {"rocky", "8.10", "2029-05-31"}, {"rocky", "10.2", "2035-05-31"},
        {"centos", "9", "2027-05-31"},   {"centos", "10", "2030-05-31"}, {"fedora", "42", "2026-05-27"}, {"fedora", "43", "2026-12-09"},
        {"fedora", "44", "2027-06-02"},  {"fedora", "45", "2027-12-08"}, {"fedora", "46", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct distribution d;

        memset(&d, 0, sizeof d);
        snprintf(d.id, sizeof d.id, "%s", CASES[i].id);
        snprintf(d.version, sizeof d.version, "%s", CASES[i].version);
        distribution_calendar(&d);
        assert_string_equal(d.end, CASES[i].end);
        assert_int_equal(d.known, CASES[i].end[0] != '\0');
    }
}

/* ---- kernels ----------------------------------------------------------------------------------------- */

static int teardown(void **state)
{
    (void)state;
    root_end();
    return 0;
}

static enum kernel_state kernel(const char *status, const char *release, const char *version, const char *expect)
{
    char newest[256];
    struct survey s;
    enum kernel_state state;

    root_put("/var/lib/dpkg/status", status);
    assert_int_equal(survey_init(&s, root_dir, NOW), MM_OK);
    state = updates_kernel(installed_of(&s), release, version, newest, sizeof newest);
    survey_fini(&s);
    assert_string_equal(newest, expect);
    return state;
}

#define IMAGE(name, version) "Package: linux-image-" name "\nStatus: install ok installed\nArchitecture: amd64\nVersion: " version "\n\n"

static void test_kernel(void **state)
{
    static const char DEBIAN[] = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.140-1 (2025-05-22)";

    (void)state;
    root_debian("");
    assert_int_equal(kernel(IMAGE("amd64", "6.1.140-1") IMAGE("6.1.0-37-amd64", "6.1.140-1"), "6.1.0-37-amd64", DEBIAN, "6.1.0-37-amd64"),
                     KERNEL_NEWEST);
    assert_int_equal(kernel(IMAGE("6.1.0-37-amd64", "6.1.140-1") IMAGE("6.1.0-38-amd64", "6.1.147-1"), "6.1.0-37-amd64", DEBIAN,
                            "6.1.0-38-amd64"), KERNEL_OLD);
    /* another kind of kernel is no newer one; 10 is newer than 9 */
    assert_int_equal(kernel(IMAGE("6.1.0-37-amd64", "6.1.140-1") IMAGE("6.1.0-38-cloud-amd64", "6.1.147-1"), "6.1.0-37-amd64", DEBIAN,
                            "6.1.0-37-amd64"), KERNEL_NEWEST);
    assert_int_equal(kernel(IMAGE("unsigned-5.15.0-9-generic", "1") IMAGE("5.15.0-10-generic", "1"), "5.15.0-9-generic", "#1 Ubuntu",
                            "5.15.0-10-generic"), KERNEL_OLD);
    /* the same name, built again */
    assert_int_equal(kernel(IMAGE("6.1.0-37-amd64", "6.1.141-1"), "6.1.0-37-amd64", DEBIAN, "6.1.0-37-amd64"), KERNEL_OLD);
    assert_int_equal(kernel(IMAGE("amd64", "1"), "6.18.44-custom", "#1", ""), KERNEL_UNKNOWN);
}

/* ---- checks -------------------------------------------------------------------------------------------- */

static void expect_at(const char *check, int64_t now, const char *state, const char *first, const char *second, const char *evidence)
{
    json_t *items = root_survey_at("updates", now), *one = item(items, "check", check), *args;
    char key[96];

    assert_non_null(one);
    assert_int_equal(json_integer_value(json_object_get(one, "article")), 1);
    if (strcmp(field(one, "state"), state) || !strstr(field(one, "evidence"), evidence))
        fail_msg("%s %s: %s", check, field(one, "state"), field(one, "evidence"));
    args = json_object_get(one, "args");
    if (first)
        assert_string_equal(json_string_value(json_array_get(args, 0)), first);
    if (second)
        assert_string_equal(json_string_value(json_array_get(args, 1)), second);
    snprintf(key, sizeof key, "check.%s.%s", check, state);
    assert_true(text_known(key));
    key[strlen(key) - strlen(state) - 1] = '\0'; /* the title */
    assert_true(text_known(key));
    json_decref(items);
}

static void expect(const char *check, const char *state, const char *first, const char *second, const char *evidence)
{
    expect_at(check, NOW, state, first, second, evidence);
}

static const char STATUS[] = "Package: dash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1-1\n\n"
                             "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5-1\n\n"
                             "Package: unattended-upgrades\nStatus: install ok installed\nArchitecture: all\nVersion: 2\n";

static void timers(void)
{
    root_put("/etc/systemd/system/timers.target.wants/apt-daily.timer", "[Timer]\n");
    root_put("/etc/systemd/system/timers.target.wants/apt-daily-upgrade.timer", "[Timer]\n");
}

static void test_security(void **state)
{
    (void)state;
    root_debian(STATUS);
    expect("updates.security", "met", NULL, NULL, "no security update is offered for 3 packages");
    root_put(MAIN_LIST, "Package: bash\nArchitecture: amd64\nVersion: 5-2\n\n");
    expect("updates.security", "met", NULL, NULL, "1 other updates");
    root_put(SECURITY_LIST, "Package: dash\nArchitecture: amd64\nVersion: 1-2\n\n");
    expect_at("updates.security", NOW - DAY, "unmet", "1", "?", "(dash)"); /* the list is of that day: the age is not known */
    expect("updates.security", "unmet", "1", "1", "at least 1 days");
    root_put(MAIN_LIST, "Package: dash\nArchitecture: amd64\nVersion: 1-2\n\n");
    expect("updates.security", "unmet", "1", "140", "1 security updates"); /* in the point release of July too */
    root_put(MAIN_LIST, "");
    timers();
    root_put("/etc/apt/apt.conf.d/20auto-upgrades", "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n");
    expect("updates.security", "partly", "1", "1", ""); /* will be installed soon */
    root_remove("/var/lib/apt/lists/sec_dists_bookworm-security_InRelease");
    expect("updates.security", "unknown", NULL, NULL, "belongs to no Release file");
}

static void test_lists(void **state)
{
    (void)state;
    root_debian(STATUS);
    expect("updates.lists", "met", "1", NULL, "security archive");
    expect_at("updates.lists", NOW + 10 * DAY, "partly", "11", NULL, "2026-11-27");
    expect_at("updates.lists", NOW + 40 * DAY, "unmet", "41", NULL, "2026-11-27");
    root_end();
    root_debian(STATUS);
    root_remove("/var/lib/apt/lists/deb_dists_bookworm_InRelease");
    root_remove("/var/lib/apt/lists/sec_dists_bookworm-security_InRelease");
    expect("updates.lists", "unknown", NULL, NULL, "belongs to no Release file");
}

static void test_support(void **state)
{
    (void)state;
    root_debian(STATUS);
    expect("updates.support", "met", "Debian GNU/Linux 12 (bookworm)", "2028-06-30", "LTS");
    root_put("/etc/os-release", "ID=debian\nVERSION_ID='11'\nPRETTY_NAME=\"Debian 11\"\n");
    expect("updates.support", "unmet", "Debian 11", "2026-08-31", "");
    expect_at("updates.support", NOW - 100 * DAY, "partly", "Debian 11", "2026-08-31", "");
    root_put("/etc/os-release", "ID=fedora\nVERSION_ID=44\nSUPPORT_END=2027-05-20\n");
    expect("updates.support", "met", "fedora 44", "2027-06-02", "docs.fedoraproject.org");
    root_put("/etc/os-release", "ID=fedora\nVERSION_ID=46\nSUPPORT_END=2028-05-24\n");
    expect("updates.support", "met", "fedora 46", "2028-05-24", "SUPPORT_END");
    root_put("/etc/os-release", "ID=x\nSUPPORT_END=soon\n");
    expect("updates.support", "unknown", NULL, NULL, "no calendar");
    root_remove("/etc/os-release");
    expect("updates.support", "unknown", NULL, NULL, "no os-release");
}

static void test_automatic(void **state)
{
    (void)state;
    root_debian(STATUS);
    expect("updates.automatic", "unmet", NULL, NULL, "apt-daily-upgrade.timer off");
    timers();
    expect("updates.automatic", "unmet", NULL, NULL, "Unattended-Upgrade \"\"");
    root_put("/etc/apt/apt.conf.d/20auto-upgrades", "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n");
    expect("updates.automatic", "met", NULL, NULL, "unattended-upgrades installed");
    root_put("/etc/apt/apt.conf.d/99off.bak", "APT::Periodic::Unattended-Upgrade \"0\";\n");
    expect("updates.automatic", "met", NULL, NULL, "");
    root_put("/etc/apt/apt.conf.d/99off", "APT::Periodic::Unattended-Upgrade \"0\";\n");
    expect("updates.automatic", "partly", NULL, NULL, "Unattended-Upgrade \"0\"");
    root_put("/etc/apt/apt.conf", "APT::Periodic::Unattended-Upgrade \"1\";\n"); /* read last */
    expect("updates.automatic", "met", NULL, NULL, "");
    root_put("/etc/apt/apt.conf", "APT::Periodic::Enable \"0\";\n");
    expect("updates.automatic", "unmet", NULL, NULL, "");
    root_put("/etc/apt/apt.conf", "APT { \"\n");
    expect("updates.automatic", "unknown", NULL, NULL, "cannot be read");
    root_put("/etc/apt/apt.conf", "");
    root_remove("/etc/apt/apt.conf.d/99off");
    root_put("/etc/systemd/system/apt-daily-upgrade.timer", ""); /* masked */
    expect("updates.automatic", "partly", NULL, NULL, "apt-daily-upgrade.timer off");
}

static void test_elsewhere(void **state)
{
    (void)state;
    root_new(); /* nothing is known: nothing is met */
    expect("updates.security", "unknown", NULL, NULL, "no database of dpkg or rpm");
    expect("updates.lists", "unknown", NULL, NULL, "no database");
    expect("updates.automatic", "unknown", NULL, NULL, "no package manager");
    expect("updates.reboot", "unknown", NULL, NULL, "not the running system");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apt_conf),
        cmocka_unit_test(test_calendar),
        cmocka_unit_test_teardown(test_kernel, teardown),
        cmocka_unit_test_teardown(test_security, teardown),
        cmocka_unit_test_teardown(test_lists, teardown),
        cmocka_unit_test_teardown(test_support, teardown),
        cmocka_unit_test_teardown(test_automatic, teardown),
        cmocka_unit_test_teardown(test_elsewhere, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
