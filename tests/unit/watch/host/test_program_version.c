/* Versions by the text in a program: beside its own words only, and none where two differ; programs that nobody owns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/watch/host/program_table.h"
#include "agent/watch/host/program_version.h"
#include "tests/unit/watch/host/packages_root.h"

#define BYTES(text) (text), sizeof(text) - 1

/* Texts as they stand in Debian 12's programs, and texts that must not count. */
static const struct { const char *product, *bytes; size_t n; const char *version; } CASES[] = {
    {"openvpn", BYTES("will be removed in OpenVPN 2.7.\0(OpenVPN 2.6.0+).\0OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)]\0"), "2.6.14"},
    {"openvpn", BYTES("\0OpenVPN 2.7_rc1 [git:none] aarch64-unknown-linux-gnu [SSL]\0"), "2.7_rc1"},
    {"openvpn", BYTES("will be removed in OpenVPN 2.7.\0(OpenVPN 2.6.0+).\0"), ""},
    {"openvpn", BYTES("\0OpenVPN 2.6.14 x86_64-linux\0OpenVPN 2.5.1 x86_64-linux\0"), ""},
    {"openvpn", BYTES("OpenVPN\0" "2.6.3\0" "255.255.255.255\0"), "2.6.3"},
    {"openvpn", BYTES("\0" "2.6.3\0"), ""},
    {"strongswan", BYTES("Starting IKE charon daemon (strongSwan 5.9.8, %s %s, %s)\0" "5.9.8\0"), "5.9.8"},
    {"strongswan", BYTES("strongSwan %s, %s\0" "5.9.8\0"), "5.9.8"},
    {"strongswan", BYTES("strongSwan 2.2.0\0strongSwan 2.2.1\0"), ""}, /* pluto's table of others */
    {"libreswan", BYTES("Libreswan 3.0 - 3.5\0Libreswan 4.10\0"), "4.10"},
    {"openconnect", BYTES("OpenConnect version %s\n\0v9.01-3\0"), "9.01"},
    {"openconnect", BYTES("\0v9.01-3\0v9.02\0OpenConnect version %s\n\0"), ""},
    {"tailscale", BYTES("-X tailscale.com/version.longStamp=1.50.1-tabc -X tailscale.com/version.shortStamp=1.50.1'"), "1.50.1"},
    {"netextender", BYTES("NetExtender for Linux - Version 10.2.850\n"), "10.2.850"},
};

static void test_marks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char out[PROGRAM_VERSION] = "", *exact = malloc(CASES[i].n); /* as long as it is: a byte too far is seen */

        assert_non_null(exact);
        memcpy(exact, CASES[i].bytes, CASES[i].n);
        for (size_t m = 0; m < PROGRAM_MARKS_COUNT && !out[0]; m++)
            if (!strcmp(PROGRAM_MARKS[m].product, CASES[i].product))
                program_version_in(exact, CASES[i].n, &PROGRAM_MARKS[m], out);
        free(exact);
        if (strcmp(out, CASES[i].version))
            fail_msg("case %zu (%s): \"%s\"", i, CASES[i].product, out);
    }
}

/* The table is sound: every mark belongs to a product, every path is absolute. */
static void test_table(void **state)
{
    (void)state;
    for (size_t m = 0; m < PROGRAM_MARKS_COUNT; m++) {
        bool known = false;

        for (size_t k = 0; k < PROGRAM_KINDS_COUNT; k++)
            known |= !strcmp(PROGRAM_KINDS[k].product, PROGRAM_MARKS[m].product);
        assert_true(known);
    }
    for (size_t k = 0; k < PROGRAM_KINDS_COUNT; k++) {
        assert_true(PROGRAM_KINDS[k].packages[0] != '\0');
        for (const char *p = PROGRAM_KINDS[k].files; *p; p += strcspn(p, " "), p += strspn(p, " "))
            assert_true(*p == '/');
    }
}

static const char STATUS[] = "Package: dash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n";
static const char OPENVPN[] = "\0OpenVPN 2.6.3 x86_64-pc-linux-gnu [SSL]\0";

static int teardown(void **state)
{
    (void)state;
    root_end();
    return 0;
}

static void test_unowned(void **state)
{
    json_t *items, *one;

    (void)state;
    root_debian(STATUS);
    root_bytes("/usr/local/sbin/openvpn", OPENVPN, sizeof OPENVPN);
    root_put("/opt/cisco/secureclient/bin/vpnagentd", "x");
    root_put("/opt/cisco/secureclient/AnyConnectLocalPolicy.xml", "<AnyConnectLocalPolicy acversion=\"5.0.01242\" xmlns=\"x\">");
    root_put("/opt/forticlient/fortivpn", "nothing");
    root_put("/opt/forticlient/fctsched", "nothing else");
    items = root_survey("programs");
    one = item(items, "product", "openvpn");
    assert_non_null(one);
    assert_string_equal(field(one, "state"), "unowned");
    assert_string_equal(field(one, "manager"), "file");
    assert_string_equal(field(one, "path"), "/usr/local/sbin/openvpn");
    assert_string_equal(field(one, "upstream"), "2.6.3");
    assert_string_equal(field(item(items, "product", "cisco-client"), "upstream"), "5.0.01242");
    one = item(items, "product", "forticlient");
    assert_string_equal(field(one, "upstream"), "");
    assert_string_equal(field(one, "state"), "unowned");
    assert_non_null(strstr(field(one, "evidence"), "no version found"));
    assert_int_equal(json_array_size(items), 4); /* two files of one product are one item, and dash for the inventory */
    json_decref(items);
}

