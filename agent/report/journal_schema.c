#include "agent/report/journal_schema.h"

#include <stddef.h>

#include "lib/version.h"

static const struct journal_step steps[] = {
    {1, NULL, NULL, "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID"},
    {1, NULL, NULL,
     "CREATE TABLE IF NOT EXISTS event(seq INTEGER PRIMARY KEY, wall INTEGER NOT NULL, mono INTEGER NOT NULL,"
     " boot TEXT NOT NULL, severity INTEGER NOT NULL, uid TEXT NOT NULL, incident TEXT NOT NULL,"
     " body TEXT NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL)"},
    {1, NULL, NULL, "CREATE INDEX IF NOT EXISTS event_severity ON event(severity)"},
    {1, NULL, NULL, "CREATE INDEX IF NOT EXISTS event_uid ON event(uid)"},
    {1, NULL, NULL, "CREATE INDEX IF NOT EXISTS event_incident ON event(incident) WHERE incident != ''"},
};

const struct journal_schema journal_schema = JOURNAL_SCHEMA(MM_STATE_SCHEMA, steps);
