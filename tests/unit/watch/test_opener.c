/* Which blocked calls count as writing: texts as /proc/TID/syscall shows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/watch/linux/opener.h"

static void test_flags(void **state)
{
    (void)state;
    assert_false(opener_text_writes("257 0xffffff9c 0x7ff 0x0 0x0 0x0 0x0 0x7 0x7\n", false));      /* O_RDONLY */
    assert_true(opener_text_writes("257 0xffffff9c 0x7ff 0x1 0x0 0x0 0x0 0x7 0x7\n", false));       /* O_WRONLY */
    assert_true(opener_text_writes("257 0xffffff9c 0x7ff 0x2 0x0", false));                         /* O_RDWR */
    assert_true(opener_text_writes("257 0xffffff9c 0x7ff 0x200 0x0", false));                       /* O_RDONLY|O_TRUNC */
    assert_true(opener_text_writes("2 0x7ff 0x241 0x1b6", false));                                  /* open(O_WRONLY|O_CREAT|O_TRUNC) */
    assert_false(opener_text_writes("2 0x7ff 0x0 0x0", false));
    assert_true(opener_text_writes("85 0x7ff 0x1b6 0x0", false));                                   /* creat */
    assert_false(opener_text_writes("59 0x7ff 0x7ff 0x7ff", false));                                /* execve */
}

static void test_forgeable(void **state)
{
    (void)state;
    assert_true(opener_text_writes("437 0xffffff9c 0x7ff 0x7ff 0x18", false)); /* openat2: flags in user memory */
    assert_true(opener_text_writes("426 0x4 0x1 0x1 0x1", false));             /* io_uring_enter */
    assert_true(opener_text_writes("running\n", false));
    assert_true(opener_text_writes("", false));
    assert_true(opener_text_writes("-1 0x0 0x0", false));
}

static void test_pre_access(void **state)
{
    (void)state;
    assert_true(opener_text_writes("76 0x7ff 0x0", true));   /* truncate */
    assert_true(opener_text_writes("193 0x7ff 0x0", true));  /* i386 truncate64 */
    assert_false(opener_text_writes("0 0x3 0x7ff 0x1000", true));  /* read */
    assert_false(opener_text_writes("1 0x3 0x7ff 0x1000", true));  /* write: its open was seen */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_flags), cmocka_unit_test(test_forgeable),
                                       cmocka_unit_test(test_pre_access)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
