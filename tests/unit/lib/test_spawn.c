/* A child that hangs is ended; one that may not be signalled is not waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/os/spawn.h"

#define NOBODY 65534

/* A child that waits for its end under an account; returns when it has it. */
static pid_t hang(uid_t uid)
{
    int ready[2];
    char c = 0;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        alarm(60);
        if (uid && setuid(uid))
            _exit(1);
        (void)!write(ready[1], &c, 1);
        for (;;)
            pause();
    }
    assert_true(pid > 0);
    close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    return pid;
}

static void a_child_that_hangs(void **state)
{
    int status = 0;

    (void)state;
    assert_int_equal(os_end(hang(0), &status), MM_OK);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static int capabilities(int call, struct __user_cap_data_struct data[2])
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};

    return (int)syscall(call, &head, data);
}

static void one_of_another_account(void **state)
{
    struct __user_cap_data_struct have[2], less[2];
    int status = 0;
    pid_t pid;

    (void)state;
    if (geteuid() != 0)
        skip(); /* there is one account only */
    pid = hang(NOBODY);
    assert_int_equal(capabilities(SYS_capget, have), 0);
    less[0] = have[0];
    less[1] = have[1];
    less[0].effective &= ~(1u << CAP_KILL);
    assert_int_equal(capabilities(SYS_capset, less), 0);
    assert_int_equal(os_end(pid, &status), MM_EDENIED);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0); /* it lives */
    assert_int_equal(capabilities(SYS_capset, have), 0);
    assert_int_equal(os_end(pid, &status), MM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_child_that_hangs), cmocka_unit_test(one_of_another_account)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
