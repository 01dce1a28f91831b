/* Ownership: the server owns its clients; a client (a place of its
 * pool) owns its pipe, its timer and its input.  Bytes go kernel -> client->in -> control_handle -> answer ->
 * struct answer (owned by libuv until on_written).  A place is idle again
 * when both handles are closed, the server is freed when nothing of it is open. */
#include "agent/control/server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "lib/control_frame.h"
#include "lib/err.h"
#include "lib/os/peer.h"

#define CHUNK 4096
#define POOL (LIM_CONTROL_CLIENTS + 8) /* those above the limit hear "busy", or are just closing */

enum client_state {
    READING,    /* waits for a request */
    ANSWERING,  /* an answer is being written; not read meanwhile */
    ASKING,     /* the guard was asked */
    WATCHING,   /* gets events */
    LEAVING,    /* what is written is the last; then closed */
    CLOSED,
};

struct client {
    struct control_server *server;
    struct client *prev, *next;
    uv_pipe_t pipe;
    uv_timer_t timer;
    unsigned handles;           /* not closed yet */
    enum client_state state;
    struct os_peer peer;
    bool privileged;
    uint64_t ticket;            /* ASKING */
    uint64_t missed;            /* WATCHING: events left out */
    size_t stuck;               /* WATCHING: bytes that waited at the last tick */
    struct buf in;
};

struct control_server {
    struct control_options options;
    uv_pipe_t listener;
    struct client *clients;
    struct client *idle;        /* of pool[], by next */
    unsigned handles;           /* the listener and the clients */
    bool pending;               /* a connection waits for a place in the pool */
    bool stopping;
    uint64_t last_ticket;
    char chunk[CHUNK];          /* read buffer: used up within each callback */
    struct client pool[POOL];
};

struct answer { uv_write_t write; char *bytes; };

static void serve(struct client *c);
static void on_connection(uv_stream_t *listener, int status);

/* ---- the end of things ------------------------------------------------------------ */

static void server_released(struct control_server *s)
{
    if (--s->handles == 0 && s->stopping)
        free(s);
}

static void on_client_closed(uv_handle_t *handle)
{
    struct client *c = handle->data;
    struct control_server *s = c->server;

    if (--c->handles)
        return;
    buf_fini(&c->in);
    c->next = s->idle;
    s->idle = c;
    if (s->pending && !s->stopping) {
        s->pending = false;
        on_connection((uv_stream_t *)&s->listener, 0);
    }
    server_released(s);
}

static void client_close(struct client *c)
{
    if (c->state == CLOSED)
        return;
    c->state = CLOSED;
    if (c->prev)
        c->prev->next = c->next;
    else
        c->server->clients = c->next;
    if (c->next)
        c->next->prev = c->prev;
    uv_close((uv_handle_t *)&c->pipe, on_client_closed);
    uv_close((uv_handle_t *)&c->timer, on_client_closed);
}

/* ---- writing ------------------------------------------------------------------------ */

static void on_written(uv_write_t *write, int status)
{
    struct answer *a = (struct answer *)write;
    struct client *c = write->handle->data;

    free(a->bytes);
    free(a);
    if (c->state == CLOSED)
        return;
    if (status < 0 || c->state == LEAVING) {
        client_close(c);
        return;
    }
    if (c->state == ANSWERING) {
        c->state = READING;
        serve(c);
    }
}

static void send_answer(struct client *c, struct buf *out)
{
    struct answer *a = calloc(1, sizeof *a);
    uv_buf_t bytes;

    if (!a || !out->len) {
        free(a);
        client_close(c);
        return;
    }
    bytes = uv_buf_init(out->data, (unsigned)out->len);
    a->bytes = buf_take(out);
    if (uv_write(&a->write, (uv_stream_t *)&c->pipe, &bytes, 1, on_written) < 0) {
        free(a->bytes);
        free(a);
        client_close(c);
    }
}

static void send_error(struct client *c, const char *word, const char *message)
{
    struct buf out;

    buf_init(&out, LIM_CONTROL_FRAME + CONTROL_FRAME_HEAD);
    control_answer_error(word, message, &out);
    send_answer(c, &out);
    buf_fini(&out);
}

/* ---- time boxes ----------------------------------------------------------------------- */

