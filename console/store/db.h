/* The seam to the SQL engine: prepared statements, typed parameters, rows.
 *
 * Owner: the struct db's holder, one thread.  What is above (store_*.c) speaks
 * the SQL that SQLite and PostgreSQL share; what is engine-specific (opening,
 * schema, pragmas, error codes) is in db_<engine>.c.  Values always travel as
 * parameters: no text from outside ever becomes part of a statement, and a
 * statement is a string literal (its address is the key of the cache). */
#ifndef MM_CONSOLE_STORE_DB_H
#define MM_CONSOLE_STORE_DB_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct db_row;   /* the row that a callback looks at; valid inside it */

enum db_type { DB_NULL = 0, DB_INT, DB_TEXT };
struct db_value { enum db_type type; int64_t number; const char *text; };
#define DB_I(v) ((struct db_value){DB_INT, (int64_t)(v), NULL})
#define DB_S(v) ((struct db_value){DB_TEXT, 0, (v)})

/* Open (create: also make file and tables).  MM_ENOTFOUND, MM_EDB. */
int db_open(const char *path, int create, struct db **out);
void db_close(struct db *db);

int db_begin(struct db *db);    /* takes the write lock; waits a few seconds for it */
int db_commit(struct db *db);   /* durable when it returns MM_OK */
void db_rollback(struct db *db);

/* Called per row; anything but MM_OK ends the query and is returned. */
typedef int (*db_row_fn)(void *context, const struct db_row *row);
int64_t db_int(const struct db_row *row, int column);
const char *db_text(const struct db_row *row, int column);   /* never NULL */

/* Run one statement.  $1, $2 ... are values[0], values[1] ...  `fn` may be NULL.
 * MM_EDB, MM_EEXIST (a unique constraint), MM_ENOSPC, MM_EAGAIN (locked). */
int db_run(struct db *db, const char *sql, const struct db_value *values, unsigned n, db_row_fn fn, void *context);
/* Rows changed by the statement before. */
int64_t db_changes(struct db *db);
/* A number that grows whenever another connection has committed. */
int db_version(struct db *db, int64_t *version);

/* The result as an array of objects.  A column's name is its member's name; a
 * suffix says what it is: ":t" seconds since the epoch -> RFC 3339, ":b" ->
 * boolean, ":j" JSON text -> value.  NULL -> null.  */
int db_json(struct db *db, const char *sql, const struct db_value *values, unsigned n, json_t **out);

/* The usual call: DB_RUN(db, "select ...", fn, context, DB_S(name), DB_I(3)). */
#define DB_RUN(db, sql, fn, context, ...)                                                                  \
    db_run((db), (sql), (const struct db_value[]){__VA_ARGS__},                                            \
           (unsigned)(sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value)), (fn), (context))
#define DB_JSON(db, sql, out, ...)                                                                         \
    db_json((db), (sql), (const struct db_value[]){__VA_ARGS__},                                           \
            (unsigned)(sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value)), (out))

#endif
