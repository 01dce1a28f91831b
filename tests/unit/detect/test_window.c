/* The sliding count on a clock of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/detect/window.h"

#define W 1000

static void test_slides(void **state)
{
    struct window w = {0};

    (void)state;
    assert_int_equal(window_sum(&w, 0, W), 0);
    window_add(&w, 0, W, 3);
    window_add(&w, 5 * W, W, 2);
    assert_int_equal(window_sum(&w, 5 * W, W), 5);
    assert_int_equal(window_sum(&w, 11 * W, W), 5);
    assert_int_equal(window_sum(&w, 12 * W, W), 2);
    assert_int_equal(window_sum(&w, 17 * W, W), 0);
    window_add(&w, 1000 * W, W, 1);
    assert_int_equal(window_sum(&w, 1000 * W, W), 1);
}

static void test_bounds(void **state)
{
    struct window w = {0};

    (void)state;
    window_add(&w, 20 * W, W, 70000);
    assert_int_equal(window_sum(&w, 20 * W, W), UINT16_MAX);
    window_add(&w, 10 * W, W, 1); /* the clock went back: still counted, in the newest bucket */
    assert_int_equal(window_sum(&w, 20 * W, W), UINT16_MAX);
    window_add(&w, 21 * W, W, 4);
    assert_int_equal(window_sum(&w, 21 * W, W), UINT16_MAX + 4);
}

static void test_takes_back(void **state)
{
    struct window all = {0}, part = {0}, old = {0};

    (void)state;
    window_add(&old, 1 * W, W, 9);
    window_add(&all, 10 * W, W, 2);
    window_add(&part, 10 * W, W, 2);
    window_add(&all, 10 * W, W, 3); /* somebody else's */
    window_add(&all, 15 * W, W, 1);
    window_add(&part, 15 * W, W, 1);
    window_add(&all, 16 * W, W, 4);
    window_take(&all, &part);
    assert_int_equal(window_sum(&all, 16 * W, W), 7);
    window_take(&all, &old); /* out of sight already */
    assert_int_equal(window_sum(&all, 16 * W, W), 7);
    window_add(&part, 16 * W, W, 9);
    window_take(&all, &part); /* more than is there */
    assert_int_equal(window_sum(&all, 16 * W, W), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_slides), cmocka_unit_test(test_bounds), cmocka_unit_test(test_takes_back)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
