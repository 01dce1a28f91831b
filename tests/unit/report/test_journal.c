/* The journal: chain, durability, bounds, damage, look-ups, one writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/report/journal.h"
#include "lib/err.h"
#include "lib/event.h"

static char dir[64];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s", "/tmp/mm-journal-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const names[] = {"journal.db", "journal.db-wal", "journal.db-shm", "journal.lock",
        "journal.bad-1", "journal.bad-1-wal", "journal.bad-2", "journal.bad-2-wal", "journal.bad-3",
        "journal.bad-3-wal"};
    char path[128];

    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    return rmdir(dir);
}

static struct journal *open_at(uint64_t limit, enum journal_open_state want)
{
    enum journal_open_state how;
    struct journal *j = NULL;

    assert_int_equal(journal_open(&j, dir, limit, &how), MM_OK);
    assert_int_equal(how, want);
    return j;
}

static int add(struct journal *j, uint32_t severity, const char *body)
{
    struct journal_row row = {.severity = severity, .body = body, .body_len = strlen(body)};
    struct journal_slot slot;

    journal_next(j, &slot);
    row.seq = slot.seq;
    snprintf(row.boot, sizeof row.boot, "%s", "boot");
    snprintf(row.uid, sizeof row.uid, "%08x-0000-4000-8000-000000000000", (unsigned)slot.seq);
    if (severity >= SEV_HIGH)
        snprintf(row.incident, sizeof row.incident, "%s", "cafecafe-0000-4000-8000-00000000babe");
    return journal_append(j, &row);
}

static int count_row(void *context, const struct journal_row *row)
{
    (void)row;
    ++*(unsigned *)context;
    return 0;
}

static void test_survives_and_chains(void **state)
{
    struct journal *j = open_at(1 << 20, JOURNAL_CREATED);
    struct journal_slot a, b;
    struct journal_stat st;
    struct journal_check check;
    char uuid[LIM_ID];

    (void)state;
    journal_next(j, &a);
    assert_int_equal(a.seq, 1);
    assert_int_equal(add(j, SEV_INFO, "{\"a\":1}"), MM_OK);
    journal_stat(j, &st);
    assert_int_equal(st.last, 1);
    assert_int_equal(st.committed, 0); /* not durable yet: must not leave the host */
    assert_int_equal(journal_set_sent(j, 1), MM_EINVAL);
    assert_int_equal(journal_commit(j), MM_OK);
    assert_int_equal(add(j, SEV_HIGH, "{\"a\":2}"), MM_OK);
    assert_int_equal(journal_commit(j), MM_OK);
    journal_next(j, &a);
    journal_stat(j, &st);
    memcpy(uuid, st.uuid, sizeof uuid);
    assert_int_equal(st.committed, 2);
    assert_int_equal(journal_set_sent(j, 1), MM_OK);
    assert_int_equal(journal_set_number(j, "commands", 77), MM_OK);
    journal_close(j);

    j = open_at(1 << 20, JOURNAL_OPENED);
    journal_next(j, &b);
    journal_stat(j, &st);
    assert_int_equal(b.seq, 3);
    assert_string_equal(a.chain, b.chain);
    assert_string_equal(uuid, st.uuid);
    assert_int_equal(st.sent, 1);
    assert_int_equal(st.rows, 2);
    assert_int_equal(journal_number(j, "commands"), 77);
    assert_int_equal(journal_number(j, "nothing"), 0);
    assert_int_equal(journal_verify(j, 0, &check), MM_OK);
    assert_int_equal(check.rows, 2);
    journal_close(j);
}

static void test_kill_keeps_what_was_committed(void **state)
{
    struct journal *j;
    struct journal_stat st;
    int status;
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0);
    if (pid == 0) {
        struct journal *mine = NULL;

        if (journal_open(&mine, dir, 1 << 20, NULL) || add(mine, SEV_CRITICAL, "{}") || journal_commit(mine) ||
            add(mine, SEV_INFO, "{}"))
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    j = open_at(1 << 20, JOURNAL_OPENED);
    journal_stat(j, &st);
    assert_int_equal(st.last, 1);
    journal_close(j);
}

static void test_refuses_wrong_rows(void **state)
{
    struct journal *j = open_at(1 << 20, JOURNAL_CREATED);
    struct journal_row row = {.seq = 5, .body = "{}", .body_len = 2};
    char *big = calloc(1, LIM_EVENT_JSON + 2);

    (void)state;
    assert_non_null(big);
    assert_int_equal(journal_append(j, &row), MM_EINVAL);
    memset(big, 'x', LIM_EVENT_JSON + 1);
    row = (struct journal_row){.seq = 1, .body = big, .body_len = LIM_EVENT_JSON + 1};
    assert_int_equal(journal_append(j, &row), MM_ELIMIT);
    row.body_len = 0;
    assert_int_equal(journal_append(j, &row), MM_EINVAL);
    assert_int_equal(add(j, SEV_INFO, "{}"), MM_OK);
    free(big);
    journal_close(j);
}

