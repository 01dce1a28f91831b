#include "agent/report/pinned.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "agent/report/device.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/unicode.h"

static X509 *find_pinned(STACK_OF(X509) *chain, const struct pinned *p)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *cert = sk_X509_value(chain, i);

        if (device_cert_has_pin(cert, p->pin))
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

/* Who signed it: the common name, else the organisation.  A stranger's words. */
static void note_issuer(struct pinned *p, X509 *leaf)
{
    X509_NAME *name = X509_get_issuer_name(leaf);
    int at = name ? X509_NAME_get_index_by_NID(name, NID_commonName, -1) : -1, n;
    unsigned char *utf8 = NULL;
    size_t len = 0, step;
    uint32_t c;

    if (name && at < 0)
        at = X509_NAME_get_index_by_NID(name, NID_organizationName, -1);
    if (at < 0)
        return;
    n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    for (int i = 0; i < n; i += (int)step) {
        step = uni_next((const char *)utf8 + i, (size_t)(n - i), &c);
        if (len + step >= sizeof p->issuer)
            break;
        if (c < 0x20 || c == 0x7f || c == UNI_BAD)
            p->issuer[len++] = '?';
        else
            memcpy(p->issuer + len, utf8 + i, step), len += step;
    }
    p->issuer[len] = '\0';
    OPENSSL_free(utf8);
}

/* X509_V_OK or what is wrong with the chain. */
static int judge(X509_STORE_CTX *ctx, X509 *leaf, X509 *ca, const struct pinned *p, unsigned long flags)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *own = X509_STORE_CTX_new();
    int error = X509_V_ERR_UNSPECIFIED;

    if (store && own && X509_STORE_add_cert(store, ca) == 1 && X509_STORE_CTX_init(own, store, leaf, X509_STORE_CTX_get0_untrusted(ctx)) == 1 &&
        X509_STORE_CTX_set_purpose(own, X509_PURPOSE_SSL_SERVER) == 1 && set_host(X509_STORE_CTX_get0_param(own), p->host) == 1 &&
        X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(own), flags) == 1)
        error = X509_verify_cert(own) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(own) != X509_V_OK ? X509_STORE_CTX_get_error(own) : X509_V_ERR_UNSPECIFIED;
    X509_STORE_CTX_free(own);
    X509_STORE_free(store);
    return error;
}

/* The chain leads to our CA, and only what the certificate says of itself does not fit. */
static bool is_ours_but_unfit(int error)
{
    return error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH || error == X509_V_ERR_INVALID_PURPOSE;
}

/* 1: the server may be spoken to. */
static int verify(X509_STORE_CTX *ctx, void *context)
{
    struct pinned *p = context;
    X509 *leaf = X509_STORE_CTX_get0_cert(ctx), *ca = find_pinned(X509_STORE_CTX_get0_untrusted(ctx), p);
    int error = X509_V_ERR_UNSPECIFIED;

    p->shown = leaf != NULL;
    if (leaf)
        note_issuer(p, leaf);
    if (leaf && ca && X509_check_ca(ca) > 0)
        error = judge(ctx, leaf, ca, p, 0);
    if (!ca) {
        p->other_ca = true;
        p->reason = "the server is not the one that the code names";
    } else if (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID) {
        p->out_of_time = true;
        p->reason = X509_verify_cert_error_string(error);
        if (p->any_time)
            error = judge(ctx, leaf, ca, p, X509_V_FLAG_NO_CHECK_TIME);
    } else if (error != X509_V_OK) {
        p->other_ca = !is_ours_but_unfit(error); /* our CA came from the file, or stands in the chain and signed nothing in it */
        p->reason = X509_verify_cert_error_string(error);
    }
    X509_STORE_CTX_set_error(ctx, error == X509_V_OK ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
    return error == X509_V_OK;
}

static CURLcode on_ssl_ctx(CURL *easy, void *ssl_ctx, void *context)
{
    (void)easy;
    SSL_CTX_set_cert_verify_callback(ssl_ctx, verify, context);
    return CURLE_OK;
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

static int load_ca_file(struct pinned *p, const char *path)
{
    BIO *bio = path[0] ? BIO_new_file(path, "r") : NULL;
    X509 *cert;

    if (path[0] && !bio)
        return MM_ENOTFOUND;
    while (bio && !p->file_ca && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        if (device_cert_has_pin(cert, p->pin))
            p->file_ca = cert;
        else
            X509_free(cert);
    }
    BIO_free(bio);
    return path[0] && !p->file_ca ? MM_ECRYPTO : MM_OK;
}

int pinned_init(struct pinned *p, const char *url, const char *pin, const char *ca_file)
{
    int rc;

    *p = (struct pinned){.pin = pin};
    rc = host_of(url, p->host);
    return rc ? rc : load_ca_file(p, ca_file);
}

void pinned_fini(struct pinned *p)
{
    X509_free(p->file_ca);
    p->file_ca = NULL;
}

CURLcode pinned_use(struct pinned *p, CURL *easy)
{
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);

    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
    return rc == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, p) : rc;
}
