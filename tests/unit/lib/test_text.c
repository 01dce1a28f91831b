/* The catalogue is whole in both languages; arguments go where they belong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"
#include "lib/text.h"
#include "lib/text_table.h"
#include "lib/unicode.h"

/* A bit per {0}..{9} in `s`. */
static unsigned arguments(const char *s)
{
    unsigned bits = 0;

    for (; *s; s++)
        if (s[0] == '{' && s[1] >= '0' && s[1] <= '9' && s[2] == '}')
            bits |= 1u << (s[1] - '0');
    return bits;
}

static int has_japanese(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s >= 0xe3)
            return 1;
    return 0;
}

static void rows_are_whole(void **state)
{
    (void)state;
    assert_true(text_row_count > 100);
    for (size_t i = 0; i < text_row_count; i++) {
        const struct text_row *r = &text_rows[i];

        assert_true(uni_valid(r->ja, strlen(r->ja)) && uni_valid(r->en, strlen(r->en)));
        if (arguments(r->ja) != arguments(r->en))
            fail_msg("%s: the languages take different arguments", r->key);
        if (!*r->ja != !*r->en)
            fail_msg("%s: one language is missing", r->key);
        if (has_japanese(r->en))
            fail_msg("%s: Japanese in the English text", r->key);
        if (strpbrk(r->ja, "\n\t\033") || strpbrk(r->en, "\n\t\033"))
            fail_msg("%s: control character", r->key);
        for (size_t j = i + 1; j < text_row_count; j++)
            if (!strcmp(r->key, text_rows[j].key))
                fail_msg("%s is there twice", r->key);
    }
}

/* What only a registered service may print (domain.md). */
static void no_claims(void **state)
{
    static const char *const words[] = {"お助け隊", "基準適合", "★", "SECURITY ACTION", "JC-STAR"};

    (void)state;
    for (size_t i = 0; i < text_row_count; i++)
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            assert_true(!strstr(text_rows[i].ja, words[w]) && !strstr(text_rows[i].en, words[w]));
}

static void language_by_locale(void **state)
{
    static const struct { const char *all, *messages, *lang; enum text_lang want; } rows[] = {
        {"", "", "ja_JP.UTF-8", TEXT_JA}, {"", "", "C", TEXT_EN}, {"", "en_US", "ja_JP", TEXT_EN},
        {"ja", "en_US", "en_US", TEXT_JA}, {"C", "ja_JP", "ja_JP", TEXT_EN}, {"", "", "", TEXT_EN}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        setenv("LC_ALL", rows[i].all, 1);
        setenv("LC_MESSAGES", rows[i].messages, 1);
        setenv("LANG", rows[i].lang, 1);
        assert_int_equal(text_current(), rows[i].want);
    }
    text_language(TEXT_JA);
    assert_string_equal(text("status.guarded"), "守られています");
    assert_string_equal(text_in("status.guarded", TEXT_EN), "Guarded");
}

static void missing_keys_show_themselves(void **state)
{
    (void)state;
    assert_string_equal(text("no.such.key"), "no.such.key");
    assert_int_equal(text_known("no.such.key"), 0);
    assert_int_equal(text_known("status.guarded"), 1);
}

static void arguments_are_filled(void **state)
{
    const char *const args[] = {"A{1}", "B"};
    struct buf b;

    (void)state;
    text_language(TEXT_EN);
    buf_init(&b, 200);
    assert_int_equal(text_format(&b, "console.waiting", args, 2), MM_OK);
    assert_string_equal(b.data, "not connected (last contact A{1}, B events wait)");
    buf_reset(&b);
    assert_int_equal(text_format(&b, "console.waiting", args, 1), MM_OK); /* too few: left out */
    assert_string_equal(b.data, "not connected (last contact A{1},  events wait)");
    buf_reset(&b);
    assert_int_equal(text_format(&b, "{x} { {0", NULL, 0), MM_OK); /* a missing key is its own text */
    assert_string_equal(b.data, "{x} { {0");
    buf_fini(&b);
    buf_init(&b, 10);
    buf_adds(&b, "keep");
    assert_int_equal(text_format(&b, "console.waiting", args, 2), MM_ELIMIT);
    assert_string_equal(b.data, "keep");
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(no_claims),
        cmocka_unit_test(language_by_locale),
        cmocka_unit_test(missing_keys_show_themselves),
        cmocka_unit_test(arguments_are_filled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
