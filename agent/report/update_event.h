/* What the updater did, as an event.  Pure. */
#ifndef MM_AGENT_REPORT_UPDATE_EVENT_H
#define MM_AGENT_REPORT_UPDATE_EVENT_H

#include "lib/event.h"
#include "lib/update_record.h"

/* The event that tells an entry, without times; `failures`: failed ones of its kind in a row up to this one. */
void update_event(const struct update_entry *entry, unsigned failures, struct event *out);

#endif