/* Owners by dpkg's lists, with and without /usr, and by a package whose name we do not know. */
static void test_owned(void **state)
{
    json_t *items, *one;

    (void)state;
    root_debian("Package: openvpn\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.6.3-1\n\n"
                "Package: acme-vpn\nStatus: install ok installed\nArchitecture: amd64\nVersion: 7.2\n");
    root_bytes("/usr/sbin/openvpn", OPENVPN, sizeof OPENVPN);
    root_put("/var/lib/dpkg/info/openvpn:amd64.list", "/.\n/usr/sbin\n/sbin/openvpn\n/usr/sbin/openvpn2\n");
    root_put("/opt/forticlient/fortivpn", "x");
    root_put("/var/lib/dpkg/info/acme-vpn.list", "/.\n/opt/forticlient/fortivpn.old\n/opt/forticlient/fortivpn");
    items = root_survey("programs");
    one = item(items, "product", "openvpn");
    assert_string_equal(field(one, "manager"), "dpkg");
    assert_string_equal(field(one, "path"), "/usr/sbin/openvpn");
    one = item(items, "product", "forticlient");
    assert_string_equal(field(one, "package"), "acme-vpn");
    assert_string_equal(field(one, "path"), "/opt/forticlient/fortivpn");
    assert_null(item(items, "manager", "file"));
    json_decref(items);
    root_put("/var/lib/dpkg/info/openvpn:amd64.list", "/.\n/usr/sbin/openvpn2\n/x/usr/sbin/openvpn\n/local/sbin/openvpn\n");
    items = root_survey("programs");
    assert_string_equal(field(item(items, "manager", "file"), "path"), "/usr/sbin/openvpn");
    json_decref(items);
}

static void test_no_manager(void **state)
{
    json_t *items;

    (void)state;
    root_new();
    root_bytes("/usr/sbin/openvpn", OPENVPN, sizeof OPENVPN);
    items = root_survey("programs");
    assert_string_equal(field(item(items, "product", "openvpn"), "state"), "unowned");
    json_decref(items);
    root_put("/lib/apk/db/installed", "P:openvpn\n");
    items = root_survey("programs");
    assert_string_equal(field(item(items, "product", "openvpn"), "state"), "unknown");
    assert_non_null(strstr(field(item(items, "product", "openvpn"), "evidence"), "apk is not read"));
    json_decref(items);
}

/* A file that was put over the package's own: the package's version says nothing about it. */
static void test_altered(void **state)
{
    json_t *items, *one;

    (void)state;
    root_debian("Package: openvpn\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.6.14-1\n");
    root_bytes("/usr/sbin/openvpn", OPENVPN, sizeof OPENVPN);
    root_put("/var/lib/dpkg/info/openvpn.list", "/.\n/usr/sbin/openvpn\n");
    root_put("/var/lib/dpkg/info/openvpn.md5sums", "00000000000000000000000000000000  usr/sbin/openvpn2\n"
                                                   "7bb1bb7ad5ae4ea2a5d8a7b5c1a1b1f1  usr/sbin/openvpn\n");
    items = root_survey("programs");
    one = item(items, "manager", "file");
    assert_non_null(one);
    assert_string_equal(field(one, "state"), "unowned");
    assert_string_equal(field(one, "upstream"), "2.6.3");
    assert_non_null(strstr(field(one, "evidence"), "not the file that its package brought"));
    assert_string_equal(field(item(items, "manager", "dpkg"), "version"), "2.6.14-1");
    json_decref(items);
    root_put("/usr/sbin/openvpn", "abc"); /* RFC 1321: MD5 of "abc" */
    root_put("/var/lib/dpkg/info/openvpn.md5sums", "900150983cd24fb0d6963f7d28e17f72  usr/sbin/openvpn\n");
    items = root_survey("programs");
    assert_null(item(items, "manager", "file"));
    json_decref(items);
}

/* A folder that the survey may not look into is told, not passed over. */
static void test_denied(void **state)
{
    bool root = geteuid() == 0;
    char folder[128];
    json_t *items;

    (void)state;
    root_debian(STATUS);
    root_put("/opt/forticlient/fortivpn", "x");
    snprintf(folder, sizeof folder, "%s/opt/forticlient", root_dir);
    assert_int_equal(chmod(root_dir, 0755), 0);
    assert_int_equal(chmod(folder, root ? 0700 : 0), 0);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    items = root_survey("programs");
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_string_equal(field(item(items, "product", "forticlient"), "state"), "unknown");
    assert_non_null(strstr(field(item(items, "product", "forticlient"), "evidence"), "may not be looked into"));
    assert_int_equal(json_array_size(items), 2); /* one item for all its files, and dash */
    json_decref(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_table),
        cmocka_unit_test_teardown(test_unowned, teardown),
        cmocka_unit_test_teardown(test_owned, teardown),
        cmocka_unit_test_teardown(test_no_manager, teardown),
        cmocka_unit_test_teardown(test_altered, teardown),
        cmocka_unit_test_teardown(test_denied, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
