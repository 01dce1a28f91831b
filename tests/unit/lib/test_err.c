/* Every code has a phrase of its own, and errno values land where callers look. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/err.h"

static void phrases_are_distinct(void **state)
{
    (void)state;
    for (int a = MM_ENOSPC; a <= MM_OK; a++) {
        assert_string_not_equal(mm_strerror(a), "unknown error");
        for (int b = a + 1; b <= MM_OK; b++)
            assert_string_not_equal(mm_strerror(a), mm_strerror(b));
    }
}

static void numbers_from_nowhere(void **state)
{
    static const int odd[] = {1, 4711, MM_ENOSPC - 1, -4711, INT32_MAX, INT32_MIN + 1, INT32_MIN};

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        assert_string_equal(mm_strerror(odd[i]), "unknown error");
}

static void errno_values(void **state)
{
    static const struct { int e, rc; } rows[] = {
        {0, MM_OK}, {ENOMEM, MM_ENOMEM}, {EINVAL, MM_EINVAL}, {ENOENT, MM_ENOTFOUND}, {EEXIST, MM_EEXIST},
        {EAGAIN, MM_EAGAIN}, {EINTR, MM_EAGAIN}, {EPIPE, MM_ECLOSED}, {ECONNRESET, MM_ECLOSED},
        {EACCES, MM_EDENIED}, {EPERM, MM_EDENIED}, {EROFS, MM_EDENIED}, {EOPNOTSUPP, MM_EUNSUPPORTED},
        {ETIMEDOUT, MM_ETIMEOUT}, {ENOSPC, MM_ENOSPC}, {EDQUOT, MM_ENOSPC}, {EMFILE, MM_ELIMIT},
        {ENAMETOOLONG, MM_ELIMIT}, {EIO, MM_EIO}, {EBADF, MM_EIO}, {9999, MM_EIO}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(mm_errno_code(rows[i].e), rows[i].rc);
        assert_int_equal(mm_from_errno(rows[i].e), rows[i].e ? rows[i].rc : MM_EIO);
    }
}

static void failed_call_is_never_ok(void **state)
{
    (void)state;
    for (int e = -200; e < 4000; e++)
        assert_true(mm_from_errno(e) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phrases_are_distinct),
        cmocka_unit_test(numbers_from_nowhere),
        cmocka_unit_test(errno_values),
        cmocka_unit_test(failed_call_is_never_ok),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
