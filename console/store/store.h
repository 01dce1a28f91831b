/* Everything that the console remembers, behind one interface.
 *
 * Owner: the holder of the struct store; one thread.  Several programs may have
 * the same store open (serve and the command-line verbs).  Functions that
 * change something are called between store_begin and store_commit, so that a
 * call of the API and its audit row become durable together or not at all.
 * Lists come as JSON in the shape that the API answers (console/api/openapi.json);
 * what decisions need comes as small structs.  Times: seconds since the epoch,
 * `now` is always the caller's. */
#ifndef MM_CONSOLE_STORE_STORE_H
#define MM_CONSOLE_STORE_STORE_H

#include <jansson.h>
#include <stdint.h>

#include "console/ingest.h"
#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/limits.h"

struct store;

/* Open the database at `path`; `create`: make it, when it is not there.  MM_ENOTFOUND, MM_EDB. */
int store_open(const char *path, int create, struct store **out);
/* NULL is fine; what was not committed is forgotten. */
void store_close(struct store *s);
/* Start a transaction that writes, waiting for other programs a bounded time.  MM_EDB. */
int store_begin(struct store *s);
/* Make everything since store_begin durable; on failure nothing of it is there. */
int store_commit(struct store *s);
/* Forget everything since store_begin. */
void store_rollback(struct store *s);
/* 1 when another program has committed since the last call. */
int store_changed(struct store *s);

/* ---- customers, tokens, operators, audit ---------------------------------- */
/* MM_EEXIST: the name is taken. */
int store_customer_add(struct store *s, const char *name, const char *phone, int64_t now, int64_t *id);
/* By number or exact name.  MM_ENOTFOUND. */
int store_customer_find(struct store *s, const char *text, int64_t *id);
/* Its name; MM_ENOTFOUND: no customer has that number. */
int store_customer_name(struct store *s, int64_t id, char name[LIM_TITLE]);
/* All customers; the caller frees `out`, here and in every list below. */
int store_customers(struct store *s, json_t **out);

struct store_token {
    int64_t customer, expires, used;      /* used 0: not yet */
    char used_key[SHA256_HEX], agent_id[LIM_ID];
    char customer_name[LIM_TITLE], phone[LIM_TITLE];
};
/* Keep an enrolment token by its hash (hex SHA-256).  MM_EEXIST. */
int store_token_add(struct store *s, const char *hash, int64_t customer, int64_t expires, const char *by, int64_t now);
/* The token of a hash, used or not; whether it may be used is the caller's judgement.  MM_ENOTFOUND. */
int store_token_get(struct store *s, const char *hash, struct store_token *out);
int store_tokens(struct store *s, json_t **out);   /* no hashes, no secrets */

struct store_operator { char name[LIM_TITLE], role[LIM_TAG]; };
/* An operator with the hash of their API token.  MM_EEXIST: the name is taken. */
int store_operator_add(struct store *s, const char *name, const char *role, const char *token_hash, int64_t now);
/* Whose token this is the hash of.  MM_ENOTFOUND. */
int store_operator_by_token(struct store *s, const char *token_hash, struct store_operator *out);
/* Remove an operator by number, or by name when `id` is 0: the token is refused from the next call on.
 * `out` says who it was.  MM_ENOTFOUND. */
int store_operator_remove(struct store *s, int64_t id, const char *name, struct store_operator *out);
/* All operators, without tokens. */
int store_operators(struct store *s, json_t **out);

/* One row of who did what; in the same transaction as the deed. */
int store_audit(struct store *s, const char *who, const char *action, const char *object, const char *detail, int64_t now);
/* *yes: there is a row of that action and object after `since`. */
int store_audited(struct store *s, const char *action, const char *object, int64_t since, int *yes);
/* The newest `limit` rows with an id below `before`, newest first. */
int store_audit_list(struct store *s, int64_t before, unsigned limit, json_t **out);

/* ---- devices ----------------------------------------------------------------- */
struct store_enrolment {       /* a new device; texts are the caller's */
    const char *agent_id, *token_hash, *key_hash, *certificate;
    const char *hostname, *os, *kernel, *agent_version, *machine_id;
    int64_t customer, certificate_expires;
};
/* Add the device and mark the token used.  `clone`: the machine is known already (an incident is raised). */
int store_enrol(struct store *s, const struct store_enrolment *e, int64_t now, int *clone);
/* The same code again, asked with the same key: append the device's certificate.  MM_ENOTFOUND: it was revoked or removed.
 * `machine_id` is another than at first: an incident is raised. */
int store_enrol_again(struct store *s, const char *agent_id, const char *machine_id, int64_t now, struct buf *pem);
/* The device's new certificate (PEM) and its end; nothing happens when there is no such device. */
int store_certificate_renewed(struct store *s, const char *agent_id, const char *certificate, int64_t expires);

