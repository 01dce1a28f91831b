/* Questions to gateways as vpn rules declare them, in the metas `ask` and `headers`.
 *
 * ask = "https:/remote/login tls ssh snmp:1.3.6.1.4.1.12356.101.4.1.1.0": words
 * SOURCE or SOURCE:PATH with single spaces between, or "none".  Rules come from
 * providers too, and the probe sends what they say: a path is printable ASCII
 * and goes nowhere up, a header is one line. */
#ifndef MM_AGENT_DETECT_ENGINE_ASK_H
#define MM_AGENT_DETECT_ENGINE_ASK_H

#include "agent/messages.h"

/* The next question of *rest, which moves on.  MM_OK, MM_ENOTFOUND at the end, MM_EFORMAT. */
int ask_next(const char **rest, struct probe_ask *out);
/* Add the lines of a `headers` meta ("Name: value|Name: value") to a question; a name that
 * is there already keeps its value, and only HTTPS has any.  MM_OK, MM_EFORMAT, MM_ELIMIT. */
int ask_headers(struct probe_ask *ask, const char *headers);

#endif
