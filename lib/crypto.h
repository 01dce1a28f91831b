/* Hashes, signatures, random numbers and text encodings over OpenSSL 3. */
#ifndef MM_LIB_CRYPTO_H
#define MM_LIB_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/limits.h"

#define SHA256_BYTES 32
#define SHA256_HEX 65        /* with NUL */
#define ED25519_PUBLIC 32
#define ED25519_SECRET 32
#define ED25519_SIGNATURE 64
#define KEYID_HEX 17         /* 16 digits + NUL */

/* For a program that lives for a moment, before it uses anything of OpenSSL: no configuration file of the machine is
 * read (openssl.cnf could name modules to load), and nothing is tidied up at the end.  MM_ECRYPTO. */
int crypto_start(void);
/* SHA-256 of `n` bytes.  MM_ECRYPTO: OpenSSL refused. */
int crypto_sha256(const void *data, size_t n, uint8_t out[SHA256_BYTES]);
/* SHA-256 of everything that can be read from `fd` at offset 0 on (pread). */
int crypto_sha256_fd(int fd, uint8_t out[SHA256_BYTES]);
/* Lower-case hexadecimal digits and a NUL. */
void crypto_hex(const uint8_t *data, size_t n, char *out /* 2n+1 */);
/* Exactly 2n digits, of either case -> n bytes.  MM_EFORMAT. */
int crypto_unhex(const char *text, uint8_t *out, size_t n);
/* `n` bytes from the kernel, fit for keys. */
int crypto_random(void *out, size_t n);
/* A random UUID (RFC 9562 version 4) in text. */
int crypto_uuid(char out[LIM_ID]);
/* 1 when `text` is a UUID in its one form: 36 characters, lower-case digits. */
int crypto_uuid_valid(const char *text);
/* Base64 (RFC 4648 §4), strict on decode. */
int crypto_b64_encode(const void *data, size_t n, struct buf *out);
int crypto_b64_decode(const char *text, size_t n, struct buf *out);

/* A new key pair, raw bytes (RFC 8032).  MM_ECRYPTO. */
int ed25519_generate(uint8_t secret[ED25519_SECRET], uint8_t pub[ED25519_PUBLIC]);
/* The signature of `n` bytes.  MM_ECRYPTO. */
int ed25519_sign(const uint8_t secret[ED25519_SECRET], const void *msg, size_t n, uint8_t sig[ED25519_SIGNATURE]);
/* MM_OK or MM_ECRYPTO. */
int ed25519_verify(const uint8_t pub[ED25519_PUBLIC], const void *msg, size_t n, const uint8_t sig[ED25519_SIGNATURE]);
/* First 16 hex digits of SHA-256 of the raw public key. */
void ed25519_keyid(const uint8_t pub[ED25519_PUBLIC], char out[KEYID_HEX]);

#endif
