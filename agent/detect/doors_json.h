/* The register and the posture as JSON: for people and console (docs/doors.md),
 * and for the disk, so that a restart forgets nothing.  Pure. */
#ifndef MM_AGENT_DETECT_DOORS_JSON_H
#define MM_AGENT_DETECT_DOORS_JSON_H

#include <jansson.h>

#include "agent/detect/doors.h"
#include "agent/detect/basics.h"

/* Result of the verb `vpn`, as of `now` (seconds); `checking`: a round is under way; at most `advisories` of each
 * door, the others are counted.  A new reference, NULL without memory. */
json_t *doors_json(const struct doors *d, int64_t now, bool checking, unsigned advisories);
/* Result of the verb `posture`. */
json_t *posture_json(const struct basics *p, int64_t now);

/* Everything that must survive a restart, with at most `advisories` of each door (the others are asked for again by the next
 * round); a new reference, NULL without memory. */
json_t *doors_save(const struct doors *d, const struct basics *p, unsigned advisories);
/* Read it back into empty `d` and `p`: what does not fit is left out.  MM_OK or MM_EFORMAT when it is no such object. */
int doors_load(const json_t *saved, struct doors *d, struct basics *p);

/* Bytes as a JSON string whatever they are (invalid UTF-8 becomes U+FFFD). */
json_t *doors_text(const char *text);

#endif
