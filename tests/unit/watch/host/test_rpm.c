/* rpm: headers, a database made here as rpm makes it, and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/watch/host/rpm_root.h"

static void test_header(void **state)
{
    unsigned char bytes[8192];
    size_t n = package(bytes, "openvpn", "2.5.9", 3, NULL);
    struct rpm_header h;
    uint32_t number;

    (void)state;
    assert_int_equal(rpm_header_open(&h, bytes, n), MM_OK);
    assert_string_equal(rpm_header_string(&h, RPM_NAME, 0), "openvpn");
    assert_null(rpm_header_string(&h, RPM_NAME, 1));
    assert_string_equal(rpm_header_string(&h, RPM_BASENAMES, 1), "openvpn");
    assert_string_equal(rpm_header_string(&h, RPM_DIRNAMES, 1), "/usr/sbin/");
    assert_true(rpm_header_number(&h, RPM_EPOCH, 0, &number));
    assert_int_equal(number, 3);
    assert_true(rpm_header_number(&h, RPM_DIRINDEXES, 1, &number));
    assert_int_equal(number, 1);
    assert_false(rpm_header_number(&h, RPM_DIRINDEXES, 2, &number));
    assert_null(rpm_header_string(&h, RPM_DIRINDEXES, 0));
    for (size_t cut = 0; cut < n; cut++) /* in memory of exactly its size: no byte behind it is read */
        assert_int_equal(rpm_header_open(&h, bytes, cut), MM_EFORMAT);
    put32(bytes + 8 + 12, 0xffffffff); /* count of the name */
    assert_int_equal(rpm_header_open(&h, bytes, n), MM_OK);
    assert_null(rpm_header_string(&h, RPM_NAME, 0xfffffffe));
    put32(bytes + 8 + 8, 0xfffffff0); /* its offset */
    assert_null(rpm_header_string(&h, RPM_NAME, 0));
    put32(bytes, 0x10000000);
    assert_int_equal(rpm_header_open(&h, bytes, n), MM_EFORMAT);
}

/* ---- a database -------------------------------------------------------------------------------- */

static void make_database(void)
{
    sqlite3 *db = root_rpm();

    insert(db, 1, "gpg-pubkey", "1", 0, NULL);
    insert(db, 7, "openvpn", "2.5.9", 0, NULL);
    insert(db, 9, "bash", "5.1.8", 4, NULL);
    run(db, "INSERT INTO Basenames VALUES('README', 7, 0), ('openvpn', 7, 1)");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int teardown(void **state)
{
    (void)state;
    root_end();
    return 0;
}

static void test_programs(void **state)
{
    json_t *items, *one;

    (void)state;
    make_database();
    root_put("/usr/sbin/openvpn", "x");
    root_put("/usr/local/sbin/openvpn", "another");
    items = root_survey("programs");
    one = item(items, "manager", "rpm");
    assert_string_equal(field(one, "package"), "openvpn");
    assert_string_equal(field(one, "version"), "2.5.9-2.el9");
    assert_string_equal(field(one, "upstream"), "2.5.9");
    assert_string_equal(field(one, "path"), "/usr/sbin/openvpn");
    assert_string_equal(field(one, "state"), "unknown");
    assert_non_null(strstr(field(one, "evidence"), "enables no repository"));
    one = item(items, "manager", "file");
    assert_string_equal(field(one, "path"), "/usr/local/sbin/openvpn");
    assert_string_equal(field(item(items, "name", "bash"), "version"), "4:5.1.8-2.el9");
    assert_string_equal(field(item(items, "name", "bash"), "maker"), "AlmaLinux");
    assert_null(item(items, "name", "gpg-pubkey"));
    json_decref(items);
    for (size_t i = 0; i < 3; i++) { /* no trace of us in the folder */
        static const char *const MADE[] = {"rpmdb.sqlite-wal", "rpmdb.sqlite-shm", "rpmdb.sqlite-journal"};
        char path[160];

        snprintf(path, sizeof path, "%s/var/lib/rpm/%s", root_dir, MADE[i]);
        assert_int_not_equal(access(path, F_OK), 0);
    }
    items = root_survey("updates");
    assert_string_equal(field(item(items, "check", "updates.support"), "state"), "met");
    assert_string_equal(field(item(items, "check", "updates.security"), "state"), "unknown");
    json_decref(items);
}

static const char *broken_reason(json_t **items)
{
    json_t *one;

    *items = root_survey("programs");
    one = item(*items, "product", "openvpn");
    assert_non_null(one);
    assert_string_equal(field(one, "state"), "unknown"); /* never "unowned": nobody could say whose it is */
    return field(one, "evidence");
}

static void test_broken(void **state)
{
    char page[4096] = "SQLite format 3";
    json_t *items;

    (void)state;
    root_new();
    root_put("/usr/sbin/openvpn", "x");
    root_bytes("/var/lib/rpm/rpmdb.sqlite", page, sizeof page);
    assert_non_null(strstr(broken_reason(&items), "rpm could not be read"));
    json_decref(items);
    root_put("/var/lib/rpm/rpmdb.sqlite", "");
    assert_non_null(strstr(broken_reason(&items), "rpm could not be read"));
    json_decref(items);
    root_remove("/var/lib/rpm/rpmdb.sqlite");
    root_put("/var/lib/rpm/Packages", "x");
    assert_non_null(strstr(broken_reason(&items), "Berkeley DB"));
    json_decref(items);
    root_remove("/var/lib/rpm/Packages");
    root_put("/usr/lib/sysimage/rpm/Packages.db", "x");
    assert_non_null(strstr(broken_reason(&items), "ndb"));
    json_decref(items);
}

static void test_unfinished(void **state)
{
    json_t *items;

    (void)state;
    make_database();
    root_put("/usr/local/sbin/openvpn", "x");
    root_put("/var/lib/rpm/rpmdb.sqlite-wal", "changes");
    assert_non_null(strstr(broken_reason(&items), "not written back"));
    json_decref(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test_teardown(test_programs, teardown),
        cmocka_unit_test_teardown(test_broken, teardown),
        cmocka_unit_test_teardown(test_unfinished, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
