/* Drives the real quarantine in the network namespace that it is started in; never the machine's own.
 *
 *   quarantine_probe NETNS STATE CANARY      then one verb per line on standard input, one answer per line:
 *     apply hold|open [ADDRESS PORT]...   rc, console, canary v4, canary v6; the console is tried once
 *     order hold|open [ADDRESS PORT]...   the same, but the console is not tried
 *     console REACHED LAST                rc; what a try gave (1, 0), and whether it was the last
 *     release | repair                    rc
 *     active                              0|1 and the number of allowed peers
 *     restart                             forget everything but the disk: quarantine_free, quarantine_new
 *
 * It runs only inside the namespace that `ip netns add NETNS` made. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/respond/quarantine.h"
#include "lib/err.h"

#define LIFE_S 300
#define REACH_MS 1000
#define WORDS 40

static struct quarantine *q;
static const char *state_dir, *canary;

/* As core tries the console: a fresh connection to the first allowed peer. */
static int reach(const struct net_peer *p, unsigned ms)
{
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons(p->port)};
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons(p->port)};
    int sock = socket(p->family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), rc, error = 0;
    struct pollfd w = {.fd = sock, .events = POLLOUT};
    socklen_t n = sizeof error;

    if (sock < 0)
        return 0;
    memcpy(&a4.sin_addr, p->address, 4);
    memcpy(&a6.sin6_addr, p->address, 16);
    rc = p->family == 6 ? connect(sock, (struct sockaddr *)&a6, sizeof a6) : connect(sock, (struct sockaddr *)&a4, sizeof a4);
    if (rc < 0 && errno == EINPROGRESS && poll(&w, 1, (int)ms) == 1 && getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &n) == 0)
        rc = error ? -1 : 0;
    close(sock);
    return rc == 0;
}

static void apply(char **word, int n, bool try)
{
    struct quarantine_order o = {.incident = "0f8fad5b-d9cb-469f-a165-70867728950e", .command = "c-1", .by = "test",
                                 .since_wall_ns = 1795321831123456789};
    struct quarantine_test t = {0};
    int rc;

    o.hold_without_console = n > 1 && !strcmp(word[1], "hold");
    for (int i = 2; i + 1 < n && o.nallowed < sizeof o.allowed / sizeof *o.allowed; i += 2) {
        struct net_peer *p = &o.allowed[o.nallowed++];

        p->family = strchr(word[i], ':') ? 6 : 4;
        p->port = (uint16_t)strtoul(word[i + 1], NULL, 10);
        if (inet_pton(p->family == 6 ? AF_INET6 : AF_INET, word[i], p->address) != 1) {
            printf("not an address: %s\n", word[i]);
            return;
        }
    }
    rc = quarantine_apply(q, &o, &t);
    if (t.in_force && o.nallowed && try) {
        t.console_reachable = reach(&o.allowed[0], REACH_MS);
        if (quarantine_console(q, t.console_reachable, true))
            rc = MM_ETIMEOUT;
    }
    printf("%d %d %d %d\n", rc, t.console_reachable, t.canary_v4_blocked, t.canary_v6_blocked);
}

static void verb(char **word, int n)
{
    struct quarantine_order o = {.nallowed = 0};
    bool active;

    if (!strcmp(word[0], "apply")) {
        apply(word, n, true);
    } else if (!strcmp(word[0], "order")) {
        apply(word, n, false);
    } else if (!strcmp(word[0], "console") && n == 3) {
        printf("%d\n", quarantine_console(q, *word[1] == '1', *word[2] == '1'));
    } else if (!strcmp(word[0], "release")) {
        printf("%d\n", quarantine_release(q));
    } else if (!strcmp(word[0], "repair")) {
        printf("%d\n", quarantine_repair(q));
    } else if (!strcmp(word[0], "active")) {
        active = quarantine_active(q, &o);
        printf("%d %u %s\n", active, o.nallowed, o.incident);
    } else if (!strcmp(word[0], "restart")) {
        quarantine_free(q);
        printf("%d\n", quarantine_new(&q, state_dir, canary));
    } else {
        printf("what?\n");
    }
}

static int inside(const char *netns)
{
    struct stat ours, named;
    char path[256];

    snprintf(path, sizeof path, "/run/netns/%s", netns);
    return stat("/proc/self/ns/net", &ours) == 0 && stat(path, &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

int main(int argc, char **argv)
{
    char line[4096];

    signal(SIGPIPE, SIG_IGN); /* as the guard: an nft that ends without reading is an error, not our end */
    if (argc != 4 || !inside(argv[1])) {
        fprintf(stderr, "usage: ip netns exec NETNS quarantine_probe NETNS STATE CANARY\n");
        return 2;
    }
    alarm(LIFE_S);
    state_dir = argv[2];
    canary = argv[3];
    if (quarantine_new(&q, state_dir, canary) != MM_OK)
        return 1;
    printf("ready\n");
    while (fflush(stdout) == 0 && fgets(line, sizeof line, stdin)) {
        char *word[WORDS], *rest = NULL;
        int n = 0;

        for (char *w = strtok_r(line, " \n", &rest); w && n < WORDS; w = strtok_r(NULL, " \n", &rest))
            word[n++] = w;
        if (n > 0)
            verb(word, n);
    }
    quarantine_free(q);
    return 0;
}
