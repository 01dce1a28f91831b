/* The one HTTPS call of the enrolment, with the CA pinned by its hash. */
#ifndef MM_AGENT_REPORT_ENROL_TLS_H
#define MM_AGENT_REPORT_ENROL_TLS_H

#include <stdbool.h>

#include "lib/buf.h"

struct enrol_call {
    const char *url;        /* https://host:port */
    const char *ca_pin;     /* hex SHA-256 of the CA certificate's DER */
    const char *ca_file;    /* PEM with that CA, when the server does not send it; empty: none */
    const char *proxy;      /* empty: none */
    const char *body;       /* JSON */
};

/* POST the body to /agent/v1/enroll.  `answer` gets what came back, `status` the HTTP status; `asked` says, also on failure,
 * whether the body may have arrived.
 * Nothing is sent to a server whose chain does not end in the pinned CA: MM_ECRYPTO.
 * `why` (256 bytes) gets a sentence on failure. */
int enrol_post(const struct enrol_call *c, struct buf *answer, long *status, bool *asked, char why[256]);

#endif
