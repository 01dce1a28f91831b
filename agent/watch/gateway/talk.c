#include "agent/watch/gateway/talk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/err.h"

#define READ_CHUNK 4096

int64_t talk_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void talk_end(struct talk *t, int result, const char *note)
{
    t->done = true;
    t->result = result;
    snprintf(t->note, sizeof t->note, "%s", note);
}

void talk_close(struct talk *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}

/* The numeric address as a socket address; 0: it is none. */
static socklen_t numeric(const char *text, uint16_t port, struct sockaddr_storage *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        return sizeof *v4;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        return sizeof *v6;
    }
    return 0;
}

/* A non-blocking socket on its way to the talk's present address: 0, or errno. */
static int begin(struct talk *t, int type)
{
    struct sockaddr_storage to;
    socklen_t n = numeric(t->target->address[t->first], t->port, &to);
    int flags;

    if (!n)
        return EADDRNOTAVAIL;
    t->fd = socket(to.ss_family, type, 0);
    if (t->fd < 0)
        return errno;
    flags = fcntl(t->fd, F_GETFL);
    if (flags < 0 || fcntl(t->fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(t->fd, F_SETFD, FD_CLOEXEC) < 0)
        return errno;
    if (connect(t->fd, (struct sockaddr *)&to, n) < 0 && errno != EINPROGRESS)
        return errno;
    return 0;
}

/* This address failed with `error`: the next one, or the end of the talk. */
static bool another(struct talk *t, int error)
{
    if (error == ECONNREFUSED && t->refused_at < 0)
        t->refused_at = (int)t->first;
    talk_close(t);
    if (t->first + 1 >= t->last) {
        char note[LIM_TITLE], why[128] = "";

        if (strerror_r(error, why, sizeof why) != 0)
            snprintf(why, sizeof why, "error %d", error);
        snprintf(note, sizeof note, "%s port %u: %s", t->target->address[t->first], t->port, why);
        talk_end(t, error == ETIMEDOUT && t->refused_at < 0 ? MM_ETIMEOUT : MM_EIO, note);
        return false;
    }
    t->first++;
    return true;
}

void talk_connect(struct talk *t)
{
    int error;

    do {
        unsigned left = t->last > t->first ? t->last - t->first : 1;

        error = begin(t, SOCK_STREAM);
        t->events = POLLOUT;
        /* Each address gets its part of the time that is left; the last one all of it. */
        t->wake = left > 1 ? talk_now() + (t->deadline - talk_now()) / left : INT64_MAX;
    } while (error && another(t, error));
}

bool talk_connecting(struct talk *t, short revents)
{
    int error = 0;
    socklen_t n = sizeof error;

    if (!revents) {
        if (talk_now() >= t->wake && another(t, ETIMEDOUT))
            talk_connect(t);
        return false;
    }
    if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
        error = errno;
    if (error) {
        if (another(t, error))
            talk_connect(t);
        return false;
    }
    t->connected = true;
    t->wake = INT64_MAX;
    t->events = POLLIN;
    return true;
}

bool talk_datagrams(struct talk *t)
{
    int error = begin(t, SOCK_DGRAM);

    t->events = POLLIN;
    if (error) {
        t->last = t->first; /* only the address that the gateway is known to answer at */
        another(t, error);
        return false;
    }
    return true;
}

int talk_read(struct talk *t)
{
    char chunk[READ_CHUNK];
    size_t room = t->bytes.max - t->bytes.len;
    ssize_t n;

    if (!room)
        return MM_ELIMIT;
    n = recv(t->fd, chunk, room < sizeof chunk ? room : sizeof chunk, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? MM_EAGAIN : MM_EIO;
    if (n == 0)
        return MM_ECLOSED;
    return buf_add(&t->bytes, chunk, (size_t)n);
}
