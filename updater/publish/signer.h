/* Whoever can sign: the seam between the release desk and the ways to keep a
 * private key.  A key file is one way (keyfile.h), a token behind PKCS#11 another
 * (token.h). */
#ifndef MM_UPDATER_PUBLISH_SIGNER_H
#define MM_UPDATER_PUBLISH_SIGNER_H

#include <jansson.h>
#include <openssl/types.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/crypto.h"

struct signer_ops {
    /* Append the raw signature of `n` bytes.  MM_ECRYPTO ... */
    int (*sign)(void *held, const void *message, size_t n, struct buf *signature);
    /* Forget the key; secrets are wiped. */
    void (*free)(void *held);
};

struct signer {
    const struct signer_ops *ops;  /* NULL: nobody */
    void *held;                    /* what the ops work with */
    json_t *object;                /* the public key as TUF writes it: keytype, scheme, keyval */
    char id[SHA256_HEX];           /* its key id */
};

/* A public key as TUF writes it; the caller releases it.  NULL: of a kind that clients do not understand, or no memory. */
json_t *signer_object(EVP_PKEY *pkey);
/* The id of a public key object: SHA-256 of its canonical form.  MM_EFORMAT, MM_ECRYPTO. */
int signer_id(const json_t *object, char id[SHA256_HEX]);
/* Forget it; fine for a zeroed one and twice. */
void signer_fini(struct signer *s);

#endif
