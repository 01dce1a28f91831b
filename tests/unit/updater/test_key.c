/* Keys and signatures of the three kinds, made here, and what must not pass for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/limits.h"
#include "updater/tuf/key.h"

static const char message[] = "{\"_type\":\"root\"}";

/* The public half in PEM; the caller frees it. */
static char *pem_of(EVP_PKEY *pkey)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, *text;
    long n;

    assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
    n = BIO_get_mem_data(bio, &data);
    text = strndup(data, (size_t)n);
    BIO_free(bio);
    return text;
}

static json_t *object_of(const char *keytype, const char *scheme, const char *public)
{
    return json_pack("{s:s,s:s,s:{s:s}}", "keytype", keytype, "scheme", scheme, "keyval", "public", public);
}

/* A signature in hexadecimal digits; the caller frees it. */
static char *sign_with(EVP_PKEY *pkey, const EVP_MD *md, int padding)
{
    unsigned char sig[2048];
    size_t n = sizeof sig;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *p = NULL;
    char *hex;

    assert_int_equal(EVP_DigestSignInit(ctx, &p, md, NULL, pkey), 1);
    if (padding)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(p, padding), 1);
    assert_int_equal(EVP_DigestSign(ctx, sig, &n, (const unsigned char *)message, sizeof message - 1), 1);
    EVP_MD_CTX_free(ctx);
    hex = malloc(2 * n + 1);
    crypto_hex(sig, n, hex);
    return hex;
}

static int verifies(json_t *object, const char *hex, const char *text)
{
    struct tuf_key *key = tuf_key_new(object);
    int good = key && tuf_key_verifies(key, hex, text, strlen(text));

    tuf_key_free(key);
    assert_int_equal(ERR_peek_error(), 0); /* nothing is left behind for others */
    return good;
}

/* Good over its message, and over nothing else. */
static void check_kind(const char *keytype, const char *scheme, const char *public, const char *hex)
{
    json_t *object = object_of(keytype, scheme, public);
    char *changed = strdup(hex);

    assert_true(verifies(object, hex, message));
    assert_false(verifies(object, hex, "{\"_type\":\"rooT\"}"));
    changed[strlen(changed) - 1] = changed[strlen(changed) - 1] == '0' ? '1' : '0';
    assert_false(verifies(object, changed, message));
    changed[strlen(changed) - 2] = '\0';
    assert_false(verifies(object, changed, message));
    assert_false(verifies(object, "", message));
    free(changed);
    json_decref(object);
}

enum own { OWN_ED25519, OWN_P256, OWN_RSA, OWN_NONE = 99 };

/* No other type and scheme takes this public value for one of its own. */
static void check_others(enum own own, const char *public, const char *hex)
{
    static const struct { const char *keytype, *scheme; } pairs[] = {
        [OWN_ED25519] = {"ed25519", "ed25519"}, [OWN_P256] = {"ecdsa", "ecdsa-sha2-nistp256"}, [OWN_RSA] = {"rsa", "rsassa-pss-sha256"},
        {"rsa", "rsa-pkcs1v15-sha256"}, {"rsa", "ecdsa-sha2-nistp256"}, {"rsa", "ed25519"}, {"ecdsa", "rsassa-pss-sha256"},
        {"ecdsa", "ecdsa-sha2-nistp384"}, {"ecdsa", "ed25519"}, {"ed25519", "rsassa-pss-sha256"}, {"ed25519", "ecdsa-sha2-nistp256"},
        {"RSA", "rsassa-pss-sha256"}, {"ed25519", ""}, {"", "ed25519"}};

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        json_t *object = object_of(pairs[i].keytype, pairs[i].scheme, public);

        assert_int_equal(verifies(object, hex, message), i == own);
        json_decref(object);
    }
}

static void ed25519(void **state)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    unsigned char raw[32];
    size_t n = sizeof raw;
    char public[65], *hex = sign_with(pkey, NULL, 0), *pem = pem_of(pkey);

    (void)state;
    assert_int_equal(EVP_PKEY_get_raw_public_key(pkey, raw, &n), 1);
    crypto_hex(raw, n, public);
    check_kind("ed25519", "ed25519", public, hex);
    check_others(OWN_ED25519, public, hex);
    check_others(OWN_NONE, pem, hex); /* its PEM is not its public value here, and no other kind's */
    free(hex);
    free(pem);
    EVP_PKEY_free(pkey);
}

static void ecdsa_p256(void **state)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-384");
    char *hex = sign_with(pkey, EVP_sha256(), 0), *pem = pem_of(pkey);
    char *wrong_hex = sign_with(other, EVP_sha256(), 0), *wrong = pem_of(other);
    json_t *object = object_of("ecdsa", "ecdsa-sha2-nistp256", wrong);

    (void)state;
    check_kind("ecdsa", "ecdsa-sha2-nistp256", pem, hex);
    check_kind("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", pem, hex);
    check_others(OWN_P256, pem, hex);
    assert_false(verifies(object, wrong_hex, message)); /* another curve under this name */
    json_decref(object);
    free(hex);
    free(pem);
    free(wrong_hex);
    free(wrong);
    EVP_PKEY_free(pkey);
    EVP_PKEY_free(other);
}

