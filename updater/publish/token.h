/* Keys in tokens: smart cards, hardware modules and their likes behind PKCS#11,
 * named by an address of RFC 7512.  The private half never leaves the token.
 *
 *     pkcs11:token=release;object=release-1?module-path=/usr/lib/softhsm/libsofthsm2.so
 *
 * Without module-path the modules that p11-kit knows are asked.  A PIN in the
 * address is refused: others can see it.  `why` gets one English sentence about
 * a failure. */
#ifndef MM_UPDATER_PUBLISH_TOKEN_H
#define MM_UPDATER_PUBLISH_TOKEN_H

#include <jansson.h>

#include "updater/publish/passphrase.h"
#include "updater/publish/signer.h"

#define TOKEN_WHY 512

/* 1 when a text is such an address. */
int token_is(const char *text);
/* Log in with a PIN and be ready to sign with the one key that the address names.  MM_EINVAL: no sound address, or more
 * than one key or token; MM_ENOTFOUND; MM_EDENIED: the PIN is wrong or locked; MM_EUNSUPPORTED: neither Ed25519 nor
 * P-256; MM_EIO: the module. */
int token_open(const char *uri, const struct passphrase *pin, struct signer *out, char why[TOKEN_WHY]);
/* The public keys that the address names: a list of {"token","label","id","key","keyid"}, the last two null for a kind
 * that is not used here; the caller releases it.  `pin` NULL: those that the token shows to everybody. */
int token_list(const char *uri, const struct passphrase *pin, json_t **out, char why[TOKEN_WHY]);

#endif
