/* Life of an exchange: made when the request line is there (log_uri), filled
 * and judged when the head is there, fed with the body, handled, perhaps put
 * to sleep (suspended) and handled again, answered, freed by `completed`.
 * Life of a connection record: made and freed by `connection_event`. */
#include "console/http/edge.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/os/clock.h"

#define CONNECTIONS 4096            /* of one listener; two per device, so 2,000 devices */
#define PER_ADDRESS 512             /* a customer's office is one address */
#define IDLE_S 75                   /* a kept connection outlives two heartbeats */
#define HEAD_MS 90000               /* without a whole head for so long (idle counts): closed */
#define BODY_MS 60000               /* a request that takes longer to arrive is closed */
#define POOL_BYTES 16384            /* MHD's memory of one connection: head and answer's head */
#define FILE_MS 3600000             /* a file that takes longer to be sent is cut: 256 MiB at 75 KB/s; the host asks for the rest */
#define FILES 1024                  /* being sent at one time */
#define BODY_BUDGET (64u << 20)     /* bytes of all bodies in the making together */
#define SLEEPERS 4096
#define ANSWER_BYTES (8u << 20)     /* operators' pages; agents' answers are bounded by their handlers */
#define PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

struct connection {
    struct connection *next, *previous;
    struct MHD_Connection *handle;
    int64_t since;                  /* begin, or end of the last exchange */
    int in_exchange, sleeping, sending;
};

struct exchange {
    struct exchange *next, *previous;   /* among the sleepers */
    struct edge *edge;
    struct connection *connection;
    struct MHD_Connection *handle;
    struct http_request request;
    struct http_answer answer;
    size_t limit, counted;              /* body's limit; bytes charged to the budget */
    int64_t wake_at;                    /* while sleeping */
    int begun, asleep, sending;
};

struct edge {
    struct MHD_Daemon *daemon;
    struct http_service service;
    struct connection *connections;
    struct exchange *sleepers;
    unsigned sleeping, files;
    size_t budget_used;
    int64_t swept;
    int client_certificates;
};

/* ---- connections ---------------------------------------------------------------- */

static void connection_event(void *cls, struct MHD_Connection *handle, void **socket_context,
                             enum MHD_ConnectionNotificationCode code)
{
    struct edge *e = cls;
    struct connection *c = *socket_context;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        c = calloc(1, sizeof *c);
        *socket_context = c;
        if (!c)
            return; /* the exchange is refused */
        *c = (struct connection){.next = e->connections, .handle = handle, .since = os_now_ms()};
        if (c->next)
            c->next->previous = c;
        e->connections = c;
    } else if (c) {
        if (c->next)
            c->next->previous = c->previous;
        if (c->previous)
            c->previous->next = c->next;
        else
            e->connections = c->next;
        free(c);
        *socket_context = NULL;
    }
}

static struct connection *connection_of(struct MHD_Connection *handle)
{
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return i ? i->socket_context : NULL;
}

/* A trickling peer keeps the library's idle timer alive; ours looks at the whole phase. */
static void close_dawdlers(struct edge *e, int64_t now)
{
    for (struct connection *c = e->connections; c; c = c->next) {
        const union MHD_ConnectionInfo *i;

        if (c->sleeping || now - c->since < (c->sending ? FILE_MS : c->in_exchange ? BODY_MS : HEAD_MS))
            continue;
        i = MHD_get_connection_info(c->handle, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (i)
            shutdown(i->connect_fd, SHUT_RDWR);
    }
}

/* ---- exchanges -------------------------------------------------------------------- */

static void *log_uri(void *cls, const char *uri, struct MHD_Connection *handle)
{
    struct exchange *x = calloc(1, sizeof *x);

    if (!x)
        return NULL;
    x->edge = cls;
    x->handle = handle;
    x->connection = connection_of(handle);
    x->request.overlong = strcspn(uri, "?") >= sizeof x->request.path;
    if (!x->request.overlong)
        memcpy(x->request.path, uri, strcspn(uri, "?")); /* the rest is zero */
    buf_init(&x->request.body, 0);
    buf_init(&x->answer.body, ANSWER_BYTES);
    if (x->connection) {
        x->connection->in_exchange = 1;
        x->connection->since = os_now_ms();
    }
    return x;
}

static void leave_sleep(struct exchange *x)
{
    struct edge *e = x->edge;

    if (!x->asleep)
        return;
    if (x->next)
        x->next->previous = x->previous;
    if (x->previous)
        x->previous->next = x->next;
    else
        e->sleepers = x->next;
    x->next = x->previous = NULL;
    x->asleep = 0;
    e->sleeping--;
    if (x->connection) {
        x->connection->sleeping = 0;
        x->connection->since = os_now_ms();
    }
}

static void completed(void *cls, struct MHD_Connection *handle, void **context, enum MHD_RequestTerminationCode code)
{
    struct exchange *x = *context;

    (void)cls, (void)handle, (void)code;
    if (!x)
        return;
    leave_sleep(x);
    x->edge->budget_used -= x->counted;
    x->edge->files -= x->sending ? 1 : 0;
    if (x->connection) {
        x->connection->in_exchange = x->connection->sending = 0;
        x->connection->since = os_now_ms();
    }
    if (x->answer.file.open)
        close(x->answer.file.fd); /* it was not sent */
    buf_fini(&x->request.body);
    buf_fini(&x->answer.body);
    free(x);
    *context = NULL;
}

static enum MHD_Result note_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct http_request *r = cls;

    (void)kind;
    if (r->nheaders == HTTP_FIELDS)
        r->too_many = 1;
    else
        r->header[r->nheaders++] = (struct http_field){name, value ? value : ""};
    return MHD_YES;
}

