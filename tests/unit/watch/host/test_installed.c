/* Verdicts about packages: what dpkg and apt say of one program, and each reason why nothing can be said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/watch/host/packages_root.h"

#define DAY 86400

static const char STATUS[] =
    "Package: openvpn\nStatus: install ok installed\nSection: net\nMaintainer: OpenVPN Maintainers <o@example.net>\nArchitecture: amd64\n"
    "Version: 2.6.3-1+deb12u2\n\n"
    "Package: wireguard-tools\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1.0-1\n\n"
    "Package: libfoo\nStatus: install ok installed\nSection: libs\nArchitecture: amd64\nVersion: 1-1\n";

static const char OFFER_SAME[] = "Package: openvpn\nArchitecture: amd64\nVersion: 2.6.3-1+deb12u2\n\n";

static int setup(void **state)
{
    (void)state;
    root_debian(STATUS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    root_end();
    return 0;
}

static void expect(const char *state, const char *candidate, bool security, const char *evidence)
{
    json_t *items = root_survey("programs"), *one = item(items, "kind", "program");

    assert_non_null(one);
    assert_string_equal(field(one, "product"), "openvpn");
    assert_string_equal(field(one, "package"), "openvpn");
    assert_string_equal(field(one, "manager"), "dpkg");
    assert_string_equal(field(one, "version"), "2.6.3-1+deb12u2");
    assert_string_equal(field(one, "upstream"), "2.6.3");
    assert_int_equal(strlen(field(one, "released")), strcmp(state, "behind") ? 0 : 10); /* the day that the evidence names */
    assert_non_null(strstr(field(one, "evidence"), field(one, "released")));
    if (strcmp(field(one, "state"), state) || !strstr(field(one, "evidence"), evidence))
        fail_msg("%s: %s", field(one, "state"), field(one, "evidence"));
    assert_string_equal(field(one, "candidate"), candidate);
    assert_int_equal(json_is_true(json_object_get(one, "security")), security);
    assert_null(item(items, "name", "WireGuard"));
    json_decref(items);
}

static void test_current(void **state)
{
    (void)state;
    root_put(MAIN_LIST, OFFER_SAME);
    expect("current", "", false, "supported until 2028-06-30");
    root_put(MAIN_LIST, "Package: openvpn\nArchitecture: amd64\nVersion: 2.6.3-1\n\n");
    root_put(SECURITY_LIST, OFFER_SAME);
    expect("current", "", false, "lists of 2026-11-27");
}

static void test_behind(void **state)
{
    static const char NEWER[] = "Package: openvpn\nArchitecture: amd64\nVersion: 2.6.3-1+deb12u3\n\n";

    (void)state;
    root_put(MAIN_LIST, OFFER_SAME);
    root_put(SECURITY_LIST, NEWER);
    expect("behind", "2.6.3-1+deb12u3", true, "out by 2026-11-27 at the latest");
    root_put(SECURITY_LIST, "");
    root_put(MAIN_LIST, NEWER);
    expect("behind", "2.6.3-1+deb12u3", false, "out by 2026-07-11 at the latest");
    /* the security update was out before the point release that has more */
    root_put(SECURITY_LIST, NEWER);
    root_put(MAIN_LIST, "Package: openvpn\nArchitecture: amd64\nVersion: 2.6.3-1+deb12u4\n\n");
    expect("behind", "2.6.3-1+deb12u4", true, "out by 2026-07-11 at the latest");
    /* of another architecture: no offer for this one */
    root_put(SECURITY_LIST, "Package: openvpn\nArchitecture: i386\nVersion: 9\n\n");
    root_put(MAIN_LIST, OFFER_SAME);
    expect("current", "", false, "");
}

