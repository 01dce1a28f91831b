/* One look at the console, for `mimamori-setup doctor`: is it there, is it the right one, what time has it. */
#ifndef MM_AGENT_REPORT_LOOK_H
#define MM_AGENT_REPORT_LOOK_H

#include "lib/look.h"

#define LOOK_MS 3500   /* of a doctor's five seconds, the names' resolution included */

struct look_call {
    const char *url;        /* https://host:port */
    const char *ca_pin;     /* hex SHA-256 of the CA certificate's DER */
    const char *ca_file;    /* PEM, when the server does not send its CA; not there, or another: as if it were "" */
    const char *proxy;      /* empty: none */
};

/* Asks for nothing and sends nothing of this computer's.  Blocks for LOOK_MS; libcurl is set up.  After it the process
 * ends without tidying up: a resolver that hangs would be waited for. */
void look_at(const struct look_call *c, struct look *out);

#endif
