/* A scratch root with rpm's database, made as rpm makes it: tables Packages and Basenames, headers as blobs. */
#ifndef MM_TESTS_UNIT_WATCH_HOST_RPM_ROOT_H
#define MM_TESTS_UNIT_WATCH_HOST_RPM_ROOT_H

#include <sqlite3.h>

#include "agent/watch/host/rpm_header.h"
#include "tests/unit/watch/host/packages_root.h"

/* ---- a header as rpm writes it ---------------------------------------------------------------- */

struct writer { unsigned char index[1024], data[4096]; uint32_t entries, bytes; };

static inline void put32(unsigned char *at, uint32_t n)
{
    at[0] = (unsigned char)(n >> 24), at[1] = (unsigned char)(n >> 16), at[2] = (unsigned char)(n >> 8), at[3] = (unsigned char)n;
}

static inline void entry(struct writer *w, uint32_t tag, uint32_t type, uint32_t count, const void *bytes, size_t n)
{
    unsigned char *e = w->index + 16 * w->entries++;

    while (type == 4 && w->bytes % 4)
        w->data[w->bytes++] = 0;
    put32(e, tag), put32(e + 4, type), put32(e + 8, w->bytes), put32(e + 12, count);
    memcpy(w->data + w->bytes, bytes, n);
    w->bytes += (uint32_t)n;
}

static inline void text(struct writer *w, uint32_t tag, const char *value)
{
    entry(w, tag, 6, 1, value, strlen(value) + 1);
}

static inline size_t finish(const struct writer *w, unsigned char *out)
{
    put32(out, w->entries), put32(out + 4, w->bytes);
    memcpy(out + 8, w->index, 16 * w->entries);
    memcpy(out + 8 + 16 * w->entries, w->data, w->bytes);
    return 8 + 16 * w->entries + w->bytes;
}

/* An installed package: VERSION-2.el9, for x86_64.  `label`: of a module, NULL: none. */
static inline size_t package(unsigned char *out, const char *name, const char *version, uint32_t epoch, const char *label)
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
    if (label)
        text(&w, RPM_MODULARITYLABEL, label);
    entry(&w, RPM_DIRINDEXES, 4, 2, FOLDERS, 8);
    entry(&w, RPM_BASENAMES, 8, 2, "README\0openvpn", 15);
    entry(&w, RPM_DIRNAMES, 8, 2, "/usr/share/doc/\0/usr/sbin/", 27);
    return finish(&w, out);
}

/* ---- a database -------------------------------------------------------------------------------- */

static inline void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static inline void insert(sqlite3 *db, int row, const char *name, const char *version, uint32_t epoch, const char *label)
{
    unsigned char bytes[8192];
    size_t n = package(bytes, name, version, epoch, label);
    sqlite3_stmt *s;

    assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO Packages VALUES(?1, ?2)", -1, &s, NULL), SQLITE_OK);
    sqlite3_bind_int(s, 1, row);
    sqlite3_bind_blob(s, 2, bytes, (int)n, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    sqlite3_finalize(s);
}

/* AlmaLinux 9.4 with an empty database; the caller closes it. */
static inline sqlite3 *root_rpm(void)
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
    return db;
}

#endif
