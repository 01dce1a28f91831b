#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/err.h"
#include "lib/os/run.h"

static int sh(const char *script, const char *input, struct buf *out, unsigned ms, int *status)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const struct os_run r = {.argv = (char *const *)(uintptr_t)argv, .input = input, .output = out, .errors = OS_ERRORS_OUTPUT, .ms = ms, .status = status};

    return os_run(&r);
}

static void input_output_and_status(void **state)
{
    struct buf out;
    int status;

    (void)state;
    buf_init(&out, 4096);
    assert_int_equal(sh("cat; echo more >&2", "words", &out, 5000, &status), MM_OK);
    assert_string_equal(out.data, "wordsmore\n");
    assert_int_equal(status, 0);
    buf_reset(&out);
    assert_int_equal(sh("echo no; exit 2", NULL, &out, 5000, &status), MM_EIO);
    assert_string_equal(out.data, "no\n");
    assert_int_equal(status, 2);
    assert_int_equal(sh("kill -9 $$", NULL, NULL, 5000, &status), MM_EIO);
    assert_int_equal(status, -1);
    buf_fini(&out);
}

/* Much in, much out, at once: neither side waits for the other. */
static void much_of_both(void **state)
{
    size_t n = 1 << 20;
    char *text = malloc(n + 1);
    struct buf out;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', n);
    text[n] = '\0';
    buf_init(&out, 2 << 20);
    assert_int_equal(sh("cat", text, &out, 20000, NULL), MM_OK);
    assert_int_equal(out.len, n);
    buf_reset(&out);
    assert_int_equal(sh("exit 0", text, &out, 5000, NULL), MM_OK); /* it reads nothing of it */
    buf_fini(&out);
    free(text);
}

static void bounds(void **state)
{
    struct timespec a, b;
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    assert_int_equal(sh("yes", NULL, &out, 5000, NULL), MM_ELIMIT);
    clock_gettime(CLOCK_MONOTONIC, &a);
    assert_int_equal(sh("exec sleep 60", NULL, NULL, 300, NULL), MM_ETIMEOUT);
    clock_gettime(CLOCK_MONOTONIC, &b);
    assert_true(b.tv_sec - a.tv_sec < 20);
    buf_fini(&out);
}

static void nothing_of_ours_is_handed_on(void **state)
{
    const char *const argv[] = {"/usr/bin/env", NULL}, *const none[] = {"/nowhere/program", NULL};
    struct buf out;
    struct os_run r = {.argv = (char *const *)(uintptr_t)argv, .output = &out, .ms = 5000};

    (void)state;
    buf_init(&out, 4096);
    assert_int_equal(setenv("SECRET", "1", 1), 0);
    assert_int_equal(os_run(&r), MM_OK);
    assert_int_equal(out.len, 0);
    r.env = (char *const *)(uintptr_t)argv + 1; /* an empty one of the caller's */
    assert_int_equal(os_run(&r), MM_OK);
    assert_int_equal(out.len, 0);
    r.argv = (char *const *)(uintptr_t)none;
    assert_int_equal(os_run(&r), MM_ENOTFOUND);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_output_and_status),
        cmocka_unit_test(much_of_both),
        cmocka_unit_test(bounds),
        cmocka_unit_test(nothing_of_ours_is_handed_on),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
