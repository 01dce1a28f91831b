#include "lib/os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/limits.h"

int os_neighbour(const char *name, char *path, size_t n)
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
    if ((size_t)snprintf(path, n, "%s/%s", self, name) < n)
        return MM_OK;
    path[0] = '\0';
    return MM_ELIMIT;
}

/* In the child: only standard streams and `fd` survive the exec. */
static void become(const char *path, char *const argv[], int sock, int fd)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (sock != fd && dup2(sock, fd) < 0)
        _exit(126);
    if (fcntl(fd, F_SETFD, 0) < 0 || close_range((unsigned)fd + 1, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
        _exit(126);
    execv(path, argv);
    _exit(127);
}

int os_spawn(const char *path, char *const argv[], int sock, int fd)
{
    pid_t pid = fork();

    if (pid < 0)
        return mm_from_errno(errno);
    if (pid == 0)
        become(path, argv, sock, fd);
    return (int)pid;
}

int os_end(int pid, int *status)
{
    if (kill(pid, SIGKILL) < 0) { /* our own child: there is no other reason */
        *status = SIGKILL;
        return MM_EDENIED;
    }
    while (waitpid(pid, status, 0) < 0 && errno == EINTR)
        ;
    return MM_OK;
}
