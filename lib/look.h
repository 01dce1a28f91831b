/* What a look at the console found: one line of JSON, written by a process without power, read by root (docs/protocol.md
 * knows nothing of it: it stays on the computer).  Pure. */
#ifndef MM_LIB_LOOK_H
#define MM_LIB_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

#define LOOK_LINE 1024    /* bytes of the line, at most */
#define LOOK_ISSUER 65    /* bytes of the name, with NUL */

/* How far it came. */
enum look_stage {
    LOOK_GOOD,        /* the console, by the certificate that was asked for */
    LOOK_NAME,        /* its name has no address */
    LOOK_NO_ROUTE,    /* no network leads there */
    LOOK_REFUSED,     /* the computer is there, nothing listens on the port */
    LOOK_SILENT,      /* nothing answers */
    LOOK_NO_TLS,      /* something else than TLS answers */
    LOOK_OTHER_CA,    /* a certificate of somebody else */
    LOOK_CERTIFICATE, /* of the right CA, but it does not fit */
    LOOK_PROXY,       /* the proxy does not let us through */
    LOOK_FAILED,      /* otherwise */
    LOOK_STAGES
};

struct look {
    enum look_stage stage;
    bool out_of_time;          /* the certificate would be good at another date */
    int64_t date;              /* the console's clock, seconds since the epoch; 0: it did not say */
    int ms;                    /* how long it took */
    char issuer[LOOK_ISSUER];  /* who signed the certificate that was shown, by the words in it; a stranger's words */
};

/* The word of a stage, as in the line and in keys of the catalogue. */
const char *look_word(enum look_stage stage);
/* Append the line, with its end. */
int look_write(const struct look *l, struct buf *out);
/* Read one: everything there, nothing more, in its bounds, valid UTF-8 without control characters.  MM_EFORMAT. */
int look_read(const char *line, size_t n, struct look *out);

#endif
