/* Publishing: from "nobody sees it" to "everybody sees it", as a whole.
 *
 * All files of a publication are first written into one journal, which appears
 * under its name by one rename.  Before that moment nothing has happened; after
 * it the publication is carried out, if need be by the next run.  The bytes are
 * fixed by then, so that no file ever changes under its name but timestamp.json. */
#ifndef MM_UPDATER_PUBLISH_RELEASE_H
#define MM_UPDATER_PUBLISH_RELEASE_H

#include <jansson.h>

#include "updater/publish/desk.h"

/* What is to be published.  Owner of both: the holder, release_fini. */
struct release {
    json_t *files;    /* texts by name below metadata/ */
    json_t *unstage;  /* roles whose staged files go away */
};

/* MM_ENOMEM. */
int release_init(struct release *r);
/* Free it; fine for a zeroed one. */
void release_fini(struct release *r);
/* Take a staged role along, as it is. */
int release_take(struct release *r, struct desk *d, const char *role);
/* Take a text along under a name. */
int release_add(struct release *r, const char *file, const struct buf *text);
/* Publish it, if a client accepts what comes out.  MM_ECRYPTO: it does not, see d->trouble; nothing has happened.
 * Other failures leave clients with the old state or, when the disk failed in the middle, with a part that the next
 * run completes. */
int release_commit(struct release *r, struct desk *d);
/* Carry out what a run before this one could not complete. */
int release_finish(struct desk *d);

#endif
