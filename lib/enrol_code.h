/* The enrolment code that a provider gives to a customer (docs/protocol.md). */
#ifndef MM_LIB_ENROL_CODE_H
#define MM_LIB_ENROL_CODE_H

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/limits.h"

struct enrol_code {
    char url[512];       /* https://host:port */
    char ca_pin[65];     /* hex SHA-256 of the CA certificate's DER */
    char token[65];
};

/* Append the code's text, ready to be typed.  MM_EINVAL: a part is not what it must be; MM_ELIMIT: too long. */
int enrol_code_make(const struct enrol_code *c, struct buf *out);
/* MM_EFORMAT (not a code), MM_ECRYPTO (a typing error: the checksum differs), MM_ELIMIT. */
int enrol_code_parse(const char *text, struct enrol_code *out);

/* The first line of the file of the key that an enrolment uses: it says, by a hash, which code the key was made for. */
#define ENROL_KEY_LINE "Enrolment: %s\n"
#define ENROL_KEY_LINE_MOST (sizeof ENROL_KEY_LINE + SHA256_HEX)
/* What stands in that line: the SHA-256 of the code's token, in digits. */
int enrol_code_mark(const struct enrol_code *c, char mark[SHA256_HEX]);

#endif
