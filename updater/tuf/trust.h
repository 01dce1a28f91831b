/* Counting signatures against a role.  Pure. */
#ifndef MM_UPDATER_TUF_TRUST_H
#define MM_UPDATER_TUF_TRUST_H

#include <jansson.h>
#include <stdint.h>

#include "updater/tuf/cause.h"
#include "updater/tuf/metadata.h"

/* TUF_FINE when at least `threshold` different keys of `role` ({"keyids",
 * "threshold"}, keys by id in `keys`) have signed `meta`.  A key counts once,
 * also when it stands under two ids; whatever does not verify counts nothing.
 * TUF_ARBITRARY: none has; TUF_BELOW_THRESHOLD: some have, but too few. */
enum tuf_cause tuf_trust(const struct tuf_meta *meta, const json_t *keys, const json_t *role);
/* 1 when the two roles have the same key ids, in whatever order. */
int tuf_trust_same_keys(const json_t *a, const json_t *b);
/* 1 when the metadata has expired at `now`, seconds since the epoch: at that very second it has. */
int tuf_trust_expired(const struct tuf_meta *meta, int64_t now);

#endif
