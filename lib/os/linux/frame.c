#include "lib/os/frame.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/os/clock.h"

/* Two full frames and their bookkeeping may wait in each direction. */
#define SOCKET_BUFFER (4 * LIM_FRAME)

int frame_pair(int fds[2])
{
    int pair[2], size = SOCKET_BUFFER;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return mm_from_errno(errno);
    for (int i = 0; i < 2; i++)
        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    fds[0] = pair[0];
    fds[1] = pair[1];
    return MM_OK;
}

unsigned frame_unread(int sock)
{
    int n = 0;

    return ioctl(sock, SIOCOUTQ, &n) == 0 && n > 0 ? (unsigned)n : 0;
}

void frame_deepen(int sock, unsigned bytes)
{
    int size = (int)bytes;

    (void)setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
}

int frame_send(int sock, uint16_t type, uint64_t id, const void *payload, size_t length,
               const int *fds, unsigned nfds)
{
    struct frame_header header = {
        .version = FRAME_VERSION, .type = type, .length = (uint32_t)length, .id = id};
    struct iovec iov[2] = {{&header, sizeof header}, {(void *)(uintptr_t)payload, length}};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * LIM_FRAME_FDS)];
    } control;
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = length ? 2 : 1};
    ssize_t n;

    if (length > LIM_FRAME || nfds > LIM_FRAME_FDS)
        return MM_ELIMIT;
    if (nfds) {
        struct cmsghdr *c;

        memset(&control, 0, sizeof control);
        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
    }
    do
        n = sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == ENOBUFS ? MM_EAGAIN : mm_from_errno(errno);
    return MM_OK;
}

int frame_send_wait(int sock, uint16_t type, uint64_t id, const void *payload, size_t length, const int *fds, unsigned nfds, int ms)
{
    int64_t until = os_now_ms() + ms;
    int rc;

    while ((rc = frame_send(sock, type, id, payload, length, fds, nfds)) == MM_EAGAIN) {
        struct pollfd p = {.fd = sock, .events = POLLOUT};
        int64_t left = ms < 0 ? -1 : until - os_now_ms();

        if (ms >= 0 && left <= 0)
            return MM_ETIMEOUT;
        if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
            return mm_from_errno(errno);
    }
    return rc;
}

/* Move the descriptors of a control message into the frame; surplus ones are closed. */
static void take_fds(struct frame *f, struct msghdr *msg)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        size_t n;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (f->nfds < LIM_FRAME_FDS)
                f->fds[f->nfds++] = fd;
            else
                close(fd);
        }
    }
}

int frame_recv(int sock, struct frame *f)
{
    struct iovec iov[2] = {{&f->header, sizeof f->header}, {f->payload, sizeof f->payload}};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * LIM_FRAME_FDS)];
    } control;
    struct msghdr msg = {.msg_iov = iov,
                         .msg_iovlen = 2,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    ssize_t n;

    f->nfds = 0;
    for (unsigned i = 0; i < LIM_FRAME_FDS; i++)
        f->fds[i] = -1;
    do
        n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    /* A peer that closed with frames of ours unread resets the socket, and that error is told once,
     * ahead of what the peer had sent before. */
    while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n < 0)
        return mm_from_errno(errno);
    if (n == 0)
        return MM_ECLOSED;
    take_fds(f, &msg);
    if ((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || (size_t)n < sizeof f->header ||
        f->header.version != FRAME_VERSION || f->header.length != (size_t)n - sizeof f->header) {
        frame_discard(f);
        return MM_EFORMAT;
    }
    return MM_OK;
}

void frame_discard(struct frame *f)
{
    for (unsigned i = 0; i < LIM_FRAME_FDS; i++) {
        if (f->fds[i] >= 0)
            close(f->fds[i]);
        f->fds[i] = -1;
    }
    f->nfds = 0;
}

static const struct frame_rule *find(const struct frame_rule *rules, size_t n, uint16_t type)
{
    for (size_t i = 0; i < n; i++)
        if (rules[i].type == type)
            return &rules[i];
    return NULL;
}

int frame_dispatch(int sock, struct frame *scratch, const struct frame_rule *rules, size_t n,
                   void *context, unsigned budget)
{
    while (budget--) {
        const struct frame_rule *rule;
        int rc = frame_recv(sock, scratch);

        if (rc == MM_EAGAIN)
            return MM_OK;
        if (rc)
            return rc;
        rule = find(rules, n, scratch->header.type);
        if (!rule || scratch->header.length < rule->min || scratch->header.length > rule->max ||
            scratch->nfds < rule->nfds_min || scratch->nfds > rule->nfds_max)
            rc = MM_EFORMAT;
        else
            rc = rule->handle(context, scratch);
        frame_discard(scratch);
        if (rc)
            return rc;
    }
    return MM_OK;
}
