/* STATE/guard/rules-refused (docs/update.md): rule packs that ended or held up the scan process on this host, each known
 * by the hash of its manifest.  The guard writes it; the guard and the updater read it, by these functions only. */
#ifndef MM_LIB_RULES_REFUSED_H
#define MM_LIB_RULES_REFUSED_H

#include <stdbool.h>

#include "lib/crypto.h"
#include "lib/limits.h"

struct rules_refused_row { char version[LIM_TAG], hash[SHA256_HEX], why[LIM_TAG]; };
struct rules_refused { struct rules_refused_row row[LIM_RULES_REFUSED]; unsigned n; }; /* the newest last */

/* SHA-256 of the manifest in `dir`, or behind a link to it.  MM_ENOTFOUND (also: no regular file), MM_ELIMIT, MM_EIO. */
int rules_hash(const char *dir, char hash[SHA256_HEX]);

/* The row of that manifest, as long as *r is not changed; NULL: it is not refused. */
const struct rules_refused_row *rules_refused_find(const struct rules_refused *r, const char *hash);
/* `why` is a word, "died" or "stalled"; `version` becomes one, "unknown" when it is empty.  One that is there stays as it is. */
void rules_refused_add(struct rules_refused *r, const char *version, const char *hash, const char *why);
/* Lines that are none of ours are passed over; no file, or one that is too long: none is refused. */
void rules_refused_load(struct rules_refused *r, const char *state_dir);
int rules_refused_save(const struct rules_refused *r, const char *state_dir);

#endif
