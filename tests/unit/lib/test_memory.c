/* os_memory_unused gives back whole pages inside a range and nothing beside it; os_memory_settle code, and no data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/os/memory.h"

#define PAGES 16

static size_t resident(unsigned char *at, size_t page)
{
    unsigned char in[PAGES];
    size_t n = 0;

    assert_int_equal(mincore(at, PAGES * page, in), 0);
    for (int i = 0; i < PAGES; i++)
        n += in[i] & 1;
    return n;
}

static void test_gives_back_whole_pages_only(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), n = PAGES * page, first = 100, end = n - 100;
    unsigned char *at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    assert_ptr_not_equal(at, MAP_FAILED);
    memset(at, 0x5a, n);
    assert_int_equal(resident(at, page), PAGES);
    os_memory_unused(at + first, end - first);
    assert_int_equal(resident(at, page), 2);
    for (size_t i = 0; i < page; i++)
        assert_true(at[i] == 0x5a && at[n - 1 - i] == 0x5a); /* the two edge pages are whole */
    memset(at, 0x5b, n); /* the addresses are still ours */
    assert_int_equal(resident(at, page), PAGES);
    munmap(at, n);
}

static void test_small_ranges_stay(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), n = PAGES * page;
    unsigned char *at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    assert_ptr_not_equal(at, MAP_FAILED);
    memset(at, 1, n);
    os_memory_unused(at + 10, 0);
    os_memory_unused(at + 1, page);         /* no whole page inside */
    os_memory_unused(at + 1, 2 * page - 2);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(at[i], 1);
    os_memory_unused((void *)(UINTPTR_MAX - 5), 5); /* rounds up past the end: nothing */
    munmap(at, n);
}

/* Resident kilobytes of the process that a file is mapped for. */
static long of_files(void)
{
    char line[128];
    long kb = -1;
    FILE *f = fopen("/proc/self/status", "r");

    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        if (!strncmp(line, "RssFile:", 8))
            kb = strtol(line + 8, NULL, 10);
    fclose(f);
    return kb;
}

/* Code that ran is not mapped any more, runs again all the same, and what libraries keep in memory is as it was. */
static void test_code_is_unmapped_and_runs_again(void **state)
{
    uint8_t one[SHA256_BYTES], two[SHA256_BYTES];
    char *kept = strdup("kept");
    long before, after;

    (void)state;
    assert_int_equal(crypto_sha256("abc", 3, one), MM_OK); /* libcrypto's start */
    before = of_files();
    os_memory_settle();
    after = of_files();
    assert_true(after > 0 && after < before - 1000);
    assert_int_equal(crypto_sha256("abc", 3, two), MM_OK);
    assert_memory_equal(one, two, sizeof one);
    assert_string_equal(kept, "kept");
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gives_back_whole_pages_only), cmocka_unit_test(test_small_ranges_stay),
                                        cmocka_unit_test(test_code_is_unmapped_and_runs_again)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
