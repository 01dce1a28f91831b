/* One door of the register on the screen.  Pure. */
#ifndef MM_AGENT_CLI_DOOR_VIEW_H
#define MM_AGENT_CLI_DOOR_VIEW_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/screen.h"

/* An empty line, then what it is, its version, its verdict, its weaknesses and what to do; `contact` is
 * whom to call, harmless already. */
void view_door(struct screen *s, const json_t *door, const char *contact);
/* Only characters that no shell looks at: it may stand in a command line that people copy. */
bool door_pastable(const char *id);

#endif
