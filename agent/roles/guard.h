/* The guard role: root with a short capability set, parent of scan and core. */
#ifndef MM_AGENT_ROLES_GUARD_H
#define MM_AGENT_ROLES_GUARD_H

#include "lib/agent_config.h"

/* What the guard says through the keeper's pipe, one byte each. */
#define GUARD_BEAT 'b'       /* every 250 ms: the loop turns; the first one: it guards */
#define GUARD_WATCH 'w'      /* five times a second: who opens a file is answered */
#define GUARD_UNWATCHED 'u'  /* nobody waits for an answer any more, and the one before does not come */

/* Run until SIGTERM or a fatal error.  `beat_fd`: the keeper's pipe; -1 without a keeper.  `restarts`: how
 * often the keeper had to start a guard before.  Exit status of the process. */
int role_guard(const struct agent_config *config, const char *config_path, int beat_fd, unsigned restarts);

/* The keeper: starts a guard, ends it when it is stopped or silent (the
 * kernel then releases every blocked opener), starts the next.  Exit status. */
int role_keeper(const struct agent_config *config, const char *config_path);

#endif
