/* What shows that an installation works: the identity on disk, and the agent's own word. */
#ifndef MM_INSTALLER_PROOF_H
#define MM_INSTALLER_PROOF_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/limits.h"

/* Who this host is at its console.  False: not enrolled. */
bool proof_agent_id(char out[LIM_ID]);
/* The address of the console that this host is enrolled at, as core wrote it.  False: there is none. */
bool proof_enrolled_url(char url[512]);
/* This host is enrolled at the console of that address. */
bool proof_enrolled_at(const char *url);

/* What the running agent answers to `status`: a new reference, or NULL when nobody answers. */
json_t *proof_status(void);

struct proof { bool answers, connected, guarding /* the guard answers, with rules */; char customer[LIM_TITLE]; };
/* Ask the running agent until the console has answered it, for `seconds` at most.  True when it has (or needs none: `alone`). */
bool proof_wait(unsigned seconds, bool alone, struct proof *out);

#endif
