/* The journal's tables from one schema to the next and back: what either side writes, what a kill leaves, what is too new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/report/journal_db.h"
#include "lib/err.h"
#include "lib/version.h"

#define STEPS 16
#define OWN journal_schema.number
#define ROUNDS 3
#define LIMIT (4u << 20)

static char dir[64];
static struct journal_step all[STEPS];
static struct journal_schema next, third, deadly; /* one and two schemas on; the next, whose step ends its process */

static void add_step(struct journal_schema *s, struct journal_step step)
{
    assert_true(s->steps < STEPS);
    all[s->steps++] = step;
    s->step = all;
}

/* As a next release's source would have it: all steps so far, a column, a table. */
static int setup(void **state)
{
    (void)state;
    next = (struct journal_schema){OWN + 1, "", all, 0};
    for (unsigned i = 0; i < journal_schema.steps; i++)
        add_step(&next, journal_schema.step[i]);
    add_step(&next, (struct journal_step){OWN + 1, "event", "origin", "ALTER TABLE event ADD COLUMN origin TEXT NOT NULL DEFAULT 'old'"});
    add_step(&next, (struct journal_step){OWN + 1, NULL, NULL, "CREATE TABLE IF NOT EXISTS note(seq INTEGER PRIMARY KEY, word TEXT)"});
    third = next;
    third.number = OWN + 2;
    deadly = next;
    all[deadly.steps++] = (struct journal_step){OWN + 1, NULL, NULL, "SELECT end_process()"};
    snprintf(dir, sizeof dir, "%s", "/tmp/mm-schema-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const names[] = {"journal.db", "journal.db-wal", "journal.db-shm", "journal.lock", "journal.bad-1",
                                        "journal.bad-1-wal", "journal.bad-2", "journal.bad-2-wal"};
    char path[128];

    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    return rmdir(dir);
}

static struct journal *open_as(const struct journal_schema *schema, enum journal_open_state want)
{
    enum journal_open_state how;
    struct journal *j = NULL;

    assert_int_equal(journal_open_as(&j, dir, LIMIT, &how, schema), MM_OK);
    assert_int_equal(how, want);
    return j;
}

static void write_events(struct journal *j, unsigned n)
{
    while (n--) {
        struct journal_row row = {.severity = 1, .body = "{\"a\":1}", .body_len = 7};
        struct journal_slot slot;

        journal_next(j, &slot);
        row.seq = slot.seq;
        snprintf(row.uid, sizeof row.uid, "%08x-0000-4000-8000-000000000000", (unsigned)slot.seq);
        assert_int_equal(journal_append(j, &row), MM_OK);
    }
    assert_int_equal(journal_commit(j), MM_OK);
}

static void is_whole(struct journal *j, uint64_t rows)
{
    struct journal_check check;

    assert_int_equal(journal_verify(j, 0, &check), MM_OK);
    assert_int_equal(check.rows, rows);
    assert_int_equal(check.gaps, 0);
}

/* The number that a statement gives in a file of the folder; -1: it gives none. */
static int64_t ask(const char *file, const char *sql)
{
    char path[128];
    sqlite3_stmt *s = NULL;
    sqlite3 *db;
    int64_t value = -1;

    snprintf(path, sizeof path, "%s/%s", dir, file);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return value;
}

static void the_products_steps(void **state)
{
    char said[64];

    (void)state;
    assert_int_equal(journal_schema.number, MM_STATE_SCHEMA);
    snprintf(said, sizeof said, "state-schema=%d", MM_STATE_SCHEMA);
    assert_string_equal(journal_schema.said, said);
    for (unsigned i = 1; i < journal_schema.steps; i++)
        assert_true(journal_schema.step[i].schema >= journal_schema.step[i - 1].schema);
    assert_true(journal_schema.step[journal_schema.steps - 1].schema <= journal_schema.number);
    journal_close(open_as(&journal_schema, JOURNAL_CREATED));
    assert_int_equal(ask("journal.db", "PRAGMA user_version"), MM_STATE_SCHEMA);
}

