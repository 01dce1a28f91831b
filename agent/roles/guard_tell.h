/* What an incident says to the record, and when: see guard_tell.c. */
#ifndef MM_AGENT_ROLES_GUARD_TELL_H
#define MM_AGENT_ROLES_GUARD_TELL_H

#include "agent/roles/guard_internal.h"

/* The process as events carry it. */
void guard_process_of(const struct process_facts *f, struct event_process *out);
/* An event of an incident, with what all of them carry; NULL: no memory. */
struct event *guard_event_of(const struct incident *i, enum event_kind kind, enum event_activity act, enum event_severity sev);
/* True when the verdict is news, which it then counts as told; else its numbers are kept for later.
 * `b` NULL: not a burst.  `now`: it is in any case.  Incident lock held. */
bool guard_tell_due(struct incident *i, const struct rule_verdict *v, const struct burst_facts *b, enum rule_response done,
                    bool now, int64_t mono);
/* The finding, and the burst behind it.  `fresh`: it begins the incident. */
void guard_tell_verdict(struct guard *g, const struct incident *i, const struct rule_verdict *v, const struct burst_facts *b,
                        enum rule_response done, bool fresh);
/* "observe": written down for whoever looks later, no incident, no alarm. */
void guard_tell_observed(struct guard *g, const struct tree_who *who, const struct rule_verdict *v, const struct burst_facts *b);
/* The newest numbers of an incident that grew and was calm since, or `at_once`.  Responder thread. */
void guard_tell_pending(struct guard *g, unsigned at, bool at_once);

#endif
