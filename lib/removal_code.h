/* The code with which a person may remove the agent from one computer: the console makes it and orders the host to accept
 * it, somebody reads it out on the telephone, mimamori-setup uninstall --code takes it. */
#ifndef MM_LIB_REMOVAL_CODE_H
#define MM_LIB_REMOVAL_CODE_H

#include "lib/crypto.h"

#define REMOVAL_CODE 15 /* "ABCD-EFGH-IJKL" with NUL: 60 bits */

/* A new one. */
int removal_code_make(char out[REMOVAL_CODE]);
/* What is kept of it: SHA-256 of the computer it is for and the code, in digits.  Blanks, hyphens and small letters do not
 * matter.  MM_EFORMAT: not a code. */
int removal_code_hash(const char *agent_id, const char *code, char out[SHA256_HEX]);

/* STATE/guard/removal, as the guard keeps it and the installer reads it. */
struct removal { char hash[SHA256_HEX]; int64_t until; /* seconds since the epoch */ };
int removal_read(const char *state_dir, struct removal *out);
int removal_write(const char *state_dir, const struct removal *r);

#endif
