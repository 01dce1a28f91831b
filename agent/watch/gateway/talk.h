/* One question to one gateway while it is going on.
 *
 * A talk is started by probe.c and driven by its loop: step() is called when the
 * descriptor is ready for `events` or `wake` is reached; it sets `done` with the
 * result.  It owns its descriptor, `state` and `bytes` until stop().  HTTPS talks have no
 * descriptor here, curl's multi handle drives them (https.c).  Times are
 * milliseconds of the monotonic clock (talk_now). */
#ifndef MM_AGENT_WATCH_GATEWAY_TALK_H
#define MM_AGENT_WATCH_GATEWAY_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/messages.h"
#include "lib/buf.h"

struct talk;
struct talk_kind {
    /* Begin; the talk may be done at once. */
    void (*start)(struct talk *t);
    /* The descriptor is ready for `revents` (poll.h), or `wake` is reached (0). */
    void (*step)(struct talk *t, short revents);
    /* Close and free what start and step made; also for a talk that is not done. */
    void (*stop)(struct talk *t);
};

struct talk {
    const struct talk_kind *kind;
    const struct probe_target *target;
    const struct probe_ask *ask;
    unsigned first, last;      /* of the target's addresses: tried from first to last, `first` moves on */
    uint16_t port;
    int64_t begun, deadline;   /* no step after the deadline: the caller answers MM_ETIMEOUT with the bytes so far */
    int64_t wake;              /* step without an event at this time; INT64_MAX: never */
    int fd;                    /* -1: none */
    short events;
    struct buf bytes;          /* the answer, LIM_GATEWAY_ANSWER at most */
    bool done;
    bool connected;            /* the port (over UDP: somebody) answered at all */
    int refused_at;            /* the first address that said no at once: somebody is there; -1: none */
    int result;                /* as in struct probe_answer */
    unsigned status;
    bool handshake;            /* TLS was agreed upon: the server holds the key that it showed */
    enum probe_key shown;      /* what tls_listen saw, worth something with `handshake` only */
    uint8_t key[32];
    char note[LIM_TITLE];
    void *multi;               /* CURLM of all HTTPS talks */
    void *state;               /* the kind's own */
};

extern const struct talk_kind talk_https, talk_tls, talk_ssh, talk_tcp, talk_ike, talk_snmp;

/* Curl is through with an HTTPS talk: `code` is its CURLcode. */
void talk_https_done(struct talk *t, int code);
/* Milliseconds of the monotonic clock. */
int64_t talk_now(void);
/* The talk is over with `result`; `note` is for operators, "" for none. */
void talk_end(struct talk *t, int result, const char *note);

/* ---- sockets of a talk (talk.c) ------------------------------------------------- */
/* Begin to connect over TCP to the first address that can be tried; ends the talk when there is none. */
void talk_connect(struct talk *t);
/* Go on connecting after an event or wake.  true: connected now; false: still trying, or the talk is over. */
bool talk_connecting(struct talk *t, short revents);
/* A UDP socket connected to the address, so that nobody else's datagrams come in.  false: the talk is over. */
bool talk_datagrams(struct talk *t);
/* Close the descriptor. */
void talk_close(struct talk *t);
/* Append what can be read now (TCP).  MM_OK: some; MM_EAGAIN; MM_ECLOSED: the end; MM_ELIMIT: the answer is full; MM_EIO. */
int talk_read(struct talk *t);

#endif
