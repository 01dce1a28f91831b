/* The console's own certificate authority: EC P-256, made at init.  It issues
 * the console's server certificate and one client certificate per device; the
 * device's name (CN = agent_id) is chosen here, never taken from a request.
 *
 * Owner: struct ca holds key and certificate; one thread.  PEM texts are
 * appended to the caller's buffers. */
#ifndef MM_CONSOLE_CA_H
#define MM_CONSOLE_CA_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/config.h"
#include "lib/crypto.h"

#define CA_DEVICE_DAYS 365    /* renewed by the agent well before */
#define CA_SERVER_DAYS 1825   /* the agents pin the CA; renewed by serve */
#define CA_SELF_DAYS 7300
#define CA_CSR_BYTES 8192     /* an RSA-4096 request in PEM is 1.8 KB */

struct ca;

/* A new authority: PEM of its certificate and of its private key. */
int ca_create(const char *name, struct buf *certificate, struct buf *key);
int ca_load(const char *certificate, const char *key, struct ca **out);
void ca_free(struct ca *ca);

/* Hex SHA-256 of the certificate's DER: what enrolment codes pin. */
int ca_pin(const struct ca *ca, char out[SHA256_HEX]);

/* A server certificate with a new key for the names and addresses given, and for this machine itself
 * (localhost, 127.0.0.1, ::1). */
int ca_issue_server(struct ca *ca, const struct config_list *hosts, struct buf *certificate, struct buf *key);

/* Check a request: parses, signed by its own key, an acceptable key.  MM_EFORMAT,
 * MM_ECRYPTO (signature or key).  `key_hash`: hex SHA-256 of its public key. */
int ca_check_csr(const char *csr, size_t n, char key_hash[SHA256_HEX]);
/* A client certificate for the request's key, CN = `agent_id`. */
int ca_issue_device(struct ca *ca, const char *csr, size_t n, const char *agent_id, struct buf *certificate,
                    int64_t *expires);

/* Seconds since the epoch when the first certificate of `pem` ends. */
int ca_expiry(const char *pem, int64_t *expires);
/* 1 when `pem` is issued by this CA and good for every one of the hosts and this machine itself. */
int ca_server_fits(const struct ca *ca, const char *pem, const struct config_list *hosts);

#endif
