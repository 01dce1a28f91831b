/* Names that come out of metadata, turned into names of files here and into the
 * end of an address there.  Pure.  No result can leave a folder: a slash and
 * everything that is not a letter, a digit or one of `_.-~` is written as %XX. */
#ifndef MM_UPDATER_TUF_NAMES_H
#define MM_UPDATER_TUF_NAMES_H

#include <stdint.h>

#include "lib/limits.h"

/* "role.json", where the metadata of a role is kept.  MM_EINVAL: an empty name;
 * MM_ELIMIT: too long for a file. */
int tuf_role_file(const char *role, char out[LIM_TUF_FILE]);
/* "7.role.json", or "role.json" when `version` is 0: where a repository has it. */
int tuf_role_address(const char *role, int64_t version, char out[LIM_TUF_PATH]);
/* The one file that stands for a target's path, without folders; a dot at its
 * beginning is written as %2E, so that it is neither "..", nor hidden. */
int tuf_target_file(const char *path, char out[LIM_TUF_FILE]);
/* "dir/HASH.name", or "dir/name" when `hash` is NULL.  A target's path is a
 * path of an address (RFC 3986) already: a %XX in it stays, only what cannot
 * stand in an address is written as %XX.  MM_EINVAL: not tuf_target_sound. */
int tuf_target_address(const char *path, const char *hash, char out[LIM_TUF_PATH]);
/* 1 when a target's path has no empty part, no "." and no "..", also not in
 * the disguise of %2E, no control character, and fits LIM_TUF_PATH. */
int tuf_target_sound(const char *path);

#endif
