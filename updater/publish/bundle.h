/* A bundle: one file for sites without a way to the repository.  A plain tar
 * archive, the same bytes for the same content and instant:
 *
 *     bundle.json            {"format": 1, "made": "2027-01-31T09:00:00Z"}
 *     metadata/NAME          as below metadata/ of the repository
 *     targets/PATH           as a client asks for it: FOLDER/SHA256.NAME
 *
 * It appears under its name when it is whole and on the disk. */
#ifndef MM_UPDATER_PUBLISH_BUNDLE_H
#define MM_UPDATER_PUBLISH_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/limits.h"

struct archive;

struct bundle {
    struct archive *archive;  /* NULL: closed */
    int fd;
    char path[LIM_PATH], part[LIM_PATH];
};

/* Begin a bundle that will be `path`; its first member is written.  On failure there is nothing to close. */
int bundle_open(struct bundle *b, const char *path, int64_t made);
/* Append a member: `name` below `folder`. */
int bundle_add(struct bundle *b, const char *folder, const char *name, const void *bytes, size_t n);
/* End it and put it in its place. */
int bundle_finish(struct bundle *b);
/* Forget what was written; fine for one that is finished. */
void bundle_drop(struct bundle *b);

#endif
