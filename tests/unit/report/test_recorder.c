/* The recorder with findings of doors: durable first when grave, a copy of its own while the disk is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>
#include <uv.h>

#include "agent/report/recorder.h"
#include "lib/err.h"
#include "tests/unit/report/events.h"
#include "tests/unit/scratch.h"

#define ROWS 64

static char dir[64];
static uv_loop_t loop;
static struct journal *journal;
static struct recorder *recorder;
static struct ocsf_host host;
static unsigned rows, urgent_commits;
static char *body[ROWS];
static struct journal_row row_of[ROWS];

static void on_stored(void *context, uint64_t id)
{
    (void)context;
    (void)id;
    fail_msg("nobody waits for a finding");
}

static void on_row(void *context, const struct journal_row *row)
{
    (void)context;
    assert_true(rows < ROWS);
    row_of[rows] = *row;
    body[rows] = calloc(1, row->body_len + 1);
    assert_non_null(body[rows]);
    memcpy(body[rows++], row->body, row->body_len);
}

static void on_committed(void *context, bool urgent)
{
    (void)context;
    urgent_commits += urgent;
}

static const struct recorder_hooks hooks = {NULL, on_stored, on_row, on_committed};

static int setup(void **state)
{
    struct recorder_options o = {.loop = &loop, .host = &host, .hooks = &hooks};

    (void)state;
    rows = urgent_commits = 0;
    sample_host(&host);
    snprintf(dir, sizeof dir, "%s", "/tmp/mm-recorder-XXXXXX");
    if (!mkdtemp(dir) || uv_loop_init(&loop) || journal_open(&journal, dir, 1 << 20, NULL))
        return -1;
    o.journal = journal;
    return recorder_new(&recorder, &o);
}

static int teardown(void **state)
{
    (void)state;
    recorder_free(recorder);
    uv_run(&loop, UV_RUN_DEFAULT);
    journal_close(journal);
    for (unsigned i = 0; i < rows; i++)
        free(body[i]);
    return uv_loop_close(&loop) || scratch_remove(dir);
}

/* As a caller does it who forgets the finding at once. */
static void add(unsigned kind, unsigned activity, unsigned advisories, const char *verdict, unsigned severity)
{
    struct event_finding *f = malloc(sizeof *f);
    struct event *e = malloc(sizeof *e);

    assert_true(f && e);
    sample_door_event(e, kind, activity);
    sample_finding(f, advisories);
    e->severity = severity;
    e->uid[0] = '\0';
    snprintf(e->incident, sizeof e->incident, "%s", "bbbbbbbb-0000-4000-8000-000000000001");
    snprintf(f->verdict, sizeof f->verdict, "%s", verdict);
    recorder_add_finding(recorder, e, f);
    memset(f, 'x', sizeof *f);
    memset(e, 'x', sizeof *e);
    free(f);
    free(e);
}

