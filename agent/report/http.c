/* A call owns its easy handle, header list and buffers from http_start until
 * its callback has returned.  A socket watcher lives from curl's first word
 * about a socket to CURL_POLL_REMOVE and is freed by libuv's close callback. */
#include "agent/report/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "lib/version.h"

#define KEEP_IDLE_S 15        /* TCP keepalive of idle connections; an order must not wait for longer */
#define CONNECT_MS 15000L
#define IDLE_CONNECTIONS 3L   /* events, heartbeat and the long poll */

struct call {
    struct http *http;
    struct call *prev, *next;
    CURL *easy;
    struct curl_slist *headers, *pins;
    struct buf request, answer;
    int too_long;
    http_done done;
    void *context;
    char error[CURL_ERROR_SIZE];
};

struct http {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;
    struct call *calls;
    struct buf ca, cert, key;
    char *url, *proxy, *pin;
    int closing;
};

struct watcher { uv_poll_t poll; struct http *http; curl_socket_t socket; };

/* ---- curl <-> loop ---------------------------------------------------------------- */

static void finish_calls(struct http *h);

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct watcher *w = poll->data;
    struct http *h = w->http;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0, running;

    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    curl_multi_socket_action(h->multi, w->socket, flags, &running);
    finish_calls(h);
}

static void on_watcher_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static struct watcher *watch(struct http *h, curl_socket_t socket)
{
    struct watcher *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    w->http = h;
    w->socket = socket;
    if (uv_poll_init_socket(h->loop, &w->poll, socket) < 0) {
        free(w);
        return NULL;
    }
    w->poll.data = w;
    curl_multi_assign(h->multi, socket, w);
    return w;
}

static int curl_wants_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *assigned)
{
    struct http *h = context;
    struct watcher *w = assigned;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (w) {
            uv_poll_stop(&w->poll);
            curl_multi_assign(h->multi, socket, NULL);
            uv_close((uv_handle_t *)&w->poll, on_watcher_closed);
        }
        return 0;
    }
    if (!w)
        w = watch(h, socket);
    if (!w)
        return -1;
    uv_poll_start(&w->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0), on_socket);
    return 0;
}

static void on_timer(uv_timer_t *timer)
{
    struct http *h = timer->data;
    int running;

    curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_calls(h);
}

static int curl_wants_timer(CURLM *multi, long ms, void *context)
{
    struct http *h = context;

    (void)multi;
    if (ms < 0)
        uv_timer_stop(&h->timer);
    else if (!h->closing)
        uv_timer_start(&h->timer, on_timer, (uint64_t)ms, 0);
    return 0;
}

/* ---- calls -------------------------------------------------------------------------- */

static void call_free(struct call *c)
{
    struct http *h = c->http;

    if (c->prev)
        c->prev->next = c->next;
    else
        h->calls = c->next;
    if (c->next)
        c->next->prev = c->prev;
    curl_multi_remove_handle(h->multi, c->easy);
    curl_easy_cleanup(c->easy);
    curl_slist_free_all(c->headers);
    curl_slist_free_all(c->pins);
    buf_fini(&c->request);
    buf_fini(&c->answer);
    free(c);
}

static int error_of(CURLcode code, const struct call *c)
{
    switch (code) {
    case CURLE_OK: return MM_OK;
    case CURLE_OPERATION_TIMEDOUT: return MM_ETIMEOUT;
    case CURLE_OUT_OF_MEMORY: return MM_ENOMEM;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE: return MM_ECRYPTO;
    default: return c->too_long ? MM_ELIMIT : MM_EIO;
    }
}

static void finish(struct call *c, CURLcode code)
{
    http_done done = c->done;
    void *context = c->context;
    struct http_result r = {.err = error_of(code, c), .body = c->answer.data ? c->answer.data : "", .n = c->answer.len};

    if (r.err == MM_OK)
        curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &r.status);
    r.error = r.err == MM_OK ? "" : c->error[0] ? c->error : curl_easy_strerror(code);
    done(context, &r);
    call_free(c);
}

