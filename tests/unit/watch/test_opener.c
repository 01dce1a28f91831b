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
    assert_int_equal(OPENER_READS, opener_text_intent("257 0xffffff9c 0x7ff 0x0 0x0 0x0 0x0 0x7 0x7\n", false));      /* O_RDONLY */
    assert_int_not_equal(OPENER_READS, opener_text_intent("257 0xffffff9c 0x7ff 0x1 0x0 0x0 0x0 0x7 0x7\n", false));       /* O_WRONLY */
    assert_int_not_equal(OPENER_READS, opener_text_intent("257 0xffffff9c 0x7ff 0x2 0x0", false));                         /* O_RDWR */
    assert_int_not_equal(OPENER_READS, opener_text_intent("257 0xffffff9c 0x7ff 0x200 0x0", false));                       /* O_RDONLY|O_TRUNC */
    assert_int_not_equal(OPENER_READS, opener_text_intent("2 0x7ff 0x241 0x1b6", false));                                  /* open(O_WRONLY|O_CREAT|O_TRUNC) */
    assert_int_equal(OPENER_READS, opener_text_intent("2 0x7ff 0x0 0x0", false));
    assert_int_not_equal(OPENER_READS, opener_text_intent("85 0x7ff 0x1b6 0x0", false));                                   /* creat */
    assert_int_equal(OPENER_READS, opener_text_intent("59 0x7ff 0x7ff 0x7ff", false));                                /* execve */
}

static void test_cuts(void **state)
{
    (void)state;
    assert_int_equal(OPENER_WRITES, opener_text_intent("257 0xffffff9c 0x7ff 0x2 0x0", false));
    assert_int_equal(OPENER_CUTS, opener_text_intent("257 0xffffff9c 0x7ff 0x201 0x0", false));
    assert_int_equal(OPENER_CUTS, opener_text_intent("437 0xffffff9c 0x7ff 0x7ff 0x18", false));
    assert_int_equal(OPENER_CUTS, opener_text_intent("76 0x7ff 0x0", true));
}

static void test_forgeable(void **state)
{
    (void)state;
    assert_int_not_equal(OPENER_READS, opener_text_intent("437 0xffffff9c 0x7ff 0x7ff 0x18", false)); /* openat2: flags in user memory */
    assert_int_not_equal(OPENER_READS, opener_text_intent("426 0x4 0x1 0x1 0x1", false));             /* io_uring_enter */
    assert_int_not_equal(OPENER_READS, opener_text_intent("running\n", false));
    assert_int_not_equal(OPENER_READS, opener_text_intent("", false));
    assert_int_not_equal(OPENER_READS, opener_text_intent("-1 0x0 0x0", false));
}

static void test_pre_access(void **state)
{
    (void)state;
    assert_int_not_equal(OPENER_READS, opener_text_intent("76 0x7ff 0x0", true));   /* truncate */
    assert_int_not_equal(OPENER_READS, opener_text_intent("193 0x7ff 0x0", true));  /* i386 truncate64 */
    assert_int_equal(OPENER_READS, opener_text_intent("0 0x3 0x7ff 0x1000", true));  /* read */
    assert_int_equal(OPENER_READS, opener_text_intent("1 0x3 0x7ff 0x1000", true));  /* write: its open was seen */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_flags), cmocka_unit_test(test_cuts), cmocka_unit_test(test_forgeable),
                                       cmocka_unit_test(test_pre_access)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
