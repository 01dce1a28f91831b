/* Starting the agent's other programs; see start.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/roles/start.h"
#include "lib/err.h"
#include "lib/version.h"

int start_program(const char *role, char *path, size_t n)
{
    char self[LIM_PATH], *slash;
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);

    path[0] = '\0';
    if (len < 0)
        return mm_from_errno(errno);
    self[len] = '\0';
    slash = strrchr(self, '/'); /* a program replaced on disk has " (deleted)" behind it: not our concern */
    if (self[0] != '/' || len == (ssize_t)sizeof self - 1)
        return MM_ENOTFOUND;
    *slash = '\0';
    if ((size_t)snprintf(path, n, "%s/mimamorid-%s", self, role) < n)
        return MM_OK;
    path[0] = '\0';
    return MM_ELIMIT;
}

int start_become(const char *role, char **argv)
{
    char path[LIM_PATH];

    if (start_program(role, path, sizeof path) == MM_OK)
        execv(path, argv);
    fprintf(stderr, "mimamorid: its part mimamorid-%s cannot be started: %s\n", role, strerror(errno));
    return 1;
}

/* In the child: only standard streams and ROLE_FD survive the exec. */
static void become(const char *path, char *const argv[], int sock)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (sock != ROLE_FD && dup2(sock, ROLE_FD) < 0)
        _exit(126);
    if (fcntl(ROLE_FD, F_SETFD, 0) < 0 || close_range(ROLE_FD + 1, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
        _exit(126);
    execv(path, argv);
    _exit(127);
}

int role_spawn(const char *role, const char *config_path, int sock, unsigned restarts)
{
    char path[LIM_PATH], count[16];
    const char *const argv[] = {path, "--role", role, "--restarts", count, "--of", MM_VERSION,
                                config_path ? "--config" : NULL, config_path, NULL};
    int rc = start_program(role, path, sizeof path);
    pid_t pid;

    if (rc)
        return rc;
    snprintf(count, sizeof count, "%u", restarts);
    pid = fork();
    if (pid < 0)
        return mm_from_errno(errno);
    if (pid == 0)
        become(path, (char *const *)(uintptr_t)argv, sock);
    return (int)pid;
}
