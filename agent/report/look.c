#include "agent/report/look.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "agent/report/pinned.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/version.h"

#define DATE_MOST 64   /* bytes of a date in a header */

static size_t drop(char *data, size_t one, size_t n, void *context)
{
    (void)data;
    (void)context;
    return one * n;
}

static size_t on_header(char *data, size_t one, size_t n, void *context)
{
    static const char name[] = "Date:";
    size_t len = one * n, at = sizeof name - 1;
    struct look *l = context;
    char text[DATE_MOST];
    time_t t;

    if (len > at && len - at < sizeof text && !strncasecmp(data, name, at)) {
        memcpy(text, data + at, len - at);
        text[len - at] = '\0';
        t = curl_getdate(text, NULL);
        l->date = t > 0 ? (int64_t)t : 0;
    }
    return len;
}

#define SET(option, value) (rc = rc == CURLE_OK ? curl_easy_setopt(easy, (option), (value)) : rc)

static CURLcode perform(CURL *easy, const struct look_call *c, struct pinned *p, struct look *l)
{
    CURLcode rc = pinned_use(p, easy);

    SET(CURLOPT_URL, c->url);
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_NOBODY, 1L);
    SET(CURLOPT_PROXY, c->proxy);
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_TIMEOUT_MS, (long)LOOK_MS);
#if LIBCURL_VERSION_NUM >= 0x075700
    SET(CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs is not waited for */
#endif
    SET(CURLOPT_USERAGENT, "mimamori/" MM_VERSION);
    SET(CURLOPT_WRITEFUNCTION, drop);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's clock is not asked for */
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, l);
    return rc == CURLE_OK ? curl_easy_perform(easy) : rc;
}

#undef SET

/* What a connection that did not come about died of. */
static enum look_stage by_errno(CURL *easy)
{
    long number = 0;

    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    return number == ECONNREFUSED ? LOOK_REFUSED : number == ENETUNREACH || number == EHOSTUNREACH || number == ENETDOWN ? LOOK_NO_ROUTE : LOOK_SILENT;
}

static enum look_stage by_time(CURL *easy, const char *proxy)
{
    double name = 0, connected = 0;

    curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME, &name);
    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME, &connected);
    if (proxy[0])
        return LOOK_PROXY;
    if (name <= 0)
        return LOOK_NAME;
    return connected > 0 ? LOOK_FAILED : LOOK_SILENT;
}

static enum look_stage stage_of(CURLcode rc, CURL *easy, const struct look_call *c, const struct pinned *p)
{
    long through = 0;

    if (rc == CURLE_OK)
        return LOOK_GOOD;
    if (p->other_ca)
        return LOOK_OTHER_CA;
    if (p->shown && p->reason && !p->out_of_time)
        return LOOK_CERTIFICATE;
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &through);
    switch (rc) {
    case CURLE_COULDNT_RESOLVE_PROXY: return LOOK_PROXY;
    case CURLE_COULDNT_RESOLVE_HOST: return LOOK_NAME;
    case CURLE_COULDNT_CONNECT: return c->proxy[0] ? LOOK_PROXY : by_errno(easy);
    case CURLE_OPERATION_TIMEDOUT: return by_time(easy, c->proxy);
    case CURLE_SSL_CONNECT_ERROR: return p->shown ? LOOK_CERTIFICATE : LOOK_NO_TLS;
    case CURLE_PEER_FAILED_VERIFICATION: return LOOK_CERTIFICATE;
    default: return c->proxy[0] && through != 200 ? LOOK_PROXY : LOOK_FAILED;
    }
}

void look_at(const struct look_call *c, struct look *out)
{
    struct look l = {.stage = LOOK_FAILED};
    struct pinned p;
    CURL *easy = curl_easy_init();
    int rc = pinned_init(&p, c->url, c->ca_pin, c->ca_file);
    double took = 0;

    if (rc == MM_ENOTFOUND || rc == MM_ECRYPTO)
        rc = pinned_init(&p, c->url, c->ca_pin, "");
    p.any_time = true;
    if (easy && rc == MM_OK) {
        CURLcode sent = perform(easy, c, &p, &l);

        l.stage = stage_of(sent, easy, c, &p);
        curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME, &took);
    }
    l.ms = (int)(took * 1000);
    l.out_of_time = p.out_of_time;
    memcpy(l.issuer, p.issuer, sizeof l.issuer);
    _Static_assert(sizeof p.issuer == sizeof l.issuer, "the line has room for what is noted");
    if (l.stage != LOOK_GOOD)
        l.date = 0;
    *out = l;
    pinned_fini(&p); /* `easy` stays: look.h */
}
