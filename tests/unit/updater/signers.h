/* Keys of a test's repository: Ed25519, named by bits, so that a set of signers is a number. */
#ifndef MM_TESTS_UNIT_UPDATER_SIGNERS_H
#define MM_TESTS_UNIT_UPDATER_SIGNERS_H

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "updater/tuf/canonical.h"

enum { K_ROOT = 1, K_TIME = 2, K_SNAP = 4, K_TARGETS = 8, K_A = 16, K_B = 32, K_C = 64, K_D = 128, KEYS = 8 };

struct signer { uint8_t secret[ED25519_SECRET], pub[ED25519_PUBLIC]; json_t *object; char id[SHA256_HEX]; };

static inline void key_id_of(const json_t *object, char id[SHA256_HEX])
{
    uint8_t digest[SHA256_BYTES];
    struct buf b;

    buf_init(&b, 65536);
    if (tuf_canonical(object, &b) || crypto_sha256(b.data, b.len, digest))
        abort();
    crypto_hex(digest, sizeof digest, id);
    buf_fini(&b);
}

/* Always the same key for the same number: fuzzers want to meet again what they have met. */
static inline void make_key(struct signer *key, uint8_t number)
{
    char hex[2 * ED25519_PUBLIC + 1];
    size_t n = sizeof key->pub;
    EVP_PKEY *pkey;

    memset(key->secret, number + 1, sizeof key->secret);
    pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key->secret, sizeof key->secret);
    if (!pkey || EVP_PKEY_get_raw_public_key(pkey, key->pub, &n) != 1)
        abort();
    EVP_PKEY_free(pkey);
    crypto_hex(key->pub, sizeof key->pub, hex);
    key->object = json_pack("{s:s,s:s,s:{s:s}}", "keytype", "ed25519", "scheme", "ed25519", "keyval", "public", hex);
    key_id_of(key->object, key->id);
}

#endif
