/* `serve`: one thread, two listeners, one loop.  The loop waits for sockets; in
 * between it looks whether another program queued an order (the store's version
 * number, 20 times a second while polls sleep), whether devices fell silent
 * (each second) and whether old events can go (each minute). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "console/api/api.h"
#include "console/cli.h"
#include "console/http/edge.h"
#include "lib/err.h"
#include "lib/log.h"

#define PEM_BYTES 65536
#define LOOK_MS 50           /* an order reaches a sleeping poll within this and a little */
#define IDLE_MS 1000
#define EXPIRE_EVERY 60
#define EXPIRE_ROWS 1000     /* at one time: the loop must not stand still */
#define BOUND_ROWS 1000      /* per second while the store is full */
#define CLOCK_JUMP 5         /* seconds between wall and steady clock that are no drift */
#define DESCRIPTORS 9000     /* two listeners' connections and the store's files */

struct serve {
    struct console *console;
    struct api api;
    struct edge *agents, *operators;
    int64_t grace;           /* wall seconds: nobody is silent who could not have been heard since then */
    int64_t offset;          /* wall - steady, seconds */
    int64_t ticked, expired;
    int full;
};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static void catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};

    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static void raise_descriptors(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < DESCRIPTORS) {
        r.rlim_cur = r.rlim_max < DESCRIPTORS ? r.rlim_max : DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &r);
    }
}

static int64_t steady(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec;
}

/* ---- chores ------------------------------------------------------------------------ */

/* A jump of the wall clock must not make every host look silent. */
static void watch_clock(struct serve *s, int64_t now)
{
    int64_t offset = now - steady();

    if (offset - s->offset > CLOCK_JUMP || s->offset - offset > CLOCK_JUMP) {
        log_warn("the clock jumped by %lld s", (long long)(offset - s->offset));
        s->grace = now;
        s->offset = offset;
    }
}

static void watch_silence(struct serve *s, int64_t now)
{
    int64_t patience = s->console->config.heartbeat * s->console->config.missed;
    unsigned count = 0;
    int rc;

    if (now - s->grace <= patience)
        return;
    rc = store_silence(s->console->store, now - patience, now - s->console->config.off, now, &count);
    if (rc && rc != MM_EAGAIN)
        log_error("the search for silent devices failed: %s", mm_strerror(rc));
    if (count)
        log_warn("%u device(s) fell silent", count);
}

static void expire(struct serve *s, int64_t now)
{
    int rc;

    if (now - s->expired < EXPIRE_EVERY)
        return;
    s->expired = now;
    rc = store_events_expire(s->console->store, now - s->console->config.keep, EXPIRE_ROWS);
    if (rc)
        log_error("old events could not be removed: %s", mm_strerror(rc));
}

/* One bite per second at most, so that the loop goes on. */
static void make_room(struct serve *s, int64_t now)
{
    unsigned dropped = 0;
    int rc = store_events_bound(s->console->store, s->console->config.bytes, BOUND_ROWS, now, &dropped);

    if (rc && rc != MM_EAGAIN)
        log_error("no room could be made in the store: %s", mm_strerror(rc));
    if (dropped && !s->full)
        log_warn("the store is full: old events of the device with the most are removed");
    s->full = dropped != 0;
}

static void chores(struct serve *s)
{
    int64_t now = (int64_t)time(NULL), tick = steady();
    int changed = 0;

    if (edge_sleeping(s->agents) || s->api.queued) {
        changed = store_changed(s->console->store) | s->api.queued;
        s->api.queued = 0;
    }
    edge_tick(s->agents, changed);
    if (s->operators)
        edge_tick(s->operators, 0);
    if (tick == s->ticked)
        return;
    s->ticked = tick;
    watch_clock(s, now);
    watch_silence(s, now);
    expire(s, now);
    make_room(s, now);
}

/* ---- the loop ------------------------------------------------------------------------ */

static int shorter(int a, int b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

static void loop(struct serve *s)
{
    while (!stopping) {
        struct pollfd p[2] = {{.fd = edge_fd(s->agents), .events = POLLIN}, {.fd = -1, .events = POLLIN}};
        int wait = shorter(edge_timeout(s->agents), edge_sleeping(s->agents) ? LOOK_MS : IDLE_MS);

        if (s->operators) {
            p[1].fd = edge_fd(s->operators);
            wait = shorter(wait, edge_timeout(s->operators));
        }
        if (poll(p, 2, wait) < 0 && errno != EINTR)
            log_error("poll: %s", strerror(errno));
        edge_run(s->agents);
        if (s->operators)
            edge_run(s->operators);
        chores(s);
    }
}

static int start_listeners(struct serve *s, const char *certificate, const char *key, char *message, size_t size)
{
    const struct console_config *c = &s->console->config;
    struct edge_options agents = {.bind = c->bind, .port = (unsigned)c->port, .certificate = certificate, .key = key,
                                  .client_ca = s->console->ca_pem.data};
    struct edge_options operators = {.bind = c->api_bind, .port = (unsigned)c->api_port, .certificate = certificate, .key = key};
    struct http_service service = api_agents(&s->api);
    int rc = edge_start(&agents, &service, &s->agents, message, size);

    if (rc || !c->api_port)
        return rc;
    service = api_operators(&s->api);
    return edge_start(&operators, &service, &s->operators, message, size);
}

static int listen_all(struct serve *s)
{
    struct buf certificate, key;
    char message[256] = "the server certificate cannot be read or made";
    int renewed = 0, rc;

    buf_init(&certificate, PEM_BYTES);
    buf_init(&key, PEM_BYTES);
    rc = console_server_files(s->console, &certificate, &key, &renewed);
    if (!rc)
        rc = start_listeners(s, certificate.data, key.data, message, sizeof message);
    if (rc)
        log_error("%s", message);
    else if (renewed)
        log_info("a new server certificate was issued");
    buf_fini(&certificate);
    buf_fini(&key);
    return rc;
}

int cli_serve(struct cli *cli)
{
    struct serve s = {.console = cli->console};

    log_setup("mimamori-console", LOG_LV_INFO);
    catch_signals();
    raise_descriptors();
    s.api.console = cli->console;
    s.grace = s.expired = (int64_t)time(NULL);
    s.offset = s.grace - steady();
    if (listen_all(&s) == MM_OK) {
        log_info("serving: agents on port %lld, operators on port %lld", (long long)cli->console->config.port,
                 (long long)cli->console->config.api_port);
        loop(&s);
        log_info("stopped");
        edge_stop(s.agents);
        edge_stop(s.operators);
        return CLI_OK;
    }
    edge_stop(s.agents);
    edge_stop(s.operators);
    return CLI_FAILED;
}
