/* What the updater asks of the agent and its parts. */
#ifndef MM_UPDATER_HOST_AGENT_H
#define MM_UPDATER_HOST_AGENT_H

#include <stdbool.h>
#include <stddef.h>

#include "updater/host/run.h"

enum agent_word { AGENT_TOOK_IT, AGENT_REFUSED, AGENT_SILENT };

/* Check a pack by the agent's own checker, in its sandbox.  MM_OK, MM_EFORMAT with its words in `why`, MM_ETIMEOUT, MM_ENOTFOUND. */
int agent_check_rules(const struct run *r, const char *folder, char *why, size_t n);
/* Have the guard load the pack that is in use now.  AGENT_SILENT: no answer; an agent that runs was told all the same. */
enum agent_word agent_load_rules(const struct run *r, char *why, size_t n);

/* How the agent is; `answers` false: it did not answer in time. */
void agent_health(const struct run *r, struct agent_health *out);
/* Whether a release can read this host's configuration at all: runs its program.  `why` as above.  MM_ESTATE: its
 * program is of another schema than to->schema (0: not told), or of one that does not start on this host's state.  MM_OK:
 * to->schema is what the program says. */
int agent_release_runs(const struct run *r, const char *folder, struct release *to, char *why, size_t n);
/* Whether the program of a release that is in its folder starts on this host's state; one that cannot be asked: whether
 * one->schema does. */
bool agent_release_reads_state(const struct run *r, const char *folder, const struct release *one);
/* Wait until the agent has told the console that `version` is on trial: a release that silences this host is known by it.  Not
 * for long, and not at all for an agent that has no console, or that knows nothing of trials. */
void agent_tells_trial(const struct run *r, const char *version);
/* Have the agent become the release that the link shows, and watch it: it must answer as `version`, with no sensor worse than
 * `before`, with the console if it had it, and stay so.  No agent runs: AGENT_SILENT at once. */
enum agent_word agent_become(const struct run *r, const char *version, const struct agent_health *before, char *why, size_t n);

#endif
