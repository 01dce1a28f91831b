/* What the journal's tables look like, as steps from one schema of the state to the next (docs/update.md).
 *
 * Data only: whoever wants the number need not have SQLite.  The steps are taken by journal_steps.c. */
#ifndef MM_AGENT_REPORT_JOURNAL_SCHEMA_H
#define MM_AGENT_REPORT_JOURNAL_SCHEMA_H

#include <stdint.h>

#include "lib/state_schema.h"

/* One statement on the way to `schema`.  It only adds, so that a release of the schema before can go on with what came
 * out, and may find its work done: releases that knew no schema put the number back to 1 in a file of a newer one. */
struct journal_step {
    int64_t schema;
    const char *table, *column;  /* the column that it adds, left out when it is there; NULL: the statement itself looks */
    const char *sql;
};

struct journal_schema {
    int64_t number;
    const char *said;            /* STATE_SCHEMA_MARK and the number, for who asks the program or looks into its file */
    const struct journal_step *step;
    unsigned steps;              /* in the order of their schemas */
};

#define JOURNAL_SCHEMA_TEXT(n) #n
/* A schema with its number, said once, and the array of all steps that lead to it. */
#define JOURNAL_SCHEMA(n, array) {n, STATE_SCHEMA_MARK JOURNAL_SCHEMA_TEXT(n), (array), sizeof (array) / sizeof *(array)}

/* Of this program: its number is that of the whole state. */
extern const struct journal_schema journal_schema;

#endif
