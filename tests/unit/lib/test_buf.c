/* A buffer keeps its maximum and is unchanged after a failed append. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/buf.h"
#include "lib/err.h"

static void grows_to_its_maximum_and_no_further(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    assert_null(b.data);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buf_add(&b, "x", 1), MM_OK);
    assert_int_equal(buf_add(&b, "y", 1), MM_ELIMIT);
    assert_int_equal(b.len, 1000);
    assert_true(b.cap <= 1001);
    assert_int_equal(b.data[999], 'x');
    assert_int_equal(b.data[1000], '\0');
    assert_int_equal(buf_add(&b, NULL, 0), MM_OK);
    buf_fini(&b);
}

static void refuses_sizes_that_overflow(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    assert_int_equal(buf_adds(&b, "abc"), MM_OK);
    assert_int_equal(buf_add(&b, "", SIZE_MAX), MM_ELIMIT);
    assert_int_equal(buf_add(&b, "", SIZE_MAX - 3), MM_ELIMIT);
    assert_int_equal(buf_add(&b, "", 98), MM_ELIMIT);
    assert_string_equal(b.data, "abc");
    buf_fini(&b);
}

static void formats_whole_or_not_at_all(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 10);
    assert_int_equal(buf_addf(&b, "%d-%s", 42, "ab"), MM_OK);
    assert_string_equal(b.data, "42-ab");
    assert_int_equal(buf_addf(&b, "%s", "123456"), MM_ELIMIT);
    assert_string_equal(b.data, "42-ab");
    assert_int_equal(buf_addf(&b, "%s", "12345"), MM_OK);
    assert_int_equal(b.len, 10);
    buf_fini(&b);
}

static void drops_from_the_front(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    buf_adds(&b, "hello world");
    buf_drop(&b, 6);
    assert_string_equal(b.data, "world");
    buf_drop(&b, 0);
    assert_int_equal(b.len, 5);
    buf_drop(&b, 99);
    assert_int_equal(b.len, 0);
    assert_string_equal(b.data, "");
    buf_fini(&b);
    assert_null(b.data);
    assert_int_equal(b.max, 100);
    assert_int_equal(buf_adds(&b, "again"), MM_OK);
    buf_fini(&b);
}

static void hands_its_bytes_over(void **state)
{
    struct buf b;
    char *p;

    (void)state;
    buf_init(&b, 100);
    assert_null(buf_take(&b));
    buf_adds(&b, "mine");
    p = buf_take(&b);
    assert_string_equal(p, "mine");
    assert_null(b.data);
    assert_int_equal(b.len, 0);
    free(p);
    buf_reset(&b);
    buf_fini(&b);
}

static void holds_bytes_with_nul(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 8);
    assert_int_equal(buf_add(&b, "a\0b", 3), MM_OK);
    assert_int_equal(b.len, 3);
    assert_memory_equal(b.data, "a\0b\0", 4);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_to_its_maximum_and_no_further),
        cmocka_unit_test(refuses_sizes_that_overflow),
        cmocka_unit_test(formats_whole_or_not_at_all),
        cmocka_unit_test(drops_from_the_front),
        cmocka_unit_test(hands_its_bytes_over),
        cmocka_unit_test(holds_bytes_with_nul),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
