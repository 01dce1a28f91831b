#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/enrol_code.h"
#include "lib/err.h"

static const struct enrol_code sample = {
    .url = "https://console.example:8443",
    .ca_pin = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    .token = "Zq3_k-9dTt",
};

static void make(const struct enrol_code *c, char *text, size_t size)
{
    struct buf b;

    buf_init(&b, 4096);
    assert_int_equal(enrol_code_make(c, &b), MM_OK);
    assert_true(b.len < size);
    snprintf(text, size, "%s", b.data);
    buf_fini(&b);
}

static void assert_is_sample(const struct enrol_code *c)
{
    assert_string_equal(c->url, sample.url);
    assert_string_equal(c->ca_pin, sample.ca_pin);
    assert_string_equal(c->token, sample.token);
}

static void round_trip_and_shape(void **state)
{
    struct enrol_code c;
    char text[4096];

    (void)state;
    make(&sample, text, sizeof text);
    assert_memory_equal(text, "MM1-", 4);
    for (size_t i = 4; text[i]; i++) {
        if ((i - 4) % 6 == 5)
            assert_int_equal(text[i], '-');
        else
            assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", text[i]));
    }
    assert_int_not_equal(text[strlen(text) - 1], '-');
    assert_int_equal(enrol_code_parse(text, &c), MM_OK);
    assert_is_sample(&c);
}

/* Every length of the token, so every remainder of base32. */
static void every_length(void **state)
{
    struct enrol_code c = sample, back;
    char text[4096];

    (void)state;
    for (size_t n = 1; n <= 64; n++) {
        memset(c.token, 'a', n);
        c.token[n] = '\0';
        make(&c, text, sizeof text);
        assert_int_equal(enrol_code_parse(text, &back), MM_OK);
        assert_string_equal(back.token, c.token);
    }
    memset(c.url + 8, 'h', sizeof c.url - 9);
    c.url[sizeof c.url - 1] = '\0';
    make(&c, text, sizeof text);
    assert_int_equal(enrol_code_parse(text, &back), MM_OK);
    assert_string_equal(back.url, c.url);
}

static void typed_by_people(void **state)
{
    char text[4096], typed[8192];
    struct enrol_code c;
    size_t n = 0;

    (void)state;
    make(&sample, text, sizeof text);
    typed[n++] = ' ';
    for (size_t i = 0; text[i]; i++) {
        if (text[i] == '-')
            continue;
        typed[n++] = (char)tolower((unsigned char)text[i]);
        if (i % 7 == 0)
            typed[n++] = i % 2 ? '\n' : ' ';
    }
    typed[n] = '\0';
    assert_int_equal(enrol_code_parse(typed, &c), MM_OK);
    assert_is_sample(&c);
    for (size_t i = 4; text[i]; i++) /* zero for the letter O, one for I, eight for B */
        text[i] = text[i] == 'O' ? '0' : text[i] == 'I' ? '1' : text[i] == 'B' ? '8' : text[i];
    assert_int_equal(enrol_code_parse(text, &c), MM_OK);
    assert_is_sample(&c);
}

static void every_single_typing_error_is_found(void **state)
{
    char text[4096], bad[4096];
    struct enrol_code c = {.token = "untouched"};

    (void)state;
    make(&sample, text, sizeof text);
    for (size_t i = 4; text[i]; i++) {
        if (text[i] == '-')
            continue;
        snprintf(bad, sizeof bad, "%s", text);
        bad[i] = text[i] == 'A' ? 'C' : 'A';
        assert_int_equal(enrol_code_parse(bad, &c), MM_ECRYPTO);
        snprintf(bad, sizeof bad, "%s", text);
        memmove(bad + i, bad + i + 1, strlen(bad + i)); /* one left out */
        assert_int_not_equal(enrol_code_parse(bad, &c), MM_OK);
    }
    snprintf(bad, sizeof bad, "%s", text);
    assert_true(strlen(bad) + 1 < sizeof bad);
    bad[strlen(bad) + 1] = '\0';
    bad[strlen(bad)] = 'A';
    assert_int_not_equal(enrol_code_parse(bad, &c), MM_OK);
    assert_string_equal(c.token, "untouched");
}

static void not_a_code(void **state)
{
    static const char *const bad[] = {"", "MM", "MM2-AAAAA", "hello", "-MM1-AAAAA", "MM1-AAAA9", "MM1-\xc3\xa4", "MM1-AAAA*"};
    struct enrol_code c;
    char large[6000];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(enrol_code_parse(bad[i], &c), MM_EFORMAT);
    assert_int_equal(enrol_code_parse("MM1-", &c), MM_ECRYPTO);
    memset(large, 'A', sizeof large);
    memcpy(large, "MM1-", 4);
    large[sizeof large - 1] = '\0';
    assert_int_equal(enrol_code_parse(large, &c), MM_ELIMIT);
    large[3000] = '\0';
    assert_int_equal(enrol_code_parse(large, &c), MM_ELIMIT);
}

static void fields_that_no_console_has(void **state)
{
    static const char *const urls[] = {"http://console.example", "https://", "https://:443", "https://a/path", "https://user@a",
        "https://a:0", "https://a:65536", "https://a:", "https://a:+5", "https://a b", "https://a:1:2", "https://[::1", "HTTPS://a", "https://a\n"};
    static const char *const fine[] = {"https://a", "https://10.0.0.1:1", "https://[::1]", "https://[fd00::1]:8443", "https://a-b.c:65535"};
    struct enrol_code c = sample;
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        snprintf(c.url, sizeof c.url, "%s", urls[i]);
        if (enrol_code_make(&c, &b) != MM_EINVAL)
            fail_msg("accepted %s", urls[i]);
    }
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        snprintf(c.url, sizeof c.url, "%s", fine[i]);
        if (enrol_code_make(&c, &b) != MM_OK)
            fail_msg("refused %s", fine[i]);
    }
    buf_reset(&b);
    c = sample;
    c.ca_pin[3] = 'G';
    assert_int_equal(enrol_code_make(&c, &b), MM_EINVAL);
    c = sample;
    c.token[0] = '\0';
    assert_int_equal(enrol_code_make(&c, &b), MM_EINVAL);
    snprintf(c.token, sizeof c.token, "%s", "a'b");
    assert_int_equal(enrol_code_make(&c, &b), MM_EINVAL);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip_and_shape), cmocka_unit_test(every_length),
        cmocka_unit_test(typed_by_people),      cmocka_unit_test(every_single_typing_error_is_found),
        cmocka_unit_test(not_a_code),           cmocka_unit_test(fields_that_no_console_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
