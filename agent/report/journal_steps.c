/* Bringing a journal's tables to the schema of this program, in one transaction: a run that is killed in it leaves the
 * file as it was. */
#include <stdio.h>

#include "agent/report/journal_db.h"
#include "lib/err.h"

#define MARK_BYTES 64

static int64_t version_of(sqlite3 *db, int *rc)
{
    sqlite3_stmt *s = NULL;
    int64_t version = -1;

    *rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL);
    if (*rc == SQLITE_OK)
        *rc = sqlite3_step(s);
    if (*rc == SQLITE_ROW)
        version = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return version;
}

static int is_done(sqlite3 *db, const struct journal_step *step)
{
    return step->column &&
           sqlite3_table_column_metadata(db, NULL, step->table, step->column, NULL, NULL, NULL, NULL, NULL) == SQLITE_OK;
}

/* All steps above `version`, and the number that they lead to.  An SQLite result. */
static int take(sqlite3 *db, const struct journal_schema *schema, int64_t version)
{
    char mark[MARK_BYTES];
    int rc = SQLITE_OK;

    for (unsigned i = 0; i < schema->steps && rc == SQLITE_OK; i++)
        if (schema->step[i].schema > version && !is_done(db, &schema->step[i]))
            rc = sqlite3_exec(db, schema->step[i].sql, NULL, NULL, NULL);
    snprintf(mark, sizeof mark, "PRAGMA user_version=%lld", (long long)schema->number);
    return rc == SQLITE_OK ? sqlite3_exec(db, mark, NULL, NULL, NULL) : rc;
}

int journal_steps_take(sqlite3 *db, const struct journal_schema *schema)
{
    int rc;
    int64_t version = version_of(db, &rc);

    if (rc != SQLITE_ROW)
        return journal_db_err(rc);
    if (version < 0 || version > schema->number + 1)
        return MM_EDB; /* of a release that was not made to leave us something to read */
    if (version >= schema->number)
        return MM_OK;
    rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = take(db, schema, version);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(db))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc == SQLITE_ERROR ? MM_EDB : journal_db_err(rc); /* a table of that name that is not ours */
}
