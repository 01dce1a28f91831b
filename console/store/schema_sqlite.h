/* Tables of the console, SQLite's dialect.  Times are seconds since the epoch
 * (UTC) except columns that end in _ms.  Secrets are never stored: tokens only
 * as their SHA-256. */
#ifndef MM_CONSOLE_STORE_SCHEMA_SQLITE_H
#define MM_CONSOLE_STORE_SCHEMA_SQLITE_H

/* Each step runs in a transaction with its mark (db_sqlite.c); version 1: */
#define SCHEMA_SQLITE \
    "CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, phone TEXT NOT NULL," \
    "  created INTEGER NOT NULL) STRICT;" \
    "CREATE TABLE token(hash TEXT PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer(id)," \
    "  created INTEGER NOT NULL, expires INTEGER NOT NULL, made_by TEXT NOT NULL," \
    "  used INTEGER, used_key TEXT, agent_id TEXT) STRICT;" \
    "CREATE TABLE device(agent_id TEXT PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customer(id)," \
    "  hostname TEXT NOT NULL, os TEXT NOT NULL, kernel TEXT NOT NULL, agent_version TEXT NOT NULL," \
    "  machine_id TEXT NOT NULL, enrolled INTEGER NOT NULL, certificate TEXT NOT NULL," \
    "  certificate_expires INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0," \
    "  clone_suspected INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'new', last_seen INTEGER," \
    "  boot TEXT NOT NULL DEFAULT '', boot_before TEXT NOT NULL DEFAULT '', rules TEXT NOT NULL DEFAULT ''," \
    "  mode TEXT NOT NULL DEFAULT '', quarantine TEXT NOT NULL DEFAULT 'unknown', heartbeat TEXT," \
    "  command_sequence INTEGER NOT NULL DEFAULT 0, event_bytes INTEGER NOT NULL DEFAULT 0) STRICT;" \
    "CREATE INDEX device_machine ON device(machine_id);" \
    "CREATE INDEX device_hostname ON device(hostname);" \
    "CREATE TABLE incident(id INTEGER PRIMARY KEY, uid TEXT NOT NULL, agent_id TEXT NOT NULL REFERENCES device(agent_id)," \
    "  kind TEXT NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, severity INTEGER NOT NULL DEFAULT 0," \
    "  title TEXT NOT NULL DEFAULT '', title_en TEXT NOT NULL DEFAULT '', rule TEXT NOT NULL DEFAULT ''," \
    "  attack TEXT NOT NULL DEFAULT '', response TEXT NOT NULL DEFAULT '', quarantine TEXT NOT NULL DEFAULT ''," \
    "  events INTEGER NOT NULL DEFAULT 0, files_touched INTEGER NOT NULL DEFAULT 0," \
    "  files_destroyed INTEGER NOT NULL DEFAULT 0, files_restored INTEGER NOT NULL DEFAULT 0," \
    "  files_failed INTEGER NOT NULL DEFAULT 0, processes INTEGER NOT NULL DEFAULT 0," \
    "  state TEXT NOT NULL DEFAULT 'open', verdict TEXT, verdict_by TEXT, verdict_at INTEGER, note TEXT," \
    "  UNIQUE(agent_id, uid)) STRICT;" \
    "CREATE INDEX incident_uid ON incident(uid);" \
    "CREATE INDEX incident_state ON incident(state, id);" \
    "CREATE TABLE event(id INTEGER PRIMARY KEY, agent_id TEXT NOT NULL REFERENCES device(agent_id)," \
    "  journal TEXT NOT NULL, sequence INTEGER NOT NULL, boot TEXT NOT NULL, received INTEGER NOT NULL," \
    "  time_ms INTEGER NOT NULL, class_uid INTEGER NOT NULL, severity INTEGER NOT NULL, incident INTEGER," \
    "  chain TEXT NOT NULL, body TEXT NOT NULL, UNIQUE(agent_id, journal, sequence)) STRICT;" \
    "CREATE INDEX event_incident ON event(incident, id);" \
    "CREATE INDEX event_agent ON event(agent_id, id);" \
    "CREATE INDEX event_received ON event(received);" \
    "CREATE INDEX event_room ON event(agent_id, (severity >= 4), id);" \
    "CREATE TABLE command(agent_id TEXT NOT NULL REFERENCES device(agent_id), sequence INTEGER NOT NULL," \
    "  command_id TEXT NOT NULL UNIQUE, action TEXT NOT NULL, incident TEXT NOT NULL, envelope TEXT NOT NULL," \
    "  made_by TEXT NOT NULL, reason TEXT NOT NULL, created INTEGER NOT NULL, not_after INTEGER NOT NULL," \
    "  state TEXT NOT NULL DEFAULT 'queued', sent INTEGER, done INTEGER, message TEXT NOT NULL DEFAULT ''," \
    "  PRIMARY KEY(agent_id, sequence)) STRICT;" \
    "CREATE TABLE operator(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL," \
    "  token_hash TEXT NOT NULL UNIQUE, created INTEGER NOT NULL) STRICT;" \
    "CREATE TABLE audit(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL," \
    "  object TEXT NOT NULL, detail TEXT NOT NULL) STRICT;"

