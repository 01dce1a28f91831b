#include "agent/report/enrol_tls.h"

#include <curl/curl.h>
#include <stdio.h>

#include "agent/report/pinned.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/version.h"

#define ENROL_MS 60000L
#define CONNECT_MS 20000L

static size_t on_bytes(char *data, size_t one, size_t n, void *context)
{
    return buf_add(context, data, one * n) == MM_OK ? one * n : 0;
}

#define SET(option, value) (rc = rc == CURLE_OK ? curl_easy_setopt(easy, (option), (value)) : rc)

static CURLcode perform(CURL *easy, const struct enrol_call *c, struct curl_slist *headers, struct buf *answer)
{
    char url[LIM_PATH];
    CURLcode rc = CURLE_OK;
    int n = snprintf(url, sizeof url, "%s/agent/v1/enroll", c->url);

    if (n < 0 || (size_t)n >= sizeof url)
        return CURLE_URL_MALFORMAT;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_PROXY, c->proxy);
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_TIMEOUT_MS, ENROL_MS);
    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    SET(CURLOPT_USERAGENT, "mimamori/" MM_VERSION);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_POSTFIELDS, c->body);
    SET(CURLOPT_WRITEFUNCTION, on_bytes);
    SET(CURLOPT_WRITEDATA, answer);
    return rc == CURLE_OK ? curl_easy_perform(easy) : rc;
}

#undef SET

static int result_of(CURLcode rc, const struct pinned *p, const char *words, char why[256])
{
    if (rc == CURLE_OK)
        return MM_OK;
    snprintf(why, 256, "%s", p->reason ? p->reason : words[0] ? words : curl_easy_strerror(rc));
    if (p->reason || rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_SSL_CONNECT_ERROR)
        return MM_ECRYPTO;
    return rc == CURLE_OPERATION_TIMEDOUT ? MM_ETIMEOUT : MM_EIO;
}

int enrol_post(const struct enrol_call *c, struct buf *answer, long *status, bool *asked, char why[256])
{
    struct pinned p = {.pin = NULL};
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURL *easy = curl_easy_init();
    char words[CURL_ERROR_SIZE] = "";
    curl_off_t before_sending = 0; /* until the connection stood, through a proxy and with the console's certificate looked at */
    int rc = easy && headers ? pinned_init(&p, c->url, c->ca_pin, c->ca_file) : MM_ENOMEM;

    why[0] = '\0';
    if (rc == MM_OK) {
        CURLcode sent = pinned_use(&p, easy);

        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words);
        rc = result_of(sent == CURLE_OK ? perform(easy, c, headers, answer) : sent, &p, words, why);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, status);
        curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &before_sending);
    } else {
        snprintf(why, 256, "%s", rc == MM_ENOMEM ? "out of memory" : "[console] ca= does not hold the CA that the code names");
    }
    *asked = before_sending > 0;
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    pinned_fini(&p);
    return rc;
}
