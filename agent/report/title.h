/* What one event says in a sentence: what was done, not which rule asked for it.
 *
 * A rule's title says what was found; it is the sentence of the finding itself.
 * What is done about it (stopped, put back, cut off, closed) has sentences of
 * its own in the catalogue, by activity, outcome and numbers.  Pure. */
#ifndef MM_AGENT_REPORT_TITLE_H
#define MM_AGENT_REPORT_TITLE_H

#include "lib/buf.h"
#include "lib/event.h"
#include "lib/text.h"

/* Append the sentence of `e`; `general` is the catalogue's key for its kind and
 * activity, "" when there is none.  MM_ELIMIT, MM_ENOMEM as buf_add. */
int title_add(struct buf *out, const struct event *e, const char *general, enum text_lang lang);

/* The sentences of a door's finding (EV_VULNERABILITY: what, how bad, what to do, whom to call) or of a program
 * that came, changed or went (EV_INVENTORY).  Nothing is appended where the event has a title of its own or is of
 * another kind: then title_add says it.  Errors as title_add. */
int title_finding_add(struct buf *out, const struct event *e, const struct event_finding *f, enum text_lang lang);

/* 1 when the title inside `e` is that of a rule, not a sentence of the event's own. */
int title_of_rule(const struct event *e);

#endif
