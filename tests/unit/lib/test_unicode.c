/* UTF-8 decoding against RFC 3629's edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"
#include "lib/unicode.h"

static void every_character_goes_round(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 8);
    for (uint32_t c = 1; c <= 0x10ffff; c++) {
        uint32_t back = 0;

        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        buf_reset(&b);
        assert_int_equal(uni_add(&b, c), MM_OK);
        assert_int_equal(uni_next(b.data, b.len, &back), b.len);
        assert_int_equal(back, c);
    }
    buf_fini(&b);
}

static void bad_bytes_use_one_byte_each(void **state)
{
    static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe3\x81", "\xe3", "\xf0\x9f\x98",
                                      ("\xe3" "a")};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint32_t c = 0;

        assert_int_equal(uni_next(bad[i], strlen(bad[i]), &c), 1);
        assert_int_equal(c, UNI_BAD);
        assert_false(uni_valid(bad[i], strlen(bad[i])));
    }
}

static void cleans(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 64);
    assert_int_equal(uni_clean(&b, "a\xff\xe3\x81\x82\0z", 7), MM_OK);
    assert_string_equal(b.data, "a\xef\xbf\xbd\xe3\x81\x82\xef\xbf\xbdz");
    assert_true(uni_valid(b.data, b.len));
    assert_false(uni_valid("a\0b", 3));
    assert_true(uni_valid("\xef\xbf\xbd", 3)); /* the replacement character itself is text */
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_goes_round),
        cmocka_unit_test(bad_bytes_use_one_byte_each),
        cmocka_unit_test(cleans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
