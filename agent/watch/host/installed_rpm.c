/* rpm's database where it is SQLite (RHEL 9, Fedora): Packages holds a header for each package, Basenames which
 * packages have a file of a name.  The file is mapped and given to SQLite as memory, so nothing is opened by path,
 * no journal is made and a link cannot lead elsewhere.  Databases of other formats (RHEL 8: Berkeley DB, SUSE: ndb)
 * are not read, and said so. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/watch/host/installed_priv.h"
#include "agent/watch/host/rpm_header.h"
#include "lib/err.h"
#include "lib/limits.h"

struct database {
    sqlite3 *db;
    void *bytes;
    size_t n;
};

static const char *const FOLDERS[] = {"/var/lib/rpm", "/usr/lib/sysimage/rpm"};

/* ---- opening -------------------------------------------------------------------------------- */

/* A private copy-on-write view; two bytes are changed in it: SQLite's format 2 would ask for a write-ahead log. */
static int map(const struct survey *s, const char *path, struct database *d)
{
    struct stat st;
    int fd = survey_open(s, path);
    unsigned char *bytes;

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < 512 || st.st_size > (off_t)LIM_RPM_DATABASE) {
        close(fd);
        return MM_EFORMAT;
    }
    bytes = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED)
        return MM_ENOMEM;
    d->bytes = bytes;
    d->n = (size_t)st.st_size;
    if (bytes[18] == 2 && bytes[19] == 2)
        bytes[18] = bytes[19] = 1;
    return MM_OK;
}

static void shut(struct database *d)
{
    sqlite3_close(d->db);
    if (d->bytes)
        munmap(d->bytes, d->n);
}

static int open_at(const struct survey *s, const char *path, struct database *d)
{
    int rc;

    memset(d, 0, sizeof *d);
    rc = map(s, path, d);
    if (rc < 0)
        return rc;
    if (sqlite3_open_v2(":memory:", &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, NULL) != SQLITE_OK ||
        sqlite3_deserialize(d->db, "main", d->bytes, (sqlite3_int64)d->n, (sqlite3_int64)d->n, SQLITE_DESERIALIZE_READONLY) != SQLITE_OK) {
        shut(d);
        return MM_EDB;
    }
    /* whoever wrote it: no code of its schema is run */
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_exec(d->db, "PRAGMA cell_size_check=ON", NULL, NULL, NULL);
    sqlite3_limit(d->db, SQLITE_LIMIT_LENGTH, LIM_RPM_HEADER);
    return MM_OK;
}

/* The database of this host; MM_ENOTFOUND: none of SQLite. */
static int open_database(const struct survey *s, struct database *d, bool *unfinished)
{
    char path[64];
    struct stat st;

    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++) {
        int rc;

        snprintf(path, sizeof path, "%s/rpmdb.sqlite", FOLDERS[i]);
        rc = open_at(s, path, d);
        if (rc == MM_ENOTFOUND)
            continue;
        snprintf(path, sizeof path, "%s/rpmdb.sqlite-wal", FOLDERS[i]);
        *unfinished = survey_stat(s, path, &st) == MM_OK && st.st_size > 0;
        return rc;
    }
    return MM_ENOTFOUND;
}

/* ---- packages -------------------------------------------------------------------------------- */

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* "nodejs:18:9020020230327152102:rhel9" (module, stream, version, context): the first two. */
static const char *stream_of(const struct rpm_header *h, char *out, size_t size)
{
    const char *label = or_empty(rpm_header_string(h, RPM_MODULARITYLABEL, 0)), *colon = strchr(label, ':');
    size_t n = colon ? (size_t)(colon - label) + 1 + strcspn(colon + 1, ":") : 0;

    snprintf(out, size, "%.*s", (int)(n < size ? n : 0), label);
    return out;
}

static int add(struct installed *all, const void *blob, size_t n, int64_t number)
{
    char version[512], stream[256];
    struct rpm_header h;
    struct package_facts facts;
    uint32_t epoch;
    int rc = rpm_header_open(&h, blob, n);

    if (rc < 0)
        return rc;
    facts = (struct package_facts){.name = or_empty(rpm_header_string(&h, RPM_NAME, 0)), .version = version,
                                   .arch = or_empty(rpm_header_string(&h, RPM_ARCH, 0)),
                                   .maker = or_empty(rpm_header_string(&h, RPM_VENDOR, 0)), .stream = stream_of(&h, stream, sizeof stream)};
    if (!*facts.name || !rpm_header_string(&h, RPM_VERSION, 0))
        return MM_EFORMAT;
    if (!strcmp(facts.name, "gpg-pubkey")) /* a key, no program */
        return MM_OK;
    version[0] = '\0';
    if (rpm_header_number(&h, RPM_EPOCH, 0, &epoch) && epoch)
        snprintf(version, sizeof version, "%u:", epoch);
    snprintf(version + strlen(version), sizeof version - strlen(version), "%.200s-%.200s", rpm_header_string(&h, RPM_VERSION, 0),
             or_empty(rpm_header_string(&h, RPM_RELEASE, 0)));
    /* which ones somebody asked for is not told here; parts of others are left out of the inventory */
    facts.chosen = !strstr(facts.name, "-libs") && strncmp(facts.name, "lib", 3) && !strstr(facts.name, "-common");
    rc = installed_add(all, &facts);
    if (rc == MM_OK)
        all->list[all->n - 1].number = number;
    return rc;
}

