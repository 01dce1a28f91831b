/* A thin face over libcrypto.  No state: every call makes and frees what it
 * needs; secrets pass through the caller's memory and are not copied here
 * beyond the library's own key objects (which it clears). */
#include "lib/crypto.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"

int crypto_start(void)
{
    return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) == 1 ? MM_OK : MM_ECRYPTO;
}

int crypto_sha256(const void *data, size_t n, uint8_t out[SHA256_BYTES])
{
    uint8_t md[SHA256_BYTES];

    if (EVP_Digest(data, n, md, NULL, EVP_sha256(), NULL) != 1)
        return MM_ECRYPTO;
    memcpy(out, md, sizeof md);
    return MM_OK;
}

static int digest_fd(EVP_MD_CTX *ctx, int fd)
{
    unsigned char chunk[16384];
    off_t at = 0;
    ssize_t n;

    while ((n = pread(fd, chunk, sizeof chunk, at)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return mm_from_errno(errno);
        if (EVP_DigestUpdate(ctx, chunk, (size_t)n) != 1)
            return MM_ECRYPTO;
        at += n;
    }
    return MM_OK;
}

int crypto_sha256_fd(int fd, uint8_t out[SHA256_BYTES])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t md[SHA256_BYTES];
    int rc;

    if (!ctx)
        return MM_ENOMEM;
    rc = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 ? digest_fd(ctx, fd) : MM_ECRYPTO;
    if (!rc && EVP_DigestFinal_ex(ctx, md, NULL) != 1)
        rc = MM_ECRYPTO;
    EVP_MD_CTX_free(ctx);
    if (!rc)
        memcpy(out, md, sizeof md);
    return rc;
}

int crypto_b64_encode(const void *data, size_t n, struct buf *out)
{
    unsigned char *text;
    int len, rc;

    if (n > INT_MAX / 2)
        return MM_ELIMIT;
    text = malloc((n + 2) / 3 * 4 + 1);
    if (!text)
        return MM_ENOMEM;
    len = EVP_EncodeBlock(text, data, (int)n);
    rc = buf_add(out, text, (size_t)len);
    free(text);
    return rc;
}

/* EVP_DecodeBlock forgives blanks, surplus padding and dirty last bits; text
 * that encodes back to itself has none of them. */
static int decode_exact(const char *text, size_t n, unsigned char *raw, unsigned char *again, size_t *len)
{
    int pad = text[n - 1] == '=' ? 1 + (text[n - 2] == '=') : 0;
    int got = EVP_DecodeBlock(raw, (const unsigned char *)text, (int)n);

    if (got < pad)
        return MM_EFORMAT;
    got -= pad;
    if ((size_t)EVP_EncodeBlock(again, raw, got) != n || memcmp(again, text, n))
        return MM_EFORMAT;
    *len = (size_t)got;
    return MM_OK;
}

int crypto_b64_decode(const char *text, size_t n, struct buf *out)
{
    unsigned char *raw;
    size_t len = 0;
    int rc;

    if (n > INT_MAX / 2)
        return MM_ELIMIT;
    if (n % 4)
        return MM_EFORMAT;
    if (!n)
        return MM_OK;
    raw = malloc(n + n + 1);
    if (!raw)
        return MM_ENOMEM;
    rc = decode_exact(text, n, raw, raw + n, &len);
    if (!rc)
        rc = buf_add(out, raw, len);
    free(raw);
    return rc;
}

int ed25519_generate(uint8_t secret[ED25519_SECRET], uint8_t pub[ED25519_PUBLIC])
{
    uint8_t s[ED25519_SECRET], p[ED25519_PUBLIC];
    size_t sn = sizeof s, pn = sizeof p;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    int rc = MM_ECRYPTO;

    if (key && EVP_PKEY_get_raw_private_key(key, s, &sn) == 1 && sn == sizeof s &&
        EVP_PKEY_get_raw_public_key(key, p, &pn) == 1 && pn == sizeof p) {
        memcpy(secret, s, sizeof s);
        memcpy(pub, p, sizeof p);
        rc = MM_OK;
    }
    OPENSSL_cleanse(s, sizeof s);
    EVP_PKEY_free(key);
    return rc;
}

int ed25519_sign(const uint8_t secret[ED25519_SECRET], const void *msg, size_t n, uint8_t sig[ED25519_SIGNATURE])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, ED25519_SECRET);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t s[ED25519_SIGNATURE];
    size_t len = sizeof s;
    int rc = MM_ECRYPTO;

    if (key && ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
        EVP_DigestSign(ctx, s, &len, msg, n) == 1 && len == sizeof s) {
        memcpy(sig, s, sizeof s);
        rc = MM_OK;
    }
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return rc;
}

int ed25519_verify(const uint8_t pub[ED25519_PUBLIC], const void *msg, size_t n, const uint8_t sig[ED25519_SIGNATURE])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, pub, ED25519_PUBLIC);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int rc = MM_ECRYPTO;

    if (key && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
        EVP_DigestVerify(ctx, sig, ED25519_SIGNATURE, msg, n) == 1)
        rc = MM_OK;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return rc;
}

void ed25519_keyid(const uint8_t pub[ED25519_PUBLIC], char out[KEYID_HEX])
{
    uint8_t md[SHA256_BYTES] = {0};

    /* A one-shot SHA-256 fails only when no provider is loaded at all; then no
     * signature verifies either, and a zero key id matches no key. */
    (void)crypto_sha256(pub, ED25519_PUBLIC, md);
    crypto_hex(md, (KEYID_HEX - 1) / 2, out);
}