/* Backports are offered to nobody who did not ask (apt_preferences(5)), but to those who have one of them. */
static void test_backports(void **state)
{
    (void)state;
    root_put(MAIN_LIST, OFFER_SAME);
    root_put("/var/lib/apt/lists/deb_dists_bookworm-backports_InRelease",
             "Origin: Debian\nSuite: bookworm-backports\nNotAutomatic: yes\nButAutomaticUpgrades: yes\nDate: " DATE_NEW "\n");
    root_put("/var/lib/apt/lists/deb_dists_bookworm-backports_main_binary-amd64_Packages",
             "Package: openvpn\nArchitecture: amd64\nVersion: 2.7.0-1~bpo12+1\n\n");
    expect("current", "", false, "oldstable");
    root_put(MAIN_LIST, "Package: openvpn\nArchitecture: amd64\nVersion: 2.6.1-1\n\n");
    expect("behind", "2.7.0-1~bpo12+1", false, "backports");
    root_put("/var/lib/apt/lists/deb_dists_bookworm-backports_InRelease",
             "Origin: Debian\nSuite: experimental\nNotAutomatic: yes\nDate: " DATE_NEW "\n");
    expect("unknown", "", false, "no archive in apt's lists offers");
}

/* Ubuntu: universe has fixes for subscribers only. */
static void test_universe(void **state)
{
    json_t *items;

    (void)state;
    root_put(MAIN_LIST, OFFER_SAME);
    root_put("/var/lib/dpkg/status", "Package: openvpn\nStatus: install ok installed\nSection: universe/net\nArchitecture: amd64\n"
                                     "Version: 2.6.3-1+deb12u2\n");
    expect("unknown", "", false, "Pro subscribers only");
    root_put("/var/lib/apt/lists/esm_dists_bookworm-apps-security_InRelease",
             "Origin: UbuntuESMApps\nSuite: bookworm-apps-security\nCodename: bookworm\nDate: " DATE_NEW "\n");
    root_put("/var/lib/apt/lists/esm_dists_bookworm-apps-security_main_binary-amd64_Packages", "");
    items = root_survey("programs");
    assert_string_equal(field(item(items, "kind", "program"), "state"), "current");
    json_decref(items);
}

static void test_unknown(void **state)
{
    (void)state;
    expect("unknown", "", false, "no archive in apt's lists offers");
    root_put(MAIN_LIST, "Package: openvpn\nArchitecture: amd64\nVersion: 2.6.1-1\n\n");
    expect("unknown", "", false, "no archive in apt's lists offers"); /* newer than every offer: of nobody we know */
    root_put(MAIN_LIST, OFFER_SAME);
    root_put("/etc/os-release", "ID=debian\nVERSION_ID=10\nVERSION_CODENAME=bookworm\n");
    expect("unknown", "", false, "out of support since 2024-06-30");
    root_put("/etc/os-release", "ID=mydistro\nVERSION_ID=3\n");
    expect("unknown", "", false, "end of support of this distribution is not known");
    root_put("/etc/os-release", "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=trixie\n");
    expect("unknown", "", false, "no security archive of this release");
}

static void test_broken_lists(void **state)
{
    static const unsigned char CUT[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b};

    (void)state;
    root_put(MAIN_LIST, OFFER_SAME);
    root_bytes("/var/lib/apt/lists/deb_dists_bookworm_contrib_binary-amd64_Packages", CUT, sizeof CUT);
    expect("unknown", "", false, "contrib_binary-amd64_Packages cannot be read");
    root_put("/var/lib/apt/lists/deb_dists_bookworm_contrib_binary-amd64_Packages.bz2", "BZh91AY");
    root_remove("/var/lib/apt/lists/deb_dists_bookworm_contrib_binary-amd64_Packages");
    expect("unknown", "", false, "Packages.bz2 cannot be read");
    root_remove("/var/lib/apt/lists/deb_dists_bookworm_contrib_binary-amd64_Packages.bz2");
    root_put("/var/lib/apt/lists/other_dists_x_main_binary-amd64_Packages", "");
    expect("unknown", "", false, "belongs to no Release file");
    root_remove("/var/lib/apt/lists/other_dists_x_main_binary-amd64_Packages");
    root_put("/var/lib/apt/lists/other_dists_x_InRelease", "Date: Fri, 27 Nov 2027 02:10:32 UTC\n");
    expect("unknown", "", false, "cannot be right"); /* a year ahead */
    root_put("/var/lib/apt/lists/other_dists_x_InRelease", "Suite: x\n");
    expect("unknown", "", false, "no date in it");
    root_remove("/var/lib/apt/lists/other_dists_x_InRelease");
    root_put(SECURITY_LIST, "Package: openvpn\nArchitecture: amd64\nVersion: no version\n\n");
    expect("unknown", "", false, "makes no sense");
    root_remove(SECURITY_LIST);
    expect("unknown", "", false, "no security archive");
}

