/* The journal of a publication, as text: {"files": {NAME: TEXT}, "unstage": [ROLE]}.
 * Pure.  A run that finds one carries it out, so what it names cannot be
 * anything but files of metadata/ and of staged/. */
#ifndef MM_UPDATER_PUBLISH_JOURNAL_H
#define MM_UPDATER_PUBLISH_JOURNAL_H

#include <jansson.h>

#include "lib/buf.h"

#define JOURNAL_TIMESTAMP "timestamp.json" /* the only name without a version */

/* Append the text of a journal.  MM_ELIMIT, MM_ENOMEM. */
int journal_write(json_t *files, json_t *unstage, struct buf *out);
/* Read one; the caller releases *out.  MM_EFORMAT: none, or one that names other files. */
int journal_read(const void *bytes, size_t n, json_t **out);

#endif
