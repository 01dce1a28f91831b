/* The schema of the state: one number for the format of everything below [paths] state (docs/update.md).
 *
 * A release of schema N starts on state of N-1, N and N+1.  The guard keeps in STATE/schema which schemas have been at
 * work here; the updater asks it before it brings another release. */
#ifndef MM_LIB_STATE_SCHEMA_H
#define MM_LIB_STATE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A program says its schema by these letters and the number, as it is asked for its version and in its own file. */
#define STATE_SCHEMA_MARK "state-schema="

/* What has been at work on a state.  The two differ after a way back: the file still has what the newer one added. */
struct state_schema {
    int64_t last;  /* of the agent that ran last; 0: not known */
    int64_t high;  /* the highest whose additions are there */
};

/* Whether a release of schema `release` (0: not told) starts on this state. */
bool state_schema_fits(const struct state_schema *state, int64_t release);
/* The number that `bytes` say; 0: none, -1: several. */
int64_t state_schema_said(const void *bytes, size_t n);
/* Read STATE/schema.  MM_ENOTFOUND; MM_EFORMAT: it says nothing. */
int state_schema_read(const char *state_dir, struct state_schema *out);
/* An agent of schema `own` begins: keep it, durably.  An agent that meets what is two schemas on has begun anew. */
int state_schema_keep(const char *state_dir, int64_t own);

#endif
