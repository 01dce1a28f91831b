/* The arguments of `declare`: what a person states about a door or a basic rule.
 * Pure.  docs/doors.md tells the three forms. */
#ifndef MM_AGENT_CONTROL_VERBS_DECLARE_H
#define MM_AGENT_CONTROL_VERBS_DECLARE_H

#include <jansson.h>
#include <stdint.h>

#include "agent/control/verbs.h"

#define DECLARE_ARGS "|id|by|product|model|version|mitigation|reason|date|certificate|"

/* Read a statement made by `uid` at `now` (seconds since the epoch); `args` may be NULL.  Whether there is
 * such a door is the caller's to find out.  MM_OK; MM_EINVAL with *why, English, static: what is not
 * acceptable.  `out` is whole or untouched. */
int control_statement_read(const json_t *args, uint32_t uid, int64_t now, struct control_statement *out,
                           const char **why);

#endif
