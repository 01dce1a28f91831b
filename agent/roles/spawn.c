#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/roles/guard.h"
#include "lib/err.h"

/* In the child: only standard streams and ROLE_FD survive the exec. */
static void become(const char *role, const char *config_path, int sock, unsigned restarts)
{
    char count[16];
    char *argv[] = {(char *)(uintptr_t)"mimamorid", (char *)(uintptr_t)"--role", (char *)(uintptr_t)role,
                    (char *)(uintptr_t)"--restarts", count, (char *)(uintptr_t)(config_path ? "--config" : NULL),
                    (char *)(uintptr_t)config_path, NULL};
    sigset_t none;

    snprintf(count, sizeof count, "%u", restarts);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (sock != ROLE_FD && dup2(sock, ROLE_FD) < 0)
        _exit(126);
    if (fcntl(ROLE_FD, F_SETFD, 0) < 0 || close_range(ROLE_FD + 1, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
        _exit(126);
    execv("/proc/self/exe", argv);
    _exit(127);
}

int role_spawn(const char *role, const char *config_path, int sock, unsigned restarts)
{
    pid_t pid = fork();

    if (pid < 0)
        return mm_from_errno(errno);
    if (pid == 0)
        become(role, config_path, sock, restarts);
    return (int)pid;
}