/* N, N+1, N again, three times: everybody reads and writes everything, nothing is done twice, nothing is taken back. */
static void there_and_back(void **state)
{
    uint64_t rows = 0;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct journal *j = open_as(&journal_schema, rows ? JOURNAL_OPENED : JOURNAL_CREATED);

        write_events(j, 5);
        is_whole(j, rows += 5);
        journal_close(j);
        assert_int_equal(ask("journal.db", "PRAGMA user_version"), round ? OWN + 1 : OWN);
        j = open_as(&next, JOURNAL_OPENED);
        write_events(j, 3);
        assert_int_equal(sqlite3_exec(j->db, "UPDATE event SET origin='new' WHERE seq=(SELECT max(seq) FROM event);"
                                             "INSERT INTO note(word) VALUES('kept')", NULL, NULL, NULL), SQLITE_OK);
        is_whole(j, rows += 3);
        journal_close(j);
        assert_int_equal(ask("journal.db", "PRAGMA user_version"), OWN + 1);
    }
    assert_int_equal(ask("journal.db", "SELECT count(*) FROM note WHERE word='kept'"), ROUNDS);
    assert_int_equal(ask("journal.db", "SELECT count(*) FROM event WHERE origin='new'"), ROUNDS);
    assert_int_equal(ask("journal.db", "SELECT count(*) FROM event WHERE origin='old'"), (int64_t)rows - ROUNDS);
}

/* Releases that knew no schema wrote user_version=1 into whatever they opened: the steps meet their own work. */
static void the_number_was_put_back(void **state)
{
    struct journal *j = open_as(&next, JOURNAL_CREATED);

    (void)state;
    write_events(j, 4);
    journal_close(j);
    (void)ask("journal.db", "PRAGMA user_version=1");
    assert_int_equal(ask("journal.db", "PRAGMA user_version"), 1);
    j = open_as(&next, JOURNAL_OPENED);
    is_whole(j, 4);
    journal_close(j);
    assert_int_equal(ask("journal.db", "PRAGMA user_version"), OWN + 1);
}

static void end_process(sqlite3_context *c, int n, sqlite3_value **v)
{
    (void)c;
    (void)n;
    (void)v;
    kill(getpid(), SIGKILL);
}

static int bring_the_end(sqlite3 *db, char **why, const void *api)
{
    (void)why;
    (void)api;
    return sqlite3_create_function(db, "end_process", 0, SQLITE_UTF8, NULL, end_process, NULL, NULL);
}

/* Everything of the step is done, its commit is not. */
static void killed_within_a_step(void **state)
{
    struct journal *j = open_as(&journal_schema, JOURNAL_CREATED);

    (void)state;
    write_events(j, 7);
    journal_close(j);
    for (unsigned i = 0; i < ROUNDS; i++) {
        pid_t pid = fork();
        int status;

        assert_true(pid >= 0);
        if (pid == 0) {
            struct journal *mine = NULL;

            sqlite3_auto_extension((void (*)(void))(uintptr_t)bring_the_end);
            (void)journal_open_as(&mine, dir, LIMIT, NULL, &deadly);
            _exit(1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_int_equal(ask("journal.db", "PRAGMA user_version"), OWN);
        assert_int_equal(ask("journal.db", "SELECT count(origin) FROM event"), -1);
        j = open_as(&journal_schema, JOURNAL_OPENED);
        write_events(j, 1);
        is_whole(j, 8 + i);
        journal_close(j);
    }
    j = open_as(&next, JOURNAL_OPENED);
    is_whole(j, 7 + ROUNDS);
    journal_close(j);
    assert_int_equal(ask("journal.db", "SELECT count(*) FROM event WHERE origin='old'"), 7 + ROUNDS);
}

/* Two schemas on: not touched, kept beside; the guard's events find a new one. */
static void too_new(void **state)
{
    struct journal *j = open_as(&third, JOURNAL_CREATED);

    (void)state;
    write_events(j, 6);
    journal_close(j);
    j = open_as(&next, JOURNAL_OPENED); /* its neighbour reads it */
    is_whole(j, 6);
    journal_close(j);
    assert_int_equal(ask("journal.db", "PRAGMA user_version"), OWN + 2);
    j = open_as(&journal_schema, JOURNAL_REPLACED);
    write_events(j, 1);
    is_whole(j, 1);
    journal_close(j);
    assert_int_equal(ask("journal.db", "PRAGMA user_version"), OWN);
    assert_int_equal(ask("journal.bad-1", "PRAGMA user_version"), OWN + 2);
    assert_int_equal(ask("journal.bad-1", "SELECT count(*) FROM event"), 6);
    (void)ask("journal.db", "PRAGMA user_version=-1");
    journal_close(open_as(&journal_schema, JOURNAL_REPLACED));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_products_steps), T(there_and_back), T(the_number_was_put_back), T(killed_within_a_step), T(too_new),
    };

    alarm(60);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
