#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "console/ca.h"
#include "lib/err.h"

#define AGENT "0f8fad5b-d9cb-469f-a165-70867728950e"

static struct buf ca_pem, ca_key;
static struct ca *ca;

static int make_ca(void **state)
{
    (void)state;
    buf_init(&ca_pem, 65536);
    buf_init(&ca_key, 65536);
    return ca_create("\xe8\xa6\x8b\xe5\xae\x88\xe3\x82\x8a with a name that is longer than a common name may be, far longer", &ca_pem, &ca_key) ||
           ca_load(ca_pem.data, ca_key.data, &ca);
}

static int drop_ca(void **state)
{
    (void)state;
    ca_free(ca);
    buf_fini(&ca_pem);
    buf_fini(&ca_key);
    return 0;
}

static X509 *read_pem(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    assert_non_null(x);
    return x;
}

/* A request as a device makes it; `key` is freed. */
static char *request(EVP_PKEY *key, const EVP_MD *md)
{
    X509_REQ *r = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, *text;
    long n;

    assert_non_null(key);
    X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(r), NID_commonName, MBSTRING_ASC, (const unsigned char *)"admin", -1, -1, 0);
    assert_int_equal(X509_REQ_set_pubkey(r, key), 1);
    assert_true(X509_REQ_sign(r, key, md) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(bio, r), 1);
    n = BIO_get_mem_data(bio, &data);
    text = strndup(data, (size_t)n);
    BIO_free(bio);
    X509_REQ_free(r);
    EVP_PKEY_free(key);
    return text;
}

static int verify(X509 *leaf, int purpose)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509 *root = read_pem(ca_pem.data);
    int ok;

    X509_STORE_add_cert(store, root);
    X509_STORE_CTX_init(ctx, store, leaf, NULL);
    X509_STORE_CTX_set_purpose(ctx, purpose);
    ok = X509_verify_cert(ctx) == 1;
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    X509_free(root);
    return ok;
}

static void device_certificates(void **state)
{
    char *csr = request(EVP_EC_gen("P-256"), EVP_sha256()), hash[SHA256_HEX], again[SHA256_HEX], cn[64];
    int64_t expires = 0, read_back = 0, now = (int64_t)time(NULL);
    struct buf pem;
    X509 *x;

    (void)state;
    buf_init(&pem, 8192);
    assert_int_equal(ca_check_csr(csr, strlen(csr), hash), MM_OK);
    assert_int_equal(ca_check_csr(csr, strlen(csr), again), MM_OK);
    assert_string_equal(hash, again);
    assert_int_equal(ca_issue_device(ca, csr, strlen(csr), AGENT, &pem, &expires), MM_OK);
    x = read_pem(pem.data);
    X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, cn, sizeof cn);
    assert_string_equal(cn, AGENT); /* not the "admin" that was asked for */
    assert_true(verify(x, X509_PURPOSE_SSL_CLIENT));
    assert_false(verify(x, X509_PURPOSE_SSL_SERVER));
    assert_int_equal(X509_check_ca(x), 0);
    assert_int_equal(ca_expiry(pem.data, &read_back), MM_OK);
    assert_int_equal(expires, read_back);
    assert_in_range(expires, now + 364 * 86400, now + 366 * 86400);
    X509_free(x);
    buf_fini(&pem);
    free(csr);
}

static void server_certificate(void **state)
{
    char a[] = "console.example", b[] = "192.0.2.7", c[] = "2001:db8::1", evil[] = "a,DNS:evil";
    char *items[] = {a, b, c}, *bad[] = {evil}, *more[] = {a, b, c, c};
    struct config_list hosts = {items, 3}, injected = {bad, 1}, none = {NULL, 0}, other = {more, 4};
    struct buf pem, key;
    struct ca *loaded = NULL;
    X509 *x;

    (void)state;
    buf_init(&pem, 8192);
    buf_init(&key, 8192);
    assert_int_equal(ca_issue_server(ca, &injected, &pem, &key), MM_EINVAL);
    assert_int_equal(ca_issue_server(ca, &none, &pem, &key), MM_EINVAL);
    assert_int_equal(ca_issue_server(ca, &hosts, &pem, &key), MM_OK);
    x = read_pem(pem.data);
    assert_true(verify(x, X509_PURPOSE_SSL_SERVER));
    assert_false(verify(x, X509_PURPOSE_SSL_CLIENT));
    assert_int_equal(X509_check_ip_asc(x, "2001:db8::1", 0), 1);
    assert_int_equal(X509_check_host(x, "localhost", 0, 0, NULL), 1); /* operators on the console's own machine */
    assert_int_equal(X509_check_ip_asc(x, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(x, "::1", 0), 1);
    assert_true(ca_server_fits(ca, pem.data, &hosts));
    more[3] = evil;
    assert_false(ca_server_fits(ca, pem.data, &other));
    assert_false(ca_server_fits(ca, "garbage", &hosts));
    X509_free(x);
    assert_int_equal(ca_load(pem.data, ca_key.data, &loaded), MM_ECRYPTO); /* a key that is another's */
    assert_int_equal(ca_load("x", "y", &loaded), MM_ECRYPTO);
    assert_null(loaded);
    buf_fini(&pem);
    buf_fini(&key);
}

static void bad_requests(void **state)
{
    EVP_PKEY *weak = EVP_RSA_gen(1024);
    char hash[SHA256_HEX], *csr = request(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL), *small = request(weak, EVP_sha256()), *big;
    size_t n = strlen(csr);

    (void)state;
    assert_int_equal(ca_check_csr(csr, n, hash), MM_OK);
    assert_int_equal(ca_check_csr(small, strlen(small), hash), MM_ECRYPTO);
    assert_int_equal(ca_check_csr("", 0, hash), MM_EFORMAT);
    assert_int_equal(ca_check_csr(ca_pem.data, ca_pem.len, hash), MM_EFORMAT);
    assert_int_not_equal(ca_check_csr(csr, n / 2, hash), MM_OK);
    for (size_t i = 45; i + 40 < n; i++) { /* every changed character breaks the signature or the form */
        char c = csr[i];

        if (c == '\n')
            continue;
        csr[i] = c == 'A' ? 'B' : 'A';
        assert_int_not_equal(ca_check_csr(csr, n, hash), MM_OK);
        csr[i] = c;
    }
    big = calloc(1, CA_CSR_BYTES + 2);
    memset(big, '\n', CA_CSR_BYTES + 1);
    memcpy(big, csr, n);
    assert_int_equal(ca_check_csr(big, CA_CSR_BYTES, hash), MM_OK);
    assert_int_equal(ca_check_csr(big, CA_CSR_BYTES + 1, hash), MM_EFORMAT);
    free(big);
    free(csr);
    free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(device_certificates), cmocka_unit_test(server_certificate),
                                       cmocka_unit_test(bad_requests)};

    return cmocka_run_group_tests(tests, make_ca, drop_ca);
}
