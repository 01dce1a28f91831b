/* The answer to `status`: what guard and core say, as JSON, with one overall word.
 * Pure.  The names are stable: the local program and scripts read them. */
#ifndef MM_AGENT_CONTROL_VERBS_STATUS_H
#define MM_AGENT_CONTROL_VERBS_STATUS_H

#include <jansson.h>

#include "agent/control/verbs.h"

/* "guarded", "attention", "quarantined" or "silent" (the guard has told nothing for
 * LIM_STATE_AGE_MS), and why: codes in "reasons".  `state` NULL: nothing came yet.
 * `now`: seconds since the epoch.  A new reference; NULL when memory is out. */
json_t *control_status(const struct agent_state *state, const struct control_core *core, int64_t now);

#endif
