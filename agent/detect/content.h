/* Content features: what happened to an original, told from its bytes alone.
 *
 * Owner: the scan process holds one struct content (a work area of about
 * 300 KiB, no state between calls); descriptors stay the caller's.  Reads by
 * position only, at most some 200 KiB of each side, more only to settle a doubt.
 * How it decides is told at the top of content.c, every number in content_tune.h. */
#ifndef MM_AGENT_DETECT_CONTENT_H
#define MM_AGENT_DETECT_CONTENT_H

#include <stdint.h>

#include "agent/detect/content_source.h"
#include "agent/detect/facts.h"

struct content;

/* `seed` chooses the sampled places: random in the scan process, so that nobody
 * can encrypt around them; fixed in tests.  NULL when out of memory. */
struct content *content_new(uint64_t seed);
void content_free(struct content *c);

/* Compare `after` with `before` (NULL: a new file).  Always fills *out. */
void content_judge(struct content *c, const struct content_source *after,
                   const struct content_source *before, struct content_verdict *out);
/* The same for descriptors; `before` -1: a new file.  CHANGE_UNKNOWN when one
 * cannot be read or is no regular file. */
void content_judge_fds(struct content *c, int after, int before, struct content_verdict *out);

#endif
