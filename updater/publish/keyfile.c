/* OpenSSL's own PEM_write_bio_PKCS8PrivateKey derives with PBKDF2; scrypt costs a guesser
 * memory too, so the PBES2 parameters are made by hand.  16 MiB for each guess: N more
 * would pass the limit that OpenSSL sets for reading, so p is raised instead.
 * Decrypted keys live in OpenSSL's own objects only, which it wipes. */
#include "updater/publish/keyfile.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "updater/tuf/canonical.h"
#include "updater/tuf/key.h"

#define SCRYPT_N 16384
#define SCRYPT_R 8
#define SCRYPT_P 5
#define SCRYPT_SALT 16 /* bytes */

int keyfile_type_known(const char *type)
{
    return !strcmp(type, "ed25519") || !strcmp(type, "ecdsa-p256");
}

static EVP_PKEY *generate(const char *type)
{
    return !strcmp(type, "ed25519") ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

/* ---- the public half -------------------------------------------------------------------- */

/* FILE.pub, whether `path` is it or FILE. */
static int public_name(const char *path, char out[LIM_PATH])
{
    size_t n = strlen(path);

    return snprintf(out, LIM_PATH, "%s%s", path, n > 4 && !strcmp(path + n - 4, ".pub") ? "" : ".pub") < LIM_PATH ? MM_OK : MM_ELIMIT;
}

int keyfile_write_public(const char *path, const json_t *object)
{
    char name[LIM_PATH], *text;
    int rc;

    if (public_name(path, name))
        return MM_ELIMIT;
    text = json_dumps(object, JSON_INDENT(1) | JSON_SORT_KEYS);
    rc = text ? durable_write(name, text, strlen(text), 0644) : MM_ENOMEM;
    free(text);
    return rc;
}

int keyfile_public(const char *path, json_t **object)
{
    char name[LIM_PATH];
    struct tuf_key *key;
    struct buf text;
    json_t *read = NULL;
    int rc;

    if (public_name(path, name))
        return MM_ELIMIT;
    buf_init(&text, LIM_PUBLISH_KEYFILE);
    rc = durable_read(name, &text);
    if (!rc)
        rc = tuf_json_parse(text.data, text.len, &read);
    buf_fini(&text);
    if (rc)
        return rc;
    key = tuf_key_new(read);
    if (key)
        *object = read;
    else
        json_decref(read);
    rc = key ? MM_OK : MM_EFORMAT;
    tuf_key_free(key);
    return rc;
}

/* ---- the private half ------------------------------------------------------------------- */

static X509_SIG *encrypt(EVP_PKEY *pkey, const struct passphrase *p)
{
    X509_ALGOR *scheme = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, SCRYPT_SALT, NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
    PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(pkey);
    X509_SIG *sealed = scheme && plain ? PKCS8_set0_pbe(p->text, (int)p->n, plain, scheme) : NULL;

    if (!sealed)
        X509_ALGOR_free(scheme);
    PKCS8_PRIV_KEY_INFO_free(plain);
    return sealed;
}

/* Under its final name only when it is whole, and never over another one. */
static int write_new(const char *path, const void *data, size_t n)
{
    char part[LIM_PATH];
    int rc;

    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return MM_ELIMIT;
    rc = durable_write(part, data, n, 0600);
    if (!rc && link(part, path) < 0)
        rc = mm_from_errno(errno);
    (void)unlink(part);
    return rc;
}

static int write_private(const char *path, EVP_PKEY *pkey, const struct passphrase *p)
{
    X509_SIG *sealed = encrypt(pkey, p);
    BIO *bio = BIO_new(BIO_s_mem());
    int rc = MM_ECRYPTO;
    char *data;
    long n;

    if (sealed && bio && PEM_write_bio_PKCS8(bio, sealed) == 1 && (n = BIO_get_mem_data(bio, &data)) > 0)
        rc = write_new(path, data, (size_t)n);
    BIO_free(bio);
    X509_SIG_free(sealed);
    return rc;
}

/* ---- signing ------------------------------------------------------------------------------ */

static int sign_with_pkey(void *held, const void *message, size_t n, struct buf *signature)
{
    EVP_PKEY *pkey = held;
    const EVP_MD *md = EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
    unsigned char raw[LIM_TUF_SIGNATURE];
    size_t len = sizeof raw;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int rc = MM_ECRYPTO;

    if (ctx && EVP_DigestSignInit(ctx, NULL, md, NULL, pkey) == 1 && EVP_DigestSign(ctx, raw, &len, message, n) == 1)
        rc = buf_add(signature, raw, len);
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return rc;
}

static void free_pkey(void *held)
{
    EVP_PKEY_free(held);
}

static const struct signer_ops ops = {sign_with_pkey, free_pkey};

/* Take the key over; it is freed on failure too. */
static int make_signer(EVP_PKEY *pkey, struct signer *out)
{
    struct signer s = {.ops = &ops, .held = pkey, .object = signer_object(pkey)};
    int rc = s.object ? signer_id(s.object, s.id) : MM_EUNSUPPORTED;

    if (rc)
        signer_fini(&s);
    else
        *out = s;
    return rc;
}

int keyfile_create(const char *path, const char *type, const struct passphrase *p, struct signer *out)
{
    struct signer s;
    EVP_PKEY *pkey;
    int rc;

    if (!keyfile_type_known(type))
        return MM_EINVAL;
    if (access(path, F_OK) == 0)
        return MM_EEXIST;
    pkey = generate(type);
    rc = pkey ? make_signer(pkey, &s) : MM_ECRYPTO;
    if (!rc) {
        rc = keyfile_write_public(path, s.object);
        if (!rc) /* last: a public half alone is no key and is replaced by the next run */
            rc = write_private(path, pkey, p);
        if (rc)
            signer_fini(&s);
        else
            *out = s;
    }
    ERR_clear_error();
    return rc;
}

static int open_sealed(const char *path, X509_SIG **out)
{
    struct buf text;
    BIO *bio;
    int rc;

    buf_init(&text, LIM_PUBLISH_KEYFILE);
    rc = durable_read(path, &text);
    if (rc)
        return rc;
    bio = BIO_new_mem_buf(text.data ? text.data : "", (int)text.len);
    *out = bio ? PEM_read_bio_PKCS8(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    buf_fini(&text);
    return *out ? MM_OK : MM_EFORMAT;
}

static int unseal(const X509_SIG *sealed, const struct passphrase *p, EVP_PKEY **out)
{
    PKCS8_PRIV_KEY_INFO *plain = PKCS8_decrypt(sealed, p->text, (int)p->n);

    if (!plain)
        return MM_EDENIED;
    *out = EVP_PKCS82PKEY(plain);
    PKCS8_PRIV_KEY_INFO_free(plain);
    return *out ? MM_OK : MM_EUNSUPPORTED;
}

int keyfile_open(const char *path, const struct passphrase *p, struct signer *out)
{
    X509_SIG *sealed = NULL;
    EVP_PKEY *pkey = NULL;
    int rc = open_sealed(path, &sealed);

    if (!rc)
        rc = unseal(sealed, p, &pkey);
    X509_SIG_free(sealed);
    if (!rc)
        rc = make_signer(pkey, out);
    ERR_clear_error();
    return rc;
}
