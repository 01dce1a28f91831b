/* The way to the console: events, heartbeats, commands, results, doors, renewal.
 *
 * Owns the HTTP client, the identity, the pinned addresses and a back-off per
 * channel.  Reads the journal, never writes rows; moves its cursor only after
 * the console's 2xx.  Commands are opaque bytes that go to the guard through a
 * hook.  All timers are monotonic.  Loop thread only. */
#ifndef MM_AGENT_REPORT_UPLINK_H
#define MM_AGENT_REPORT_UPLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/messages.h"
#include "agent/report/journal.h"
#include "agent/report/ocsf.h"

struct uv_loop_s;
struct uplink;

struct uplink_hooks {
    void *context;
    /* Forward one envelope to the guard; returns the id that its CORE_RESULT will carry, 0: not possible now. */
    uint64_t (*command)(void *context, const char *envelope, size_t n);
    /* The addresses through which the console is reached have changed. */
    void (*addresses)(void *context, const struct op_console *c);
    /* Append the heartbeat's JSON. */
    int (*heartbeat)(void *context, struct buf *out);
    /* Something to record: certificate runs out, journal was rolled back ... */
    void (*event)(void *context, struct event *e);
    /* The identity was (re)loaded: agent id for events. */
    void (*identified)(void *context, const char *agent_id);
    /* Append {"vpn":{...},"posture":{...}} (docs/doors.md), LIM_DOORS_JSON bytes at most; MM_ENOTFOUND: nothing to
     * tell yet, uplink_doors_now will follow.  NULL: doors are never told. */
    int (*doors)(void *context, struct buf *out);
};

struct uplink_options {
    struct uv_loop_s *loop;
    struct journal *journal;
    const char *dir;             /* STATE/core */
    const char *url;             /* [console] url=; empty: the one of the enrolment */
    const char *proxy;
    const char *boot;            /* boot id of this run */
    const struct uplink_hooks *hooks; /* lives as long as the uplink */
};

/* Begin: looks for the enrolment, then for the console, by itself and for ever.  MM_ENOMEM. */
int uplink_new(struct uplink **out, const struct uplink_options *o);
/* Close everything; memory is freed by the loop's later turns. */
void uplink_free(struct uplink *u);

/* Rows were committed; `urgent`: high or critical, do not wait for a back-off to end. */
void uplink_rows(struct uplink *u, bool urgent);
/* The state changed in a way that the console must know at once. */
void uplink_beat_now(struct uplink *u);
/* A round is over: tell the console the register.  It is told after each connection too, and again until the
 * console has taken it. */
void uplink_doors_now(struct uplink *u);
/* CORE_RESULT of a command; false when `id` is none of the uplink's. */
bool uplink_result(struct uplink *u, uint64_t id, const struct op_result *r);
/* While the network is closed the addresses stay as they are (no DNS). */
void uplink_quarantined(struct uplink *u, bool on);
/* Try the console over a fresh TCP and TLS connection; exactly one callback, 1 or 0. */
void uplink_reach(struct uplink *u, unsigned ms, void (*done)(void *context, uint64_t id, int reached), void *context,
                  uint64_t id);

struct uplink_status {
    bool configured, enrolled, connected;
    int64_t contact_wall_ns;     /* last 2xx; 0: never */
    int64_t certificate_until;   /* s since the epoch; 0: none */
    char agent_id[LIM_ID], customer[LIM_TITLE], phone[LIM_TITLE];
    char error[LIM_TITLE];       /* why the last call failed; empty when it did not */
};
/* How it stands now. */
void uplink_status(const struct uplink *u, struct uplink_status *out);

#endif
