/* What core knows of updates: the updater's files (docs/update.md), followed as they change.  Loop thread. */
#ifndef MM_AGENT_ROLES_CORE_UPDATES_H
#define MM_AGENT_ROLES_CORE_UPDATES_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/control/verbs.h"
#include "agent/report/heartbeat.h"
#include "lib/update_record.h"

struct core;

/* How a file was when it was read last. */
struct core_updates_seen { uint64_t device, inode; int64_t size, changed_ns; };

struct core_updates {
    int64_t since;                   /* seconds since the epoch: when this core began to look */
    bool known;                      /* `record` was read */
    int complained;                  /* enum mm_err that was logged last */
    struct update_record record;
    struct core_updates_seen status, history;
    bool more;                       /* of the history, than one look tells */
    struct heartbeat_left left[TOLD_METADATA]; /* by the kinds before it: rules, agent */
};

/* Look whether the files changed; tells what is new in the history as events.  Some times a minute. */
void core_updates_look(struct core *c);
/* For `status`. */
void core_updates_status(const struct core *c, struct control_updates *out);
/* For the heartbeat; texts live as long as *c. */
void core_updates_beat(const struct core *c, struct heartbeat_updates *out);

#endif
