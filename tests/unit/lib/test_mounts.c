/* os_each_mount tells of the root and of what lies below it, and ends when it is told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"
#include "lib/os/mounts.h"

struct seen { unsigned all, root, proc, end; };

static int count(void *context, const char *folder)
{
    struct seen *seen = context;

    seen->all++;
    seen->root += !strcmp(folder, "/");
    seen->proc += !strcmp(folder, "/proc");
    return seen->end && seen->all == seen->end ? MM_EIO : MM_OK;
}

static void test_root_and_proc_are_among_them(void **state)
{
    struct seen seen = {0};

    (void)state;
    assert_int_equal(os_each_mount(count, &seen), MM_OK);
    assert_true(seen.root >= 1 && seen.proc >= 1 && seen.all >= 2);
}

static void test_ends_with_the_first_error(void **state)
{
    struct seen seen = {.end = 2};

    (void)state;
    assert_int_equal(os_each_mount(count, &seen), MM_EIO);
    assert_int_equal(seen.all, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_root_and_proc_are_among_them),
        cmocka_unit_test(test_ends_with_the_first_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
