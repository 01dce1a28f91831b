/* Command lines on their way to the process rules: see guard_exec.c. */
#ifndef MM_AGENT_ROLES_GUARD_EXEC_H
#define MM_AGENT_ROLES_GUARD_EXEC_H

#include "agent/roles/guard_internal.h"

/* A program was started: ask the rules, or let it wait for its turn.  Sensor thread. */
void guard_scan_exec(void *guard, const struct process_facts *facts);
/* Ask about those whose turn it is.  Loop thread, as the next. */
void guard_exec_next(struct guard *g);
/* Nobody will be asked any more. */
void guard_exec_forget(struct guard *g);

#endif
