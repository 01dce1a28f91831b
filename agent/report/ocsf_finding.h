/* The parts of an OCSF event that tell of doors, programs and the six basic rules.
 * Inside of agent/report/ocsf*.c only; each fills `o` from m->e and m->c->finding, which may be NULL. */
#ifndef MM_AGENT_REPORT_OCSF_FINDING_H
#define MM_AGENT_REPORT_OCSF_FINDING_H

#include "agent/report/finding.h"
#include "agent/report/ocsf_put.h"

/* Class 2002: `vulnerabilities` and `resources` (the door). */
void ocsf_vulnerabilities(struct mapper *m, json_t *o);
/* Class 5020: `package`. */
void ocsf_package(struct mapper *m, json_t *o);
/* Class 5019, ACT_POSTURE: security levels and states, now and before. */
void ocsf_posture(struct mapper *m, json_t *o);
/* Into `unmapped`: what the schema has no place for.  A finding must be there. */
void ocsf_finding_unmapped(struct mapper *m, json_t *u);

#endif