static void finish_calls(struct http *h)
{
    CURLMsg *m;
    int left;

    while (!h->closing && (m = curl_multi_info_read(h->multi, &left)) != NULL) {
        struct call *c = NULL;

        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
        finish(c, m->data.result);
    }
}

static size_t on_bytes(char *data, size_t one, size_t n, void *context)
{
    struct call *c = context;

    if (buf_add(&c->answer, data, one * n) != MM_OK) {
        c->too_long = 1;
        return 0;
    }
    return n * one;
}

#define SET(option, value) (rc = rc == CURLE_OK ? curl_easy_setopt(c->easy, (option), (value)) : rc)

/* What every call has in common: trust, TLS, no surprises. */
static CURLcode set_common(struct call *c, const char *path, long timeout_ms)
{
    struct http *h = c->http;
    struct curl_blob ca = {h->ca.data, h->ca.len, CURL_BLOB_COPY};
    struct curl_blob cert = {h->cert.data, h->cert.len, CURL_BLOB_COPY};
    struct curl_blob key = {h->key.data, h->key.len, CURL_BLOB_COPY};
    char url[LIM_PATH];
    CURLcode rc = CURLE_OK;
    int n = snprintf(url, sizeof url, "%s%s", h->url, path);

    if (n < 0 || (size_t)n >= sizeof url)
        return CURLE_URL_MALFORMAT;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_CAINFO, NULL); /* the distribution's CAs are no business of ours */
    SET(CURLOPT_CAPATH, NULL);
    SET(CURLOPT_CAINFO_BLOB, &ca);
    SET(CURLOPT_PROXY, h->proxy); /* "" switches off what the environment says */
    SET(CURLOPT_NOPROXY, "");
    if (h->pin) {
        c->pins = curl_slist_append(NULL, h->pin);
        if (!c->pins)
            return CURLE_OUT_OF_MEMORY;
        SET(CURLOPT_RESOLVE, c->pins);
    }
    SET(CURLOPT_TIMEOUT_MS, timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, timeout_ms < CONNECT_MS ? timeout_ms : CONNECT_MS);
    /* A firewall that begins to track connections while one is idle drops what comes in on it until something went out. */
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_TCP_KEEPIDLE, (long)KEEP_IDLE_S);
    SET(CURLOPT_TCP_KEEPINTVL, (long)KEEP_IDLE_S);
    SET(CURLOPT_USERAGENT, "mimamori/" MM_VERSION);
    SET(CURLOPT_ERRORBUFFER, c->error);
    SET(CURLOPT_WRITEFUNCTION, on_bytes);
    SET(CURLOPT_WRITEDATA, c);
    SET(CURLOPT_PRIVATE, c);
    if (rc == CURLE_OK && h->cert.len) {
        SET(CURLOPT_SSLCERTTYPE, "PEM");
        SET(CURLOPT_SSLCERT_BLOB, &cert);
        SET(CURLOPT_SSLKEYTYPE, "PEM");
        SET(CURLOPT_SSLKEY_BLOB, &key);
    }
    return rc;
}

static struct call *call_new(struct http *h, http_done done, void *context)
{
    struct call *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->easy = curl_easy_init();
    if (!c->easy) {
        free(c);
        return NULL;
    }
    c->http = h;
    c->done = done;
    c->context = context;
    buf_init(&c->request, LIM_UPLINK_BODY);
    buf_init(&c->answer, LIM_HTTP_ANSWER);
    c->next = h->calls;
    if (c->next)
        c->next->prev = c;
    h->calls = c;
    return c;
}

static int add_header(struct call *c, const char *line)
{
    struct curl_slist *more = curl_slist_append(c->headers, line);

    if (!more)
        return MM_ENOMEM;
    c->headers = more;
    return MM_OK;
}

/* Headers and body of a request. */
static CURLcode set_request(struct call *c, const struct http_request *r)
{
    CURLcode rc = CURLE_OK;

    for (unsigned i = 0; i < HTTP_HEADERS && r->headers[i]; i++)
        if (add_header(c, r->headers[i]))
            return CURLE_OUT_OF_MEMORY;
    if (add_header(c, "Expect:")) /* no second round trip before a body */
        return CURLE_OUT_OF_MEMORY;
    SET(CURLOPT_HTTPHEADER, c->headers);
    if (strcmp(r->method, "POST") == 0) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->request.len);
        SET(CURLOPT_POSTFIELDS, c->request.data ? c->request.data : "");
    }
    return rc;
}

