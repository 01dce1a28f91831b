/* The device's key, its certificate request and its certificate (OpenSSL).
 * Pure: PEM text in and out; files are identity.c's, the network is uplink's. */
#ifndef MM_AGENT_REPORT_DEVICE_H
#define MM_AGENT_REPORT_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/limits.h"

struct x509_st;   /* OpenSSL's X509 */

#define DEVICE_PEM 32768   /* a key, a certificate or a short chain */

/* A new EC P-256 key, PKCS #8 PEM. */
int device_key_make(struct buf *pem);
/* A certificate request of that key; `name` becomes its CN (the console decides itself what it writes). */
int device_csr(const struct buf *key_pem, const char *name, struct buf *csr_pem);

struct device_cert {
    char agent_id[LIM_ID];           /* subject CN */
    int64_t not_before, not_after;   /* seconds since the epoch */
};
/* The certificate belongs to the key and is signed by the CA; its times are
 * not judged (a wrong clock must not lock the device out), only reported.
 * MM_EFORMAT (no PEM), MM_ECRYPTO (does not fit). */
int device_cert_check(const struct buf *cert_pem, const struct buf *key_pem, const struct buf *ca_pem,
                      struct device_cert *out);
/* The SHA-256 of the certificate's DER is `pin` (hex, either case). */
bool device_cert_has_pin(const struct x509_st *cert, const char *pin);
/* Append the one CA certificate of `chain_pem` whose DER has that SHA-256 (hex).  MM_ECRYPTO: none. */
int device_ca_pinned(const struct buf *chain_pem, const char *pin, struct buf *out);

#endif
