/* What the vpn rules know: which product an answer comes from, which advisories hold a version.
 *
 * Two kinds of rule (rules/README.md): one recognises a product in the bytes of
 * an answer and may carry its version; one, with the meta `cve`, judges a
 * version.  Bytes in, plain structs out; nothing is asked here.  The engine is
 * the caller's, with the vpn family in it (alone or among others); one thread. */
#ifndef MM_AGENT_DETECT_ENGINE_VPN_H
#define MM_AGENT_DETECT_ENGINE_VPN_H

#include <stddef.h>
#include <stdint.h>

#include "agent/detect/engine.h"
#include "agent/messages.h"

/* Whose answer is it?  `facts` tell source, path and status.  Of each product the surest
 * identification (a version told, then a table's, then the product alone); the surest product
 * first; what a surer one leaves out (the model) is filled in from the others.  At most `max`
 * in out[], *found counts all.  MM_OK, also when nobody is recognised; MM_ETIMEOUT, or another
 * error of the scan: nothing can be said. */
int engine_identify(struct engine *e, const struct vpn_facts *facts, const void *bytes, size_t n, struct vpn_identity *out,
                    unsigned max, unsigned *found);

/* Which advisories hold this version of this product?  `version` is any text that holds one as the
 * product writes it ("v7.2.4,build1396 (GA)"); `model` may be empty: then ranges of any model count.
 * The gravest first: known to be exploited, then severity, then the newest.  At most `max` in out[], *found
 * counts all.  MM_OK (none is no promise: advisories are what the pack knows); MM_ENOTFOUND: no
 * advisory is known of that product; MM_EFORMAT: no version of it; MM_ETIMEOUT or another error of the scan. */
int engine_advisories(struct engine *e, const char *product, const char *version, const char *model, struct vpn_advisory *out,
                      unsigned max, unsigned *found);

/* The distinct questions that the rules declare, with all their headers, in the order of the rules: at most `max`.
 * How many there are.  TLS is not among them: the prober looks at it anyway, once for each gateway. */
unsigned engine_asks(struct engine *e, struct probe_ask *out, unsigned max);

#endif