static int launch(struct call *c, CURLcode rc)
{
    if (rc == CURLE_OK && curl_multi_add_handle(c->http->multi, c->easy) == CURLM_OK)
        return MM_OK;
    call_free(c);
    return rc == CURLE_URL_MALFORMAT ? MM_EINVAL : MM_ENOMEM;
}

int http_start(struct http *h, const struct http_request *r)
{
    struct call *c;
    CURLcode rc;

    if (!h->url || h->closing)
        return MM_ESTATE;
    c = call_new(h, r->done, r->context);
    if (!c)
        return MM_ENOMEM;
    if (r->body) {
        buf_fini(&c->request);
        c->request = *r->body;
        buf_init(r->body, r->body->max);
    }
    rc = set_common(c, r->path, r->timeout_ms);
    return launch(c, rc == CURLE_OK ? set_request(c, r) : rc);
}

int http_reach(struct http *h, long timeout_ms, http_done done, void *context)
{
    struct call *c;
    CURLcode rc;

    if (!h->url || h->closing)
        return MM_ESTATE;
    c = call_new(h, done, context);
    if (!c)
        return MM_ENOMEM;
    rc = set_common(c, "/", timeout_ms);
    SET(CURLOPT_CONNECT_ONLY, 1L);
    SET(CURLOPT_FRESH_CONNECT, 1L);
    return launch(c, rc);
}

/* ---- life --------------------------------------------------------------------------- */

int http_new(struct http **out, struct uv_loop_s *loop)
{
    struct http *h = calloc(1, sizeof *h);

    if (!h)
        return MM_ENOMEM;
    h->multi = curl_multi_init();
    if (!h->multi) {
        free(h);
        return MM_ENOMEM;
    }
    h->loop = loop;
    uv_timer_init(loop, &h->timer);
    h->timer.data = h;
    buf_init(&h->ca, LIM_HTTP_ANSWER);
    buf_init(&h->cert, LIM_HTTP_ANSWER);
    buf_init(&h->key, LIM_HTTP_ANSWER);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, curl_wants_socket);
    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, curl_wants_timer);
    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS);
    *out = h;
    return MM_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct http *h = handle->data;

    free(h->pin);
    buf_fini(&h->ca);
    buf_fini(&h->cert);
    buf_fini(&h->key);
    free(h->url);
    free(h->proxy);
    free(h);
}

void http_free(struct http *h)
{
    if (!h)
        return;
    h->closing = 1;
    for (struct call *c = h->calls, *next; c; c = next) {
        next = c->next;
        call_free(c);
    }
    curl_multi_cleanup(h->multi); /* tells CURL_POLL_REMOVE for what is left */
    uv_close((uv_handle_t *)&h->timer, on_timer_closed);
}

static int copy_pem(struct buf *to, const struct buf *from)
{
    buf_reset(to);
    return from && from->len ? buf_add(to, from->data, from->len) : MM_OK;
}

int http_identify(struct http *h, const struct http_identity *id)
{
    char *url = strdup(id->url), *proxy = strdup(id->proxy ? id->proxy : "");
    int rc = url && proxy ? MM_OK : MM_ENOMEM;

    if (rc == MM_OK)
        rc = copy_pem(&h->ca, id->ca);
    if (rc == MM_OK)
        rc = copy_pem(&h->cert, id->cert);
    if (rc == MM_OK)
        rc = copy_pem(&h->key, id->key);
    if (rc) {
        free(url);
        free(proxy);
        return rc;
    }
    free(h->url);
    free(h->proxy);
    h->url = url;
    h->proxy = proxy;
    return MM_OK;
}

int http_pin(struct http *h, const char *entry)
{
    char *pin = entry ? strdup(entry) : NULL;

    if (entry && !pin)
        return MM_ENOMEM;
    free(h->pin);
    h->pin = pin;
    return MM_OK;
}

#undef SET
