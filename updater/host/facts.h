/* What this host is, as far as it decides which release it takes. */
#ifndef MM_UPDATER_HOST_FACTS_H
#define MM_UPDATER_HOST_FACTS_H

#include "lib/state_schema.h"
#include "updater/host/run.h"

/* Everything of `out` but what a run is to do (wanted, look_only).  MM_OK or an error: this host's id cannot be kept. */
int facts_of(const struct run *r, struct update_host *out);
/* What has been at work on this host's state: STATE/schema, before there is one what the record says of the agent in use. */
void facts_schema(const struct run *r, struct state_schema *out);
/* The version of the pack that the installation brought ([paths] rules); "": it cannot be told. */
void facts_shipped_rules(const struct run *r, char out[LIM_VERSION]);

#endif
