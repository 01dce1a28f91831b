/* Runs nft, and iptables-save where there are tables that nft cannot tell: those of the old kernel interface
 * (/proc/net/ip_tables_names), and those that iptables made inside nftables, whose matches nft names but does not say. */
#include "agent/watch/linux/firewall_collect.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/host/firewall.h"
#include "lib/err.h"
#include "lib/limits.h"

#define PROGRAM_MS 5000 /* milliseconds are usual; a machine that swaps may need longer */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Its output alone; nothing to read from, nothing of ours open. */
static int spawn(char *const argv[], int out, pid_t *pid)
{
    posix_spawn_file_actions_t fa;
    char *const env[] = {NULL};
    int rc;

    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_addopen(&fa, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&fa, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&fa, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    rc = posix_spawn(pid, argv[0], &fa, NULL, argv, env);
    posix_spawn_file_actions_destroy(&fa);
    return rc == 0 ? MM_OK : mm_from_errno(rc);
}

/* Until the program closes its output, the time is over or the buffer is full. */
static int drain(int from, struct buf *out, size_t max, int64_t until)
{
    char part[16384];
    size_t got = 0;

    for (;;) {
        struct pollfd p = {.fd = from, .events = POLLIN};
        int64_t left = until - now_ms();
        ssize_t n;

        if (left <= 0)
            return MM_ETIMEOUT;
        if (poll(&p, 1, (int)left) <= 0)
            continue;
        n = read(from, part, sizeof part);
        if (n == 0)
            return MM_OK;
        if (n < 0 && errno != EINTR)
            return MM_EIO;
        got += n > 0 ? (size_t)n : 0;
        if (n > 0 && (got > max || buf_add(out, part, (size_t)n)))
            return MM_ELIMIT;
    }
}

/* Appended to `out`; on failure `out` is as it was. */
static int run(char *const argv[], struct buf *out)
{
    size_t before = out->len;
    int ends[2], rc, status = 0;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return mm_from_errno(errno);
    rc = spawn(argv, ends[1], &pid);
    close(ends[1]);
    if (rc) {
        close(ends[0]);
        return rc;
    }
    rc = drain(ends[0], out, LIM_SURVEY_FILE, now_ms() + PROGRAM_MS);
    close(ends[0]);
    if (rc)
        kill(pid, SIGKILL); /* our own child */
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc == MM_OK && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        rc = MM_EIO;
    if (rc && out->data) {
        out->len = before;
        out->data[before] = '\0';
    }
    return rc;
}

static bool has_content(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char c;
    bool yes = fd >= 0 && read(fd, &c, 1) == 1;

    if (fd >= 0)
        close(fd);
    return yes;
}

struct saver { const char *family, *source; const char *programs[3]; }; /* the first that is there */

static const struct saver NFT[] = {
    {"ip", "nft", {"/usr/sbin/iptables-nft-save"}},
    {"ip6", "nft", {"/usr/sbin/ip6tables-nft-save"}},
};
static const struct saver LEGACY[] = { /* where there is no -legacy-, iptables-save is the old one */
    {"ip", "legacy", {"/usr/sbin/iptables-legacy-save", "/usr/sbin/iptables-save", "/sbin/iptables-save"}},
    {"ip6", "legacy", {"/usr/sbin/ip6tables-legacy-save", "/usr/sbin/ip6tables-save", "/sbin/ip6tables-save"}},
};

/* One section; false when no program could tell. */
static bool save(const struct saver *s, struct buf *legacy)
{
    size_t before = legacy->len;

    for (size_t i = 0; i < sizeof s->programs / sizeof *s->programs && s->programs[i]; i++) {
        char *argv[] = {(char *)(uintptr_t)s->programs[i], NULL};

        if (access(s->programs[i], X_OK))
            continue;
        if (buf_addf(legacy, "%s%s %s\n", FW_SECTION, s->family, s->source) == MM_OK && run(argv, legacy) == MM_OK)
            return true;
        legacy->len = before;
        break;
    }
    return false;
}

static const char *why(int rc)
{
    switch (rc) {
    case MM_ENOTFOUND: return "the program nft is not installed";
    case MM_ELIMIT: return "the rule set of nft is longer than can be looked at";
    case MM_ETIMEOUT: return "nft gave no answer within 5 s";
    default: return "nft could not list the rules";
    }
}

int firewall_collect(struct buf *nft, struct buf *legacy, char *error, size_t n)
{
    static const char *const NAMES[] = {"/proc/self/net/ip_tables_names", "/proc/self/net/ip6_tables_names"};
    char *argv[] = {(char *)(uintptr_t)"/usr/sbin/nft", (char *)(uintptr_t)"-j", (char *)(uintptr_t)"list", (char *)(uintptr_t)"ruleset", NULL};
    int rc = run(argv, nft);

    snprintf(error, n, "%s", rc ? why(rc) : "");
    if (rc || (nft->data && strstr(nft->data, "\"xt\":")))
        for (size_t i = 0; i < sizeof NFT / sizeof *NFT; i++)
            save(&NFT[i], legacy); /* what it cannot tell stays as nft tells it: not understood */
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (has_content(NAMES[i]) && !save(&LEGACY[i], legacy))
            buf_addf(legacy, "%sthe tables of iptables (%s) could not be read\n", FW_BLIND, LEGACY[i].family);
    return rc;
}
