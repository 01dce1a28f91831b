/* Inside of the uplink, shared by uplink*.c only. */
#ifndef MM_AGENT_REPORT_UPLINK_PARTS_H
#define MM_AGENT_REPORT_UPLINK_PARTS_H

#include <uv.h>

#include "agent/report/http.h"
#include "agent/report/identity.h"
#include "agent/report/uplink.h"

/* One kind of call; at most one of each is under way. */
enum channel_kind { CH_EVENTS = 0, CH_BEAT, CH_POLL, CH_RESULT, CH_RENEW, CH_DOORS, CH_COUNT };

struct channel {
    struct uplink *u;
    uv_timer_t timer;             /* next attempt */
    bool busy;
    unsigned fails;               /* in a row */
    uint64_t not_before;          /* uv_now; back-off */
};

#define RESULTS 64                /* results that wait for the console; the events tell the same, durably */
struct waiting_result { char command[LIM_ID], message[LIM_TITLE]; int result; };
struct outstanding { uint64_t id; };

#define REACHES 4                 /* questions of the guard under way at one time */
struct reach { void (*done)(void *context, uint64_t id, int reached); void *context; uint64_t id; };

struct uplink {
    uv_loop_t *loop;
    struct journal *journal;
    const struct uplink_hooks *hooks;
    char *dir, *url, *proxy;
    char boot[LIM_ID];
    struct http *http;
    struct channel channel[CH_COUNT];
    struct identity identity;
    bool enrolled;
    bool connected;               /* the last call got an answer below 500 */
    int64_t contact_wall_ns;
    char error[LIM_TITLE];
    uint64_t urgent_at;           /* uv_now of the last reset of the back-off */

    /* addresses (uplink_resolve.c) */
    char host[LIM_NAME], port[8]; /* of the console, or of the proxy */
    uv_timer_t resolve_timer;
    uv_getaddrinfo_t lookup;
    bool looking_up, quarantined;
    uint64_t looked_up_at;        /* uv_now; 0: never */
    struct op_console addresses;

    /* events (uplink_events.c) */
    uint64_t first, last;         /* of the batch under way */
    uint64_t skip;                /* rows up to here that the console refuses for good */
    unsigned rows;                /* of the batch under way */
    unsigned batch_limit, refusals;
    uint64_t renamed_at;          /* uv_now of the last new identity of the journal; 0: never */

    /* commands (uplink_commands.c) */
    struct outstanding outstanding[LIM_UPLINK_COMMANDS];
    unsigned noutstanding;
    uint64_t after, after_before; /* highest command sequence done; the same before the last poll */
    char command_key[LIM_ID + 16]; /* of journal_number: another enrolment counts anew */
    uint64_t poll_started;        /* uv_now */
    struct waiting_result results[RESULTS];
    unsigned nresults;

    /* doors (uplink_doors.c) */
    bool doors_due, doors_again;  /* to be told; asked for while a call was under way */
    uint64_t doors_taken_at;      /* uv_now of the last 2xx; 0: never */

    struct reach reach[REACHES];
    uint64_t beat_ms;
    bool beat_again;              /* asked for while one was under way */
    int handles;                  /* open libuv handles of our own, and the look-up */
    bool closing;
};

/* ---- uplink.c ---- */
/* Try `kind` now, or as soon as its back-off allows. */
void uplink_kick(struct uplink *u, enum channel_kind kind);
/* Try `kind` again in `ms`. */
void uplink_later(struct uplink *u, enum channel_kind kind, uint64_t ms);
/* The call of `kind` ended: keeps back-off and status; true when it was a 2xx. */
bool uplink_ended(struct uplink *u, enum channel_kind kind, const struct http_result *r);
/* Mark a 2xx whose body was nonsense as failed. */
void uplink_failed(struct uplink *u, enum channel_kind kind, const char *why);

/* `in` as one zstd frame into `out`, which must be empty.  MM_ENOMEM, MM_ELIMIT. */
int uplink_compress(const struct buf *in, struct buf *out);

/* A look-up that was under way at uplink_free has ended. */
void uplink_looked_up(struct uplink *u);

/* ---- uplink_resolve.c ---- */
int uplink_resolve_start(struct uplink *u);
void uplink_resolve_soon(struct uplink *u);   /* after a connection failed */
void uplink_resolve_stop(struct uplink *u);

/* ---- the channels' actions: called when not busy and allowed ---- */
void uplink_events_go(struct uplink *u);
void uplink_beat_go(struct uplink *u);
void uplink_poll_go(struct uplink *u);
void uplink_result_go(struct uplink *u);
void uplink_renew_go(struct uplink *u);
void uplink_doors_go(struct uplink *u);
/* The console can be reached again: what it knows of our doors may be old. */
void uplink_doors_back(struct uplink *u);

#endif
