#include "agent/respond/linux/nft.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/err.h"

#define NFT "/usr/sbin/nft"
#define NFT_MS 5000 /* one transaction takes milliseconds; a machine that swaps may need longer */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int spawn(char *const argv[], int in, int out, pid_t *pid)
{
    posix_spawn_file_actions_t fa;
    char *const env[] = {NULL};
    int rc;

    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_adddup2(&fa, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
    rc = posix_spawn(pid, NFT, &fa, NULL, argv, env);
    posix_spawn_file_actions_destroy(&fa);
    return rc == 0 ? MM_OK : rc == ENOENT ? MM_ENOTFOUND : mm_from_errno(rc);
}

/* Write the script, read the answer, until the program closes its output. */
static int converse(int to, int from, const char *input, struct buf *output, int64_t until)
{
    size_t left = input ? strlen(input) : 0;
    char chunk[4096];

    for (;;) {
        struct pollfd p[2] = {{.fd = from, .events = POLLIN}, {.fd = left ? to : -1, .events = POLLOUT}};
        ssize_t n;

        if (!left && to >= 0) {
            close(to);
            to = -1;
        }
        p[1].fd = to;
        if (now_ms() > until) {
            if (to >= 0)
                close(to);
            return MM_ETIMEOUT;
        }
        if (poll(p, 2, 100) < 0)
            continue;
        if (to >= 0 && (p[1].revents & (POLLOUT | POLLERR))) {
            n = write(to, input, left);
            if (n < 0 && errno != EAGAIN)
                left = 0;
            else if (n > 0) {
                input += n;
                left -= (size_t)n;
            }
        }
        if (p[0].revents) {
            n = read(from, chunk, sizeof chunk);
            if (n == 0)
                break;
            if (n > 0 && output && buf_add(output, chunk, (size_t)n))
                output = NULL; /* longer than anybody needs */
        }
    }
    if (to >= 0)
        close(to);
    return MM_OK;
}

int nft_run(char *const argv[], const char *input, struct buf *output)
{
    int in[2], out[2], rc, status = 0;
    int64_t until = now_ms() + NFT_MS;
    pid_t pid;

    if (pipe2(in, O_CLOEXEC) < 0)
        return mm_from_errno(errno);
    if (pipe2(out, O_CLOEXEC) < 0) {
        close(in[0]);
        close(in[1]);
        return MM_ELIMIT;
    }
    fcntl(in[1], F_SETFL, O_NONBLOCK);
    rc = spawn(argv, in[0], out[1], &pid);
    close(in[0]);
    close(out[1]);
    if (rc) {
        close(in[1]);
        close(out[0]);
        return rc;
    }
    rc = converse(in[1], out[0], input, output, until);
    close(out[0]);
    if (rc)
        kill(pid, SIGKILL); /* our own child */
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc)
        return rc;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? MM_OK : MM_EIO;
}
