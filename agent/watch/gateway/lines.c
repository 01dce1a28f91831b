/* Talks over plain TCP: the SSH server's identification line, and the first bytes of anything. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/watch/gateway/parts.h"
#include "agent/watch/gateway/talk.h"
#include "lib/err.h"

#define SSH_LINE 255   /* RFC 4253 section 4.2: bytes of the identification with its end */
#define SSH_LINES 20   /* lines before it; servers that print a warning have a handful */
#define TCP_QUIET_MS 500 /* the first bytes are complete when nothing follows for this long */

/* ---- SSH ---------------------------------------------------------------------------- */

int ssh_identification(const char *bytes, size_t n, size_t *at, size_t *length)
{
    size_t begin = 0;

    for (unsigned lines = 0; lines <= SSH_LINES; lines++) {
        const char *end = memchr(bytes + begin, '\n', n - begin);
        size_t size = end ? (size_t)(end - bytes) - begin : n - begin;

        if (size + 1 > SSH_LINE)
            return MM_EFORMAT;
        if (!end)
            return MM_EAGAIN;
        if (size >= 4 && memcmp(bytes + begin, "SSH-", 4) == 0) {
            *at = begin;
            *length = size && bytes[begin + size - 1] == '\r' ? size - 1 : size;
            return MM_OK;
        }
        begin += size + 1;
        if (begin >= n)
            return lines < SSH_LINES ? MM_EAGAIN : MM_EFORMAT;
    }
    return MM_EFORMAT;
}

static void ssh_step(struct talk *t, short revents)
{
    size_t at = 0, length = 0;
    int got, rc;

    if (!t->connected) {
        talk_connecting(t, revents);
        return;
    }
    got = talk_read(t);
    if (got == MM_EAGAIN)
        return;
    rc = t->bytes.len ? ssh_identification(t->bytes.data, t->bytes.len, &at, &length) : MM_EAGAIN;
    if (rc == MM_OK) {
        buf_drop(&t->bytes, at);
        t->bytes.len = length;
        t->bytes.data[length] = '\0';
        talk_end(t, MM_OK, "");
    } else if (rc == MM_EFORMAT || got == MM_ELIMIT) {
        talk_end(t, MM_EFORMAT, "no SSH identification line (RFC 4253)");
    } else if (got == MM_ECLOSED) {
        talk_end(t, MM_EFORMAT, "closed before an SSH identification line");
    } else if (got != MM_OK) {
        talk_end(t, MM_EIO, "connection lost");
    }
}

/* ---- first bytes ----------------------------------------------------------------------- */

/* Sends what is left of the question in `state`. */
static void tcp_send(struct talk *t)
{
    struct buf *question = t->state;
    ssize_t n = question->len ? send(t->fd, question->data, question->len, MSG_NOSIGNAL) : 0;

    if (n > 0)
        buf_drop(question, (size_t)n);
    t->events = (short)(question->len ? POLLIN | POLLOUT : POLLIN);
}

static void tcp_start(struct talk *t)
{
    struct buf *question = calloc(1, sizeof *question);

    if (!question) {
        talk_end(t, MM_ENOMEM, "out of memory");
        return;
    }
    t->state = question;
    buf_init(question, LIM_NAME);
    if (escape_undo(t->ask->path, question)) {
        talk_end(t, MM_EINVAL, "the question has an unknown escape");
        return;
    }
    talk_connect(t);
}

static void tcp_step(struct talk *t, short revents)
{
    int got;

    if (!t->connected) {
        if (talk_connecting(t, revents))
            tcp_send(t);
        return;
    }
    if (!revents) {
        if (talk_now() >= t->wake)
            talk_end(t, MM_OK, "");
        return;
    }
    if (revents & POLLOUT)
        tcp_send(t);
    got = talk_read(t);
    if (got == MM_OK)
        t->wake = talk_now() + TCP_QUIET_MS;
    else if (got == MM_ELIMIT)
        talk_end(t, MM_ELIMIT, "");
    else if (got == MM_ECLOSED)
        talk_end(t, t->bytes.len ? MM_OK : MM_EFORMAT, t->bytes.len ? "" : "closed without an answer");
    else if (got != MM_EAGAIN)
        talk_end(t, MM_EIO, "connection lost");
}

static void lines_stop(struct talk *t)
{
    if (t->state)
        buf_fini(t->state);
    free(t->state);
    talk_close(t);
}

const struct talk_kind talk_ssh = {talk_connect, ssh_step, lines_stop};
const struct talk_kind talk_tcp = {tcp_start, tcp_step, lines_stop};
