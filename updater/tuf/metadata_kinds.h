/* What each kind of metadata must have beyond what all have; used by
 * metadata.c only.  `body` is the member "signed", an object without reals. */
#ifndef MM_UPDATER_TUF_METADATA_KINDS_H
#define MM_UPDATER_TUF_METADATA_KINDS_H

#include <jansson.h>

/* Each: MM_OK, MM_EFORMAT or MM_ENOMEM. */
int tuf_check_root(const json_t *body);
int tuf_check_timestamp(const json_t *body);
int tuf_check_snapshot(const json_t *body);
int tuf_check_targets(const json_t *body);

#endif
