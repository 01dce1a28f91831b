/* What the updater asks of the agent and its parts. */
#ifndef MM_UPDATER_HOST_AGENT_H
#define MM_UPDATER_HOST_AGENT_H

#include <stddef.h>

#include "updater/host/run.h"

enum agent_word { AGENT_TOOK_IT, AGENT_REFUSED, AGENT_SILENT };

/* Check a pack by the agent's own checker, in its sandbox.  MM_OK, MM_EFORMAT with its words in `why`, MM_ETIMEOUT, MM_ENOTFOUND. */
int agent_check_rules(const struct run *r, const char *folder, char *why, size_t n);
/* Have the guard load the pack that is in use now. */
enum agent_word agent_load_rules(const struct run *r, char *why, size_t n);

#endif
