/* X.509 over OpenSSL.  Nothing of a request is trusted but its public key. */
#include "console/ca.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/err.h"
#include "lib/limits.h"

#define BACKDATE 86400 /* a host whose clock is a day slow still accepts us */
#define SAN_BYTES 4096

struct ca {
    X509 *certificate;
    EVP_PKEY *key;
};

static BIO *reader(const char *text, size_t n)
{
    return BIO_new_mem_buf(text, (int)n);
}

/* No private key of ours has a passphrase; never ask on a terminal. */
static int no_passphrase(char *out, int size, int writing, void *context)
{
    (void)out, (void)size, (void)writing, (void)context;
    return 0;
}

static int add_bio(BIO *bio, struct buf *out)
{
    char *data;
    long n = BIO_get_mem_data(bio, &data);

    return n > 0 ? buf_add(out, data, (size_t)n) : MM_ECRYPTO;
}

static int add_certificate(X509 *x, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int rc = bio && PEM_write_bio_X509(bio, x) == 1 ? add_bio(bio, out) : MM_ECRYPTO;

    BIO_free(bio);
    return rc;
}

static int add_key(EVP_PKEY *key, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    int rc = bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1 ? add_bio(bio, out) : MM_ECRYPTO;

    BIO_free(bio);
    return rc;
}

static int add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *extension;
    int ok;

    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    ok = extension && X509_add_ext(x, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok ? MM_OK : MM_ECRYPTO;
}

static int set_serial(X509 *x)
{
    uint8_t raw[16];
    BIGNUM *number;
    int ok;

    if (crypto_random(raw, sizeof raw))
        return MM_ECRYPTO;
    raw[0] = (uint8_t)((raw[0] & 0x7f) | 0x40); /* positive, never short */
    number = BN_bin2bn(raw, sizeof raw, NULL);
    ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
    BN_free(number);
    return ok ? MM_OK : MM_ECRYPTO;
}

/* A certificate body: serial, dates, subject CN, key. */
static int fill_basics(X509 *x, EVP_PKEY *key, const char *cn, long days)
{
    X509_NAME *name = X509_get_subject_name(x);

    if (X509_set_version(x, X509_VERSION_3) != 1 || set_serial(x) || !X509_gmtime_adj(X509_getm_notBefore(x), -BACKDATE) ||
        !X509_time_adj_ex(X509_getm_notAfter(x), (int)days, 0, NULL) || X509_set_pubkey(x, key) != 1)
        return MM_ECRYPTO;
    return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0) == 1
               ? MM_OK : MM_ECRYPTO;
}

static int self_sign(X509 *x, EVP_PKEY *key, const char *name)
{
    char cn[64]; /* ub-common-name */
    size_t n = strlen(name), room = sizeof cn - sizeof "Mimamori CA ";

    if (n > room) {
        n = room;
        while (n && ((unsigned char)name[n] & 0xc0) == 0x80)
            n--;
    }
    snprintf(cn, sizeof cn, "Mimamori CA %.*s", (int)n, name);
    if (fill_basics(x, key, cn, CA_SELF_DAYS) || X509_set_issuer_name(x, X509_get_subject_name(x)) != 1 ||
        add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
        add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign") ||
        add_extension(x, x, NID_subject_key_identifier, "hash"))
        return MM_ECRYPTO;
    return X509_sign(x, key, EVP_sha256()) > 0 ? MM_OK : MM_ECRYPTO;
}

int ca_create(const char *name, struct buf *certificate, struct buf *key)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    int rc = pkey && x ? self_sign(x, pkey, name) : MM_ENOMEM;

    if (!rc)
        rc = add_certificate(x, certificate);
    if (!rc)
        rc = add_key(pkey, key);
    X509_free(x);
    EVP_PKEY_free(pkey);
    return rc;
}

