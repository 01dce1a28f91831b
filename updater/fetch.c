#include "updater/fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/version.h"

struct fetch {
    CURL *curl;
    struct fetch_limits limits;
    char trouble[CURL_ERROR_SIZE];
};

struct fetch_limits fetch_limits_default(void)
{
    return (struct fetch_limits){.connect_s = LIM_TUF_CONNECT_S, .metadata_s = LIM_TUF_FETCH_S, .artifact_s = LIM_TUF_ARTIFACT_S,
                                 .stall_s = LIM_TUF_STALL_S, .stall_bytes = LIM_TUF_STALL_BYTES};
}

struct sink { struct buf *out; int overlong; };

/* Taking fewer bytes than given ends the transfer. */
static size_t take(char *bytes, size_t size, size_t n, void *context)
{
    struct sink *sink = context;
    int rc = buf_add(sink->out, bytes, size * n);

    sink->overlong = rc == MM_ELIMIT;
    return rc ? 0 : size * n;
}

static int set_up(struct fetch *f)
{
    CURLcode bad = curl_easy_setopt(f->curl, CURLOPT_ERRORBUFFER, f->trouble);

    bad |= curl_easy_setopt(f->curl, CURLOPT_WRITEFUNCTION, take);
    bad |= curl_easy_setopt(f->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(f->curl, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(f->curl, CURLOPT_PATH_AS_IS, 1L);
    bad |= curl_easy_setopt(f->curl, CURLOPT_FAILONERROR, 1L); /* no bytes of an error's page */
    bad |= curl_easy_setopt(f->curl, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(f->curl, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(f->curl, CURLOPT_USERAGENT, "mimamori-updater/" MM_VERSION);
    bad |= curl_easy_setopt(f->curl, CURLOPT_CONNECTTIMEOUT, f->limits.connect_s);
    bad |= curl_easy_setopt(f->curl, CURLOPT_LOW_SPEED_TIME, f->limits.stall_s);
    bad |= curl_easy_setopt(f->curl, CURLOPT_LOW_SPEED_LIMIT, f->limits.stall_bytes);
    return bad == CURLE_OK ? MM_OK : MM_EUNSUPPORTED;
}

struct fetch *fetch_open(const struct fetch_limits *limits)
{
    struct fetch *f = calloc(1, sizeof *f);

    if (!f)
        return NULL;
    f->limits = *limits;
    f->curl = curl_easy_init();
    if (f->curl && !set_up(f))
        return f;
    fetch_close(f);
    return NULL;
}

void fetch_close(struct fetch *f)
{
    if (f)
        curl_easy_cleanup(f->curl);
    free(f);
}

const char *fetch_trouble(const struct fetch *f)
{
    return f->trouble;
}

static enum tuf_got judge(struct fetch *f, CURLcode code, const struct sink *sink)
{
    long status = 0;

    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK && status == 200)
        return TUF_BYTES;
    if (code == CURLE_HTTP_RETURNED_ERROR && (status == 404 || status == 403))
        return TUF_ABSENT;
    if (sink->overlong)
        return TUF_OVERLONG;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return TUF_TIMED_OUT;
    if (code == CURLE_OK)
        snprintf(f->trouble, sizeof f->trouble, "the answer is HTTP status %ld", status);
    return TUF_BROKEN;
}

enum tuf_got fetch_get(struct fetch *f, enum tuf_place place, const char *base, const char *name, struct buf *out)
{
    size_t n = strlen(base);
    char url[LIM_PATH];
    struct sink sink = {.out = out};
    CURLcode code;

    f->trouble[0] = '\0';
    if (snprintf(url, sizeof url, "%s%s%s", base, n && base[n - 1] == '/' ? "" : "/", name) >= (int)sizeof url) {
        snprintf(f->trouble, sizeof f->trouble, "the address is too long");
        return TUF_BROKEN;
    }
    curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, &sink);
    curl_easy_setopt(f->curl, CURLOPT_TIMEOUT, place == TUF_ARTIFACTS ? f->limits.artifact_s : f->limits.metadata_s);
    code = curl_easy_setopt(f->curl, CURLOPT_URL, url);
    if (!code)
        code = curl_easy_perform(f->curl);
    curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, NULL);
    return judge(f, code, &sink);
}
