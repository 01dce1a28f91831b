/* rpm: a database made here as rpm makes it (tables Packages and Basenames, headers as blobs), and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "agent/watch/host/rpm_header.h"
#include "lib/limits.h"
#include "tests/unit/watch/host/packages_root.h"

/* ---- a header as rpm writes it ---------------------------------------------------------------- */

struct writer { unsigned char index[1024], data[4096]; uint32_t entries, bytes; };

static void put32(unsigned char *at, uint32_t n)
{
    at[0] = (unsigned char)(n >> 24), at[1] = (unsigned char)(n >> 16), at[2] = (unsigned char)(n >> 8), at[3] = (unsigned char)n;
}

static void entry(struct writer *w, uint32_t tag, uint32_t type, uint32_t count, const void *bytes, size_t n)
{
    unsigned char *e = w->index + 16 * w->entries++;

    while (type == 4 && w->bytes % 4)
        w->data[w->bytes++] = 0;
    put32(e, tag), put32(e + 4, type), put32(e + 8, w->bytes), put32(e + 12, count);
    memcpy(w->data + w->bytes, bytes, n);
    w->bytes += (uint32_t)n;
}

static void text(struct writer *w, uint32_t tag, const char *value)
{
    entry(w, tag, 6, 1, value, strlen(value) + 1);
}

static size_t finish(const struct writer *w, unsigned char *out)
{
    put32(out, w->entries), put32(out + 4, w->bytes);
    memcpy(out + 8, w->index, 16 * w->entries);
    memcpy(out + 8 + 16 * w->entries, w->data, w->bytes);
    return 8 + 16 * w->entries + w->bytes;
}

static size_t package(unsigned char *out, const char *name, const char *version, uint32_t epoch)
{
    static const unsigned char FOLDERS[8] = {0, 0, 0, 0, 0, 0, 0, 1};
    struct writer w = {.entries = 0};
    unsigned char number[4];

    text(&w, RPM_NAME, name);
    text(&w, RPM_VERSION, version);
    text(&w, RPM_RELEASE, "2.el9");
    put32(number, epoch);
    if (epoch)
        entry(&w, RPM_EPOCH, 4, 1, number, 4);
    text(&w, RPM_VENDOR, "AlmaLinux");
    text(&w, RPM_ARCH, "x86_64");
    entry(&w, RPM_DIRINDEXES, 4, 2, FOLDERS, 8);
    entry(&w, RPM_BASENAMES, 8, 2, "README\0openvpn", 15);
    entry(&w, RPM_DIRNAMES, 8, 2, "/usr/share/doc/\0/usr/sbin/", 27);
    return finish(&w, out);
}

static void test_header(void **state)
{
    unsigned char bytes[8192];
    size_t n = package(bytes, "openvpn", "2.5.9", 3);
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

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static void insert(sqlite3 *db, int row, const char *name, const char *version, uint32_t epoch)
{
    unsigned char bytes[8192];
    size_t n = package(bytes, name, version, epoch);
    sqlite3_stmt *s;

    assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO Packages VALUES(?1, ?2)", -1, &s, NULL), SQLITE_OK);
    sqlite3_bind_int(s, 1, row);
    sqlite3_bind_blob(s, 2, bytes, (int)n, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    sqlite3_finalize(s);
}

static void make_database(void)
{
    char path[128];
    sqlite3 *db;

    root_new();
    root_put("/etc/os-release", "ID=almalinux\nVERSION_ID=\"9.4\"\nPRETTY_NAME=\"AlmaLinux 9.4\"\n");
    root_put("/var/lib/rpm/rpmdb.sqlite", "");
    snprintf(path, sizeof path, "%s/var/lib/rpm/rpmdb.sqlite", root_dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    run(db, "PRAGMA journal_mode=WAL");
    run(db, "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)");
    run(db, "CREATE TABLE Basenames (key TEXT NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL)");
    insert(db, 1, "gpg-pubkey", "1", 0);
    insert(db, 7, "openvpn", "2.5.9", 0);
    insert(db, 9, "bash", "5.1.8", 4);
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
    assert_non_null(strstr(field(one, "evidence"), "dnf's repositories"));
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