int ca_load(const char *certificate, const char *key, struct ca **out)
{
    struct ca *ca = calloc(1, sizeof *ca);
    BIO *c = reader(certificate, strlen(certificate)), *k = reader(key, strlen(key));
    int rc = MM_ENOMEM;

    if (ca && c && k) {
        ca->certificate = PEM_read_bio_X509(c, NULL, no_passphrase, NULL);
        ca->key = PEM_read_bio_PrivateKey(k, NULL, no_passphrase, NULL);
        rc = ca->certificate && ca->key && X509_check_private_key(ca->certificate, ca->key) == 1 ? MM_OK : MM_ECRYPTO;
    }
    BIO_free(c);
    BIO_free(k);
    if (rc)
        ca_free(ca);
    else
        *out = ca;
    return rc;
}

void ca_free(struct ca *ca)
{
    if (!ca)
        return;
    X509_free(ca->certificate);
    EVP_PKEY_free(ca->key);
    free(ca);
}

int ca_pin(const struct ca *ca, char out[SHA256_HEX])
{
    uint8_t md[SHA256_BYTES];
    unsigned n = sizeof md;

    if (X509_digest(ca->certificate, EVP_sha256(), md, &n) != 1)
        return MM_ECRYPTO;
    crypto_hex(md, sizeof md, out);
    return MM_OK;
}

/* Issue: everything that server and device certificates have in common. */
static int issue(struct ca *ca, X509 *x, EVP_PKEY *key, const char *cn, long days)
{
    if (fill_basics(x, key, cn, days) || X509_set_issuer_name(x, X509_get_subject_name(ca->certificate)) != 1 ||
        add_extension(x, ca->certificate, NID_basic_constraints, "critical,CA:FALSE") ||
        add_extension(x, ca->certificate, NID_key_usage, "critical,digitalSignature") ||
        add_extension(x, ca->certificate, NID_subject_key_identifier, "hash") ||
        add_extension(x, ca->certificate, NID_authority_key_identifier, "keyid"))
        return MM_ECRYPTO;
    return MM_OK;
}

static int is_address(const char *host)
{
    unsigned char raw[16];

    return inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1;
}

/* Operators' calls come from the console's own machine: they need no --host for it. */
static const char *const loopback[] = {"localhost", "127.0.0.1", "::1"};
#define LOOPBACKS (sizeof loopback / sizeof loopback[0])

static int is_listed(const struct config_list *hosts, const char *name)
{
    for (unsigned i = 0; i < hosts->count; i++)
        if (!strcmp(hosts->item[i], name))
            return 1;
    return 0;
}

