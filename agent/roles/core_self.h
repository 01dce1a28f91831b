/* Whether the agent's own installation was touched: programs, units, settings (agent/watch/host/self.h).  Loop thread. */
#ifndef MM_AGENT_ROLES_CORE_SELF_H
#define MM_AGENT_ROLES_CORE_SELF_H

#include <stdbool.h>
#include <stdint.h>

struct core;

struct core_self {
    int64_t next_ms;             /* of the loop's clock: the next look */
    bool suspected;              /* the last look saw a difference: looked at once more before it is told */
    int64_t upgrade_ms;          /* of the loop's clock: since when a package manager is at it; 0: none is */
    int64_t clock_offset_ns;     /* wall clock minus the one that runs since the boot; 0: not looked at yet */
    bool bad;                    /* something is wrong now: a unit that does not start the agent, a file that others may write */
};

/* Some times a minute: looks when it is time, an hour after the last look. */
void core_self_tick(struct core *c);
/* Looks and tells now; false: the service, as it is set up, would not start the agent at the next boot. */
bool core_self_starts_again(struct core *c);
/* Some times a minute: tells when the wall clock was set, against the clock that only runs. */
void core_clock_tick(struct core *c);
/* Look now, and tell at once what is different, unless a package manager is at it. */
void core_self_look(struct core *c);

#endif
