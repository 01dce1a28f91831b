#include "agent/report/device.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/err.h"

/* ---- PEM <-> OpenSSL ------------------------------------------------------------- */

static BIO *reader(const struct buf *pem)
{
    return pem->len && pem->len <= DEVICE_PEM ? BIO_new_mem_buf(pem->data, (int)pem->len) : NULL;
}

static int drain(BIO *bio, struct buf *out)
{
    char *data = NULL;
    long n = BIO_get_mem_data(bio, &data);

    return n > 0 ? buf_add(out, data, (size_t)n) : MM_ENOMEM;
}

/* No pass phrase: never ask a terminal for one. */
static int no_phrase(char *text, int size, int writing, void *context)
{
    (void)text; (void)size; (void)writing; (void)context;
    return 0;
}

static EVP_PKEY *read_key(const struct buf *pem)
{
    BIO *bio = reader(pem);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_phrase, NULL) : NULL;

    BIO_free(bio);
    return key;
}

static X509 *read_cert(const struct buf *pem)
{
    BIO *bio = reader(pem);
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, no_phrase, NULL) : NULL;

    BIO_free(bio);
    return cert;
}

/* ---- making ---------------------------------------------------------------------- */

int device_key_make(struct buf *pem)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_secmem());
    int rc = MM_ENOMEM;

    if (key && bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1)
        rc = drain(bio, pem);
    BIO_free(bio);
    EVP_PKEY_free(key);
    return rc;
}

int device_csr(const struct buf *key_pem, const char *name, struct buf *csr_pem)
{
    EVP_PKEY *key = read_key(key_pem);
    X509_REQ *req = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    X509_NAME *subject = req ? X509_REQ_get_subject_name(req) : NULL;
    int rc = MM_ECRYPTO;

    if (key && bio && subject && X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1 &&
        X509_REQ_set_pubkey(req, key) == 1 && X509_REQ_sign(req, key, EVP_sha256()) > 0 &&
        PEM_write_bio_X509_REQ(bio, req) == 1)
        rc = drain(bio, csr_pem);
    BIO_free(bio);
    X509_REQ_free(req);
    EVP_PKEY_free(key);
    return rc;
}

/* ---- checking -------------------------------------------------------------------- */

static int64_t seconds(const ASN1_TIME *t)
{
    struct tm tm;

    return t && ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static X509_STORE *store_of(const struct buf *ca_pem)
{
    BIO *bio = reader(ca_pem);
    X509_STORE *store = bio ? X509_STORE_new() : NULL;
    unsigned n = 0;
    X509 *ca;

    while (store && (ca = PEM_read_bio_X509(bio, NULL, no_phrase, NULL)) != NULL) {
        n += X509_check_ca(ca) > 0 && X509_STORE_add_cert(store, ca) == 1;
        X509_free(ca);
    }
    BIO_free(bio);
    if (store && n == 0) {
        X509_STORE_free(store);
        return NULL;
    }
    return store;
}

static int signed_by(X509 *cert, const struct buf *ca_pem)
{
    X509_STORE *store = store_of(ca_pem);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int good = 0;

    if (store && ctx && X509_STORE_CTX_init(ctx, store, cert, NULL) == 1) {
        X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_NO_CHECK_TIME);
        X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_CLIENT);
        good = X509_verify_cert(ctx) == 1;
    }
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return good;
}

static int common_name(X509 *cert, char out[LIM_ID])
{
    int n = X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, out, LIM_ID);

    return n > 0 && (size_t)n == strlen(out) && crypto_uuid_valid(out) ? MM_OK : MM_ECRYPTO;
}

int device_cert_check(const struct buf *cert_pem, const struct buf *key_pem, const struct buf *ca_pem,
                      struct device_cert *out)
{
    X509 *cert = read_cert(cert_pem);
    EVP_PKEY *key = read_key(key_pem);
    struct device_cert d;
    int rc = MM_EFORMAT;

    memset(&d, 0, sizeof d);
    if (cert && key) {
        rc = X509_check_private_key(cert, key) == 1 && signed_by(cert, ca_pem) ? common_name(cert, d.agent_id)
                                                                             : MM_ECRYPTO;
        d.not_before = seconds(X509_get0_notBefore(cert));
        d.not_after = seconds(X509_get0_notAfter(cert));
    }
    X509_free(cert);
    EVP_PKEY_free(key);
    if (rc == MM_OK)
        *out = d;
    return rc;
}

bool device_cert_has_pin(const X509 *cert, const char *pin)
{
    uint8_t md[SHA256_BYTES];
    char hex[SHA256_HEX];
    unsigned n = 0;

    if (X509_digest(cert, EVP_sha256(), md, &n) != 1 || n != SHA256_BYTES)
        return 0;
    crypto_hex(md, n, hex);
    return strcasecmp(hex, pin) == 0;
}

int device_ca_pinned(const struct buf *chain_pem, const char *pin, struct buf *out)
{
    BIO *bio = reader(chain_pem), *copy;
    int rc = MM_ECRYPTO;
    X509 *ca;

    while (bio && rc == MM_ECRYPTO && (ca = PEM_read_bio_X509(bio, NULL, no_phrase, NULL)) != NULL) {
        if (device_cert_has_pin(ca, pin) && X509_check_ca(ca) > 0) {
            copy = BIO_new(BIO_s_mem());
            rc = copy && PEM_write_bio_X509(copy, ca) == 1 ? drain(copy, out) : MM_ENOMEM;
            BIO_free(copy);
        }
        X509_free(ca);
    }
    BIO_free(bio);
    return rc;
}
