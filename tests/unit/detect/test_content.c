/* Content features on contents made here: one property each. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "agent/detect/content.h"
#include "agent/detect/content_stat.h"
#include "agent/detect/content_type.h"
#include "tests/unit/scratch.h"

#define SIZE 200000

static struct content *judge;
static uint8_t text[SIZE], noise[SIZE], work[2 * SIZE];

static uint64_t state = 0x853c49e6748fea9bu;
static uint32_t next(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (uint32_t)(state >> 29);
}

static int setup(void **s)
{
    static const char *const WORDS[] = {"invoice", "customer", "meeting", "the", "of", "and", "monday", "\xe8\xab\x8b\xe6\xb1\x82\xe6\x9b\xb8", "42", "total"};
    size_t at = 0;

    (void)s;
    while (at + 20 < SIZE)
        at += (size_t)snprintf((char *)text + at, SIZE - at, "%s%c", WORDS[next() % 10], next() % 9 ? ' ' : '\n');
    memset(text + at, '.', SIZE - at);
    for (size_t i = 0; i < SIZE; i++)
        noise[i] = (uint8_t)next();
    judge = content_new(5);
    return judge ? 0 : 1;
}

static int teardown(void **s)
{
    (void)s;
    content_free(judge);
    return 0;
}

static struct content_verdict verdict;

static uint32_t change(const void *after, size_t an, const void *before, size_t bn)
{
    struct content_source a, b;

    source_memory(&a, after, an);
    source_memory(&b, before, bn);
    content_judge(judge, &a, before ? &b : NULL, &verdict);
    return verdict.change;
}

static void test_random_is_told_from_text_at_every_size(void **s)
{
    unsigned missed = 0, cried = 0;

    (void)s;
    for (size_t n = 48; n < 9000; n += n < 400 ? 1 : 97) {
        size_t at = next() % (SIZE - n);

        missed += change(noise + at, n, text + at, n) != CHANGE_ENCRYPTED;
        cried += change(text + at, n, text + (at + 777) % (SIZE - n), n) == CHANGE_ENCRYPTED;
    }
    assert_true(missed <= 2); /* of 440: the tails of chi-square */
    assert_int_equal(cried, 0);
}

static void test_wiped(void **s)
{
    (void)s;
    memset(work, 0, SIZE);
    assert_int_equal(change(work, SIZE, text, SIZE), CHANGE_WIPED);
    assert_int_equal(change(work, 0, text, SIZE), CHANGE_WIPED);
    assert_int_equal(change(text, SIZE / 20, text, SIZE), CHANGE_WIPED);
    assert_int_equal(change(text, SIZE / 2, text, SIZE), CHANGE_KEPT);
    assert_int_equal(change(work, 0, "1234\n", 5), CHANGE_KEPT); /* a pid file */
    assert_int_equal(change(text, SIZE, work, SIZE), CHANGE_KEPT); /* filled, nothing lost */
    assert_int_equal(change(text, 100, NULL, 0), CHANGE_KEPT);
}

static void test_partial_patterns(void **s)
{
    static const struct {
        size_t step, width;
    } PATTERNS[] = {{8192, 4096}, {4096, 1024}, {65536, 4096}, {SIZE, 1024}, {SIZE, SIZE / 10}, {1024, 64}, {512, 32}};

    (void)s;
    for (size_t i = 0; i < sizeof PATTERNS / sizeof *PATTERNS; i++) {
        memcpy(work, text, SIZE);
        for (size_t at = 0; at < SIZE; at += PATTERNS[i].step)
            for (size_t k = at; k < at + PATTERNS[i].width && k < SIZE; k++)
                work[k] = noise[k];
        assert_int_equal(change(work, SIZE, text, SIZE), CHANGE_ENCRYPTED);
    }
    assert_int_equal(verdict.before_type, TYPE_TEXT);
}

static void test_honest_edits(void **s)
{
    (void)s;
    memcpy(work, text, SIZE);
    assert_int_equal(change(work, SIZE, text, SIZE), CHANGE_KEPT); /* sampled only: not "the same" */
    assert_int_equal(change(work, 60000, text, 60000), CHANGE_NONE);
    memcpy(work, "one more line\n", 14);
    memcpy(work + 14, text, SIZE);
    assert_int_equal(change(work, SIZE + 14, text, SIZE), CHANGE_KEPT);
    assert_true(verdict.similarity > 900); /* found from the end */
    memcpy(work, text, SIZE);
    memcpy(work + SIZE, text, 5000);
    assert_int_equal(change(work, SIZE + 5000, text, SIZE), CHANGE_KEPT);
    assert_int_equal(change(noise, 30000, noise + 50000, 30000), CHANGE_UNSURE);
}

static void test_compressed_original_is_kept(void **s)
{
    uLongf n = sizeof work;

    (void)s;
    assert_int_equal(compress2(work, &n, text, SIZE, 6), Z_OK);
    assert_int_equal(change(work, n, text, SIZE), CHANGE_KEPT);
    assert_int_equal(verdict.after_type, TYPE_GZIP);
    n = sizeof work;
    assert_int_equal(compress2(work, &n, noise, SIZE, 6), Z_OK); /* cipher text in an honest coat */
    assert_int_equal(change(work, n, text, SIZE), CHANGE_ENCRYPTED);
}

