/* What the doctor reads out of texts: of the kernel, of systemd, of settings, of programs that anybody may have started.
 * Pure; every text ends with NUL, is as long as it likes and may hold anything. */
#ifndef MM_INSTALLER_DOCTOR_READ_H
#define MM_INSTALLER_DOCTOR_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/limits.h"

/* uname's release.  False: it has no version in front. */
bool read_kernel(const char *release, unsigned *major, unsigned *minor);
/* The effective capabilities of /proc/PID/status; 0 without the line. */
uint64_t read_capabilities(const char *status);
/* The proxy for HTTPS that lines of NAME=VALUE name, without user and password; "" when they name none. */
void read_proxy(const char *environment, char out[LIM_NAME]);
/* The same of one address: what is safe to show of it. */
void read_proxy_of(const char *value, char *out, size_t n);
/* SHA-256 of the first certificate's DER in a PEM text.  The DER is not looked into.  False: there is none. */
bool read_pin(const char *pem, char out[65]);
/* Is it an address of a console, and nothing more: https://HOST:PORT, of characters that mean nothing else anywhere. */
bool read_is_url(const char *text);

struct unit_facts {
    char name[LIM_NAME];
    bool masked, broken, missing;   /* LoadState */
    bool enabled, active;           /* active: or on the way there */
    char state[LIM_NAME];           /* ActiveState and Result, as systemd says it */
    char other[LIM_NAME];           /* a program that it starts and that does not lie below `ours`; "" */
};
/* The next unit of what `systemctl show` said; false at the end.  `ours` ends with a slash. */
bool read_unit(const char **text, const char *ours, struct unit_facts *out);

#endif