static void on_tick(uv_timer_t *timer)
{
    struct client *c = timer->data;
    size_t waiting = uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe);

    switch (c->state) {
    case ASKING:
        c->state = LEAVING;
        send_error(c, "timeout", "the guard has not answered in time");
        uv_timer_start(timer, on_tick, LIM_CONTROL_IDLE_MS, 0);
        return;
    case WATCHING:
        if (waiting && waiting == c->stuck)
            client_close(c);
        c->stuck = waiting;
        return;
    default:
        client_close(c);
    }
}

static void time_box(struct client *c, uint64_t ms, uint64_t repeat)
{
    uv_timer_start(&c->timer, on_tick, ms, repeat);
}

/* ---- requests --------------------------------------------------------------------------- */

static void on_chunk(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct client *c = handle->data;

    (void)suggested;
    *out = uv_buf_init(c->server->chunk, CHUNK);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct client *c = stream->data;

    if (n == 0 || c->state == CLOSED)
        return;
    /* a watcher has nothing more to say; what fills the buffer is no request */
    if (n < 0 || c->state != READING || buf_add(&c->in, bytes->base, (size_t)n)) {
        client_close(c);
        return;
    }
    serve(c);
}

/* Handle one whole request at the front of c->in. */
static void answer_request(struct client *c, size_t n)
{
    struct control_server *s = c->server;
    struct control_peer peer = {.uid = c->peer.uid, .privileged = c->privileged, .fd = -1};
    enum control_outcome outcome;
    struct buf out;

    uv_fileno((uv_handle_t *)&c->pipe, &peer.fd);
    peer.ticket = c->ticket = ++s->last_ticket;
    buf_init(&out, LIM_CONTROL_FRAME + CONTROL_FRAME_HEAD);
    outcome = control_handle(s->options.ops, &peer, c->in.data + CONTROL_FRAME_HEAD, n, &out);
    buf_drop(&c->in, CONTROL_FRAME_HEAD + n);
    switch (outcome) {
    case CONTROL_WAIT:
        c->state = ASKING;
        time_box(c, LIM_CONTROL_ACT_MS, 0);
        break;
    case CONTROL_STREAM:
        c->state = WATCHING;
        time_box(c, LIM_CONTROL_IDLE_MS, LIM_CONTROL_IDLE_MS);
        send_answer(c, &out);
        if (c->state == WATCHING)
            uv_read_start((uv_stream_t *)&c->pipe, on_chunk, on_read);
        break;
    case CONTROL_ANSWER:
        c->state = ANSWERING;
        time_box(c, LIM_CONTROL_IDLE_MS, 0);
        send_answer(c, &out);
        break;
    }
    buf_fini(&out);
}

/* READING: the next request that is whole, else wait for more bytes. */
static void serve(struct client *c)
{
    size_t n = 0;
    int rc = control_frame_get(c->in.data, c->in.len, LIM_CONTROL_REQUEST, &n);

    if (rc == MM_EAGAIN) {
        rc = uv_read_start((uv_stream_t *)&c->pipe, on_chunk, on_read);
        if (rc < 0 && rc != UV_EALREADY) /* a part came, it is being read already */
            client_close(c);
        return;
    }
    uv_read_stop((uv_stream_t *)&c->pipe);
    if (rc) {
        c->state = LEAVING;
        send_error(c, "format", "the frame is empty or too long");
        return;
    }
    answer_request(c, n);
}

/* ---- new clients -------------------------------------------------------------------------- */

/* May one more come in?  Others than root and the group are bounded each and together. */
static bool has_room(const struct control_server *s, const struct client *fresh)
{
    unsigned all = 0, same = 0;

    for (const struct client *c = s->clients; c; c = c->next) {
        all++;
        same += c->peer.uid == fresh->peer.uid && c != fresh;
    }
    if (all > LIM_CONTROL_CLIENTS)
        return false;
    if (fresh->privileged)
        return true;
    return all <= LIM_CONTROL_CLIENTS - LIM_CONTROL_RESERVED && same < LIM_CONTROL_PER_USER;
}

static struct client *client_new(struct control_server *s)
{
    struct client *c = s->idle;

    if (!c)
        return NULL;
    s->idle = c->next;
    memset(c, 0, sizeof *c);
    c->server = s;
    buf_init(&c->in, CONTROL_FRAME_HEAD + LIM_CONTROL_REQUEST + CHUNK);
    uv_timer_init(s->options.loop, &c->timer);
    uv_pipe_init(s->options.loop, &c->pipe, 0);
    c->timer.data = c->pipe.data = c;
    c->handles = 2;
    s->handles++;
    c->next = s->clients;
    if (c->next)
        c->next->prev = c;
    s->clients = c;
    return c;
}

