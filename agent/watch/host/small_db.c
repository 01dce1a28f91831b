/* sqlite3_deserialize over a copy of the file; https://www.sqlite.org/c3ref/deserialize.html,
 * https://www.sqlite.org/security.html for what is switched off. */
#include "agent/watch/host/small_db.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"

#define STEPS 1000      /* virtual machine steps between two looks ... */
#define LOOKS 5000      /* ... and looks until a statement is ended: a read of some thousand rows takes far less */
#define HEADER 100      /* bytes of a database header, https://www.sqlite.org/fileformat.html */
#define VALUE_MAX (1 << 20) /* bytes of one value */

static int count_down(void *looks)
{
    return --*(int *)looks < 0;
}

int small_db_bytes(const void *bytes, size_t n, struct small_db *d)
{
    unsigned char *copy;
    int off;

    if (n < HEADER || n > SMALL_DB_BYTES || memcmp(bytes, "SQLite format 3", 16))
        return MM_EFORMAT;
    d->db = NULL;
    d->looks = LOOKS;
    if (sqlite3_open_v2(":memory:", &d->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        small_db_close(d);
        return MM_EDB;
    }
    sqlite3_progress_handler(d->db, STEPS, count_down, &d->looks);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &off);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &off);
    sqlite3_limit(d->db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
    copy = sqlite3_malloc64(n);
    if (!copy) {
        small_db_close(d);
        return MM_ENOMEM;
    }
    memcpy(copy, bytes, n);
    copy[18] = copy[19] = 1; /* "WAL" would want its journal: what is in the file itself is read */
    if (sqlite3_deserialize(d->db, "main", copy, (sqlite3_int64)n, (sqlite3_int64)n,
                            SQLITE_DESERIALIZE_READONLY | SQLITE_DESERIALIZE_FREEONCLOSE) != SQLITE_OK) {
        small_db_close(d);      /* the copy is SQLite's in every case */
        return MM_EDB;
    }
    return MM_OK;
}

int small_db_open(const struct survey *s, const char *path, struct small_db *d)
{
    struct buf bytes;
    int rc;

    buf_init(&bytes, SMALL_DB_BYTES);
    rc = survey_read(s, path, SMALL_DB_BYTES, &bytes);
    if (rc == MM_OK)
        rc = small_db_bytes(bytes.data, bytes.len, d);
    buf_fini(&bytes);
    return rc;
}

void small_db_close(struct small_db *d)
{
    sqlite3_close(d->db);
    d->db = NULL;
}
