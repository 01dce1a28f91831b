/* What the verbs show: JSON of the agent in, text on the screen out.  Pure. */
#ifndef MM_AGENT_CLI_VIEW_H
#define MM_AGENT_CLI_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/screen.h"

/* The whole status; `status` is the result of the verb status. */
void view_status(struct screen *s, const json_t *status);
/* The one line for the employee and why. */
void view_headline(struct screen *s, const json_t *status);
/* The notice in four parts; nothing when there is no incident and no quarantine. */
void view_notice(struct screen *s, const json_t *status);

/* Doors and posture: results of the verbs vpn and posture (docs/doors.md); `now` in seconds since the epoch. */
struct view_call { const char *provider, *phone; }; /* whom to call */
void view_doors(struct screen *s, const json_t *doors, const struct view_call *call, int64_t now);
void view_posture(struct screen *s, const json_t *posture, const struct view_call *call, int64_t now);
/* Every article is looked at, none is unmet and no check of any, and the newest round is not too old. */
bool posture_well(const json_t *posture, int64_t now);

/* Head of the table of events, one line of it, and one event in full. */
void view_event_head(struct screen *s);
void view_event_line(struct screen *s, const json_t *event);
void view_event_full(struct screen *s, const json_t *event);

#endif
