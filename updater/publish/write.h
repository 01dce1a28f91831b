/* Writing metadata: bodies, signatures, and the text of a file.  Pure.
 *
 * A draft is the whole tree of a file, {"signed","signatures"}; the holder
 * releases it with json_decref. */
#ifndef MM_UPDATER_PUBLISH_WRITE_H
#define MM_UPDATER_PUBLISH_WRITE_H

#include <jansson.h>
#include <stdint.h>

#include "lib/buf.h"
#include "updater/publish/signer.h"
#include "updater/tuf/metadata.h"

/* How many days a metadata file is good for.  Each carries it, and in root the roles of snapshot and timestamp do, so
 * that whoever writes the next version needs no other record. */
#define WRITE_DAYS "x-mimamori-days"

/* Version 1 of a kind, without a signature, and its body, which belongs to it.  NULL: no memory. */
json_t *write_first(enum tuf_kind kind, int64_t now, int64_t days, json_t **body);
/* The version after `old`: the same content, no signature.  MM_ELIMIT: there is none after it. */
int write_next(const struct tuf_meta *old, int64_t now, json_t **draft);
/* Days that a body, or a role in root, says; 1 where it says nothing. */
int64_t write_days(const json_t *body);
/* Let it expire `days` after `now`, and the next versions too. */
int write_expiry(json_t *body, int64_t now, int64_t days);

/* Give a role, of a root or of delegations, the keys in the list `objects` and a threshold: its key ids into `role`, the
 * key objects into `keys` beside it.  MM_EINVAL: a key stands there twice, or there are fewer than `threshold`. */
int write_role(json_t *role, json_t *keys, const json_t *objects, json_int_t threshold);
/* Leave out of `keys` whatever no role of the list or object `roles` names. */
int write_prune_keys(json_t *keys, const json_t *roles);

/* Add a signature under the id of the key that signs, or replace the one that it had. */
int write_signature(json_t *draft, const struct signer *signer);
/* The text of the file, appended. */
int write_text(const json_t *draft, struct buf *out);
/* What a snapshot or a timestamp says about a file: version, length, SHA-256. */
json_t *write_entry(int64_t version, const void *bytes, size_t n);
/* What a targets file says about an artifact: length, SHA-256 and SHA-512. */
json_t *write_target(const void *bytes, size_t n);
/* Set or remove (NULL) a member of a target's "custom"; takes the value over. */
int write_custom(json_t *target, const char *name, json_t *value);

#endif
