/* Canary files: plain files in the protected folders that nobody works with.
 * Who changes or removes one is asked about at once (fact burst_canary).
 * Which names are canaries the configuration says ([protect] canaries=); one is
 * laid into every protected folder, and after an attack it comes back as every
 * other file does.  Stateless.  See D3FEND, technique D3-DF (Decoy File). */
#ifndef MM_AGENT_WATCH_CANARY_H
#define MM_AGENT_WATCH_CANARY_H

#include <stdbool.h>

#include "lib/config.h"

/* Lay the file into the folder `dirfd`, with the folder's owner, unless something of that name is there.
 * Before the folder is marked.  MM_OK also when it stands already; MM_EDENIED, MM_EIO, MM_ENOSPACE ... */
int canary_plant(int dirfd, const char *name);
/* True when `name` (last part of a path) is a canary's, or a canary's with an ending added to it. */
bool canary_named(const struct config_list *canaries, const char *name);

#endif
