/* The table of steps of an agent that is one schema on: the product's, and one more column and one more table.  Linked in
 * the place of agent/report/journal_schema.c, it makes a real next release of the agent (make lab: lab/next/). */
#include "agent/report/journal_schema.h"

#include <stddef.h>

#include "lib/version.h"

#define NEXT 2

_Static_assert(MM_STATE_SCHEMA + 1 == NEXT, "the product has gone on: copy its steps, add one, and raise the number");

static const struct journal_step steps[] = {
    {1, NULL, NULL, "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID"},
    {1, NULL, NULL,
     "CREATE TABLE IF NOT EXISTS event(seq INTEGER PRIMARY KEY, wall INTEGER NOT NULL, mono INTEGER NOT NULL,"
     " boot TEXT NOT NULL, severity INTEGER NOT NULL, uid TEXT NOT NULL, incident TEXT NOT NULL,"
     " body TEXT NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL)"},
    {1, NULL, NULL, "CREATE INDEX IF NOT EXISTS event_severity ON event(severity)"},
    {1, NULL, NULL, "CREATE INDEX IF NOT EXISTS event_uid ON event(uid)"},
    {1, NULL, NULL, "CREATE INDEX IF NOT EXISTS event_incident ON event(incident) WHERE incident != ''"},
    {NEXT, "event", "origin", "ALTER TABLE event ADD COLUMN origin TEXT NOT NULL DEFAULT 'host'"},
    {NEXT, NULL, NULL, "CREATE TABLE IF NOT EXISTS note(seq INTEGER PRIMARY KEY, word TEXT NOT NULL DEFAULT '')"},
};

const struct journal_schema journal_schema = JOURNAL_SCHEMA(NEXT, steps);
