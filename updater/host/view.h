/* What `mimamori-update` shows to people, from the record and the history alone. */
#ifndef MM_UPDATER_HOST_VIEW_H
#define MM_UPDATER_HOST_VIEW_H

#include "lib/screen.h"
#include "updater/host/run.h"

/* The state of updates; a trouble in four parts. */
void view_status(struct screen *s, const struct run *r);
/* The history, the newest last. */
void view_history(struct screen *s, const json_t *history);

#endif