static void test_weak_ciphers(void **s)
{
    static const char KEY[] = "not-so-secret";

    (void)s;
    for (size_t i = 0; i < 20000; i++)
        work[i] = text[i] ^ (uint8_t)KEY[i % (sizeof KEY - 1)];
    assert_int_equal(change(work, 20000, text, 20000), CHANGE_ENCRYPTED);
    for (size_t i = 0; i < 20000; i++)
        work[i] = (uint8_t)(text[i] + 131);
    assert_int_equal(change(work, 20000, text, 20000), CHANGE_ENCRYPTED);
    for (size_t i = 0; i < 20000; i++)
        work[i] = (uint8_t)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i]);
    assert_int_equal(change(work, 20000, text, 20000), CHANGE_KEPT); /* capitals are not a cipher */
}

static void test_new_files(void **s)
{
    (void)s;
    assert_int_equal(change(noise, 5000, NULL, 0), CHANGE_ENCRYPTED);
    assert_int_equal(verdict.note, 0);
    assert_int_equal(change(text, 900, NULL, 0), CHANGE_KEPT);
    assert_int_equal(verdict.note, 1);
    assert_int_equal(change(text, SIZE, NULL, 0), CHANGE_KEPT);
    assert_int_equal(verdict.note, 0);
    assert_int_equal(change("1234\n", 5, NULL, 0), CHANGE_KEPT);
    assert_int_equal(verdict.note, 0);
}

static void test_descriptors(void **s)
{
    FILE *f = scratch_file();
    int fds[2];

    (void)s;
    assert_non_null(f);
    assert_int_equal(fwrite(noise, 1, 9000, f), 9000);
    fflush(f);
    content_judge_fds(judge, fileno(f), -1, &verdict);
    assert_int_equal(verdict.change, CHANGE_ENCRYPTED);
    assert_int_equal(pipe(fds), 0);
    content_judge_fds(judge, fds[0], fileno(f), &verdict);
    assert_int_equal(verdict.change, CHANGE_UNKNOWN);
    content_judge_fds(judge, fds[1], -1, &verdict); /* not readable at all */
    assert_int_equal(verdict.change, CHANGE_UNKNOWN);
    content_judge_fds(judge, -1, -1, &verdict);
    assert_int_equal(verdict.change, CHANGE_UNKNOWN);
    close(fds[0]);
    close(fds[1]);
    fclose(f);
}

static void test_entropy(void **s)
{
    struct stat_block b;

    (void)s;
    for (size_t i = 0; i < 4096; i++)
        work[i] = (uint8_t)i;
    stat_measure(work, 4096, &b);
    assert_true(b.entropy >= 7990 && b.entropy <= 8000);
    assert_int_equal(b.chi, 0);
    assert_int_not_equal(b.grade, GRADE_RANDOM); /* too even */
    for (size_t i = 0; i < 4096; i++)
        work[i] = (uint8_t)(i & 1);
    stat_measure(work, 4096, &b);
    assert_true(b.entropy >= 990 && b.entropy <= 1000);
    stat_measure(noise, 4096, &b);
    assert_true(b.entropy >= 7940 && b.entropy <= 7970);
    assert_int_equal(b.grade, GRADE_RANDOM);
}

static void test_text_encodings(void **s)
{
    static const char SJIS[] = "\x82\xa8\x90\xa2\x98\x62\x82\xc9\x82\xc8\x82\xc1\x82\xc4\x82\xa8\x82\xe8\x82\xdc\x82\xb7\r\n";
    static const char EUC[] = "\xa4\xaa\xc0\xa4\xcf\xc3\xa4\xcb\xa4\xca\xa4\xc3\xa4\xc6\xa4\xaa\xa4\xea\xa4\xde\xa4\xb9\n";
    static const char UTF16[] = "\xff\xfe" "J0\xfd\x90qN\x8b" "0j0c0f0J0" "\r\0\n\0";

    (void)s;
    assert_int_equal(stat_text((const uint8_t *)SJIS, sizeof SJIS - 1, 1), 1);
    assert_int_equal(stat_text((const uint8_t *)EUC, sizeof EUC - 1, 1), 1);
    assert_int_equal(stat_text((const uint8_t *)UTF16, sizeof UTF16 - 1, 1), 1);
    assert_int_equal(stat_text(text + 1, 3001, 0), 1);
    assert_int_equal(stat_text(noise, 256, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_is_told_from_text_at_every_size),
        cmocka_unit_test(test_wiped),
        cmocka_unit_test(test_partial_patterns),
        cmocka_unit_test(test_honest_edits),
        cmocka_unit_test(test_compressed_original_is_kept),
        cmocka_unit_test(test_weak_ciphers),
        cmocka_unit_test(test_new_files),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_entropy),
        cmocka_unit_test(test_text_encodings),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
