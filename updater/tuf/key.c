/* A thin face over EVP.  Every failure of OpenSSL leaves words in its error
 * queue; they are cleared here, because a foreign key that is not understood is
 * nobody's error. */
#include "updater/tuf/key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "updater/tuf/canonical.h"

enum kind { KIND_ED25519, KIND_P256, KIND_RSA_PSS };

struct tuf_key { enum kind kind; EVP_PKEY *pkey; };

/* What may stand together. */
static const struct { const char *keytype, *scheme; enum kind kind; } known[] = {
    {"ed25519", "ed25519", KIND_ED25519},
    {"ecdsa", "ecdsa-sha2-nistp256", KIND_P256},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", KIND_P256}, /* older repositories name the type so */
    {"rsa", "rsassa-pss-sha256", KIND_RSA_PSS},
};

int tuf_key_id_fits(const char *id, const json_t *key)
{
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    struct buf canonical;
    int rc;

    buf_init(&canonical, LIM_TUF_TARGETS);
    rc = tuf_canonical(key, &canonical);
    if (!rc)
        rc = crypto_sha256(canonical.data, canonical.len, digest);
    buf_fini(&canonical);
    if (rc)
        return 0;
    crypto_hex(digest, sizeof digest, hex);
    return !strcmp(id, hex);
}

/* A public key has no password: nobody is asked for one. */
static int no_password(char *into, int size, int writing, void *context)
{
    (void)into;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static EVP_PKEY *from_pem(const char *text)
{
    BIO *bio = BIO_new_mem_buf(text, -1);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL) : NULL;

    BIO_free(bio);
    return pkey;
}

static EVP_PKEY *from_hex(const char *text)
{
    uint8_t raw[ED25519_PUBLIC];

    if (crypto_unhex(text, raw, sizeof raw))
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, sizeof raw);
}

/* 1 when the key is of the kind that it is said to be, and strong enough. */
static int is_of_kind(EVP_PKEY *pkey, enum kind kind)
{
    char group[32];
    size_t n = 0;
    int bits = EVP_PKEY_get_bits(pkey);

    switch (kind) {
    case KIND_ED25519:
        return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519;
    case KIND_P256:
        return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
               EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) == 1 && !strcmp(group, "prime256v1");
    case KIND_RSA_PSS:
        return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA && bits >= LIM_TUF_RSA_LEAST && bits <= LIM_TUF_RSA_MOST;
    }
    return 0;
}

static struct tuf_key *make(enum kind kind, const char *public)
{
    EVP_PKEY *pkey = kind == KIND_ED25519 ? from_hex(public) : from_pem(public);
    struct tuf_key *key = NULL;

    if (pkey && is_of_kind(pkey, kind))
        key = malloc(sizeof *key);
    if (key)
        *key = (struct tuf_key){.kind = kind, .pkey = pkey};
    else
        EVP_PKEY_free(pkey);
    ERR_clear_error();
    return key;
}

struct tuf_key *tuf_key_new(const json_t *object)
{
    const char *keytype = json_string_value(json_object_get(object, "keytype"));
    const char *scheme = json_string_value(json_object_get(object, "scheme"));
    const char *public = json_string_value(json_object_get(json_object_get(object, "keyval"), "public"));

    if (!keytype || !scheme || !public)
        return NULL;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!strcmp(known[i].keytype, keytype) && !strcmp(known[i].scheme, scheme))
            return make(known[i].kind, public);
    return NULL;
}

void tuf_key_free(struct tuf_key *key)
{
    if (key)
        EVP_PKEY_free(key->pkey);
    free(key);
}

int tuf_key_same(const struct tuf_key *a, const struct tuf_key *b)
{
    int same = a->kind == b->kind && EVP_PKEY_eq(a->pkey, b->pkey) == 1;

    ERR_clear_error();
    return same;
}

static int verify(const struct tuf_key *key, const uint8_t *signature, size_t len, const void *message, size_t n)
{
    const EVP_MD *md = key->kind == KIND_ED25519 ? NULL : EVP_sha256();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding = NULL; /* belongs to ctx */
    int good = ctx && EVP_DigestVerifyInit(ctx, &padding, md, NULL, key->pkey) == 1;

    if (good && key->kind == KIND_RSA_PSS)
        good = EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(padding, EVP_sha256()) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_AUTO) == 1;
    good = good && EVP_DigestVerify(ctx, signature, len, message, n) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return good;
}

int tuf_key_verifies(const struct tuf_key *key, const char *hex, const void *message, size_t n)
{
    uint8_t signature[LIM_TUF_SIGNATURE];
    size_t len = strlen(hex) / 2;

    if (!len || len > sizeof signature || crypto_unhex(hex, signature, len))
        return 0;
    return verify(key, signature, len, message, n);
}