/* Files cannot grow: what a full disk is for the journal. */
static void disk_full(int full)
{
    struct rlimit l;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
    l.rlim_cur = full ? 0 : l.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static void test_severity_by_verdict(void **state)
{
    (void)state;
    add(EV_VULNERABILITY, ACT_CREATE, 1, "overdue", SEV_UNKNOWN); /* grave: durable when the call returns */
    assert_int_equal(rows, 1);
    assert_int_equal(urgent_commits, 1);
    assert_int_equal(row_of[0].severity, SEV_CRITICAL);
    assert_string_equal(row_of[0].incident, "");
    assert_null(strstr(body[0], "correlation_uid"));
    assert_non_null(strstr(body[0], "\"CVE-2023-27997\""));
    add(EV_VULNERABILITY, ACT_UPDATE, 0, "due", SEV_UNKNOWN);
    add(EV_VULNERABILITY, ACT_CLOSE, 1, "overdue", SEV_UNKNOWN);
    add(EV_INVENTORY, ACT_CREATE, 0, "", SEV_UNKNOWN);
    add(EV_VULNERABILITY, ACT_UPDATE, 0, "due", SEV_LOW); /* the caller knows better */
    assert_int_equal(rows, 1); /* these collect */
    assert_true(recorder_flush(recorder));
    assert_int_equal(rows, 5);
    assert_int_equal(row_of[1].severity, SEV_MEDIUM);
    assert_int_equal(row_of[2].severity, SEV_INFO);
    assert_int_equal(row_of[3].severity, SEV_INFO);
    assert_int_equal(row_of[4].severity, SEV_LOW);
}

static void test_kept_while_the_disk_is_full(void **state)
{
    uint64_t lost = 77;

    (void)state;
    disk_full(1);
    add(EV_VULNERABILITY, ACT_CREATE, 8, "overdue", SEV_UNKNOWN);
    add(EV_VULNERABILITY, ACT_UPDATE, 0, "exposed", SEV_UNKNOWN);
    assert_int_equal(rows, 0);
    assert_int_not_equal(recorder_error(recorder, &lost), MM_OK);
    assert_int_equal(lost, 0);
    disk_full(0);
    assert_true(recorder_flush(recorder));
    assert_int_equal(recorder_error(recorder, &lost), MM_OK);
    assert_int_equal(lost, 0);
    assert_int_equal(rows, 2);
    assert_non_null(strstr(body[0], "\"CVE-2023-28004\"")); /* the eighth: all of it was copied */
    assert_non_null(strstr(body[0], "\"uid\":\"gateway:vpn.example.co.jp:443\""));
    assert_non_null(strstr(body[1], "mimamori.door.exposed"));
}

/* A group is one commit; on a full disk it is all or nothing, and neither kept nor lost. */
static void test_a_group(void **state)
{
    uint64_t lost = 0;

    (void)state;
    recorder_begin(recorder);
    for (unsigned i = 0; i < 20; i++)
        add(EV_VULNERABILITY, ACT_CREATE, 1, i % 2 ? "overdue" : "due", SEV_UNKNOWN);
    assert_int_equal(rows, 0);
    assert_true(recorder_end(recorder));
    assert_int_equal(rows, 20);
    assert_int_equal(urgent_commits, 1);
    disk_full(1);
    recorder_begin(recorder);
    for (unsigned i = 0; i < 20; i++)
        add(EV_VULNERABILITY, ACT_CREATE, 1, "overdue", SEV_UNKNOWN);
    assert_false(recorder_end(recorder));
    add(EV_VULNERABILITY, ACT_CREATE, 1, "overdue", SEV_UNKNOWN); /* after it: kept as ever */
    disk_full(0);
    assert_true(recorder_flush(recorder));
    assert_int_equal(rows, 21);
    assert_int_equal(recorder_error(recorder, &lost), MM_OK);
    assert_int_equal(lost, 0);
    recorder_begin(recorder);
    assert_true(recorder_end(recorder)); /* an empty one */
}

/* More than the queue holds: the graver stay, the loss is counted. */
static void test_queue_is_bounded(void **state)
{
    uint64_t lost = 0;

    (void)state;
    disk_full(1);
    for (unsigned i = 0; i < 48; i++)
        add(EV_VULNERABILITY, ACT_CREATE, 0, "exposed", SEV_UNKNOWN);
    recorder_error(recorder, &lost);
    assert_int_equal(lost, 0);
    add(EV_VULNERABILITY, ACT_CREATE, 0, "exposed", SEV_UNKNOWN); /* as grave as the others: refused */
    add(EV_VULNERABILITY, ACT_CREATE, 1, "overdue", SEV_UNKNOWN); /* graver: takes a place */
    recorder_error(recorder, &lost);
    assert_int_equal(lost, 2);
    disk_full(0);
    assert_true(recorder_flush(recorder));
    assert_int_equal(rows, 48);
    assert_int_equal(row_of[47].severity, SEV_CRITICAL);
}

/* Nothing leaks where the recorder ends before the disk has room again. */
static void test_ends_with_a_queue(void **state)
{
    (void)state;
    disk_full(1);
    add(EV_VULNERABILITY, ACT_CREATE, 8, "overdue", SEV_UNKNOWN);
    assert_false(recorder_flush(recorder));
    assert_int_equal(rows, 0);
    disk_full(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_severity_by_verdict, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kept_while_the_disk_is_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_group, setup, teardown),
        cmocka_unit_test_setup_teardown(test_queue_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends_with_a_queue, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