static void rsa_pss(void **state)
{
    EVP_PKEY *pkey = EVP_RSA_gen(2048), *weak = EVP_RSA_gen(1024);
    char *hex = sign_with(pkey, EVP_sha256(), RSA_PKCS1_PSS_PADDING), *pem = pem_of(pkey);
    char *older = sign_with(pkey, EVP_sha256(), RSA_PKCS1_PADDING), *sha1 = sign_with(pkey, EVP_sha1(), RSA_PKCS1_PSS_PADDING);
    char *weak_hex = sign_with(weak, EVP_sha256(), RSA_PKCS1_PSS_PADDING), *weak_pem = pem_of(weak);
    json_t *object = object_of("rsa", "rsassa-pss-sha256", pem), *weaker = object_of("rsa", "rsassa-pss-sha256", weak_pem);

    (void)state;
    check_kind("rsa", "rsassa-pss-sha256", pem, hex);
    check_others(OWN_RSA, pem, hex);
    assert_false(verifies(object, older, message));
    assert_false(verifies(object, sha1, message));
    assert_false(verifies(weaker, weak_hex, message)); /* too few bits, though the signature is good */
    json_decref(object);
    json_decref(weaker);
    free(hex);
    free(older);
    free(sha1);
    free(pem);
    free(weak_hex);
    free(weak_pem);
    EVP_PKEY_free(pkey);
    EVP_PKEY_free(weak);
}

/* A point can be written in two ways; it stays one key. */
static void one_point_written_in_two_ways(void **state)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    char *plain = pem_of(pkey), *compressed;
    json_t *a, *b;
    struct tuf_key *x, *y;

    (void)state;
    assert_int_equal(EVP_PKEY_set_utf8_string_param(pkey, "point-format", "compressed"), 1);
    compressed = pem_of(pkey);
    assert_string_not_equal(plain, compressed);
    a = object_of("ecdsa", "ecdsa-sha2-nistp256", plain);
    b = object_of("ecdsa", "ecdsa-sha2-nistp256", compressed);
    x = tuf_key_new(a);
    y = tuf_key_new(b);
    assert_non_null(x);
    assert_non_null(y);
    assert_true(tuf_key_same(x, y));
    tuf_key_free(x);
    tuf_key_free(y);
    tuf_key_free(NULL);
    json_decref(a);
    json_decref(b);
    free(plain);
    free(compressed);
    EVP_PKEY_free(pkey);
}

static void what_is_no_key(void **state)
{
    /* one that asks for a password: nobody is asked */
    static const char locked[] = "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00000000000000000000000000000000\n\n"
                                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n";
    static const char *const publics[] = {
        "", "00", "not a key", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        locked};
    static const char *const objects[] = {"{}", "[]", "{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\"}",
                                          "{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":{}}",
                                          "{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":{\"public\":1}}",
                                          "{\"keytype\":1,\"scheme\":\"ed25519\",\"keyval\":{\"public\":\"\"}}"};

    (void)state;
    for (size_t i = 0; i < sizeof publics / sizeof publics[0]; i++)
        check_others(OWN_NONE, publics[i], "00");
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        json_t *object = json_loads(objects[i], 0, NULL);

        assert_null(tuf_key_new(object));
        json_decref(object);
    }
}

static void a_key_id_is_the_hash_of_the_whole_key(void **state)
{
    json_t *object = object_of("ed25519", "ed25519", "00");
    const char canonical[] = "{\"keytype\":\"ed25519\",\"keyval\":{\"public\":\"00\"},\"scheme\":\"ed25519\"}";
    uint8_t digest[SHA256_BYTES];
    char id[SHA256_HEX];

    (void)state;
    assert_int_equal(crypto_sha256(canonical, sizeof canonical - 1, digest), 0);
    crypto_hex(digest, sizeof digest, id);
    assert_true(tuf_key_id_fits(id, object));
    json_object_set_new(object, "x-note", json_string("unknown members count"));
    assert_false(tuf_key_id_fits(id, object));
    json_object_del(object, "x-note");
    id[63] = id[63] == '0' ? '1' : '0';
    assert_false(tuf_key_id_fits(id, object));
    id[63] = '\0';
    assert_false(tuf_key_id_fits(id, object));
    json_object_set_new(object, "x-real", json_real(1.5));
    assert_false(tuf_key_id_fits(id, object));
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ed25519),
        cmocka_unit_test(ecdsa_p256),
        cmocka_unit_test(rsa_pss),
        cmocka_unit_test(one_point_written_in_two_ways),
        cmocka_unit_test(what_is_no_key),
        cmocka_unit_test(a_key_id_is_the_hash_of_the_whole_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
