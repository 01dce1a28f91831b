#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/removal_code.h"
#include "tests/unit/scratch.h"

#define ID "4d8d8815-6c62-4c7a-897a-8206f3ab6be2"

static void a_code_is_known_however_it_is_written(void **state)
{
    char code[REMOVAL_CODE], other[REMOVAL_CODE], a[SHA256_HEX], b[SHA256_HEX], text[64];

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(removal_code_make(code), MM_OK);
        assert_int_equal(strlen(code), REMOVAL_CODE - 1);
        assert_int_equal(removal_code_hash(ID, code, a), MM_OK);
        assert_int_equal(removal_code_make(other), MM_OK);
        assert_string_not_equal(code, other);
        assert_int_equal(removal_code_hash(ID, other, b), MM_OK);
        assert_string_not_equal(a, b);
        snprintf(text, sizeof text, " %.4s%.4s %.4s", code, code + 5, code + 10);
        for (char *p = text; *p; p++)
            *p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 'a' - 'A') : *p;
        assert_int_equal(removal_code_hash(ID, text, b), MM_OK);
        assert_string_equal(a, b);
        assert_int_equal(removal_code_hash("4d8d8815-6c62-4c7a-897a-8206f3ab6be3", code, b), MM_OK);
        assert_string_not_equal(a, b);
    }
}

static void what_is_no_code(void **state)
{
    static const char *const bad[] = {"", "ABCD-EFGH-IJK", "ABCD-EFGH-IJKLM", "ABCD-EFGH-IJK1", "ABCD-EFGH-IJK0", "ABCD_EFGH_IJKL", "ABCD-EFGH-IJK\xe3\x81\x82"};
    char hash[SHA256_HEX];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(removal_code_hash(ID, bad[i], hash), MM_EFORMAT);
}

static void the_file(void **state)
{
    static const char *const bad[] = {"", "x", "0123 99\n", "zz23456789012345678901234567890123456789012345678901234567890123 99\n",
                                      "0123456789012345678901234567890123456789012345678901234567890123\n",
                                      "0123456789012345678901234567890123456789012345678901234567890123 0\n",
                                      "0123456789012345678901234567890123456789012345678901234567890123 later\n"};
    char dir[64] = "/tmp/mm-removal-XXXXXX", path[128];
    struct removal r = {.until = 1798761600}, got;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/guard", dir);
    assert_int_equal(durable_mkdir(path, 0700), MM_OK);
    assert_int_equal(removal_read(dir, &got), MM_ENOTFOUND);
    memset(r.hash, 'a', SHA256_HEX - 1);
    assert_int_equal(removal_write(dir, &r), MM_OK);
    assert_int_equal(removal_read(dir, &got), MM_OK);
    assert_string_equal(got.hash, r.hash);
    assert_true(got.until == r.until);
    snprintf(path, sizeof path, "%s/guard/removal", dir);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(durable_write(path, bad[i], strlen(bad[i]), 0600), MM_OK);
        assert_int_equal(removal_read(dir, &got), MM_EFORMAT);
    }
    scratch_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_known_however_it_is_written),
        cmocka_unit_test(what_is_no_code),
        cmocka_unit_test(the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
