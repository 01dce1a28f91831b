/* Talks over HTTPS: one GET by libcurl, on a connection of its own to the pinned
 * address, so that nothing of one answer reaches another. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/gateway/parts.h"
#include "agent/watch/gateway/talk.h"
#include "agent/watch/gateway/tls_loose.h"
#include "lib/err.h"

#define HEADERS_MAX 8         /* header lines of one question */
#define CHATTER (4u * LIM_GATEWAY_ANSWER) /* bytes of interim answers (1xx) and the like that never become part of the answer */
/* Some portals answer a plain page to programs: what an ordinary browser says. */
#define BROWSER "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

struct https {
    CURL *easy;
    struct curl_slist *headers, *pin;
    struct talk *talk;
    size_t seen;              /* bytes that came in all */
    bool full;                /* the answer reached its limit */
    bool head_done, body;     /* an empty line came; bytes of the body came */
    char error[CURL_ERROR_SIZE];
};

/* ---- what is asked ------------------------------------------------------------------------------- */

int host_valid(const char *host)
{
    size_t n = strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:");

    return n > 0 && !host[n];
}

int path_valid(const char *path)
{
    if (*path != '/')
        return 0;
    for (; *path; path++)
        if (*path <= ' ' || *path >= 0x7f || *path == '#')
            return 0;
    return 1;
}

/* Names of header lines that would change what the connection is, or carry somebody's rights. */
static const char *const REFUSED[] = {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Accept-Encoding", "Expect",
                                      "Authorization", "Proxy-Authorization", "Cookie", "Upgrade", "TE", "Trailer"};

static int same_word(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((a[i] | 0x20) != (b[i] | 0x20))
            return 0;
    return 1;
}

int header_next(const char **rest, const char **line, size_t *length)
{
    const char *p = *rest;
    size_t n = strcspn(p, "|"), name = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    if (!*p) {
        *length = 0;
        return MM_OK;
    }
    if (!name || p[name] != ':')
        return MM_EINVAL;
    for (size_t i = 0; i < n; i++)
        if (p[i] < ' ' || p[i] >= 0x7f)
            return MM_EINVAL;
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++)
        if (strlen(REFUSED[i]) == name && same_word(p, REFUSED[i], name))
            return MM_EINVAL;
    *line = p;
    *length = n;
    *rest = p + n + (p[n] == '|');
    return MM_OK;
}

static int add_headers(struct https *h, const char *lines)
{
    for (unsigned i = 0; i <= HEADERS_MAX; i++) {
        const char *line = NULL;
        char text[LIM_NAME];
        struct curl_slist *more;
        size_t n = 0;
        int rc = header_next(&lines, &line, &n);

        if (rc || !n)
            return rc;
        snprintf(text, sizeof text, "%.*s", (int)n, line);
        more = curl_slist_append(h->headers, text);
        if (!more)
            return MM_ENOMEM;
        h->headers = more;
    }
    return MM_EINVAL;
}

/* ---- what comes ------------------------------------------------------------------------------------ */

/* Keep what fits; false: the answer is full. */
static bool keep(struct https *h, const char *data, size_t n)
{
    struct buf *b = &h->talk->bytes;
    size_t room = b->max - b->len;

    h->seen += n;
    if (buf_add(b, data, n < room ? n : room) != MM_OK || n > room || h->seen > CHATTER)
        h->full = true;
    return !h->full;
}

/* One whole header line, as it came. */
static size_t on_header(char *data, size_t one, size_t n, void *context)
{
    struct https *h = context;

    n *= one;
    if (h->body)
        return n; /* trailers of a chunked body */
    if (h->head_done) { /* a status line after an interim answer (1xx) */
        h->head_done = false;
        buf_reset(&h->talk->bytes);
    }
    if (n <= 2 && (data[0] == '\r' || data[0] == '\n'))
        h->head_done = true;
    return keep(h, data, n) ? n : 0;
}

static size_t on_body(char *data, size_t one, size_t n, void *context)
{
    struct https *h = context;

    h->body = true;
    return keep(h, data, one * n) ? one * n : 0;
}

static CURLcode on_context(CURL *easy, void *ctx, void *context)
{
    (void)easy;
    tls_loosen(ctx);
    tls_listen(ctx, context);
    return CURLE_OK;
}

/* ---- the talk --------------------------------------------------------------------------------------- */

#define SET(option, value) (rc = rc == CURLE_OK ? curl_easy_setopt(h->easy, (option), (value)) : rc)

/* Where to: the URL keeps the name, the connection goes to the address and nowhere else. */
static CURLcode set_place(struct https *h)
{
    const struct talk *t = h->talk;
    const char *host = t->target->host, *address = t->target->address[t->first];
    const char *open = strchr(host, ':') ? "[" : "", *shut = *open ? "]" : "";
    bool v6 = strchr(address, ':') != NULL;
    char url[3 * LIM_NAME], pin[2 * LIM_NAME];
    CURLcode rc = CURLE_OK;

    snprintf(url, sizeof url, "https://%s%s%s:%u%s", open, host, shut, t->port, t->ask->path);
    snprintf(pin, sizeof pin, "::%s%s%s:%u", v6 ? "[" : "", address, v6 ? "]" : "", t->port);
    h->pin = curl_slist_append(NULL, pin);
    if (!h->pin)
        return CURLE_OUT_OF_MEMORY;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_CONNECT_TO, h->pin);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    return rc;
}

