/* The verbs of the local control socket: one table {name, who may, handler}.
 *
 * Pure: request bytes and the peer's rights in, answer bytes out; no sockets,
 * no loop.  agent/control/server.c is the edge that calls it; the core role
 * fills struct control_ops.  Everything runs on the core's loop thread; no
 * function may block. */
#ifndef MM_AGENT_CONTROL_VERBS_H
#define MM_AGENT_CONTROL_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/messages.h"
#include "lib/buf.h"
#include "lib/limits.h"
#include "lib/update_record.h"

/* The newest open incident in plain words: what everybody at this PC may know. */
struct control_incident {
    char id[LIM_ID];                 /* empty: no incident is open */
    char title_ja[LIM_TITLE], title_en[LIM_TITLE]; /* of its EV_DETECTION */
    char process[LIM_NAME];          /* program concerned */
    uint32_t severity;               /* enum event_severity, the highest so far */
    int64_t since_wall_ns;           /* first sign */
    uint32_t files_touched, files_destroyed, files_restored, files_failed;
    bool frozen;                     /* the program is stopped */
};

/* How the doors and the six basic rules stand, as core counted them after its newest round. */
struct control_doors {
    int64_t since;                   /* seconds since the epoch: when core began to make rounds; 0: it makes none here */
    int64_t checked_at;              /* end of the newest round, also of an earlier run of core; 0: never */
    char overall[LIM_TAG];           /* "closed", "attention", "open", "unknown", as in the register */
    uint32_t overdue, unknown, exposed, total; /* `unknown` counts every door without a verdict: silent and invalid ones too */
    uint32_t met, partly, unmet, not_known;    /* articles of the six */
    bool failed;                     /* a part of the newest round failed: what it had to look at is not known */
    bool incomplete;                 /* some of what the survey told could not be read */
};

/* Updates, as the updater left them. */
struct control_updates {
    bool configured;                 /* [update] url= is set */
    bool known;                      /* the updater has run here: `record` is what it wrote */
    int64_t since;                   /* seconds since the epoch: when core began to look; 0: it does not */
    char ring[LIM_TAG];
    struct update_record record;
};

/* What core knows itself, beside the guard's agent_state. */
struct control_core {
    int64_t state_age_ms;            /* since the last CORE_STATE frame; -1: none yet */
    bool console_configured;         /* [console] url= is set */
    bool console_connected;          /* the last call succeeded */
    int64_t console_contact_wall_ns; /* last 2xx answer; 0: never */
    uint64_t console_queue;          /* events that the console has not confirmed */
    char console_error[LIM_TITLE];   /* why the last call failed, English; empty */
    int64_t certificate_until;       /* seconds since the epoch; 0: not enrolled */
    uint64_t journal_first, journal_last, journal_sent; /* sequences */
    uint64_t journal_lost;           /* events given up: journal full or not writable */
    uint64_t journal_bytes, journal_limit;
    int journal_error;               /* MM_OK, or why nothing can be written now */
    char agent_id[LIM_ID];           /* empty: not enrolled */
    char customer[LIM_TITLE];        /* from the enrolment; empty: unknown */
    char provider[LIM_TITLE], phone[LIM_TITLE]; /* [customer], else from the enrolment */
    bool self_bad;                   /* the service would not start, or somebody else than root may change the agent */
    int64_t tampered_wall_ns;        /* a part of the agent was last ended or stopped by somebody; 0: not known of */
    struct control_incident incident;
    struct control_doors doors;
    struct control_updates updates;
};

/* Which events: those with a sequence above `after`, oldest first; or, with
 * `newest`, the last `limit` of them, still oldest first. */
struct control_query {
    uint64_t after;
    uint32_t limit;                  /* 1..LIM_CONTROL_EVENTS */
    uint32_t severity;               /* enum event_severity: this and above; 0: all */
    bool newest;
};

/* Give one journalled event (its OCSF JSON, one object).  MM_OK; MM_ELIMIT: the
 * page is full, stop and return MM_OK; other errors: stop and return them. */
typedef int (*control_emit)(void *page, uint64_t sequence, const char *json, size_t n);

