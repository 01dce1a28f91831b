/* Versions, names in archives, and the two compressed forms of an archive. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"
#include "updater/publish/offer.h"
#include "updater/publish/unpack.h"

static void versions(void **state)
{
    static const char *const good[] = {"0.0.0", "1.2.3", "10.20.30", "999999999.0.1"};
    static const char *const bad[] = {"", "1", "1.2", "1.2.", "1.2.3.4", "1.2.3 ", " 1.2.3", "01.2.3", "1.2.-3", "1.2.3-rc1", "1..3", "1.2.9999999999", "a.b.c"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(offer_version(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(offer_version(bad[i]));
    assert_int_equal(offer_order("1.2.3", "1.2.3"), 0);
    assert_true(offer_order("1.9.9", "1.10.0") < 0);
    assert_true(offer_order("2.0.0", "1.99.99") > 0);
    assert_true(offer_order("1.2.4", "1.2.3") > 0);
}

static void names(void **state)
{
    static const char *const good[] = {"a", "a/b", "bin/mimamorid", "a..b", "a/b.c+d_e-f", "a/b/c/d"};
    static const char *const bad[] = {"", "/a", "a/", "a//b", ".", "..", "a/..", "a/../b", ".a", "a/.b", "a\\b", "a\nb", "\x7f", "\xc3\xa4", "a b", "a~", "a/b/c/d/e"};
    char longest[LIM_NAME + 1];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(unpack_name_fits(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(unpack_name_fits(bad[i]));
    memset(longest, 'a', LIM_NAME);
    longest[LIM_NAME] = '\0';
    assert_false(unpack_name_fits(longest));
    longest[LIM_NAME - 1] = '\0';
    assert_true(unpack_name_fits(longest));
}

static void fill(struct buf *b, size_t n, unsigned seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1103515245u + 12345u;
        assert_int_equal(buf_add(b, &(char){(char)(seed >> 16)}, 1), MM_OK);
    }
}

/* What is compressed comes back; half of it does not, and neither does a delta of another archive. */
static void compressed_forms(void **state)
{
    struct buf old, new, whole, delta, back;

    (void)state;
    buf_init(&old, 1 << 20);
    buf_init(&new, 1 << 20);
    buf_init(&whole, 1 << 20);
    buf_init(&delta, 1 << 20);
    buf_init(&back, 1 << 20);
    fill(&old, 100000, 1);
    fill(&new, 90000, 1);
    fill(&new, 1000, 2);
    assert_int_equal(pack_compress(&new, &whole), MM_OK);
    assert_int_equal(unpack_whole(whole.data, whole.len, &back), MM_OK);
    assert_memory_equal(back.data, new.data, new.len);
    for (size_t n = 0; n < whole.len; n += 997, buf_reset(&back))
        assert_int_equal(unpack_whole(whole.data, n, &back), MM_EFORMAT);
    assert_int_equal(pack_delta(&old, &new, &delta), MM_OK);
    assert_true(delta.len < 2000);
    buf_reset(&back);
    assert_int_equal(unpack_delta(&old, delta.data, delta.len, &back), MM_OK);
    assert_int_equal(back.len, new.len);
    assert_memory_equal(back.data, new.data, new.len);
    assert_true(unpack_delta(&whole, delta.data, delta.len, &back) < 0);
    delta.max = delta.len + 10;
    assert_int_equal(pack_delta(&old, &new, &delta), MM_ELIMIT);
    buf_fini(&old);
    buf_fini(&new);
    buf_fini(&whole);
    buf_fini(&delta);
    buf_fini(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions),
        cmocka_unit_test(names),
        cmocka_unit_test(compressed_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