static enum MHD_Result note_query(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct http_request *r = cls;

    (void)kind;
    if (r->nqueries == HTTP_QUERIES)
        r->too_many = 1;
    else
        r->query[r->nqueries++] = (struct http_field){name, value ? value : ""};
    return MHD_YES;
}

static void note_remote(struct exchange *x)
{
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(x->handle, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *sa = i ? i->client_addr : NULL;
    const void *raw = NULL;

    if (sa && sa->sa_family == AF_INET)
        raw = &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
    else if (sa && sa->sa_family == AF_INET6)
        raw = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    if (!raw || !inet_ntop(sa->sa_family, raw, x->request.remote, sizeof x->request.remote))
        snprintf(x->request.remote, sizeof x->request.remote, "unknown");
}

static int common_name(const gnutls_datum_t *der, char *out, size_t size)
{
    gnutls_x509_crt_t crt;
    int rc;

    if (gnutls_x509_crt_init(&crt) < 0)
        return MM_ENOMEM;
    rc = gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER);
    if (rc >= 0)
        rc = gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, out, &size);
    gnutls_x509_crt_deinit(crt);
    return rc >= 0 ? MM_OK : MM_EFORMAT;
}

/* The library asks for a certificate but leaves the judgement to us. */
static void note_certificate(struct exchange *x)
{
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(x->handle, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID, .size = 0};
    gnutls_session_t session = i ? i->tls_session : NULL;
    static char client_purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
    const gnutls_datum_t *chain;
    char cn[LIM_ID] = "";
    unsigned n = 0, status = 1;

    chain = session ? gnutls_certificate_get_peers(session, &n) : NULL;
    if (!chain || !n)
        return;
    purpose.data = (unsigned char *)client_purpose;
    x->request.peer = PEER_BAD;
    if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0 || status != 0)
        return;
    if (common_name(&chain[0], cn, sizeof cn) || !crypto_uuid_valid(cn))
        return;
    memcpy(x->request.agent_id, cn, sizeof cn);
    x->request.peer = PEER_DEVICE;
}

/* ---- answers ------------------------------------------------------------------------- */

/* The response of a file, or of the part that was asked for; owns the descriptor. */
static struct MHD_Response *file_response(struct http_file *f)
{
    struct MHD_Response *response = f->length ? MHD_create_response_from_fd_at_offset64(f->length, f->fd, f->offset)
                                              : MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    if (response && !f->length)
        close(f->fd);
    f->open = !response;
    return response;
}

static enum MHD_Result send_file(struct exchange *x)
{
    struct http_file *f = &x->answer.file;
    struct MHD_Response *response = file_response(f);
    char range[80];
    enum MHD_Result done;