struct store_device {
    char agent_id[LIM_ID], hostname[LIM_NAME], state[LIM_TAG], quarantine[LIM_TAG];
    int64_t customer, last_seen;
    int revoked;
};
/* By the exact agent id.  MM_ENOTFOUND. */
int store_device_get(struct store *s, const char *agent_id, struct store_device *out);
/* By agent id, a prefix of 8 or more of it, or host name.  MM_ENOTFOUND, MM_EEXIST (several fit). */
int store_device_find(struct store *s, const char *text, struct store_device *out);
/* From now on the device is refused; what it sent stays.  MM_ENOTFOUND, also when it was revoked already. */
int store_device_revoke(struct store *s, const char *agent_id);
/* Up to `limit` devices with an agent id behind `after` ("": from the first). */
int store_devices(struct store *s, const char *after, unsigned limit, json_t **out);
int store_device_json(struct store *s, const char *agent_id, json_t **out);   /* with heartbeat and commands */

#define STORE_CLOCK_UNKNOWN INT64_MIN
struct store_beat {
    const char *agent_version, *agent_trial; /* the release that runs; that is on trial, "" or NULL: none */
    const char *rules, *mode, *quarantine, *boot, *body;
    int64_t journal_last;      /* highest sequence in the device's journal when it was made; 0: not told */
    int64_t clock_ahead;       /* seconds by which the device's clock is ahead of ours; STORE_CLOCK_UNKNOWN */
};
/* Keep a heartbeat; ends a silence.  `came_back`: the device was silent. */
int store_heartbeat(struct store *s, const char *agent_id, const struct store_beat *b, int64_t now, int *came_back);
#define STORE_LEFT 12
struct store_left { const char *version[STORE_LEFT]; unsigned n; };
struct store_updates {         /* of a heartbeat */
    const char *ring, *result, *cause;
    int64_t verified;          /* 0: never */
    struct store_left rules_left, agent_left; /* versions that the device went back from */
};
int store_updates_put(struct store *s, const char *agent_id, const struct store_updates *u);
/* [{"version","devices","devices_left","devices_proven","devices_quiet","devices_silent","devices_gone"}]
 * (docs/protocol.md, Updates): the most used first. */
int store_packs(struct store *s, int64_t now, unsigned limit, json_t **out);
/* The same of releases of the agent; one that is on trial runs. */
int store_agents(struct store *s, int64_t now, unsigned limit, json_t **out);
/* The ring of a customer's devices, or of one (agent_id not ""); "" removes it. */
int store_ring_set(struct store *s, int64_t customer, const char *agent_id, const char *ring, const char *by, int64_t now);
/* What is set of a customer: [{"ring","agent_id" or null,"made_by","at"}]. */
int store_rings(struct store *s, int64_t customer, json_t **out);
typedef int (*store_ring_fn)(void *context, const char *agent_id, const char *ring);
/* Devices that know another ring than they belong to; customer 0 and agent_id "": any. */
int store_rings_untold(struct store *s, int64_t customer, const char *agent_id, int64_t now, store_ring_fn fn, void *context);
int store_ring_ordered(struct store *s, const char *agent_id, const char *ring, const char *command_id);
/* Devices not seen since `cutoff`, or `off_cutoff` when they said that they were being switched off, become silent, one incident
 * each.  Own transaction. */
int store_silence(struct store *s, int64_t cutoff, int64_t off_cutoff, int64_t now, unsigned *count);

/* ---- events and incidents ------------------------------------------------------ */
struct store_batch { const char *agent_id, *journal, *boot; const struct ingest_event *event; unsigned count; };
/* Store what is new, group it into incidents; `durable`: highest sequence of the journal, once committed. */
int store_events_add(struct store *s, const struct store_batch *b, int64_t now, uint64_t *durable);
struct store_event_filter { int64_t after; const char *agent_id; int64_t incident; int severity; unsigned limit; int newest; };
/* The events that fit all of the filter, 0 and NULL in it meaning any; `newest`: backwards from below `after`. */
int store_events(struct store *s, const struct store_event_filter *f, json_t **out);
/* Forget events of one device received before `before`, `limit` rows at most; those of open incidents stay.
 * Own transaction. */
int store_events_expire(struct store *s, int64_t before, unsigned limit);
/* When all events together have more than `bytes`, forget old rows of the device that has the most
 * (audited), the harmless ones first and no more than needed, `limit` at most; `dropped` 0: there is room.  Own transaction. */
int store_events_bound(struct store *s, int64_t bytes, unsigned limit, int64_t now, unsigned *dropped);

struct store_incident { int64_t id; char uid[LIM_ID], agent_id[LIM_ID], kind[LIM_TAG], state[LIM_TAG]; };
/* By number, by uid or a prefix of 8 or more of it.  MM_ENOTFOUND, MM_EEXIST (several fit). */
int store_incident_find(struct store *s, const char *text, struct store_incident *out);
/* Up to `limit` incidents with a number above `after`; `state` NULL or "": any.  Open: not judged, or the host
 * still holds something of it (`held`: stopped programs, a closed network). */
