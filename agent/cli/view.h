/* What the verbs show: JSON of the agent in, text on the screen out.  Pure. */
#ifndef MM_AGENT_CLI_VIEW_H
#define MM_AGENT_CLI_VIEW_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/cli/screen.h"

/* The whole status; `status` is the result of the verb status. */
void view_status(struct screen *s, const json_t *status);
/* The one line for the employee and why. */
void view_headline(struct screen *s, const json_t *status);
/* The notice in four parts; nothing when there is no incident and no quarantine. */
void view_notice(struct screen *s, const json_t *status);
/* Whom to call, in one line appended to `out`. */
void view_contact(struct buf *out, const char *provider, const char *phone);

/* Head of the table of events, one line of it, and one event in full. */
void view_event_head(struct screen *s);
void view_event_line(struct screen *s, const json_t *event);
void view_event_full(struct screen *s, const json_t *event);

#endif
