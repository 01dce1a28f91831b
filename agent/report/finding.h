/* What stands open at a door: how bad it is, and by what number it is known.  Pure. */
#ifndef MM_AGENT_REPORT_FINDING_H
#define MM_AGENT_REPORT_FINDING_H

#include "agent/report/ocsf.h"
#include "lib/event.h"

/* Enum event_severity by verdict: overdue is high, and critical where the hole is known to be used; a word that
 * nobody knows is medium, never harmless.  What was cleared is information. */
enum event_severity finding_severity(enum event_activity activity, const struct event_finding *f);
/* 1 when one of its advisories is known to be exploited. */
int finding_exploited(const struct event_finding *f);
/* The finding's own number: a UUID (RFC 9562 version 8) made of the host and the door, so that appearing,
 * changing and clearing share it, over restarts and enrolment.  Without a door: empty. */
void finding_uid(const struct event *e, const struct ocsf_context *c, char out[LIM_ID]);

#endif
