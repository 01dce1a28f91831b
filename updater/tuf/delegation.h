/* Which targets a delegated role may speak for.  Pure. */
#ifndef MM_UPDATER_TUF_DELEGATION_H
#define MM_UPDATER_TUF_DELEGATION_H

#include <jansson.h>

/* 1 when `role`, an entry of "roles" in delegations, may speak for `target`:
 * by "paths", patterns of fnmatch(3) for each part between slashes, so that '*'
 * never crosses a slash; or by "path_hash_prefixes", beginnings of the SHA-256
 * of the target's path. */
int tuf_delegation_matches(const json_t *role, const char *target);

#endif