/* Credentials as they were at connect(2). */
static int know_peer(struct client *c)
{
    int64_t group = c->server->options.group;
    uv_os_fd_t fd;

    if (uv_fileno((uv_handle_t *)&c->pipe, &fd) < 0)
        return MM_EIO;
    c->privileged = group >= 0 && os_peer_in_group(fd, (uint32_t)group);
    if (os_peer(fd, &c->peer))
        return MM_EIO;
    c->privileged = c->privileged || c->peer.uid == 0;
    return MM_OK;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct control_server *s = listener->data;
    struct client *c;

    if (status < 0)
        return;
    c = client_new(s);
    if (!c) {
        s->pending = true; /* libuv asks no more until it is accepted: on_client_closed does it */
        return;
    }
    if (uv_accept(listener, (uv_stream_t *)&c->pipe) < 0 || know_peer(c)) {
        client_close(c);
        return;
    }
    time_box(c, LIM_CONTROL_IDLE_MS, 0);
    if (has_room(s, c)) {
        serve(c);
        return;
    }
    c->state = LEAVING;
    send_error(c, "busy", "too many programs ask at the same time");
}

/* ---- the contract ----------------------------------------------------------------------------- */

static void on_listener_closed(uv_handle_t *handle)
{
    server_released(handle->data);
}

int control_server_start(struct control_server **out, const struct control_options *options)
{
    struct control_server *s = calloc(1, sizeof *s);
    int fd;

    if (!s)
        return MM_ENOMEM;
    signal(SIGPIPE, SIG_IGN); /* libuv writes with write(2): a client that left is an error, not a death */
    s->options = *options;
    for (unsigned i = 0; i < POOL; i++) {
        s->pool[i].next = s->idle;
        s->idle = &s->pool[i];
    }
    fd = fcntl(options->listen_fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        free(s);
        return MM_EIO;
    }
    uv_pipe_init(options->loop, &s->listener, 0);
    s->listener.data = s;
    s->handles = 1;
    if (uv_pipe_open(&s->listener, fd) < 0) {
        close(fd);
        control_server_stop(s);
        return MM_EIO;
    }
    if (uv_listen((uv_stream_t *)&s->listener, LIM_CONTROL_CLIENTS, on_connection) < 0) {
        control_server_stop(s);
        return MM_EIO;
    }
    *out = s;
    return MM_OK;
}

void control_server_stop(struct control_server *s)
{
    if (!s)
        return;
    s->stopping = true;
    while (s->clients)
        client_close(s->clients);
    uv_close((uv_handle_t *)&s->listener, on_listener_closed);
}

static void send_result(struct client *c, const struct op_result *result)
{
    struct buf out;

    buf_init(&out, LIM_CONTROL_FRAME + CONTROL_FRAME_HEAD);
    control_answer_result(result, &out);
    c->state = ANSWERING;
    time_box(c, LIM_CONTROL_IDLE_MS, 0);
    send_answer(c, &out);
    buf_fini(&out);
}

void control_server_result(struct control_server *s, uint64_t ticket, const struct op_result *result)
{
    for (struct client *c = s->clients; c; c = c->next) {
        if (c->state != ASKING || c->ticket != ticket)
            continue;
        send_result(c, result);
        return;
    }
}

void control_server_fail(struct control_server *s, int err)
{
    const struct op_result result = {.result = err};

    for (struct client *c = s->clients, *next; c; c = next) {
        next = c->next;
        if (c->state == ASKING)
            send_result(c, &result);
    }
}

void control_server_event(struct control_server *s, uint64_t sequence, const char *json, size_t n)
{
    for (struct client *c = s->clients, *next; c; c = next) {
        struct buf out;

        next = c->next;
        if (c->state != WATCHING)
            continue;
        if (uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) + n > LIM_CONTROL_QUEUE) {
            c->missed++;
            continue;
        }
        buf_init(&out, LIM_CONTROL_FRAME + CONTROL_FRAME_HEAD);
        control_answer_event(sequence, json, n, c->missed, &out);
        if (out.len) {
            c->missed = 0;
            send_answer(c, &out);
        }
        buf_fini(&out);
    }
}
