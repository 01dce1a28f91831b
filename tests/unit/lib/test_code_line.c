#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/code_line.h"
#include "lib/err.h"

static void one_line(void **state)
{
    static const struct { const char *in; size_t n; const char *out; int rc; } rows[] = {
        {"MM1-AB\n", 7, "MM1-AB", MM_OK}, {"MM1-AB", 6, "MM1-AB", MM_OK}, {" \tMM1-AB CD \r\nnext\n", 19, "MM1-AB CD", MM_OK},
        {"123456789\n", 10, "123456789", MM_OK}, {"1234567890\n", 11, NULL, MM_ELIMIT}, {"123456789012", 12, NULL, MM_ELIMIT}, {"   123456789   \n", 16, "123456789", MM_OK},
        {"", 0, NULL, MM_ENOTFOUND}, {"\n", 1, NULL, MM_ENOTFOUND}, {"  \r\nMM1\n", 8, NULL, MM_ENOTFOUND}, {"MM\0AB\n", 6, NULL, MM_EFORMAT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[10] = "untouched", in[32];
        FILE *f;
        int rc;

        memcpy(in, rows[i].in, rows[i].n);
        f = rows[i].n ? fmemopen(in, rows[i].n, "r") : fopen("/dev/null", "r");
        assert_non_null(f);
        rc = code_line_read(f, line, sizeof line);
        assert_int_equal(rc, rows[i].rc);
        assert_string_equal(line, rc ? "untouched" : rows[i].out);
        (void)fclose(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_line)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