static void test_old_lists(void **state)
{
    json_t *items;

    (void)state;
    root_put(MAIN_LIST, OFFER_SAME);
    items = root_survey_at("programs", NOW + 4 * DAY);
    assert_string_equal(field(item(items, "kind", "program"), "state"), "current");
    json_decref(items);
    items = root_survey_at("programs", NOW + 6 * DAY);
    assert_string_equal(field(item(items, "kind", "program"), "state"), "unknown");
    assert_non_null(strstr(field(item(items, "kind", "program"), "evidence"), "older than a week"));
    json_decref(items);
}

/* Of one product the worst package counts, and the inventory has what was chosen. */
static void test_several(void **state)
{
    json_t *items, *one;

    (void)state;
    root_put("/var/lib/dpkg/status",
             "Package: libstrongswan\nStatus: install ok installed\nSection: libs\nArchitecture: amd64\nVersion: 5.9.8-5+deb12u5\n\n"
             "Package: strongswan-charon\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 5.9.8-5+deb12u6\n\n"
             "Package: tailscale\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.50.1\nMaintainer: T <t@x>\n\n"
             "Package: auto\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n");
    root_put("/var/lib/apt/extended_states", "Package: auto\nArchitecture: amd64\nAuto-Installed: 1\n\n");
    root_put(SECURITY_LIST, "Package: libstrongswan\nArchitecture: amd64\nVersion: 5.9.8-5+deb12u6\n\n"
                            "Package: strongswan-charon\nArchitecture: amd64\nVersion: 5.9.8-5+deb12u6\n\n");
    items = root_survey("programs");
    one = item(items, "product", "strongswan");
    assert_non_null(one);
    assert_string_equal(field(one, "package"), "libstrongswan");
    assert_string_equal(field(one, "state"), "behind");
    one = item(items, "product", "tailscale"); /* the maker's own package: its version is the maker's */
    assert_non_null(one);
    assert_string_equal(field(one, "state"), "unowned");
    assert_string_equal(field(one, "manager"), "dpkg");
    assert_string_equal(field(one, "upstream"), "1.50.1");
    assert_null(item(items, "name", "auto"));
    assert_null(item(items, "name", "libstrongswan"));
    one = item(items, "name", "tailscale");
    assert_string_equal(field(one, "kind"), "software");
    assert_string_equal(field(one, "maker"), "T");
    assert_string_equal(field(item(items, "name", "strongswan-charon"), "maker"), "Debian");
    json_decref(items);
}

static void test_broken_status(void **state)
{
    json_t *items;

    (void)state;
    root_put("/usr/sbin/openvpn", "x\0OpenVPN 2.6.3 x86_64-pc-linux-gnu\0");
    root_put("/var/lib/dpkg/status", "");
    items = root_survey("programs");
    assert_int_equal(json_array_size(items), 1);
    assert_string_equal(field(json_array_get(items, 0), "state"), "unknown");
    assert_non_null(strstr(field(json_array_get(items, 0), "evidence"), "database of dpkg could not be read"));
    json_decref(items);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_current),      TEST(test_behind),    TEST(test_backports), TEST(test_unknown),      TEST(test_universe),
                                       TEST(test_broken_lists), TEST(test_old_lists), TEST(test_several),   TEST(test_broken_status)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
