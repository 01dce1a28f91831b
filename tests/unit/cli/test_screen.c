/* Display width, cutting, wrapping and escaping; arguments of the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/cli/cli.h"
#include "lib/screen.h"
#include "lib/unicode.h"

static void widths(void **state)
{
    (void)state;
    setenv("LC_ALL", "C", 1); /* the user's locale does not matter */
    assert_int_equal(screen_width(""), 0);
    assert_int_equal(screen_width("abc"), 3);
    assert_int_equal(screen_width("守られて"), 8);
    assert_int_equal(screen_width("ｱｲｳ"), 3);        /* half-width katakana */
    assert_int_equal(screen_width("か\xe3\x82\x99"), 2); /* combining voiced mark */
    assert_int_equal(screen_width("ＡＢ、"), 6);
}

static void cut_and_filled(void **state)
{
    static const struct { const char *text; unsigned width; bool tail; const char *want; } rows[] = {
        {"abc", 5, false, "abc  "}, {"abcdef", 5, false, "ab..."}, {"abcdef", 5, true, "...ef"},
        {"書類書類", 8, false, "書類書類"}, {"書類書類", 7, false, "書類..."}, {"書類書類", 6, false, "書... "},
        {"書類書類", 6, true, "...類 "}, {"書類書類", 7, true, "...書類"}, {"", 2, false, "  "}, {"abc", 2, true, ""}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct screen s;

        screen_init(&s, false);
        screen_cell(&s, rows[i].text, rows[i].width, rows[i].tail);
        assert_string_equal(s.out.data ? s.out.data : "", rows[i].want);
        screen_fini(&s);
    }
}

static char *wrapped(const char *text, unsigned columns)
{
    struct screen s;

    screen_init(&s, false);
    s.columns = columns;
    screen_wrap(&s, 0, text);
    return buf_take(&s.out);
}

static void wraps(void **state)
{
    static const struct { const char *text; unsigned columns; const char *want; } rows[] = {
        {"one two three", 11, "one two\nthree\n"}, {"abcdefghijklmnop", 10, "abcdefghij\nklmnop\n"},
        {"あいうえおかき", 11, "あいうえお\nかき\n"}, {"あいうえお。かき", 11, "あいうえ\nお。かき\n"},
        {"", 10, "\n"}, {"ab あいうえお", 10, "ab あいう\nえお\n"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *got = wrapped(rows[i].text, rows[i].columns);

        assert_string_equal(got, rows[i].want);
        free(got);
    }
}

/* Whatever the bytes: nothing is lost, it ends, and no line is too wide. */
static void wraps_anything(void **state)
{
    unsigned seed = 7;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        char text[64], *got;
        size_t n = 1 + (seed >> 16) % 60;

        for (size_t i = 0; i < n; i++) {
            seed = seed * 1103515245u + 12345u;
            text[i] = (char)((seed >> 16) % 255 + 1);
        }
        text[n] = '\0';
        got = screen_escaped(text);
        assert_non_null(got);
        assert_true(uni_valid(got, strlen(got)));
        for (const char *p = got; *p; p++)
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
        free(got);
        got = wrapped(text, 12);
        assert_non_null(got);
        free(got);
    }
}

static void escapes(void **state)
{
    static const struct { const char *text, *want; } rows[] = {
        {"plain 書類 \\", "plain 書類 \\"}, {"a\x1b[31mb", "a\\x1b[31mb"}, {"\r\n\t", "\\x0d\\x0a\\x09"},
        {"\x7f\xff", "\\x7f\\xff"}, {"\xc2\x9b", "\\u{9b}"}, {"x\xe2\x80\xaegpj", "x\\u{202e}gpj"},
        {"\xe2\x80\x8b", "\\u{200b}"}, {"\xef\xbb\xbf", "\\u{feff}"}, {"\xe2\x81\xa6", "\\u{2066}"},
        {"\xe3\x81", "\\xe3\\x81"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *got = screen_escaped(rows[i].text);

        assert_string_equal(got, rows[i].want);
        free(got);
    }
}

static void colour_only_on_a_terminal(void **state)
{
    struct screen s;

    (void)state;
    screen_init(&s, false);
    screen_line(&s, RED, "x");
    assert_string_equal(s.out.data, "x\n");
    buf_reset(&s.out);
    s.colour = true;
    screen_line(&s, RED, "x");
    assert_string_equal(s.out.data, "\033[1;31mx\033[0m\n");
    screen_fini(&s);
}

static void arguments(void **state)
{
    char *argv[] = {"mimamori", "events", "--limit=7", "--severity", "high", "--config", "/c.ini", "--json", "--after", "12", "--watch"};
    const struct cli_verb *verb;
    const char *config = NULL;
    struct cli c;

    (void)state;
    memset(&c, 0, sizeof c);
    screen_init(&c.screen, false);
    assert_int_equal(cli_parse(11, argv, &c, &verb, &config), EXIT_GUARDED);
    assert_string_equal(verb->name, "events");
    assert_string_equal(config, "/c.ini");
    assert_int_equal(c.limit, 7);
    assert_int_equal(c.severity, 4);
    assert_int_equal(c.after, 12);
    assert_true(c.json && c.watch);
    screen_fini(&c.screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths), cmocka_unit_test(cut_and_filled), cmocka_unit_test(wraps),
        cmocka_unit_test(wraps_anything), cmocka_unit_test(escapes), cmocka_unit_test(colour_only_on_a_terminal),
        cmocka_unit_test(arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
