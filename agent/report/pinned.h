/* Trust in one certificate only: the console's CA, known by its SHA-256.
 *
 * OpenSSL's own store of CAs is not used: the callback runs inside the handshake, so that nothing is written to a server
 * before its chain was found to end in that CA.  For one connection at a time. */
#ifndef MM_AGENT_REPORT_PINNED_H
#define MM_AGENT_REPORT_PINNED_H

#include <curl/curl.h>
#include <stdbool.h>

#include "lib/limits.h"

#define PINNED_ISSUER 65

struct pinned {
    const char *pin;              /* hex SHA-256 of the CA certificate's DER */
    char host[LIM_NAME];          /* that the server's certificate must name */
    struct x509_st *file_ca;      /* from a file, for a server that does not send it; NULL: none */
    bool any_time;                /* only to look: a certificate out of its time is let through, and said */
    /* what was found */
    const char *reason;           /* words, or NULL */
    bool shown, other_ca, out_of_time;
    char issuer[PINNED_ISSUER];   /* of the server's certificate, by its own words: valid UTF-8 without control characters */
};

/* For the server of `url`; `ca_file` may be "".  MM_EINVAL: no address; MM_ENOTFOUND, MM_ECRYPTO: the file is not there,
 * or does not hold the CA.  pinned_fini in every case. */
int pinned_init(struct pinned *p, const char *url, const char *pin, const char *ca_file);
void pinned_fini(struct pinned *p);
/* Have `easy` trust it and nothing else, by TLS 1.2 at least.  `p` lives as long as `easy`. */
CURLcode pinned_use(struct pinned *p, CURL *easy);

#endif
