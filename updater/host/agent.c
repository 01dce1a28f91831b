#include "updater/host/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/control_ask.h"
#include "lib/err.h"
#include "lib/os/spawn.h"

#define RELOAD_MS 30000   /* compiling a pack takes one second; a machine that swaps needs longer */
#define SAID 240

static int64_t now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* What it says until it closes its output, one line of plain characters.  MM_ETIMEOUT. */
static int listen_to(int fd, char *said, size_t n, unsigned seconds)
{
    int64_t end = now_s() + seconds;
    size_t had = 0;
    char chunk[512];

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = end - now_s();
        ssize_t got;

        if (left <= 0)
            return MM_ETIMEOUT;
        if (poll(&p, 1, (int)left * 1000) <= 0)
            continue;
        got = read(fd, chunk, sizeof chunk);
        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got && had + 1 < n; i++)
            said[had++] = chunk[i] >= ' ' && chunk[i] < 0x7f ? chunk[i] : ' ';
        said[had] = '\0';
    }
    return MM_OK;
}

int agent_check_rules(const struct run *r, const char *folder, char *why, size_t n)
{
    char path[LIM_PATH];
    const char *const argv[] = {path, "--check-rules", folder, r->config_path ? "--config" : NULL, r->config_path, NULL};
    int fds[2], pid, status = 0, rc = os_neighbour("mimamorid-scan", path, sizeof path);

    why[0] = '\0';
    if (!rc && pipe(fds) < 0)
        rc = mm_from_errno(errno);
    if (rc)
        return rc;
    pid = os_spawn(path, (char *const *)(uintptr_t)argv, fds[1], STDOUT_FILENO);
    close(fds[1]);
    rc = pid < 0 ? pid : listen_to(fds[0], why, n, LIM_UPDATE_CHECK_S);
    close(fds[0]);
    if (pid > 0) {
        if (rc)
            kill(pid, SIGKILL); /* our own child */
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    if (rc)
        snprintf(why, n, "the check of the pack: %s", mm_strerror(rc));
    else if (WIFSIGNALED(status))
        snprintf(why, n, "the pack ended the process that checked it, by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) == 127)
        rc = MM_ENOTFOUND;
    return rc ? rc : WIFEXITED(status) && WEXITSTATUS(status) == 0 ? MM_OK : MM_EFORMAT;
}

enum agent_word agent_load_rules(const struct run *r, char *why, size_t n)
{
    json_t *answer = NULL, *args = json_pack("{s:s}", "reason", "update");
    enum agent_word word = AGENT_REFUSED;
    const char *message;
    int rc = args ? ask(r->config->run, "reload", args, RELOAD_MS, &answer) : MM_ENOMEM;

    why[0] = '\0';
    if (rc) {
        snprintf(why, n, "the agent: %s", mm_strerror(rc));
        return AGENT_SILENT;
    }
    if (json_is_true(json_object_get(answer, "ok"))) {
        word = AGENT_TOOK_IT;
    } else {
        message = json_string_value(json_object_get(json_object_get(answer, "error"), "message"));
        snprintf(why, n, "%.*s", SAID, message ? message : "the agent refuses it");
    }
    json_decref(answer);
    return word;
}
