#include "updater/publish/signer.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "updater/tuf/canonical.h"
#include "updater/tuf/key.h"

static json_t *object_ed25519(const EVP_PKEY *pkey)
{
    uint8_t raw[ED25519_PUBLIC];
    size_t n = sizeof raw;
    char hex[2 * ED25519_PUBLIC + 1];

    if (EVP_PKEY_get_raw_public_key(pkey, raw, &n) != 1 || n != sizeof raw)
        return NULL;
    crypto_hex(raw, sizeof raw, hex);
    return json_pack("{s:s,s:s,s:{s:s}}", "keytype", "ed25519", "scheme", "ed25519", "keyval", "public", hex);
}

static json_t *object_p256(EVP_PKEY *pkey)
{
    BIO *bio = BIO_new(BIO_s_mem());
    json_t *object = NULL;
    char *data;
    long n;

    if (bio && PEM_write_bio_PUBKEY(bio, pkey) == 1 && (n = BIO_get_mem_data(bio, &data)) > 0)
        object = json_pack("{s:s,s:s,s:{s:s%}}", "keytype", "ecdsa", "scheme", "ecdsa-sha2-nistp256", "keyval", "public", data, (size_t)n);
    BIO_free(bio);
    return object;
}

json_t *signer_object(EVP_PKEY *pkey)
{
    json_t *object = NULL;
    struct tuf_key *key;

    if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519)
        object = object_ed25519(pkey);
    else if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC)
        object = object_p256(pkey);
    key = object ? tuf_key_new(object) : NULL;
    if (!key) {
        json_decref(object);
        object = NULL;
    }
    tuf_key_free(key);
    return object;
}

int signer_id(const json_t *object, char id[SHA256_HEX])
{
    uint8_t digest[SHA256_BYTES];
    struct buf canonical;
    int rc;

    buf_init(&canonical, LIM_PUBLISH_KEYFILE);
    rc = tuf_canonical(object, &canonical);
    if (!rc)
        rc = crypto_sha256(canonical.data, canonical.len, digest);
    buf_fini(&canonical);
    if (!rc)
        crypto_hex(digest, sizeof digest, id);
    return rc;
}

void signer_fini(struct signer *s)
{
    if (s->ops)
        s->ops->free(s->held);
    json_decref(s->object);
    *s = (struct signer){.ops = NULL};
}