    if (!response)
        return MHD_NO;
    x->sending = 1;
    x->edge->files++;
    if (x->connection)
        x->connection->sending = 1;
    MHD_add_response_header(response, "Content-Type", f->type);
    MHD_add_response_header(response, "Cache-Control", f->fixed && x->answer.status != 416 ? "public, max-age=31536000, immutable" : "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Accept-Ranges", "bytes");
    if (x->answer.status == 206)
        snprintf(range, sizeof range, "bytes %llu-%llu/%llu", (unsigned long long)f->offset, (unsigned long long)(f->offset + f->length - 1),
                 (unsigned long long)f->total);
    else
        snprintf(range, sizeof range, "bytes */%llu", (unsigned long long)f->total);
    if (x->answer.status != 200)
        MHD_add_response_header(response, "Content-Range", range);
    done = MHD_queue_response(x->handle, (unsigned)x->answer.status, response);
    MHD_destroy_response(response);
    return done;
}

static enum MHD_Result send_json(struct exchange *x)
{
    struct MHD_Response *response;
    size_t n = x->answer.body.len;
    char *text = buf_take(&x->answer.body);
    enum MHD_Result done;

    response = MHD_create_response_from_buffer(n, text, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(text);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", "application/json");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (x->answer.status == 401)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    if (x->answer.status == 503)
        MHD_add_response_header(response, "Retry-After", "5");
    done = MHD_queue_response(x->handle, (unsigned)x->answer.status, response);
    MHD_destroy_response(response);
    return done;
}

static enum MHD_Result send_answer(struct exchange *x)
{
    if (x->answer.file.open && x->edge->files < FILES)
        return send_file(x);
    if (x->answer.file.open)
        http_error(&x->answer, 503, "busy", "too many files are being sent");
    return send_json(x);
}

/* ---- requests ------------------------------------------------------------------------ */

/* The library's `url` is decoded, "%2F" has become "/": the path as sent was kept by log_uri. */
static enum MHD_Result begin_exchange(struct exchange *x, const char *method)
{
    struct http_request *r = &x->request;
    enum http_verdict verdict;

    x->begun = 1;
    if (r->overlong || strlen(method) >= sizeof r->method) {
        http_error(&x->answer, 414, "bad_request", "the path is too long");
        return send_answer(x);
    }
    memcpy(r->method, method, strlen(method) + 1);
    MHD_get_connection_values(x->handle, MHD_HEADER_KIND, note_header, r);
    MHD_get_connection_values(x->handle, MHD_GET_ARGUMENT_KIND, note_query, r);
    note_remote(x);
    if (x->edge->client_certificates)
        note_certificate(x);
    verdict = x->edge->service.begin(x->edge->service.context, r, &x->answer, &x->limit);
    r->body.max = x->limit;
    return verdict == HTTP_ANSWER ? send_answer(x) : MHD_YES;
}

static enum MHD_Result feed(struct exchange *x, const char *data, size_t *n)
{
    struct edge *e = x->edge;

    if (e->budget_used + *n > BODY_BUDGET || buf_add(&x->request.body, data, *n))
        return MHD_NO; /* closes the connection: nobody honest sends more than it announced */
    e->budget_used += *n;
    x->counted += *n;
    *n = 0;
    return MHD_YES;
}

/* One poll per device: a newer one ends the older. */
static void replace_sleeper(struct exchange *x)
{
    for (struct exchange *o = x->edge->sleepers; o; o = o->next)
        if (o != x && !strcmp(o->request.agent_id, x->request.agent_id))
            o->wake_at = 0;
}

static enum MHD_Result fall_asleep(struct exchange *x)
{
    struct edge *e = x->edge;

