/* What an attacker with root does to a sensor: closes descriptors of a running process from outside, by ptrace(2).
 *
 *   close_fd PID FD...
 *
 * Ends with 0 when all are closed.  x86-64. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_BYTES 2 /* of the instruction */

static int stopped(pid_t pid)
{
    int status;

    return waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status) ? 0 : -1;
}

/* `as` is what the interrupted thread has in its registers; the same instruction is run once more with another call. */
static int close_one(pid_t pid, const struct user_regs_struct *as, int fd)
{
    struct user_regs_struct r = *as;

    r.rax = SYS_close;
    r.orig_rax = (unsigned long long)-1;
    r.rdi = (unsigned long long)fd;
    r.rip -= SYSCALL_BYTES;
    if (ptrace(PTRACE_SETREGS, pid, NULL, &r) || ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) || stopped(pid) || ptrace(PTRACE_GETREGS, pid, NULL, &r))
        return -1;
    return r.rax ? -1 : 0;
}

int main(int argc, char **argv)
{
    struct user_regs_struct regs;
    pid_t pid = argc > 2 ? (pid_t)strtol(argv[1], NULL, 10) : 0;
    int rc = 0;

    alarm(20);
    if (pid <= 1) {
        fprintf(stderr, "close_fd PID FD...\n");
        return 64;
    }
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) || stopped(pid) || ptrace(PTRACE_GETREGS, pid, NULL, &regs) ||
        (long long)regs.orig_rax < 0) {
        fprintf(stderr, "process %d is not held in a system call: %s\n", (int)pid, strerror(errno));
        return 1;
    }
    for (int i = 2; i < argc; i++)
        rc |= close_one(pid, &regs, (int)strtol(argv[i], NULL, 10));
    regs.rax = (unsigned long long)-EINTR; /* of the call that was interrupted */
    regs.orig_rax = (unsigned long long)-1;
    if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) || ptrace(PTRACE_DETACH, pid, NULL, NULL))
        rc = -1;
    return rc ? 1 : 0;
}
