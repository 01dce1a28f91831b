/* The line of a look: what root reads of a process that spoke with a stranger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"
#include "lib/look.h"

static int read_text(const char *text, struct look *out)
{
    return look_read(text, strlen(text), out);
}

static void there_and_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LOOK_STAGES; i++) {
        const struct look was = {.stage = (enum look_stage)i, .out_of_time = i % 2, .date = 1795988907 * (int64_t)(i % 3), .ms = (int)i * 400, .issuer = "Mimamori CA みまもり"};
        struct look now;
        struct buf b;

        buf_init(&b, LOOK_LINE);
        assert_int_equal(look_write(&was, &b), MM_OK);
        assert_int_equal(look_read(b.data, b.len, &now), MM_OK);
        assert_true(now.stage == was.stage && now.out_of_time == was.out_of_time && now.date == was.date && now.ms == was.ms && !strcmp(now.issuer, was.issuer));
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(look_word(was.stage), look_word((enum look_stage)j));
        buf_fini(&b);
    }
}

#define LINE(stage, late, date, ms, issuer) "{\"stage\":" stage ",\"out_of_time\":" late ",\"date\":" date ",\"ms\":" ms ",\"issuer\":" issuer "}\n"

static void hostile_lines(void **state)
{
    static const char *const bad[] = {
        "", "\n", "{}\n", "[]\n", "null\n", "good\n",
        LINE("\"good\"", "false", "1", "1", "\"\"") "more\n",
        LINE("\"great\"", "false", "1", "1", "\"\""),
        LINE("0", "false", "1", "1", "\"\""),
        LINE("\"good\"", "0", "1", "1", "\"\""),
        LINE("\"good\"", "false", "-1", "1", "\"\""),
        LINE("\"good\"", "false", "253402300800", "1", "\"\""),
        LINE("\"good\"", "false", "1e3", "1", "\"\""),
        LINE("\"good\"", "false", "99999999999999999999", "1", "\"\""),
        LINE("\"good\"", "false", "1", "-1", "\"\""),
        LINE("\"good\"", "false", "1", "600001", "\"\""),
        LINE("\"good\"", "false", "1", "1", "null"),
        LINE("\"good\"", "false", "1", "1", "\"a\\u001b[2Jb\""),
        LINE("\"good\"", "false", "1", "1", "\"a\\nb\""),
        LINE("\"good\"", "false", "1", "1", "\"a\\u0000b\""),
        LINE("\"good\"", "false", "1", "1", "\"\xff\xfe\""),
        LINE("\"good\"", "false", "1", "1", "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\""),
        LINE("\"good\",\"stage\":\"good\"", "false", "1", "1", "\"\""),
        LINE("\"good\",\"more\":1", "false", "1", "1", "\"\""),
        "{\"stage\":\"good\",\"out_of_time\":false,\"date\":1,\"ms\":1}\n",
        "{\"stage\":\"good\",\"out_of_time\":false,\"date\":1,\"ms\":1,\"issuer\":\"\"}",
    };
    static const char good[] = LINE("\"good\"", "false", "1", "1", "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"");
    char longest[LOOK_LINE + 2];
    struct look l = {.ms = 77};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (read_text(bad[i], &l) != MM_EFORMAT || l.ms != 77)
            fail_msg("line %zu was taken: %s", i, bad[i]);
    assert_int_equal(read_text(good, &l), MM_OK);
    /* as long as may be, and one byte more */
    memset(longest, ' ', sizeof longest);
    memcpy(longest, good, sizeof good - 2);
    longest[LOOK_LINE - 1] = '\n';
    assert_int_equal(look_read(longest, LOOK_LINE, &l), MM_OK);
    longest[LOOK_LINE - 1] = ' ';
    longest[LOOK_LINE] = '\n';
    assert_int_equal(look_read(longest, LOOK_LINE + 1, &l), MM_EFORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back), cmocka_unit_test(hostile_lines)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
