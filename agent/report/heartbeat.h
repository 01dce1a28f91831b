/* The state summary that goes to the console (docs/protocol.md). */
#ifndef MM_AGENT_REPORT_HEARTBEAT_H
#define MM_AGENT_REPORT_HEARTBEAT_H

#include <stdbool.h>

#include "agent/messages.h"
#include "agent/report/journal.h"
#include "lib/buf.h"
#include "lib/update_record.h"

#define HEARTBEAT_LEFT 8
/* Versions of rules or of the agent that this host went back from, the newest last. */
struct heartbeat_left { char version[HEARTBEAT_LEFT][LIM_TAG]; unsigned n; };
struct heartbeat_updates {
    bool configured;                 /* [update] url= is set */
    const struct update_record *record; /* NULL: the updater has not run here */
    const char *ring;                /* NULL: not told at all */
    const struct heartbeat_left *rules_left, *agent_left; /* by the updater; NULL: nothing is known.  The guard's own come to the rules */
};

struct heartbeat {
    const struct agent_state *state; /* NULL: the guard has told nothing yet */
    const struct journal_stat *journal;
    int journal_error;               /* MM_OK, or why nothing can be written now */
    const char *boot, *hostname;
    int64_t wall_ns, mono_ns;
    bool guard_silent;               /* no beat for a second or more */
    struct heartbeat_updates updates;
};

/* Append compact JSON to `out`.  MM_ENOMEM, MM_ELIMIT. */
int heartbeat_make(const struct heartbeat *h, struct buf *out);
/* Did something change that the console must know at once? */
bool heartbeat_differs(const struct agent_state *a, const struct agent_state *b);

#endif