/* Version 2: the register of external devices.  A report is one device's newest word; a statement or a list of
 * gateways is the customer's, and `door_order` says by which order each device was told of it (agent_id of a
 * statement: the one device whose door it is, "" for a gateway). */
#define SCHEMA_SQLITE_2 \
    "CREATE TABLE door_report(agent_id TEXT PRIMARY KEY REFERENCES device(agent_id), received INTEGER NOT NULL," \
    "  vpn TEXT NOT NULL, posture TEXT NOT NULL, software TEXT NOT NULL) STRICT;" \
    "CREATE TABLE door_statement(customer INTEGER NOT NULL REFERENCES customer(id), agent_id TEXT NOT NULL," \
    "  door TEXT NOT NULL, what TEXT NOT NULL, at INTEGER NOT NULL, made_by TEXT NOT NULL, args TEXT NOT NULL," \
    "  PRIMARY KEY(customer, agent_id, door, what)) STRICT;" \
    "CREATE TABLE door_order(agent_id TEXT NOT NULL REFERENCES device(agent_id), door TEXT NOT NULL, what TEXT NOT NULL," \
    "  at INTEGER NOT NULL, command_id TEXT NOT NULL, PRIMARY KEY(agent_id, door, what)) STRICT;" \
    "CREATE INDEX device_customer ON device(customer);"

/* Version 3: by how many seconds the device's clock was ahead of ours at its last heartbeat; NULL: it did not say. */
#define SCHEMA_SQLITE_3 \
    "ALTER TABLE device ADD COLUMN clock_ahead INTEGER;"

/* Version 4: updates.  A ring is a customer's default (agent_id "") or one device's own; ring_order says which one a device
 * was told last, and by which order.  pack_left: versions of rules that a device went back from, by its last heartbeat. */
#define SCHEMA_SQLITE_4 \
    "ALTER TABLE device ADD COLUMN ring TEXT NOT NULL DEFAULT '';" \
    "ALTER TABLE device ADD COLUMN update_result TEXT NOT NULL DEFAULT '';" \
    "ALTER TABLE device ADD COLUMN update_cause TEXT NOT NULL DEFAULT '';" \
    "ALTER TABLE device ADD COLUMN update_verified INTEGER;" \
    "CREATE TABLE ring(customer INTEGER NOT NULL REFERENCES customer(id), agent_id TEXT NOT NULL, ring TEXT NOT NULL," \
    "  at INTEGER NOT NULL, made_by TEXT NOT NULL, PRIMARY KEY(customer, agent_id)) STRICT;" \
    "CREATE TABLE ring_order(agent_id TEXT PRIMARY KEY REFERENCES device(agent_id), ring TEXT NOT NULL," \
    "  command_id TEXT NOT NULL) STRICT;" \
    "CREATE TABLE pack_left(agent_id TEXT NOT NULL REFERENCES device(agent_id), version TEXT NOT NULL," \
    "  PRIMARY KEY(agent_id, version)) STRICT;"

/* Version 5: when the device first told that it runs the pack of rules that it runs now; NULL: before this was kept. */
#define SCHEMA_SQLITE_5 \
    "ALTER TABLE device ADD COLUMN rules_since INTEGER;"

/* Version 6: releases of the agent, as packs.  agent_release: the one that the device has on trial, else the one that it runs,
 * by its last heartbeat ("": it never told); agent_since: when it first told so; agent_left: those that it went back from. */
#define SCHEMA_SQLITE_6 \
    "ALTER TABLE device ADD COLUMN agent_release TEXT NOT NULL DEFAULT '';" \
    "ALTER TABLE device ADD COLUMN agent_since INTEGER;" \
    "UPDATE device SET agent_release = agent_version WHERE last_seen IS NOT NULL;" \
    "CREATE TABLE agent_left(agent_id TEXT NOT NULL REFERENCES device(agent_id), version TEXT NOT NULL," \
    "  PRIMARY KEY(agent_id, version)) STRICT;"

#endif
