/* Key files of the release desk: FILE, a PKCS#8 private key in PEM, encrypted
 * with a passphrase (PBES2: scrypt and AES-256-CBC), and FILE.pub, the public
 * key as TUF writes it, in JSON.  FILE.pub may be given to everybody. */
#ifndef MM_UPDATER_PUBLISH_KEYFILE_H
#define MM_UPDATER_PUBLISH_KEYFILE_H

#include <jansson.h>

#include "updater/publish/passphrase.h"
#include "updater/publish/signer.h"

/* 1 when there is a kind of key of this name: "ed25519", "ecdsa-p256". */
int keyfile_type_known(const char *type);
/* Make a key, write FILE.pub (0644) and FILE (0600), and be ready to sign with it.  MM_EEXIST: FILE is there, nothing
 * is touched; MM_EINVAL: no such type; MM_ECRYPTO; MM_ENOSPC ... */
int keyfile_create(const char *path, const char *type, const struct passphrase *p, struct signer *out);
/* Read a private key.  MM_EFORMAT: no encrypted key, or cut off; MM_EDENIED: another passphrase; MM_EUNSUPPORTED: a
 * kind of key that is not used here; MM_ENOTFOUND ... */
int keyfile_open(const char *path, const struct passphrase *p, struct signer *out);
/* Write FILE.pub, whether `path` names it or FILE. */
int keyfile_write_public(const char *path, const json_t *object);
/* The public key of FILE.pub, whether `path` names it or FILE.  The caller releases it.  MM_EFORMAT: not one that a
 * client understands; MM_ENOTFOUND ... */
int keyfile_public(const char *path, json_t **object);

#endif