static CURLcode set_tls(struct https *h)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_SSL_VERIFYPEER, 0L);
    SET(CURLOPT_SSL_VERIFYHOST, 0L);
    SET(CURLOPT_CAINFO, NULL); /* nothing is verified: reading the system's list would cost 10 ms for nothing */
    SET(CURLOPT_CAPATH, NULL);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_0);
    SET(CURLOPT_SSL_CTX_FUNCTION, on_context);
    SET(CURLOPT_SSL_CTX_DATA, h->talk);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L); /* a resumed session shows no certificate */
    return rc;
}

static CURLcode set_http(struct https *h)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L); /* and no Accept-Encoding: curl sends none by itself */
    SET(CURLOPT_USERAGENT, BROWSER);
    SET(CURLOPT_HTTPHEADER, h->headers);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, h);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, h);
    SET(CURLOPT_ERRORBUFFER, h->error);
    SET(CURLOPT_PRIVATE, h->talk);
    SET(CURLOPT_TIMEOUT_MS, (long)(h->talk->deadline - h->talk->begun));
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(h->talk->deadline - h->talk->begun));
    return rc;
}

static void start(struct talk *t)
{
    struct https *h = calloc(1, sizeof *h);
    CURLcode rc;

    if (!h || !(h->easy = curl_easy_init())) {
        free(h);
        talk_end(t, MM_ENOMEM, "out of memory");
        return;
    }
    t->state = h;
    h->talk = t;
    if (!host_valid(t->target->host) || !path_valid(t->ask->path) || add_headers(h, t->ask->headers)) {
        talk_end(t, MM_EINVAL, "host, path or a header of the question cannot be sent");
        return;
    }
    rc = set_place(h);
    rc = rc ? rc : set_tls(h);
    rc = rc ? rc : set_http(h);
    if (rc || curl_multi_add_handle(t->multi, h->easy) != CURLM_OK)
        talk_end(t, MM_EINVAL, rc ? curl_easy_strerror(rc) : "the question cannot be asked");
}

/* The result in our words. */
static int result_of(const struct https *h, CURLcode code)
{
    long connected = 0;

    if (h->full)
        return MM_ELIMIT;
    switch (code) {
    case CURLE_OK:
        return MM_OK;
    case CURLE_OPERATION_TIMEDOUT:
        return MM_ETIMEOUT;
    case CURLE_SSL_CONNECT_ERROR: case CURLE_PEER_FAILED_VERIFICATION: case CURLE_SSL_CIPHER:
        return MM_ECRYPTO;
    case CURLE_OUT_OF_MEMORY: /* what curl calls a header line beyond its own 100 kB */
        return MM_ELIMIT;
    case CURLE_GOT_NOTHING: case CURLE_PARTIAL_FILE: case CURLE_UNSUPPORTED_PROTOCOL: case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING: case CURLE_HTTP2:
        return MM_EFORMAT;
    case CURLE_RECV_ERROR:
        /* Curl's one code for a broken line and for framing that makes no sense; these two are of the line. */
        return strncmp(h->error, "OpenSSL", 7) == 0 || strncmp(h->error, "Recv failure", 12) == 0 ? MM_EIO : MM_EFORMAT;
    case CURLE_SEND_ERROR:
        return MM_EIO;
    default:
        curl_easy_getinfo(h->easy, CURLINFO_NUM_CONNECTS, &connected);
        return code == CURLE_COULDNT_CONNECT || !connected ? MM_EIO : MM_EFORMAT;
    }
}

/* The handshake was finished. */
static bool agreed(const struct https *h)
{
    curl_off_t us = 0;

    return curl_easy_getinfo(h->easy, CURLINFO_APPCONNECT_TIME_T, &us) == CURLE_OK && us > 0;
}

void talk_https_done(struct talk *t, int code)
{
    struct https *h = t->state;
    curl_off_t connect_us = 0;
    long status = 0;
    int rc = result_of(h, (CURLcode)code);

    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(h->easy, CURLINFO_CONNECT_TIME_T, &connect_us);
    t->status = status > 0 && status < 1000 ? (unsigned)status : 0;
    t->connected = connect_us > 0;
    t->handshake = agreed(h);
    talk_end(t, rc, rc == MM_OK || rc == MM_ELIMIT ? "" : h->error[0] ? h->error : curl_easy_strerror((CURLcode)code));
}

static void step(struct talk *t, short revents)
{
    (void)t;
    (void)revents;
}

static void stop(struct talk *t)
{
    struct https *h = t->state;

    if (h) {
        curl_off_t connect_us = 0;

        curl_easy_getinfo(h->easy, CURLINFO_CONNECT_TIME_T, &connect_us);
        t->connected = t->connected || connect_us > 0;
        t->handshake = t->handshake || agreed(h); /* also of a talk whose time ran out */
        curl_multi_remove_handle(t->multi, h->easy);
        curl_easy_cleanup(h->easy);
        curl_slist_free_all(h->headers);
        curl_slist_free_all(h->pin);
    }
    free(h);
    t->state = NULL;
}

const struct talk_kind talk_https = {start, step, stop};
