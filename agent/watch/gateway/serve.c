#include "agent/watch/gateway/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/gateway/probe.h"
#include "lib/err.h"
#include "lib/os/frame.h"
#include "lib/os/memory.h"

#define SEND_MS 10000 /* core reads its sockets at once; one that does not for so long is gone */

struct serve {
    int sock;
    unsigned targets, asks;
    int over;            /* error of the hooks: ends the service */
    struct probe_target target[LIM_GATEWAYS];
    struct probe_ask ask[LIM_GATEWAY_ASKS];
    struct frame scratch;
};

/* ---- to core ------------------------------------------------------------------------------------ */

static int put(struct serve *s, uint16_t type, const void *payload, size_t n, const int *fd)
{
    for (;;) {
        struct pollfd p = {.fd = s->sock, .events = POLLOUT};
        int rc = frame_send(s->sock, type, 0, payload, n, fd, fd ? 1 : 0);

        if (rc != MM_EAGAIN)
            return rc;
        rc = poll(&p, 1, SEND_MS);
        if (rc == 0)
            return MM_ETIMEOUT;
        if (rc < 0 && errno != EINTR)
            return mm_from_errno(errno);
    }
}

static int on_answer(void *context, const struct probe_answer *a, const struct buf *bytes)
{
    struct serve *s = context;
    int fd = -1;

    if (bytes->len) {
        fd = os_memory_file(bytes->data, bytes->len);
        if (fd < 0)
            return s->over = fd;
    }
    s->over = put(s, PROBE_ANSWER, a, sizeof *a, fd >= 0 ? &fd : NULL);
    if (fd >= 0)
        close(fd);
    return s->over;
}

static int on_port(void *context, const struct probe_port *p)
{
    struct serve *s = context;

    return s->over = put(s, PROBE_PORT, p, sizeof *p, NULL);
}

/* ---- from core ------------------------------------------------------------------------------------ */

static int numeric(const char *address)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, address, bytes) == 1 || inet_pton(AF_INET6, address, bytes) == 1;
}

static int on_target(void *context, struct frame *f)
{
    struct serve *s = context;
    struct probe_target *t = &s->target[s->targets];

    if (s->targets == LIM_GATEWAYS)
        return MM_ELIMIT;
    memcpy(t, f->payload, sizeof *t);
    FRAME_STR(t->host);
    FRAME_STR(t->community);
    if (!t->addresses || t->addresses > LIM_GATEWAY_ADDRESSES || !t->port)
        return MM_EFORMAT;
    for (unsigned i = 0; i < t->addresses; i++) {
        FRAME_STR(t->address[i]);
        if (!numeric(t->address[i]))
            return MM_EFORMAT;
    }
    s->targets++;
    return MM_OK;
}

static int on_ask(void *context, struct frame *f)
{
    struct serve *s = context;
    struct probe_ask *a = &s->ask[s->asks];

    if (s->asks == LIM_GATEWAY_ASKS)
        return MM_ELIMIT;
    memcpy(a, f->payload, sizeof *a);
    FRAME_STR(a->path);
    FRAME_STR(a->headers);
    if (a->source < SOURCE_HTTPS || a->source > SOURCE_TCP || a->port > UINT16_MAX)
        return MM_EFORMAT;
    s->asks++;
    return MM_OK;
}

static int on_go(void *context, struct frame *f)
{
    struct serve *s = context;
    struct probe_hooks hooks = {s, on_answer, on_port};
    struct probe_done done = {0};
    struct probe_go go;

    memcpy(&go, f->payload, sizeof go);
    done.answers = probe_gateways(s->target, s->targets, s->ask, s->asks, &hooks);
    if (!s->over && go.upnp)
        done.upnp = probe_ports(&hooks);
    s->targets = 0;
    s->asks = 0;
    return s->over ? s->over : put(s, PROBE_DONE, &done, sizeof done, NULL);
}

static const struct frame_rule RULES[] = {
    {PROBE_TARGET, sizeof(struct probe_target), sizeof(struct probe_target), 0, 0, on_target},
    {PROBE_ASK, sizeof(struct probe_ask), sizeof(struct probe_ask), 0, 0, on_ask},
    {PROBE_GO, sizeof(struct probe_go), sizeof(struct probe_go), 0, 0, on_go},
};

int probe_serve(int sock)
{
    struct serve *s = calloc(1, sizeof *s);
    int rc = s ? MM_OK : MM_ENOMEM;

    if (s)
        s->sock = sock;
    while (rc == MM_OK) {
        struct pollfd p = {.fd = sock, .events = POLLIN};

        if (poll(&p, 1, -1) < 0 && errno != EINTR)
            rc = mm_from_errno(errno);
        else
            rc = frame_dispatch(sock, &s->scratch, RULES, sizeof RULES / sizeof *RULES, s, LIM_GATEWAY_ASKS);
    }
    free(s);
    return rc == MM_ECLOSED ? MM_OK : rc;
}