static void test_one_writer(void **state)
{
    struct journal *j = open_at(1 << 20, JOURNAL_CREATED), *second = NULL;

    (void)state;
    assert_int_equal(journal_open(&second, dir, 1 << 20, NULL), MM_ESTATE);
    assert_null(second);
    journal_close(j);
    assert_int_equal(journal_open(&second, dir, 1 << 20, NULL), MM_OK);
    journal_close(second);
}

/* Full: rows that the console has go first, then the least severe; the loss is counted. */
static void test_bounded(void **state)
{
    struct journal *j = open_at(1 << 20, JOURNAL_CREATED);
    struct journal_stat st;
    struct journal_check check;
    char body[4001];
    uint64_t lost = 0, all_lost = 0;
    unsigned high = 0;

    (void)state;
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(add(j, SEV_HIGH, body), MM_OK);
    assert_int_equal(journal_commit(j), MM_OK);
    assert_int_equal(journal_set_sent(j, 50), MM_OK);
    for (unsigned i = 0; i < 600; i++) {
        assert_int_equal(add(j, SEV_INFO, body), MM_OK);
        assert_int_equal(journal_trim(j, &lost), MM_OK);
        all_lost += lost;
        assert_int_equal(journal_commit(j), MM_OK);
    }
    journal_stat(j, &st);
    assert_true(st.bytes <= 1 << 20);
    assert_int_equal(st.lost, all_lost);
    assert_true(all_lost > 0);
    assert_int_equal(journal_page(j, 0, SEV_HIGH, 1000, count_row, &high), MM_OK);
    assert_int_equal(high, 50); /* the 50 sent ones gave way, not one of the others */
    assert_int_equal(st.rows + st.lost + 50, 700);
    assert_int_equal(journal_verify(j, 0, &check), MM_OK);
    assert_int_equal(check.rows, st.rows);
    journal_close(j);
    j = open_at(1 << 20, JOURNAL_OPENED);
    journal_stat(j, &st);
    assert_int_equal(st.lost, all_lost);
    assert_int_equal(st.last, 700);
    journal_close(j);
}

static void scribble(const char *name, off_t at, const char *bytes, size_t n)
{
    char path[128];
    int fd;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, at), (ssize_t)n);
    close(fd);
}

static void test_damaged_file_is_kept_and_replaced(void **state)
{
    struct journal *j = open_at(1 << 20, JOURNAL_CREATED);
    struct journal_stat before, after;
    char path[128];
    struct stat st;

    (void)state;
    assert_int_equal(add(j, SEV_HIGH, "{}"), MM_OK);
    journal_stat(j, &before);
    journal_close(j);
    scribble("journal.db", 0, "this is not a database at all", 29);
    j = open_at(1 << 20, JOURNAL_REPLACED);
    journal_stat(j, &after);
    assert_string_not_equal(before.uuid, after.uuid);
    assert_int_equal(after.last, 0);
    assert_int_equal(add(j, SEV_HIGH, "{}"), MM_OK);
    assert_int_equal(journal_commit(j), MM_OK);
    journal_close(j);
    snprintf(path, sizeof path, "%s/journal.bad-1", dir);
    assert_int_equal(stat(path, &st), 0);
    /* Four more times: never more than three are kept. */
    for (int i = 0; i < 4; i++) {
        scribble("journal.db", 0, "garbage garbage garbage", 23);
        j = open_at(1 << 20, JOURNAL_REPLACED);
        journal_close(j);
    }
    snprintf(path, sizeof path, "%s/journal.bad-4", dir);
    assert_int_not_equal(stat(path, &st), 0);
}

static void test_truncated_file(void **state)
{
    struct journal *j = open_at(1 << 20, JOURNAL_CREATED);
    char path[128];

    (void)state;
    for (int i = 0; i < 200; i++)
        assert_int_equal(add(j, SEV_LOW, "{\"filler\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}"), MM_OK);
    journal_close(j);
    snprintf(path, sizeof path, "%s/journal.db", dir);
    assert_int_equal(truncate(path, 20000), 0);
    j = open_at(1 << 20, JOURNAL_REPLACED);
    assert_int_equal(add(j, SEV_LOW, "{}"), MM_OK);
    journal_close(j);
}