/* What a person states (docs/doors.md "Statements of a person"): exactly one of version, mitigation,
 * date and certificate is not empty. */
struct control_statement {
    char id[LIM_DOOR_ID];             /* "gateway:HOST:PORT" ..., "posture:restore_test" */
    char by[LIM_TITLE];              /* who says so; "uid N" when no name was given */
    char product[LIM_TAG], model[LIM_NAME], version[LIM_TAG];
    char mitigation[LIM_TAG];        /* disabled, workaround, separated, monitored; none: taken back */
    char reason[LIM_TITLE];          /* of the mitigation */
    char date[LIM_TAG];              /* "2026-11-01" */
    char certificate[65];            /* SHA-256 of the public key that a gateway is known by from now on, the first digits of the one
                                        that was shown last, or "none" */
};

struct control_ops {
    void *context;
    /* The newest state of the guard; NULL before the first. */
    const struct agent_state *(*state)(void *context);
    /* Fill `out`, zeroed by the caller. */
    void (*core)(void *context, struct control_core *out);
    /* Emit a page of events.  MM_OK, MM_EDB, MM_EIO. */
    int (*events)(void *context, const struct control_query *q, control_emit emit, void *page);
    /* Emit all events of the incident that `id` (event uid, incident id, or a
     * prefix of at least 8 characters) belongs to, oldest first, and put the
     * incident's full id into `incident`; a lone event without an incident is
     * emitted alone and `incident` stays empty.  `emit` NULL: only find the
     * incident.  MM_ENOTFOUND; MM_EEXIST: the prefix fits several. */
    int (*why)(void *context, const char *id, char incident[LIM_ID], control_emit emit, void *page);
    /* Ask the guard (OP_LOCAL).  `client_fd` is the client's socket: send it
     * along, it stays the server's.  `ticket`: hand it back with
     * control_server_result when the OP_RESULT is there.  MM_OK: under way. */
    int (*act)(void *context, const struct op_local *op, int client_fd, uint64_t ticket);
    /* The three below may be NULL: this agent makes no rounds.
     * Append the register of doors, or with `posture` how the six basic rules stand: one JSON object as
     * docs/doors.md tells.  `json` holds a little less than LIM_CONTROL_FRAME: leave out software and
     * lesser advisories (and count them) before it is full.  MM_OK or an error. */
    int (*doors)(void *context, bool posture, struct buf *json);
    /* Start a round now.  MM_OK; MM_EAGAIN: one is under way. */
    int (*check)(void *context);
    /* Record what a person states; `uid` is who asked, whatever name is given.  Read and well already.
     * MM_OK: it is on disk; MM_ENOTFOUND: no such door; MM_EINVAL: not of this kind of door; MM_ESTATE: another key was shown. */
    int (*declare)(void *context, const struct control_statement *st, uint32_t uid);
    /* This agent is about to be removed by `uid`, with a code of the console or without: told at once, and it was the last. */
    int (*leaving)(void *context, bool permitted, uint32_t uid);
};

struct control_peer {
    uint32_t uid;
    bool privileged;                 /* root, or in the group of [roles] group= */
    int fd;                          /* for ops->act */
    uint64_t ticket;                 /* for ops->act */
};

enum control_outcome {
    CONTROL_ANSWER,                  /* `out` holds one framed answer */
    CONTROL_WAIT,                    /* the guard was asked; an answer follows by ticket */
    CONTROL_STREAM,                  /* `out` holds the first answer, the client gets new events from now on */
};

/* Handle one request (the JSON of a frame, without its length) and append the
 * framed answer to `out`.  A malformed or forbidden request is an answer too. */
enum control_outcome control_handle(const struct control_ops *ops, const struct control_peer *peer,
                                    const char *request, size_t n, struct buf *out);
/* Append the framed answer to an acting verb. */
void control_answer_result(const struct op_result *result, struct buf *out);
/* Append the framed answer that carries one new event to a watcher; `missed`
 * events were left out before it because the reader was slow. */
void control_answer_event(uint64_t sequence, const char *json, size_t n, uint64_t missed, struct buf *out);
/* Append a framed error answer: `word` for programs, `message` for people. */
void control_answer_error(const char *word, const char *message, struct buf *out);

#endif
