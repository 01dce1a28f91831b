/* One request at a time: a scan is CPU work from end to end, nothing would be
 * gained by a libuv loop, so this is poll(2) and a table. */
#include "agent/roles/scan.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/random.h>

#include "agent/detect/content.h"
#include "agent/messages.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/frame.h"

struct scan {
    int sock;
    struct content *content;
    struct frame frame;
};

/* Answer, waiting while the guard's queue is full. */
static int answer(struct scan *s, uint16_t type, const void *payload, size_t n)
{
    int rc;

    while ((rc = frame_send(s->sock, type, s->frame.header.id, payload, n, NULL, 0)) == MM_EAGAIN) {
        struct pollfd p = {.fd = s->sock, .events = POLLOUT};

        if (poll(&p, 1, -1) < 0 && errno != EINTR)
            return MM_EIO;
    }
    return rc;
}

static int on_compare(void *context, struct frame *f)
{
    struct scan *s = context;
    struct scan_compare *q = (struct scan_compare *)(void *)f->payload;
    struct content_verdict v;

    if (q->has_before != (f->nfds == 2))
        return MM_EFORMAT;
    content_judge_fds(s->content, f->fds[0], q->has_before ? f->fds[1] : -1, &v);
    return answer(s, SCAN_COMPARED, &v, sizeof v);
}

static int on_ping(void *context, struct frame *f)
{
    (void)f;
    return answer(context, SCAN_PONG, NULL, 0);
}

static const struct frame_rule REQUESTS[] = {
    {SCAN_COMPARE, sizeof(struct scan_compare), sizeof(struct scan_compare), 1, 2, on_compare},
    {SCAN_PING, 0, 0, 0, 0, on_ping},
};

static int serve(struct scan *s)
{
    int rc = MM_OK;

    while (rc == MM_OK) {
        struct pollfd p = {.fd = s->sock, .events = POLLIN};

        if (poll(&p, 1, -1) < 0 && errno != EINTR)
            return MM_EIO;
        rc = frame_dispatch(s->sock, &s->frame, REQUESTS, sizeof REQUESTS / sizeof *REQUESTS, s, 16);
    }
    return rc;
}

int role_scan(int sock)
{
    struct scan *s = calloc(1, sizeof *s);
    uint64_t seed = 0;
    int rc = MM_ENOMEM;

    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        log_warn("no random seed: the sampled places can be guessed");
    if (s && (s->content = content_new(seed))) {
        s->sock = sock;
        rc = serve(s);
    }
    if (s)
        content_free(s->content);
    free(s);
    if (rc == MM_ECLOSED)
        return 0;
    log_error("scan ends: %s", mm_strerror(rc));
    return 1;
}
