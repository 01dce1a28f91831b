/* JSON of TUF metadata: strict reading, and the canonical form over which keys
 * and signatures are made (OLPC canonical JSON).  Pure. */
#ifndef MM_UPDATER_TUF_CANONICAL_H
#define MM_UPDATER_TUF_CANONICAL_H

#include <jansson.h>
#include <stddef.h>

#include "lib/buf.h"

/* Parse `n` bytes.  A member that stands twice in one object, bad UTF-8, an
 * integer beyond int64 and anything behind the value are refused.  The caller
 * releases *out with json_decref.  MM_EFORMAT. */
int tuf_json_parse(const void *bytes, size_t n, json_t **out);

/* Append the canonical form of `value` to `out`: members sorted by the bytes of
 * their names, no white space, only '"' and '\' escaped.  It is never longer
 * than the text that was parsed.  MM_EFORMAT: a real number, which has no
 * canonical form; MM_ELIMIT: nested deeper than LIM_TUF_DEPTH, or more than
 * `out` may hold; MM_ENOMEM.  After a failure `out` holds what it held before. */
int tuf_canonical(const json_t *value, struct buf *out);

#endif
