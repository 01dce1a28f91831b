/* Public keys of TUF metadata and single signatures.  Pure.
 *
 * Understood: ed25519; ECDSA over P-256 with SHA-256; RSA-PSS with SHA-256.  The
 * key type that is named, the scheme that is named and what the key really is
 * must fit together.  A key that is not understood is no error: it verifies
 * nothing. */
#ifndef MM_UPDATER_TUF_KEY_H
#define MM_UPDATER_TUF_KEY_H

#include <jansson.h>
#include <stddef.h>

/* 1 when `id` is the SHA-256 of the canonical form of the whole key object, in
 * lower-case hexadecimal digits; else 0. */
int tuf_key_id_fits(const char *id, const json_t *key);

/* A key that can verify; opaque. */
struct tuf_key;

/* The key in `object`, {"keytype","scheme","keyval":{"public"}}.  NULL: not
 * understood, too weak, or no memory.  The caller frees it. */
struct tuf_key *tuf_key_new(const json_t *object);
/* Free it; NULL is fine. */
void tuf_key_free(struct tuf_key *key);
/* 1 when both are the same key, however they are written down. */
int tuf_key_same(const struct tuf_key *a, const struct tuf_key *b);
/* 1 when `hex`, a signature in hexadecimal digits, is one of this key over the
 * `n` bytes of `message`; 0 for everything else, also for what is no
 * hexadecimal number at all. */
int tuf_key_verifies(const struct tuf_key *key, const char *hex, const void *message, size_t n);

#endif
