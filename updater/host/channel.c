#include "updater/host/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/err.h"
#include "updater/host/messages.h"

/* Payload of each type: least and most. */
static const struct { uint32_t least, most; unsigned fds; } sizes[] = {
    [UPDATE_BEGIN] = {sizeof(struct update_host), sizeof(struct update_host), 0},
    [UPDATE_BUNDLE] = {0, 0, 1},
    [UPDATE_WANT] = {sizeof(struct update_want), sizeof(struct update_want), 0},
    [UPDATE_START] = {sizeof(struct update_start), sizeof(struct update_start), 0},
    [UPDATE_BYTES] = {1, UPDATE_CHUNK, 0},
    [UPDATE_END] = {sizeof(struct update_end), sizeof(struct update_end), 0},
    [UPDATE_KEEP] = {sizeof(struct update_want), sizeof(struct update_want), 0},
    [UPDATE_PLAN] = {sizeof(struct update_plan), sizeof(struct update_plan), 0},
    [UPDATE_FILE] = {sizeof(struct update_file), sizeof(struct update_file), 0},
    [UPDATE_DONE] = {sizeof(struct update_done), sizeof(struct update_done), 0},
};
#define TYPES (sizeof sizes / sizeof *sizes)

int channel_send_fd(int sock, uint16_t type, const void *payload, size_t n, int fd)
{
    return frame_send_wait(sock, type, 0, payload, n, fd >= 0 ? &fd : NULL, fd >= 0, LIM_UPDATE_VERIFY_S * 1000);
}

int channel_send(int sock, uint16_t type, const void *payload, size_t n)
{
    return channel_send_fd(sock, type, payload, n, -1);
}

int channel_send_bytes(int sock, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    int rc = MM_OK;

    for (size_t part; n && !rc; at += part, n -= part) {
        part = n < UPDATE_CHUNK ? n : UPDATE_CHUNK;
        rc = channel_send(sock, UPDATE_BYTES, at, part);
    }
    return rc;
}

int channel_send_end(int sock, unsigned got, const char *trouble)
{
    struct update_end end = {.got = got};

    snprintf(end.trouble, sizeof end.trouble, "%s", trouble);
    return channel_send(sock, UPDATE_END, &end, sizeof end);
}

static int wait_for(int sock, unsigned seconds)
{
    struct pollfd p = {.fd = sock, .events = POLLIN};
    struct timespec t;
    int64_t now, end;
    int n;

    clock_gettime(CLOCK_MONOTONIC, &t);
    end = (int64_t)t.tv_sec + seconds;
    do {
        clock_gettime(CLOCK_MONOTONIC, &t);
        now = t.tv_sec;
        n = poll(&p, 1, now < end ? (int)(end - now) * 1000 : 0);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? MM_EIO : n == 0 ? MM_ETIMEOUT : MM_OK;
}

int channel_recv(int sock, struct frame *f, unsigned types, unsigned seconds)
{
    int rc = wait_for(sock, seconds);

    if (!rc)
        rc = frame_recv(sock, f);
    if (rc)
        return rc;
    if (f->header.type < TYPES && (types & 1u << f->header.type) && f->header.length >= sizes[f->header.type].least &&
        f->header.length <= sizes[f->header.type].most && f->nfds <= sizes[f->header.type].fds)
        return MM_OK;
    frame_discard(f);
    return MM_EFORMAT;
}
