/* The guard role: root with a short capability set, parent of scan and core. */
#ifndef MM_AGENT_ROLES_GUARD_H
#define MM_AGENT_ROLES_GUARD_H

#include "lib/agent_config.h"

/* Run until SIGTERM or a fatal error.  `beat_fd`: the keeper's pipe, one byte
 * every 250 ms while the loop turns; -1 without a keeper.  `restarts`: how
 * often the keeper had to start a guard before.  Exit status of the process. */
int role_guard(const struct agent_config *config, const char *config_path, int beat_fd, unsigned restarts);

/* The keeper: starts a guard, ends it when it is stopped or silent (the
 * kernel then releases every blocked opener), starts the next.  Exit status. */
int role_keeper(const struct agent_config *config, const char *config_path);

#endif
