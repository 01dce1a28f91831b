/* When openers are held beside another guard, and when again: by the looks alone, which are told here what they find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>

#include "agent/watch/linux/beside.h"
#include "lib/err.h"

static int answer;
static const uint64_t fs[] = {0x700000};

int os_guard_other(const uint64_t *on, unsigned n, unsigned ms, struct os_guard *out)
{
    assert_ptr_equal(on, fs);
    assert_int_equal(n, 1);
    assert_in_range(ms, 1, 1000);
    if (answer == 1)
        *out = (struct os_guard){.pid = 4711, .name = "other"};
    return answer;
}

/* Looks, and says whether openers are held by us; *changed: it is not as before. */
static bool holds(struct beside *b, int found, bool *changed)
{
    int64_t now = b->due;

    answer = found;
    *changed = beside_look(b, fs, 1, now);
    assert_int_equal(b->due, now + BESIDE_EVERY_NS);
    return !b->yes;
}

static void gives_way_at_once(void **state)
{
    struct beside b = {0};
    bool changed;

    (void)state;
    assert_true(holds(&b, 0, &changed) && !changed);
    assert_true(!holds(&b, 1, &changed) && changed);
    assert_int_equal(b.other.pid, 4711);
    assert_true(!holds(&b, 1, &changed) && !changed);
}

static void comes_back_after_looks_in_a_row(void **state)
{
    struct beside b = {0};
    bool changed;

    (void)state;
    holds(&b, 1, &changed);
    for (unsigned i = 1; i < BESIDE_CLEAR; i++)
        assert_true(!holds(&b, 0, &changed) && !changed);
    assert_true(!holds(&b, 1, &changed) && !changed); /* it was started again: from the beginning */
    for (unsigned i = 1; i < BESIDE_CLEAR; i++)
        assert_true(!holds(&b, 0, &changed) && !changed);
    assert_true(holds(&b, 0, &changed) && changed);
    assert_true(holds(&b, 0, &changed) && !changed);
    assert_true(!holds(&b, 1, &changed) && changed); /* and gives way again */
    assert_true(!holds(&b, 0, &changed) && !changed);
}

/* A computer with so many processes that a look runs out of time: neither does it find one, nor is there none. */
static void out_of_time_changes_nothing(void **state)
{
    struct beside b = {0};
    bool changed;

    (void)state;
    for (unsigned i = 0; i < 2 * BESIDE_CLEAR; i++)
        assert_true(holds(&b, MM_ETIMEOUT, &changed) && !changed);
    holds(&b, 1, &changed);
    for (unsigned i = 0; i < 2 * BESIDE_CLEAR; i++)
        assert_true(!holds(&b, MM_ETIMEOUT, &changed) && !changed);
    assert_int_equal(b.other.pid, 4711);
    for (unsigned i = 1; i < BESIDE_CLEAR; i++) /* nor does one count among those without another guard */
        assert_true(!holds(&b, 0, &changed) && !holds(&b, MM_ETIMEOUT, &changed));
    assert_true(holds(&b, 0, &changed) && changed);
}

static void without_a_file_system_there_is_none(void **state)
{
    struct beside b = {0};

    (void)state;
    answer = 1;
    assert_false(beside_look(&b, fs, 0, 0));
    assert_false(b.yes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_way_at_once),
        cmocka_unit_test(comes_back_after_looks_in_a_row),
        cmocka_unit_test(out_of_time_changes_nothing),
        cmocka_unit_test(without_a_file_system_there_is_none),
    };

    return cmocka_run_group_tests_name("watch/beside", tests, NULL, NULL);
}
