/* The list of packs that the scan process did not survive: what is written is read, bounded, and each by its own line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/rules_refused.h"
#include "tests/unit/scratch.h"

#define A "0123456789012345678901234567890123456789012345678901234567890123"
#define B "f123456789012345678901234567890123456789012345678901234567890123"

static char dir[64], file[128];
static struct rules_refused refused;

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s", "/tmp/mm-refused-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(file, sizeof file, "%s/guard", dir);
    memset(&refused, 0, sizeof refused);
    if (durable_mkdir(file, 0700))
        return -1;
    snprintf(file, sizeof file, "%s/guard/rules-refused", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return scratch_remove(dir);
}

static void load(const char *text)
{
    assert_int_equal(durable_write(file, text, strlen(text), 0600), MM_OK);
    rules_refused_load(&refused, dir);
}

static void each_by_its_own_line(void **state)
{
    (void)state;
    rules_refused_load(&refused, dir);
    assert_int_equal(refused.n, 0);
    load("1.0.0 " A " died\n1.1.0 " B " stalled\n");
    assert_string_equal(rules_refused_find(&refused, A)->why, "died");
    assert_string_equal(rules_refused_find(&refused, B)->why, "stalled");
    assert_string_equal(rules_refused_find(&refused, B)->version, "1.1.0");
    assert_null(rules_refused_find(&refused, "a123456789012345678901234567890123456789012345678901234567890123"));
    assert_null(rules_refused_find(&refused, ""));
}

static void the_list_is_bounded_and_the_oldest_go(void **state)
{
    char version[LIM_TAG], hash[SHA256_HEX];

    (void)state;
    for (unsigned i = 0; i < LIM_RULES_REFUSED + 3; i++) {
        snprintf(version, sizeof version, "1.0.%u beta\n", i);
        snprintf(hash, sizeof hash, "%064x", i);
        rules_refused_add(&refused, version, hash, "stalled");
        rules_refused_add(&refused, "again", hash, "died");
    }
    assert_int_equal(refused.n, LIM_RULES_REFUSED);
    assert_string_equal(refused.row[0].version, "1.0.3_beta_");
    assert_int_equal(rules_refused_save(&refused, dir), MM_OK);
    memset(&refused, 0, sizeof refused);
    rules_refused_load(&refused, dir);
    assert_int_equal(refused.n, LIM_RULES_REFUSED);
    assert_string_equal(refused.row[LIM_RULES_REFUSED - 1].version, "1.0.18_beta_");
    assert_string_equal(refused.row[LIM_RULES_REFUSED - 1].why, "stalled");
}

static void lines_of_others_are_passed_over(void **state)
{
    (void)state;
    load("\n \n1.0.0\n1.0.0 abc died\n1.0.0 ZZ23456789012345678901234567890123456789012345678901234567890123 died\n"
         "1.0.0 1123456789012345678901234567890123456789012345678901234567890123 stalled 2 of-a-newer-agent\n" A " 1.0.0 died\n1.0.0 " A " died");
    assert_int_equal(refused.n, 2);
    assert_string_equal(refused.row[0].why, "stalled");
    load("");
    assert_int_equal(refused.n, 0);
}

static void a_manifest_is_known_by_its_bytes(void **state)
{
    char one[SHA256_HEX] = "", two[SHA256_HEX] = "", manifest[128];

    (void)state;
    assert_int_equal(rules_hash(dir, one), MM_ENOTFOUND);
    snprintf(manifest, sizeof manifest, "%s/manifest.json", dir);
    assert_int_equal(durable_write(manifest, "abc", 3, 0600), MM_OK);
    assert_int_equal(rules_hash(dir, one), MM_OK);
    assert_string_equal(one, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    snprintf(file, sizeof file, "%s/link", dir);
    assert_int_equal(durable_link(dir, file), MM_OK);
    assert_int_equal(rules_hash(file, two), MM_OK);
    assert_string_equal(one, two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_by_its_own_line, setup, teardown),
        cmocka_unit_test_setup_teardown(the_list_is_bounded_and_the_oldest_go, setup, teardown),
        cmocka_unit_test_setup_teardown(lines_of_others_are_passed_over, setup, teardown),
        cmocka_unit_test_setup_teardown(a_manifest_is_known_by_its_bytes, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