int store_incidents(struct store *s, const char *state, int64_t after, unsigned limit, json_t **out);
/* One incident with its history.  MM_ENOTFOUND. */
int store_incident_json(struct store *s, int64_t id, json_t **out);
/* An operator's verdict: it closes the incident, as soon as the host holds nothing of it any more; "undecided"
 * opens it again.  MM_ENOTFOUND. */
int store_incident_verdict(struct store *s, int64_t id, const char *verdict, const char *note, const char *by, int64_t now);
/* An incident that the console itself raises (silence, clone). */
int store_incident_raise(struct store *s, const char *agent_id, const char *kind, int severity,
                         const char *const title[2], int64_t now);

/* ---- commands ---------------------------------------------------------------------- */
struct store_command {
    const char *agent_id, *command_id, *action, *incident, *envelope, *by, *reason;
    uint64_t sequence;
    int64_t created, not_after;
};
/* The device's next command sequence, taken: above the last one, and at least `now` in milliseconds.  So a
 * store from a backup begins above what was given out after the backup was made, which it cannot know and
 * the host will not take again. */
int store_command_sequence(struct store *s, const char *agent_id, int64_t now, uint64_t *sequence);
/* Queue a signed command for its device. */
int store_command_add(struct store *s, const struct store_command *c);
/* 1 when a command above `after` waits. */
int store_commands_waiting(struct store *s, const char *agent_id, uint64_t after, int64_t now);
/* Append up to 16 envelopes, comma-separated, and mark them sent. */
int store_commands_take(struct store *s, const char *agent_id, uint64_t after, int64_t now, struct buf *out);
struct store_order_filter { const char *agent_id, *incident, *after; unsigned limit; };
/* The newest orders first, those behind the command id `after`; NULL in the filter: any.  State queued, sent,
 * ok, refused, failed, or expired: nobody fetched or answered it in time. */
int store_orders(struct store *s, const struct store_order_filter *f, int64_t now, json_t **out);
/* MM_ENOTFOUND: not a command of this device. */
int store_command_result(struct store *s, const char *agent_id, const char *command_id, const char *result,
                         const char *message, int64_t now);

/* ---- doors: the register of external devices ---------------------------------------- */
/* Keep the newest report of a device, its parts as checked by console/doors.h.  The inventory of software has a
 * column of its own: it is the largest part, and the register does not read it.  MM_ENOTFOUND. */
struct store_doors { const char *vpn, *posture, *software; };
int store_doors_put(struct store *s, const char *agent_id, const struct store_doors *d, int64_t now);
/* Append the `vpn` of the report that is kept of a device; nothing when there is none. */
int store_doors_vpn(struct store *s, const char *agent_id, struct buf *vpn);

struct store_report {          /* one device of a customer; texts live for the call */
    const char *agent_id, *hostname, *vpn, *posture;   /* vpn, posture "": never reported */
    int64_t received;          /* 0: never */
    int64_t clock_ahead;       /* as of its last heartbeat; STORE_CLOCK_UNKNOWN */
};
/* Called per device; anything but MM_OK ends the walk and is returned. */
typedef int (*store_report_fn)(void *context, const struct store_report *r);
/* The devices of a customer that were not revoked, by agent id. */
int store_doors_reports(struct store *s, int64_t customer, store_report_fn fn, void *context);
/* How many those are. */
int store_doors_devices(struct store *s, int64_t customer, int64_t *count);

struct store_statement {       /* what an operator said of a door; texts live for the call */
    int64_t customer, at;
    const char *agent_id;      /* the one device whose door it is; "": the customer's gateway, or `what` "policy" */
    const char *door;          /* "" for "policy" */
    const char *what;          /* "version", "mitigation", "certificate", "policy" */
    const char *by, *args;     /* the arguments of the order, JSON */
};
/* Keep it in place of an older one of the same door and kind. */
int store_statement_put(struct store *s, const struct store_statement *st);
typedef int (*store_statement_fn)(void *context, const struct store_statement *st);
/* All statements of a customer. */
int store_statements(struct store *s, int64_t customer, store_statement_fn fn, void *context);
/* Note by which order a device was told of a statement. */
int store_statement_ordered(struct store *s, const char *agent_id, const struct store_statement *st, const char *command_id);
/* The statements that a device was not told of: it came later, or the order ran out before it was fetched.
 * `limit` at most; one that the device has refused is not told again. */
int store_statements_untold(struct store *s, const char *agent_id, int64_t now, unsigned limit, store_statement_fn fn, void *context);

/* Counts for health: devices by state, open incidents. */
int store_summary(struct store *s, json_t **out);

#endif
