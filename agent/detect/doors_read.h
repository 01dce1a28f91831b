/* Items of a survey into doors and posture: the strict reader of lines that a
 * process wrote which had read a hostile host.  Pure; docs/doors.md. */
#ifndef MM_AGENT_DETECT_DOORS_READ_H
#define MM_AGENT_DETECT_DOORS_READ_H

#include "agent/detect/doors.h"
#include "agent/detect/basics.h"

/* Read `n` bytes of lines, looked at at `now` (seconds).  Returns the number of items that were malformed and left out. */
unsigned doors_read(struct doors *d, struct basics *p, const char *text, size_t n, int64_t now);

#endif