    if (e->sleeping >= SLEEPERS || !x->connection) {
        http_error(&x->answer, 503, "busy", "too many waiting requests");
        return send_answer(x);
    }
    replace_sleeper(x);
    x->wake_at = os_now_ms() + x->request.wait_ms;
    x->asleep = 1;
    x->previous = NULL;
    x->next = e->sleepers;
    if (x->next)
        x->next->previous = x;
    e->sleepers = x;
    e->sleeping++;
    x->connection->sleeping = 1;
    MHD_suspend_connection(x->handle);
    return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *handle, const char *url, const char *method,
                                  const char *version, const char *data, size_t *n, void **context)
{
    struct exchange *x = *context;
    struct edge *e = cls;

    (void)handle, (void)url, (void)version;
    if (!x || !x->connection)
        return MHD_NO;
    if (!x->begun)
        return begin_exchange(x, method);
    if (*n)
        return feed(x, data, n);
    if (e->service.handle(e->service.context, &x->request, &x->answer) == HTTP_WAIT)
        return fall_asleep(x);
    return send_answer(x);
}

/* ---- the listener ------------------------------------------------------------------ */

static int parse_bind(const char *bind, unsigned port, struct sockaddr_storage *ss)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)ss;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)ss;

    memset(ss, 0, sizeof *ss);
    if (inet_pton(AF_INET, bind, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        return MM_OK;
    }
    if (inet_pton(AF_INET6, bind, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        return MM_OK;
    }
    return MM_EINVAL;
}

/* Our own socket: "::" shall mean IPv4 too, whatever the host's default is. */
static int listen_on(const struct edge_options *o, char *message, size_t size)
{
    struct sockaddr_storage ss;
    int one = 1, zero = 0, fd;
    socklen_t n;

    if (parse_bind(o->bind, o->port, &ss)) {
        snprintf(message, size, "bind=%s is no address", o->bind);
        return -1;
    }
    n = ss.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        snprintf(message, size, "no socket for %s", o->bind);
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (ss.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
    if (bind(fd, (struct sockaddr *)&ss, n) < 0 || listen(fd, 256) < 0) {
        snprintf(message, size, "cannot listen on %s port %u: the port is in use or needs more rights", o->bind, o->port);
        close(fd);
        return -1;
    }
    return fd;
}

static void no_log(void *cls, const char *format, va_list ap)
{
    (void)cls, (void)format, (void)ap; /* noise of broken peers */
}

int edge_start(const struct edge_options *o, const struct http_service *service, struct edge **out, char *message, size_t size)
{
    unsigned flags = MHD_USE_EPOLL | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct edge *e = calloc(1, sizeof *e);
    struct MHD_OptionItem trust[] = {{MHD_OPTION_END, 0, NULL}, {MHD_OPTION_END, 0, NULL}};
    union { const char *in; void *out; } pem = {o->client_ca};
    int fd;

    if (!e)
        return MM_ENOMEM;
    fd = listen_on(o, message, size);
    if (fd < 0) {
        free(e);
        return MM_EIO;
    }
    e->service = *service;
    e->client_certificates = o->client_ca != NULL;
    if (o->client_ca)
        trust[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, pem.out};
    e->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, e, MHD_OPTION_EXTERNAL_LOGGER, no_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_HTTPS_MEM_CERT, o->certificate, MHD_OPTION_HTTPS_MEM_KEY, o->key, MHD_OPTION_HTTPS_PRIORITIES, PRIORITIES,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)PER_ADDRESS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
        MHD_OPTION_URI_LOG_CALLBACK, log_uri, e, MHD_OPTION_NOTIFY_COMPLETED, completed, e, MHD_OPTION_NOTIFY_CONNECTION,
        connection_event, e, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, trust, MHD_OPTION_END);
    if (!e->daemon) {
        snprintf(message, size, "TLS cannot be set up with the server's certificate and key");
        close(fd);
        free(e);
        return MM_ECRYPTO;
    }
    *out = e;
    return MM_OK;
}

void edge_stop(struct edge *e)
{
    if (!e)
        return;
    while (e->sleepers) {
        struct exchange *x = e->sleepers;

        leave_sleep(x);
        MHD_resume_connection(x->handle);
    }
    MHD_stop_daemon(e->daemon);
    free(e);
}

int edge_fd(const struct edge *e)
{
    const union MHD_DaemonInfo *i = MHD_get_daemon_info(e->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    return i ? i->epoll_fd : -1;
}

int edge_timeout(const struct edge *e)
{
    MHD_UNSIGNED_LONG_LONG ms;

    if (MHD_get_timeout(e->daemon, &ms) != MHD_YES)
        return -1;
    return ms > 60000 ? 60000 : (int)ms;
}

void edge_run(struct edge *e)
{
    MHD_run(e->daemon);
}

void edge_tick(struct edge *e, int changed)
{
    int64_t now = os_now_ms();
    struct exchange *x, *next;
    int woken = 0;

    for (x = e->sleepers; x; x = next) {
        next = x->next;
        if (now < x->wake_at && !(changed && e->service.ready(e->service.context, &x->request)))
            continue;
        x->request.resumed = 1;
        leave_sleep(x);
        MHD_resume_connection(x->handle);
        woken = 1;
    }
    if (woken)
        MHD_run(e->daemon); /* takes them back and answers at once */
    if (now - e->swept >= 1000) {
        e->swept = now;
        close_dawdlers(e, now);
    }
}

unsigned edge_sleeping(const struct edge *e)
{
    return e->sleeping;
}
