#include "lib/os/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/os/clock.h"

#define STEP_MS 100

static int spawn(const struct os_run *r, int in, int out, pid_t *pid)
{
    posix_spawn_file_actions_t fa;
    char *const nothing[] = {NULL};
    int rc;

    posix_spawn_file_actions_init(&fa);
    if (in >= 0)
        posix_spawn_file_actions_adddup2(&fa, in, STDIN_FILENO);
    else
        posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
    if (r->errors == OS_ERRORS_OUTPUT)
        posix_spawn_file_actions_adddup2(&fa, out, STDERR_FILENO);
    else if (r->errors == OS_ERRORS_NOWHERE)
        posix_spawn_file_actions_addopen(&fa, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    rc = posix_spawn(pid, r->argv[0], &fa, NULL, r->argv, r->env ? r->env : nothing);
    posix_spawn_file_actions_destroy(&fa);
    return rc ? mm_from_errno(rc) : MM_OK;
}

/* What is left of the input, as far as the pipe takes it now; -1 instead of the descriptor when that was all. */
static int feed(int to, const char **input, size_t *left)
{
    ssize_t n = write(to, *input, *left);

    if (n > 0) {
        *input += n;
        *left -= (size_t)n;
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        *left = 0; /* it does not want more: its exit status tells why */
    }
    if (*left)
        return to;
    close(to);
    return -1;
}

/* Give the input and take the output, until the program closes its output. */
static int converse(const struct os_run *r, int to, int from, int64_t until)
{
    size_t left = to >= 0 ? strlen(r->input) : 0;
    const char *input = r->input;
    char chunk[16384];
    int rc = MM_OK;

    for (;;) {
        struct pollfd p[2] = {{.fd = from, .events = POLLIN}, {.fd = to, .events = POLLOUT}};
        ssize_t n;

        if (os_now_ms() > until) {
            rc = MM_ETIMEOUT;
            break;
        }
        if (poll(p, 2, STEP_MS) < 0)
            continue;
        if (to >= 0 && p[1].revents)
            to = feed(to, &input, &left);
        if (!p[0].revents)
            continue;
        n = read(from, chunk, sizeof chunk);
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            rc = MM_EIO;
        if (n > 0 && r->output && buf_add(r->output, chunk, (size_t)n))
            rc = MM_ELIMIT;
        if (rc)
            break;
    }
    if (to >= 0)
        close(to);
    return rc;
}

static void close_both(const int fds[2])
{
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static int run_with(const struct os_run *r, int in[2], int out[2])
{
    int64_t until = os_now_ms() + r->ms;
    int status = 0, rc;
    pid_t pid;

    if (r->status)
        *r->status = -1;
    if (in[1] >= 0)
        fcntl(in[1], F_SETFL, O_NONBLOCK);
    rc = spawn(r, in[0], out[1], &pid);
    if (rc) {
        close_both(in);
        close_both(out);
        return rc;
    }
    if (in[0] >= 0)
        close(in[0]);
    close(out[1]);
    rc = converse(r, in[1], out[0], until);
    close(out[0]);
    if (rc)
        kill(pid, SIGKILL); /* our own child */
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc)
        return rc;
    if (r->status && WIFEXITED(status))
        *r->status = WEXITSTATUS(status);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? MM_OK : MM_EIO;
}

int os_run(const struct os_run *r)
{
    int in[2] = {-1, -1}, out[2];

    if (r->input && pipe2(in, O_CLOEXEC) < 0)
        return mm_from_errno(errno);
    if (pipe2(out, O_CLOEXEC) < 0) {
        close_both(in);
        return MM_ELIMIT;
    }
    return run_with(r, in, out);
}
