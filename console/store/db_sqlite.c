/* SQLite: one file, WAL, synchronous=FULL, so that a commit that returned is on
 * the disk and the command-line verbs can work beside `serve`.  Statements are
 * prepared once and kept in a small table keyed by their literal's address. */
#include "console/store/db.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "console/store/schema_sqlite.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define STATEMENTS 128     /* distinct statements of store_*.c, with room */
#define BUSY_MS 5000       /* the longest that another writer is waited for */
#define TEXT_BYTES (8 << 20) /* no text of ours is longer; SQLite refuses what is */

struct db {
    sqlite3 *handle;
    struct { const char *sql; sqlite3_stmt *stmt; } cached[STATEMENTS];
    unsigned ncached;
    int in_transaction;
};

struct db_row { sqlite3_stmt *stmt; };

static int from_sqlite(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW: return MM_OK;
    case SQLITE_CONSTRAINT: return MM_EEXIST;
    case SQLITE_FULL: return MM_ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return MM_EAGAIN;
    case SQLITE_NOMEM: return MM_ENOMEM;
    case SQLITE_TOOBIG: return MM_ELIMIT;
    case SQLITE_READONLY:
    case SQLITE_PERM: return MM_EDENIED;
    case SQLITE_CANTOPEN: return MM_ENOTFOUND;
    default: return MM_EDB;
    }
}

static int exec_text(struct db *db, const char *sql)
{
    return from_sqlite(sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

static int keep_number(void *context, const struct db_row *row)
{
    *(int64_t *)context = db_int(row, 0);
    return MM_OK;
}

/* One step of the schema, unless another program was faster: the version is looked at under the write lock. */
static int upgrade(struct db *db, int64_t from, const char *sql, const char *mark)
{
    int64_t version = 0;
    int rc = db_begin(db);

    if (rc)
        return rc;
    rc = db_run(db, "PRAGMA user_version", NULL, 0, keep_number, &version);
    if (!rc && version == from) {
        rc = exec_text(db, sql);
        if (!rc)
            rc = exec_text(db, mark);
    }
    if (!rc)
        return db_commit(db);
    db_rollback(db);
    return rc;
}

/* A store of an older console becomes one of ours, step by step; one of a newer console is refused. */
static int check_schema(struct db *db, int create)
{
    static const struct { const char *sql, *mark; } steps[] = {
        {SCHEMA_SQLITE, "PRAGMA user_version=1"}, {SCHEMA_SQLITE_2, "PRAGMA user_version=2"},
        {SCHEMA_SQLITE_3, "PRAGMA user_version=3"}, {SCHEMA_SQLITE_4, "PRAGMA user_version=4"},
        {SCHEMA_SQLITE_5, "PRAGMA user_version=5"}, {SCHEMA_SQLITE_6, "PRAGMA user_version=6"}};
    const int64_t newest = sizeof steps / sizeof steps[0];
    int64_t version = 0;
    int rc = db_run(db, "PRAGMA user_version", NULL, 0, keep_number, &version);

    if (!rc && (version < 0 || version > newest || (version == 0 && !create)))
        return MM_EDB;
    for (; version < newest && !rc; version++)
        rc = upgrade(db, version, steps[version].sql, steps[version].mark);
    return rc;
}

int db_open(const char *path, int create, struct db **out)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0), rc;
    struct db *db = calloc(1, sizeof *db);
    mode_t mask;

    if (!db)
        return MM_ENOMEM;
    mask = umask(0077); /* the file and its WAL are the owner's alone */
    rc = from_sqlite(sqlite3_open_v2(path, &db->handle, flags, NULL));
    if (!rc) {
        sqlite3_busy_timeout(db->handle, BUSY_MS);
        sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, TEXT_BYTES);
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        rc = exec_text(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                           "PRAGMA trusted_schema=OFF; PRAGMA cache_size=-2000; PRAGMA wal_autocheckpoint=500");
    }
    if (!rc)
        rc = check_schema(db, create);
    umask(mask);
    if (rc) {
        db_close(db);
        return rc;
    }
    *out = db;
    return MM_OK;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    for (unsigned i = 0; i < db->ncached; i++)
        sqlite3_finalize(db->cached[i].stmt);
    sqlite3_close(db->handle);
    free(db);
}

int db_begin(struct db *db)
{
    int rc = db->in_transaction ? MM_ESTATE : exec_text(db, "BEGIN IMMEDIATE");

    if (!rc)
        db->in_transaction = 1;
    return rc;
}

int db_commit(struct db *db)
{
    int rc = db->in_transaction ? exec_text(db, "COMMIT") : MM_ESTATE;

    if (rc)
        db_rollback(db);
    db->in_transaction = 0;
    return rc;
}