static int read_rows(struct database *d, struct installed *all)
{
    sqlite3_stmt *rows;
    int step, rc = MM_OK;

    if (sqlite3_prepare_v2(d->db, "SELECT hnum, blob FROM Packages", -1, &rows, NULL) != SQLITE_OK)
        return MM_EDB;
    while (rc == MM_OK && (step = sqlite3_step(rows)) == SQLITE_ROW) {
        const void *blob = sqlite3_column_blob(rows, 1);

        rc = blob ? add(all, blob, (size_t)sqlite3_column_bytes(rows, 1), sqlite3_column_int64(rows, 0)) : MM_EFORMAT;
    }
    if (rc == MM_OK && step != SQLITE_DONE)
        rc = MM_EDB;
    sqlite3_finalize(rows);
    return rc;
}

int rpm_read(const struct survey *s, struct installed *all)
{
    static const char *const OTHERS[][2] = {
        {"/var/lib/rpm/Packages", "Berkeley DB"}, {"/var/lib/rpm/Packages.db", "ndb"}, {"/usr/lib/sysimage/rpm/Packages.db", "ndb"}};
    struct database d;
    struct stat st;
    bool unfinished = false;
    int rc = open_database(s, &d, &unfinished);

    if (rc == MM_OK) {
        rc = read_rows(&d, all);
        shut(&d);
        if (rc == MM_OK && unfinished)
            snprintf(all->broken, sizeof all->broken, "rpm's database has changes that are not written back yet");
        return rc == MM_ENOTFOUND ? MM_EDB : rc;
    }
    for (size_t i = 0; rc == MM_ENOTFOUND && i < sizeof OTHERS / sizeof *OTHERS; i++) {
        if (survey_stat(s, OTHERS[i][0], &st) == MM_OK) {
            snprintf(all->broken, sizeof all->broken, "rpm's database %s is of the format %s, which is not read", OTHERS[i][0], OTHERS[i][1]);
            return MM_EUNSUPPORTED;
        }
    }
    return rc;
}

/* ---- owners of files --------------------------------------------------------------------------- */

/* Is file number `i` of that package the file at `path`?  Compared as files: /usr/sbin may be a link to /usr/bin. */
static bool same_file(const struct survey *s, const struct rpm_header *h, uint32_t i, const char *path)
{
    char full[LIM_PATH];
    const char *folder, *base = rpm_header_string(h, RPM_BASENAMES, i);
    struct stat a, b;
    uint32_t folder_number;

    if (!base || !rpm_header_number(h, RPM_DIRINDEXES, i, &folder_number))
        return false;
    folder = rpm_header_string(h, RPM_DIRNAMES, folder_number);
    if (!folder || *folder != '/' || (size_t)snprintf(full, sizeof full, "%s%s", folder, base) >= sizeof full)
        return false;
    return survey_stat(s, full, &a) == MM_OK && survey_stat(s, path, &b) == MM_OK && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int number_in_list(const struct installed *all, int64_t number)
{
    for (unsigned i = 0; i < all->n; i++)
        if (all->list[i].number == number)
            return (int)i;
    return OWNER_OTHER;
}

static int owner_of(const struct survey *s, const struct installed *all, struct database *d, const char *path)
{
    sqlite3_stmt *rows;
    int step = SQLITE_DONE, owner = OWNER_NONE;

    if (sqlite3_prepare_v2(d->db, "SELECT p.hnum, b.idx, p.blob FROM Basenames b JOIN Packages p ON p.hnum = b.hnum WHERE b.key = ?1", -1,
                           &rows, NULL) != SQLITE_OK)
        return OWNER_UNKNOWN;
    sqlite3_bind_text(rows, 1, strrchr(path, '/') + 1, -1, SQLITE_STATIC);
    while (owner == OWNER_NONE && (step = sqlite3_step(rows)) == SQLITE_ROW) {
        const void *blob = sqlite3_column_blob(rows, 2);
        struct rpm_header h;

        if (!blob || rpm_header_open(&h, blob, (size_t)sqlite3_column_bytes(rows, 2)) < 0)
            owner = OWNER_UNKNOWN;
        else if (same_file(s, &h, (uint32_t)sqlite3_column_int64(rows, 1), path))
            owner = number_in_list(all, sqlite3_column_int64(rows, 0));
    }
    if (owner == OWNER_NONE && step != SQLITE_DONE)
        owner = OWNER_UNKNOWN;
    sqlite3_finalize(rows);
    return owner;
}

void rpm_owners(const struct survey *s, const struct installed *all, const char *const *paths, unsigned n, int *owner)
{
    struct database d;
    bool unfinished = false;
    int rc = n ? open_database(s, &d, &unfinished) : MM_ENOTFOUND;

    for (unsigned i = 0; i < n; i++)
        owner[i] = rc == MM_OK ? owner_of(s, all, &d, paths[i]) : OWNER_UNKNOWN;
    if (rc == MM_OK)
        shut(&d);
}