static void sql(const char *text)
{
    char path[128];
    sqlite3 *db;

    snprintf(path, sizeof path, "%s/journal.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_altered_rows_are_found(void **state)
{
    struct journal *j = open_at(4 << 20, JOURNAL_CREATED);
    struct journal_check check;

    (void)state;
    for (int i = 0; i < 600; i++)
        assert_int_equal(add(j, SEV_LOW, "{\"n\":1}"), MM_OK);
    journal_close(j);
    sql("UPDATE event SET body='{\"n\":2}' WHERE seq=10");
    j = open_at(4 << 20, JOURNAL_OPENED); /* far from the end: found by the whole walk */
    assert_int_equal(journal_verify(j, 0, &check), MM_ECRYPTO);
    assert_int_equal(check.bad, 10);
    assert_int_equal(journal_verify(j, 10, &check), MM_OK);
    journal_close(j);
    sql("UPDATE event SET body='{\"n\":2}' WHERE seq=599");
    j = open_at(4 << 20, JOURNAL_REPLACED); /* at the end: found at once */
    journal_close(j);
}

static void test_gap_is_counted(void **state)
{
    struct journal *j = open_at(4 << 20, JOURNAL_CREATED);
    struct journal_check check;

    (void)state;
    for (int i = 0; i < 20; i++)
        assert_int_equal(add(j, SEV_LOW, "{}"), MM_OK);
    journal_close(j);
    sql("DELETE FROM event WHERE seq IN (7,8)");
    j = open_at(4 << 20, JOURNAL_OPENED);
    assert_int_equal(journal_verify(j, 0, &check), MM_OK);
    assert_int_equal(check.gaps, 2);
    journal_close(j);
}

static void test_queries(void **state)
{
    struct journal *j = open_at(1 << 20, JOURNAL_CREATED);
    unsigned n = 0;

    (void)state;
    for (int i = 1; i <= 30; i++)
        assert_int_equal(add(j, i % 3 ? SEV_INFO : SEV_HIGH, "{}"), MM_OK);
    assert_int_equal(journal_page(j, 0, 0, 10, count_row, &n), MM_OK);
    assert_int_equal(n, 10);
    n = 0;
    assert_int_equal(journal_page(j, 25, SEV_HIGH, 100, count_row, &n), MM_OK);
    assert_int_equal(n, 2);
    n = 0;
    assert_int_equal(journal_tail(j, 0, 7, count_row, &n), MM_OK);
    assert_int_equal(n, 7);
    n = 0;
    assert_int_equal(journal_find(j, "CAFECAFE", 100, count_row, &n), MM_OK);
    assert_int_equal(n, 10);
    n = 0;
    assert_int_equal(journal_find(j, "0000001e-0000-4000-8000-000000000000", 100, count_row, &n), MM_OK);
    assert_int_equal(n, 1);
    assert_int_equal(journal_find(j, "0000001", 100, count_row, &n), MM_EINVAL); /* too short */
    assert_int_equal(journal_find(j, "0000%' OR 1", 100, count_row, &n), MM_EINVAL);
    assert_int_equal(journal_find(j, "deadbeef", 100, count_row, &n), MM_ENOTFOUND);
    journal_close(j);
}

static void test_rolled_back_file_gets_a_new_name(void **state)
{
    struct journal *j = open_at(1 << 20, JOURNAL_CREATED);
    struct journal_stat a, b;

    (void)state;
    assert_int_equal(add(j, SEV_INFO, "{}"), MM_OK);
    assert_int_equal(journal_commit(j), MM_OK);
    assert_int_equal(journal_set_sent(j, 1), MM_OK);
    journal_stat(j, &a);
    assert_int_equal(journal_rename(j), MM_OK);
    journal_stat(j, &b);
    assert_string_not_equal(a.uuid, b.uuid);
    assert_int_equal(b.sent, 0);
    assert_int_equal(b.rows, 1);
    journal_close(j);
    j = open_at(1 << 20, JOURNAL_OPENED);
    journal_stat(j, &a);
    assert_string_equal(a.uuid, b.uuid);
    journal_close(j);
}

static void test_memory_journal(void **state)
{
    struct journal *j = NULL;
    struct journal_stat st;

    (void)state;
    assert_int_equal(journal_open(&j, NULL, 1 << 30, NULL), MM_OK);
    assert_int_equal(add(j, SEV_CRITICAL, "{}"), MM_OK);
    assert_int_equal(journal_commit(j), MM_OK);
    journal_stat(j, &st);
    assert_int_equal(st.is_volatile, 1);
    assert_int_equal(st.committed, 1);
    journal_close(j);
    assert_int_equal(journal_open(&j, "/nonexistent/folder", 1 << 20, NULL), MM_ENOTFOUND);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_survives_and_chains), T(test_kill_keeps_what_was_committed), T(test_refuses_wrong_rows),
        T(test_one_writer), T(test_bounded), T(test_damaged_file_is_kept_and_replaced), T(test_truncated_file),
        T(test_altered_rows_are_found), T(test_gap_is_counted), T(test_queries),
        T(test_rolled_back_file_gets_a_new_name), T(test_memory_journal),
    };

    alarm(60);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