void db_rollback(struct db *db)
{
    /* Some errors have rolled back by themselves already. */
    if (db->in_transaction && !sqlite3_get_autocommit(db->handle))
        (void)exec_text(db, "ROLLBACK");
    db->in_transaction = 0;
}

static int prepared(struct db *db, const char *sql, sqlite3_stmt **out)
{
    sqlite3_stmt *stmt = NULL;
    int rc;

    for (unsigned i = 0; i < db->ncached; i++)
        if (db->cached[i].sql == sql) {
            *out = db->cached[i].stmt;
            return MM_OK;
        }
    if (db->ncached == STATEMENTS)
        return MM_ELIMIT;
    rc = from_sqlite(sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL));
    if (rc)
        return rc;
    db->cached[db->ncached].sql = sql;
    db->cached[db->ncached++].stmt = stmt;
    *out = stmt;
    return MM_OK;
}

/* "$2" is values[1]; SQLite numbers named parameters by first appearance. */
static int bind_all(sqlite3_stmt *stmt, const struct db_value *values, unsigned n)
{
    int rc = SQLITE_OK, count = sqlite3_bind_parameter_count(stmt);

    for (int i = 1; i <= count && rc == SQLITE_OK; i++) {
        const char *name = sqlite3_bind_parameter_name(stmt, i);
        unsigned k = name ? (unsigned)strtoul(name + 1, NULL, 10) : 0;

        if (k < 1 || k > n)
            return MM_EINVAL;
        if (values[k - 1].type == DB_INT)
            rc = sqlite3_bind_int64(stmt, i, values[k - 1].number);
        else if (values[k - 1].type == DB_TEXT)
            rc = sqlite3_bind_text(stmt, i, values[k - 1].text, -1, SQLITE_STATIC);
        else
            rc = sqlite3_bind_null(stmt, i);
    }
    return from_sqlite(rc);
}

int db_run(struct db *db, const char *sql, const struct db_value *values, unsigned n, db_row_fn fn, void *context)
{
    struct db_row row = {NULL};
    int rc, code = SQLITE_DONE;

    rc = prepared(db, sql, &row.stmt);
    if (rc)
        return rc;
    if (sqlite3_stmt_busy(row.stmt))
        return MM_ESTATE; /* the same statement from inside its own callback */
    rc = bind_all(row.stmt, values, n);
    while (!rc && (code = sqlite3_step(row.stmt)) == SQLITE_ROW)
        rc = fn ? fn(context, &row) : MM_OK;
    if (!rc)
        rc = from_sqlite(code);
    sqlite3_reset(row.stmt);
    sqlite3_clear_bindings(row.stmt);
    return rc;
}

int64_t db_int(const struct db_row *row, int column)
{
    return sqlite3_column_int64(row->stmt, column);
}

const char *db_text(const struct db_row *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row->stmt, column);

    return text ? text : "";
}

int64_t db_changes(struct db *db)
{
    return sqlite3_changes64(db->handle);
}

int db_version(struct db *db, int64_t *version)
{
    return db_run(db, "PRAGMA data_version", NULL, 0, keep_number, version);
}

static json_t *column_json(const struct db_row *row, int i, char kind)
{
    char time[RFC3339_TEXT];

    if (sqlite3_column_type(row->stmt, i) == SQLITE_NULL)
        return json_null();
    if (kind == 't') {
        rfc3339_format(db_int(row, i), time);
        return json_string(time);
    }
    if (kind == 'b')
        return json_boolean(db_int(row, i) != 0);
    if (kind == 'j')
        return json_loads(db_text(row, i), JSON_DECODE_ANY, NULL);
    if (sqlite3_column_type(row->stmt, i) == SQLITE_INTEGER)
        return json_integer(db_int(row, i));
    return json_string(db_text(row, i));
}

static int row_to_json(void *context, const struct db_row *row)
{
    json_t *object = json_object();
    char name[64];

    for (int i = 0; i < sqlite3_column_count(row->stmt); i++) {
        const char *full = sqlite3_column_name(row->stmt, i), *colon = strchr(full, ':');

        snprintf(name, sizeof name, "%.*s", colon ? (int)(colon - full) : (int)strlen(full), full);
        if (json_object_set_new(object, name, column_json(row, i, colon ? colon[1] : '\0')) < 0) {
            json_decref(object);
            return MM_EDB;
        }
    }
    return json_array_append_new(context, object) < 0 ? MM_ENOMEM : MM_OK;
}

int db_json(struct db *db, const char *sql, const struct db_value *values, unsigned n, json_t **out)
{
    json_t *list = json_array();
    int rc = list ? db_run(db, sql, values, n, row_to_json, list) : MM_ENOMEM;

    if (rc)
        json_decref(list);
    else
        *out = list;
    return rc;
}
