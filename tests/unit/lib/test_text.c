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

static void says(const char *english, const char *want)
{
    struct buf b;

    buf_init(&b, 4096);
    assert_int_equal(text_again(&b, english), MM_OK);
    assert_string_equal(b.data ? b.data : "", want);
    buf_fini(&b);
}

/* Details in the record are English; a reader of Japanese gets them in Japanese. */
static void said_again(void **state)
{
    (void)state;
    text_language(TEXT_JA);
    says("3 processes stopped in 2 passes, 0 outside the scope left alone", "3 個のプロセスを 2 回で停止、対象外の 0 個はそのまま");
    says("touched 9, destroyed 7 (encrypted 7, wiped 0, replaced 0, partial 1), removed 0, renamed 0, same ending 2, new opaque 0, notes 0, folders 3, kept 4",
         "触られた 9、壊された 7（暗号化 7、消去 0、置き換え 0、一部だけ 1）、削除 0、改名 0、同じ末尾 2、新しい読めないファイル 0、脅迫文 0、フォルダー 3、無事な書き換え 4");
    says("no error; console reachable: yes, canary blocked on IPv4: yes, on IPv6: not tried",
         "問題なし。管理センターとの通信: はい、外部への通信の遮断 IPv4: はい、IPv6: 未確認");
    says("closed as a real attack. ", "攻撃として終了しました。");
    says("closed as a real attack. closed as a real attack. x {0} {9", "攻撃として終了しました。攻撃として終了しました。x {0} {9");
    says("the customer's own words", "the customer's own words");
    says("", "");
    text_language(TEXT_EN);
    says("3 processes stopped in 2 passes, 0 outside the scope left alone", "3 processes stopped in 2 passes, 0 outside the scope left alone");
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
        cmocka_unit_test(said_again),
        cmocka_unit_test(missing_keys_show_themselves),
        cmocka_unit_test(arguments_are_filled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
