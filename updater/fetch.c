#include "updater/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/version.h"

#define CA_BYTES (1 << 20) /* a list of all public authorities has 220 KB */

struct fetch {
    CURL *curl;
    struct fetch_limits limits;
    struct buf ca;
    char trouble[CURL_ERROR_SIZE];
};

struct fetch_limits fetch_limits_default(void)
{
    return (struct fetch_limits){.connect_s = LIM_TUF_CONNECT_S, .metadata_s = LIM_TUF_FETCH_S, .artifact_s = LIM_TUF_ARTIFACT_S,
                                 .stall_s = LIM_TUF_STALL_S, .stall_bytes = LIM_TUF_STALL_BYTES};
}

static int set_up(struct fetch *f)
{
    CURLcode bad = curl_easy_setopt(f->curl, CURLOPT_ERRORBUFFER, f->trouble);

    bad |= curl_easy_setopt(f->curl, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(f->curl, CURLOPT_PATH_AS_IS, 1L);
    bad |= curl_easy_setopt(f->curl, CURLOPT_FAILONERROR, 1L); /* no bytes of an error's page */
    bad |= curl_easy_setopt(f->curl, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(f->curl, CURLOPT_USERAGENT, "mimamori-updater/" MM_VERSION);
    bad |= curl_easy_setopt(f->curl, CURLOPT_CONNECTTIMEOUT, f->limits.connect_s);
    bad |= curl_easy_setopt(f->curl, CURLOPT_LOW_SPEED_TIME, f->limits.stall_s);
    bad |= curl_easy_setopt(f->curl, CURLOPT_LOW_SPEED_LIMIT, f->limits.stall_bytes);
    bad |= curl_easy_setopt(f->curl, CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)f->limits.rate);
    return bad == CURLE_OK ? MM_OK : MM_EUNSUPPORTED;
}

/* The authority's bytes are kept: when they are used there may be no files any more. */
static int set_way(struct fetch *f, const struct fetch_way *way)
{
    struct curl_blob ca = {.flags = CURL_BLOB_NOCOPY};
    CURLcode bad = curl_easy_setopt(f->curl, CURLOPT_PROTOCOLS_STR, way && !way->plain ? "https" : "http,https");

    bad |= curl_easy_setopt(f->curl, CURLOPT_PROXY, way && way->proxy ? way->proxy : "");
    bad |= curl_easy_setopt(f->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (!bad && way && way->ca_file && way->ca_file[0]) {
        if (durable_read(way->ca_file, &f->ca))
            return MM_EIO;
        ca.data = f->ca.data;
        ca.len = f->ca.len;
        bad = curl_easy_setopt(f->curl, CURLOPT_CAINFO_BLOB, &ca);
    }
    return bad == CURLE_OK ? MM_OK : MM_EUNSUPPORTED;
}

struct fetch *fetch_open(const struct fetch_limits *limits, const struct fetch_way *way)
{
    struct fetch *f = calloc(1, sizeof *f);

    if (!f)
        return NULL;
    f->limits = *limits;
    buf_init(&f->ca, CA_BYTES);
    f->curl = curl_easy_init();
    if (f->curl && !set_up(f) && !set_way(f, way))
        return f;
    fetch_close(f);
    return NULL;
}

void fetch_close(struct fetch *f)
{
    if (f) {
        curl_easy_cleanup(f->curl);
        buf_fini(&f->ca);
    }
    free(f);
}

const char *fetch_trouble(const struct fetch *f)
{
    return f->trouble;
}

/* ---- one transfer -------------------------------------------------------------------------------- */

struct transfer {
    CURL *curl;
    const struct fetch_sink *sink;
    size_t offset, had, limit;
    bool begun, overlong;
};

/* The whole file from its beginning when the server cannot start elsewhere (RFC 9110, 14.2). */
static bool begin(struct transfer *t)
{
    long status = 0;

    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    t->begun = true;
    t->had = status == 206 ? t->offset : 0;
    return t->sink->begin(t->sink->context, t->had);
}

/* Taking fewer bytes than given ends the transfer. */
static size_t take(char *bytes, size_t size, size_t n, void *context)
{
    struct transfer *t = context;

    n *= size;
    if (!t->begun && !begin(t))
        return 0;
    t->overlong = n > t->limit - t->had;
    if (t->overlong || !t->sink->bytes(t->sink->context, bytes, n))
        return 0;
    t->had += n;
    return n;
}

static enum tuf_got judge(struct fetch *f, CURLcode code, struct transfer *t)
{
    long status = 0;

    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK && (status == 200 || (status == 206 && t->offset)))
        return t->begun || begin(t) ? TUF_BYTES : TUF_BROKEN; /* an empty file has no bytes to begin with */
    if (code == CURLE_HTTP_RETURNED_ERROR && (status == 404 || status == 403))
        return TUF_ABSENT;
    if (t->overlong)
        return TUF_OVERLONG;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return TUF_TIMED_OUT;
    if (code == CURLE_OK)
        snprintf(f->trouble, sizeof f->trouble, "the answer is HTTP status %ld", status);
    return TUF_BROKEN;
}

enum tuf_got fetch_stream(struct fetch *f, enum tuf_place place, const char *base, const char *name, size_t offset, size_t limit,
                          const struct fetch_sink *sink)
{
    struct transfer t = {.curl = f->curl, .sink = sink, .offset = offset, .limit = limit};
    size_t n = strlen(base);
    char url[LIM_PATH], range[32];
    CURLcode code;

    f->trouble[0] = '\0';
    snprintf(range, sizeof range, "%zu-", offset);
    if (snprintf(url, sizeof url, "%s%s%s", base, n && base[n - 1] == '/' ? "" : "/", name) >= (int)sizeof url) {
        snprintf(f->trouble, sizeof f->trouble, "the address is too long");
        return TUF_BROKEN;
    }
    curl_easy_setopt(f->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, &t);
    curl_easy_setopt(f->curl, CURLOPT_RANGE, offset ? range : NULL);
    curl_easy_setopt(f->curl, CURLOPT_TIMEOUT, place == TUF_ARTIFACTS ? f->limits.artifact_s : f->limits.metadata_s);
    code = curl_easy_setopt(f->curl, CURLOPT_URL, url);
    if (!code)
        code = curl_easy_perform(f->curl);
    curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, NULL);
    return judge(f, code, &t);
}

/* ---- into a buffer ---------------------------------------------------------------------------------- */

static bool buffer_begin(void *context, size_t offset)
{
    (void)context;
    return offset == 0;
}

static bool buffer_bytes(void *context, const void *bytes, size_t n)
{
    return buf_add(context, bytes, n) == MM_OK;
}

enum tuf_got fetch_get(struct fetch *f, enum tuf_place place, const char *base, const char *name, struct buf *out)
{
    const struct fetch_sink sink = {.begin = buffer_begin, .bytes = buffer_bytes, .context = out};

    return fetch_stream(f, place, base, name, 0, out->max, &sink);
}
