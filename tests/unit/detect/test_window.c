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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_slides), cmocka_unit_test(test_bounds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
