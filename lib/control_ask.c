/* Ownership: the caller owns descriptor and answers; nothing is kept here. */
#include "lib/control_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/control_frame.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/os/clock.h"

#define SEND_SECONDS 5 /* connect(2) to a full backlog and send(2) to a stopped agent end after this */

int ask_open(const char *run_dir, int *out)
{
    const struct timeval limit = {.tv_sec = SEND_SECONDS};
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int n = snprintf(a.sun_path, sizeof a.sun_path, "%s/control.sock", run_dir), fd, e;

    if (n < 0 || (size_t)n >= sizeof a.sun_path)
        return MM_ELIMIT;
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return mm_from_errno(errno);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (const struct sockaddr *)&a, sizeof a) == 0) {
        *out = fd;
        return MM_OK;
    }
    e = errno;
    close(fd);
    if (e == ENOENT || e == ECONNREFUSED || e == ENOTDIR || e == ENOTSOCK)
        return MM_ECLOSED;
    return e == EAGAIN ? MM_ETIMEOUT : mm_from_errno(e);
}

static int send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN ? MM_ETIMEOUT : mm_from_errno(errno);
        p += sent;
        n -= (size_t)sent;
    }
    return MM_OK;
}

int ask_send(int fd, const char *verb, json_t *args)
{
    json_t *request = json_pack("{s:i, s:s, s:o}", "v", 1, "verb", verb, "args", args ? args : json_object());
    char *body = request ? json_dumps(request, JSON_COMPACT) : NULL;
    struct buf frame;
    int rc = MM_ENOMEM;

    json_decref(request);
    buf_init(&frame, LIM_CONTROL_REQUEST + CONTROL_FRAME_HEAD);
    if (body)
        rc = control_frame_put(&frame, body, strlen(body));
    if (!rc)
        rc = send_all(fd, frame.data, frame.len);
    buf_fini(&frame);
    free(body);
    return rc;
}

/* Read exactly `n` bytes until `deadline` (ms of the monotonic clock, negative: none). */
static int read_all(int fd, char *p, size_t n, int64_t deadline)
{
    while (n) {
        struct pollfd pfd = {.fd = fd, .events = POLLIN};
        int64_t left = deadline < 0 ? -1 : deadline - os_now_ms();
        ssize_t got;
        int rc;

        if (deadline >= 0 && left <= 0)
            return MM_ETIMEOUT;
        rc = poll(&pfd, 1, (int)left);
        if (rc < 0 && errno != EINTR)
            return mm_from_errno(errno);
        if (rc <= 0)
            continue;
        got = recv(fd, p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mm_from_errno(errno);
        if (got == 0)
            return MM_ECLOSED;
        p += got;
        n -= (size_t)got;
    }
    return MM_OK;
}

static int read_frame(int fd, int ms, char **body, size_t *n)
{
    int64_t deadline = ms < 0 ? -1 : os_now_ms() + ms;
    char head[CONTROL_FRAME_HEAD], *p;
    int rc = read_all(fd, head, sizeof head, deadline);

    if (rc)
        return rc;
    rc = control_frame_get(head, sizeof head, LIM_CONTROL_FRAME, n);
    if (rc != MM_EAGAIN)
        return MM_EFORMAT;
    *n = (size_t)(unsigned char)head[1] << 16 | (size_t)(unsigned char)head[2] << 8 | (unsigned char)head[3];
    p = malloc(*n);
    if (!p)
        return MM_ENOMEM;
    rc = read_all(fd, p, *n, deadline);
    if (rc) {
        free(p);
        return rc;
    }
    *body = p;
    return MM_OK;
}

int ask_receive(int fd, int ms, json_t **answer)
{
    char *body = NULL;
    size_t n = 0;
    json_t *o;
    int rc = read_frame(fd, ms, &body, &n);

    if (rc)
        return rc;
    o = json_loadb(body, n, JSON_REJECT_DUPLICATES, NULL);
    free(body);
    if (!json_is_object(o)) {
        json_decref(o);
        return MM_EFORMAT;
    }
    *answer = o;
    return MM_OK;
}

int ask(const char *run_dir, const char *verb, json_t *args, int ms, json_t **answer)
{
    int fd, rc = ask_open(run_dir, &fd);

    if (rc) {
        json_decref(args);
        return rc;
    }
    rc = ask_send(fd, verb, args);
    if (!rc)
        rc = ask_receive(fd, ms, answer);
    close(fd);
    return rc;
}
