/* The verify callback replaces OpenSSL's own trust: there is no store of CAs
 * at all, only the certificate whose hash was typed in.  It runs inside the
 * handshake, so the request is not written before it has agreed. */
#include "agent/report/enrol_tls.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/version.h"

#define ENROL_MS 60000L
#define CONNECT_MS 20000L

struct pinned {
    const struct enrol_call *call;
    char host[LIM_NAME];
    X509 *file_ca;           /* of ca_file; NULL: none */
    const char *reason;
};

static int fits_pin(X509 *cert, const char *pin)
{
    uint8_t md[SHA256_BYTES];
    char hex[SHA256_HEX];
    unsigned n = 0;

    if (X509_digest(cert, EVP_sha256(), md, &n) != 1 || n != SHA256_BYTES)
        return 0;
    crypto_hex(md, n, hex);
    return strcasecmp(hex, pin) == 0;
}

static X509 *find_pinned(STACK_OF(X509) *chain, const struct pinned *p)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *cert = sk_X509_value(chain, i);

        if (fits_pin(cert, p->call->ca_pin))
            return cert;
    }
    return p->file_ca;
}

static int set_host(X509_VERIFY_PARAM *param, const char *host)
{
    unsigned char raw[16];

    if (inet_pton(AF_INET, host, raw) == 1)
        return X509_VERIFY_PARAM_set1_ip(param, raw, 4);
    if (inet_pton(AF_INET6, host, raw) == 1)
        return X509_VERIFY_PARAM_set1_ip(param, raw, 16);
    return X509_VERIFY_PARAM_set1_host(param, host, 0);
}

/* 1: the server may be spoken to. */
static int verify(X509_STORE_CTX *ctx, void *context)
{
    struct pinned *p = context;
    X509 *leaf = X509_STORE_CTX_get0_cert(ctx), *ca = find_pinned(X509_STORE_CTX_get0_untrusted(ctx), p);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *own = X509_STORE_CTX_new();
    int good = 0;

    if (!ca)
        p->reason = "the server is not the one that the code names";
    else if (leaf && store && own && X509_check_ca(ca) > 0 && X509_STORE_add_cert(store, ca) == 1 &&
             X509_STORE_CTX_init(own, store, leaf, X509_STORE_CTX_get0_untrusted(ctx)) == 1 &&
             X509_STORE_CTX_set_purpose(own, X509_PURPOSE_SSL_SERVER) == 1 &&
             set_host(X509_STORE_CTX_get0_param(own), p->host) == 1) {
        good = X509_verify_cert(own) == 1;
        if (!good)
            p->reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(own));
    }
    X509_STORE_CTX_free(own);
    X509_STORE_free(store);
    X509_STORE_CTX_set_error(ctx, good ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
    return good;
}

static CURLcode on_ssl_ctx(CURL *easy, void *ssl_ctx, void *context)
{
    (void)easy;
    SSL_CTX_set_cert_verify_callback(ssl_ctx, verify, context);
    return CURLE_OK;
}

static size_t on_bytes(char *data, size_t one, size_t n, void *context)
{
    return buf_add(context, data, one * n) == MM_OK ? one * n : 0;
}

static int host_of(const char *url, char out[LIM_NAME])
{
    CURLU *parts = curl_url();
    char *host = NULL;
    size_t n = 0;

    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        n = strlen(host);
    if (n > 2 && host[0] == '[')
        snprintf(out, LIM_NAME, "%.*s", (int)n - 2, host + 1);
    else if (n && n < LIM_NAME)
        memcpy(out, host, n + 1);
    curl_free(host);
    curl_url_cleanup(parts);
    return n && n < LIM_NAME ? MM_OK : MM_EINVAL;
}

static int load_ca_file(struct pinned *p)
{
    BIO *bio = p->call->ca_file[0] ? BIO_new_file(p->call->ca_file, "r") : NULL;
    X509 *cert;

    if (p->call->ca_file[0] && !bio)
        return MM_ENOTFOUND;
    while (bio && !p->file_ca && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        if (fits_pin(cert, p->call->ca_pin))
            p->file_ca = cert;
        else
            X509_free(cert);
    }
    BIO_free(bio);
    return p->call->ca_file[0] && !p->file_ca ? MM_ECRYPTO : MM_OK;
}

#define SET(option, value) (rc = rc == CURLE_OK ? curl_easy_setopt(easy, (option), (value)) : rc)

static CURLcode perform(CURL *easy, struct pinned *p, struct curl_slist *headers, struct buf *answer)
{
    char url[LIM_PATH];
    CURLcode rc = CURLE_OK;
    int n = snprintf(url, sizeof url, "%s/agent/v1/enroll", p->call->url);

    if (n < 0 || (size_t)n >= sizeof url)
        return CURLE_URL_MALFORMAT;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_CAINFO, NULL);
    SET(CURLOPT_CAPATH, NULL);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
    SET(CURLOPT_SSL_CTX_DATA, p);
    SET(CURLOPT_PROXY, p->call->proxy);
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_TIMEOUT_MS, ENROL_MS);
    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    SET(CURLOPT_USERAGENT, "mimamori/" MM_VERSION);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_POSTFIELDS, p->call->body);
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

int enrol_post(const struct enrol_call *c, struct buf *answer, long *status, char why[256])
{
    struct pinned p = {.call = c};
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURL *easy = curl_easy_init();
    char words[CURL_ERROR_SIZE] = "";
    int rc = easy && headers ? host_of(c->url, p.host) : MM_ENOMEM;

    why[0] = '\0';
    if (rc == MM_OK)
        rc = load_ca_file(&p);
    if (rc == MM_OK) {
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words);
        rc = result_of(perform(easy, &p, headers, answer), &p, words, why);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, status);
    } else {
        snprintf(why, 256, "%s", rc == MM_ENOMEM ? "out of memory" : "[console] ca= does not hold the CA that the code names");
    }
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    X509_free(p.file_ca);
    return rc;
}
