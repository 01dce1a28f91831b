/* The responder's order of work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/roles/guard_jobs.h"
#include "lib/err.h"

static struct jobs q;

static int setup(void **state)
{
    (void)state;
    jobs_init(&q);
    return 0;
}

static void put(enum job_kind kind, unsigned incident)
{
    assert_int_equal(jobs_put(&q, &(struct job){.kind = kind, .incident = incident}), MM_OK);
}

static void expect(enum job_kind kind, unsigned incident)
{
    struct job j;

    assert_true(jobs_take(&q, &j));
    assert_int_equal(j.kind, kind);
    assert_int_equal(j.incident, incident);
}

static void expect_urgent(enum job_kind kind, unsigned incident)
{
    struct job j;

    assert_true(jobs_take_urgent(&q, &j));
    assert_int_equal(j.kind, kind);
    assert_int_equal(j.incident, incident);
}

static void test_urgent_first(void **state)
{
    struct job j;

    (void)state;
    put(JOB_RESTORE, 1);
    put(JOB_ALLOW, 1);
    put(JOB_FREEZE, 2);
    put(JOB_CLOSE, 1);
    put(JOB_QUARANTINE, 2);
    put(JOB_RELEASE, 0);
    expect(JOB_FREEZE, 2);
    expect_urgent(JOB_QUARANTINE, 2);
    expect_urgent(JOB_RELEASE, 0);
    assert_false(jobs_take_urgent(&q, &j));
    expect(JOB_RESTORE, 1);
    expect(JOB_ALLOW, 1); /* what is not urgent keeps its order */
    expect(JOB_CLOSE, 1);
}

/* The restore that follows a freeze comes before the operator's close of the same incident. */
static void test_put_first(void **state)
{
    (void)state;
    put(JOB_CLOSE, 3);
    assert_int_equal(jobs_put_first(&q, &(struct job){.kind = JOB_RESTORE, .incident = 3}), MM_OK);
    put(JOB_FREEZE, 4);
    expect(JOB_FREEZE, 4);
    expect(JOB_RESTORE, 3);
    expect(JOB_CLOSE, 3);
}

static void test_not_twice(void **state)
{
    struct job j;

    (void)state;
    for (unsigned i = 0; i < 3 * JOBS; i++)
        put(JOB_UPKEEP, 0);
    for (unsigned i = 0; i < 3 * JOBS; i++)
        put(JOB_RESTORE, i % 2);
    assert_int_equal(jobs_put(&q, &(struct job){.kind = JOB_RESTORE, .reply_id = 9}), MM_OK); /* somebody waits for this one */
    expect(JOB_UPKEEP, 0);
    expect(JOB_RESTORE, 0);
    expect(JOB_RESTORE, 1);
    assert_true(jobs_take(&q, &j));
    assert_int_equal(j.reply_id, 9);
    assert_false(jobs_take_urgent(&q, &j));
    put(JOB_UPKEEP, 0); /* and again once it was taken */
    expect(JOB_UPKEEP, 0);
}

static void test_full(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3; round++) { /* the ring wraps */
        for (unsigned i = 0; i < JOBS - 1; i++)
            put(i % 3 ? JOB_CLOSE : JOB_FREEZE, i);
        assert_int_equal(jobs_put(&q, &(struct job){.kind = JOB_FREEZE}), MM_ELIMIT);
        assert_int_equal(jobs_put_first(&q, &(struct job){.kind = JOB_RESTORE}), MM_ELIMIT);
        for (unsigned i = 0; i < JOBS - 1; i += 3)
            expect(JOB_FREEZE, i);
        for (unsigned i = 0; i < JOBS - 1; i++)
            if (i % 3)
                expect(JOB_CLOSE, i);
    }
}

static void test_stop(void **state)
{
    struct job j;

    (void)state;
    put(JOB_FREEZE, 1);
    jobs_stop(&q);
    assert_false(jobs_take(&q, &j));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_urgent_first, setup), cmocka_unit_test_setup(test_put_first, setup),
        cmocka_unit_test_setup(test_not_twice, setup), cmocka_unit_test_setup(test_full, setup),
        cmocka_unit_test_setup(test_stop, setup)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