/* "DNS:a,IP:1.2.3.4": only plain names, so that nobody smuggles an extension. */
static int subject_names(const struct config_list *hosts, struct buf *out)
{
    int rc = MM_OK;

    for (unsigned i = 0; i < hosts->count && !rc; i++) {
        const char *h = hosts->item[i];

        if (!is_address(h) && (!h[0] || h[strspn(h, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_")]))
            return MM_EINVAL;
        rc = buf_addf(out, "%s%s:%s", i ? "," : "", is_address(h) ? "IP" : "DNS", h);
    }
    if (!rc && !out->len)
        rc = MM_EINVAL;
    for (unsigned i = 0; i < LOOPBACKS && !rc; i++)
        if (!is_listed(hosts, loopback[i]))
            rc = buf_addf(out, ",%s:%s", is_address(loopback[i]) ? "IP" : "DNS", loopback[i]);
    return rc;
}

int ca_issue_server(struct ca *ca, const struct config_list *hosts, struct buf *certificate, struct buf *key)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    struct buf names;
    int rc;

    buf_init(&names, SAN_BYTES);
    rc = pkey && x ? subject_names(hosts, &names) : MM_ENOMEM;
    if (!rc)
        rc = issue(ca, x, pkey, "Mimamori console", CA_SERVER_DAYS);
    if (!rc)
        rc = add_extension(x, ca->certificate, NID_ext_key_usage, "serverAuth");
    if (!rc)
        rc = add_extension(x, ca->certificate, NID_subject_alt_name, names.data);
    if (!rc)
        rc = X509_sign(x, ca->key, EVP_sha256()) > 0 ? MM_OK : MM_ECRYPTO;
    if (!rc)
        rc = add_certificate(x, certificate);
    if (!rc)
        rc = add_key(pkey, key);
    buf_fini(&names);
    X509_free(x);
    EVP_PKEY_free(pkey);
    return rc;
}

static int key_acceptable(EVP_PKEY *key)
{
    if (EVP_PKEY_is_a(key, "ED25519"))
        return 1;
    if (EVP_PKEY_is_a(key, "EC")) {
        char group[32] = "";

        EVP_PKEY_get_group_name(key, group, sizeof group, NULL);
        return !strcmp(group, "prime256v1") || !strcmp(group, "secp384r1");
    }
    return EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= 2048 && EVP_PKEY_get_bits(key) <= 4096;
}

/* Parse and check; the caller frees. */
static int open_csr(const char *csr, size_t n, X509_REQ **out)
{
    BIO *bio = n <= CA_CSR_BYTES ? reader(csr, n) : NULL;
    X509_REQ *request = bio ? PEM_read_bio_X509_REQ(bio, NULL, no_passphrase, NULL) : NULL;
    EVP_PKEY *key = request ? X509_REQ_get0_pubkey(request) : NULL;
    int rc = MM_EFORMAT;

    if (key)
        rc = key_acceptable(key) && X509_REQ_verify(request, key) == 1 ? MM_OK : MM_ECRYPTO;
    BIO_free(bio);
    if (rc)
        X509_REQ_free(request);
    else
        *out = request;
    return rc;
}

int ca_check_csr(const char *csr, size_t n, char key_hash[SHA256_HEX])
{
    X509_REQ *request = NULL;
    unsigned char *der = NULL;
    uint8_t md[SHA256_BYTES];
    int len, rc = open_csr(csr, n, &request);

    if (rc)
        return rc;
    len = i2d_PUBKEY(X509_REQ_get0_pubkey(request), &der);
    rc = len > 0 ? crypto_sha256(der, (size_t)len, md) : MM_ECRYPTO;
    OPENSSL_free(der);
    X509_REQ_free(request);
    if (!rc)
        crypto_hex(md, sizeof md, key_hash);
    return rc;
}

static int64_t end_of(const X509 *x)
{
    struct tm tm;

    if (ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) != 1)
        return 0;
    return (int64_t)timegm(&tm);
}

int ca_issue_device(struct ca *ca, const char *csr, size_t n, const char *agent_id, struct buf *certificate, int64_t *expires)
{
    X509_REQ *request = NULL;
    X509 *x = X509_new();
    int rc = x ? open_csr(csr, n, &request) : MM_ENOMEM;

    if (!rc)
        rc = issue(ca, x, X509_REQ_get0_pubkey(request), agent_id, CA_DEVICE_DAYS);
    if (!rc)
        rc = add_extension(x, ca->certificate, NID_ext_key_usage, "clientAuth");
    if (!rc)
        rc = X509_sign(x, ca->key, EVP_sha256()) > 0 ? MM_OK : MM_ECRYPTO;
    if (!rc)
        rc = add_certificate(x, certificate);
    if (!rc)
        *expires = end_of(x);
    X509_REQ_free(request);
    X509_free(x);
    return rc;
}

static X509 *first_certificate(const char *pem)
{
    BIO *bio = reader(pem, strlen(pem));
    X509 *x = bio ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    return x;
}

int ca_expiry(const char *pem, int64_t *expires)
{
    X509 *x = first_certificate(pem);
    int64_t end = x ? end_of(x) : 0;

    X509_free(x);
    if (!end)
        return MM_EFORMAT;
    *expires = end;
    return MM_OK;
}

static int is_named(X509 *x, const char *h)
{
    return is_address(h) ? X509_check_ip_asc(x, h, 0) == 1 : X509_check_host(x, h, 0, 0, NULL) == 1;
}

int ca_server_fits(const struct ca *ca, const char *pem, const struct config_list *hosts)
{
    X509 *x = first_certificate(pem);
    int fits = x && X509_verify(x, X509_get0_pubkey(ca->certificate)) == 1;

    for (unsigned i = 0; fits && i < hosts->count; i++)
        fits = is_named(x, hosts->item[i]);
    for (unsigned i = 0; fits && i < LOOPBACKS; i++)
        fits = is_named(x, loopback[i]);
    X509_free(x);
    return fits;
}
