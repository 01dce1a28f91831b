/* A round: everything that is looked at once a day; part of the core role.
 *
 * core_round.c is the flow, core_helper.c the links to the three helpers,
 * core_gateways.c whom the probe asks, core_answers.c what comes back, core_doors.c the register in force and
 * what is told of it.  Owner of all: struct core; loop thread only. */
#ifndef MM_AGENT_ROLES_CORE_ROUND_H
#define MM_AGENT_ROLES_CORE_ROUND_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

#include "agent/control/verbs.h"
#include "agent/detect/doors.h"
#include "agent/detect/basics.h"
#include "agent/messages.h"
#include "lib/os/frame.h"

#define ROUND_LOOK_UPS 3         /* names at the same time: one that nobody answers for does not hold up the others */
#define ROUND_PORTS 64           /* port mappings of the router that are told */

struct core;
struct round;

/* ---- core_helper.c: one helper of a round, a process that the guard starts for us ---------- */
struct helper_link {
    struct round *round;
    enum helper which;
    uint64_t ask_id;             /* of our OP_HELPER on its way; 0: none */
    int sock;                    /* -1: not there */
    uv_poll_t *poll;
    struct frame *frame;
    bool done;                   /* it said everything it had to say */
    bool over;                   /* nothing more comes: done, failed or not wanted */
    bool failed;
};
/* Ask the guard for it; what fails ends in round_helper_over. */
void helper_start(struct helper_link *h, struct round *round, enum helper which);
/* CORE_HELPER came; false when it is not this link's.  Takes the descriptor out of the frame. */
bool helper_arrived(struct helper_link *h, struct frame *f);
/* Send a frame to it; when it cannot be sent the helper has failed. */
void helper_send(struct helper_link *h, uint16_t type, uint64_t id, const void *payload, size_t n, int fd);
/* Close the link; `failed`: it did not do what it should. */
void helper_end(struct helper_link *h, bool failed);

/* ---- core_round.c ---------------------------------------------------------------------------- */
/* A question to the judge that waits for its turn. */
struct question {
    struct question *next;
    uint16_t type;               /* JUDGE_ASKS, JUDGE_ANSWER, JUDGE_VERSION */
    struct judge_answer answer;
    struct judge_version version;
    int fd;                      /* -1: none */
    bool proven;                 /* the answer came under the gateway's key */
    char door[LIM_DOOR_ID];         /* which door the answer is about */
};

/* What came back from one gateway. */
struct heard {
    bool any, tls;               /* anything at all; a TLS handshake */
    bool known, stranger;        /* somebody proved to hold the gateway's key; somebody showed another one */
    unsigned answers, strange;   /* questions answered well; answered with nonsense */
};

struct round {
    struct core *core;
    bool running, judging;       /* judging: versions are asked about, the end of the round */
    bool versions_only;          /* nothing is looked at, only versions judged again */
    struct doors fresh;
    struct basics posture;
    struct helper_link survey, probe, judge;
    struct probe_target target[LIM_GATEWAYS];
    struct heard heard[LIM_GATEWAYS];
    unsigned targets, resolved;
    unsigned next_name;          /* target whose name is looked up next */
    struct look_up { uv_getaddrinfo_t req; struct round *round; unsigned target; bool running; } look_up[ROUND_LOOK_UPS];
    unsigned looking_up;         /* names of this round or, when that gave up waiting, of an earlier one */
    struct probe_ask ask[LIM_GATEWAY_ASKS];
    unsigned asks;
    bool asks_known, probing;
    struct question *first, *last, *asked;
    unsigned waiting;            /* from first to last */
    bool surveyed;               /* the survey's items were taken in */
    int64_t tried_s;             /* seconds since the epoch: when the last whole round began */
    struct probe_port port[ROUND_PORTS];
    unsigned ports, malformed;
    uv_timer_t box, names, daily, hourly, again;
    unsigned tries;              /* rounds of versions only in a row whose judge failed */
    bool whole_wanted;           /* the list of gateways changed meanwhile: look at all of it again after this round */
    bool versions_wanted;        /* somebody stated a version meanwhile: judge again after this round */
    uint64_t began;              /* uv_now */
    int64_t since_s;             /* seconds since the epoch: when rounds began to be made */
};

/* Timers; the first round follows soon after the start.  MM_OK or MM_ENOMEM. */
int round_start(struct core *c);
/* Give up what runs and close the timers; memory is freed by the loop's next turns, struct round with core. */
void round_stop(struct core *c);
/* Begin a round now; MM_EAGAIN when one is under way or began just now, MM_ECLOSED without a guard. */
int round_now(struct core *c, bool versions_only);
/* Begin a round as soon as that is possible; `versions_only`: judge the versions again and look at nothing. */
void round_soon(struct core *c, bool versions_only);
/* CORE_HELPER of the guard. */
int round_helper(struct core *c, struct frame *f);
/* A helper is over: what it was asked has no answer any more; called by helper_end. */
void round_helper_over(struct helper_link *h);
/* Put a question at the end of the queue; takes `fd`. */
void round_ask(struct round *r, const struct question *q);
/* The next question, or the next step of the round. */
void round_step(struct round *r);

/* Frame tables of the helpers: what may come from each. */
extern const struct frame_rule round_survey_rules[], round_probe_rules[], round_judge_rules[];
extern const size_t round_survey_rule_count, round_probe_rule_count, round_judge_rule_count;

/* ---- core_answers.c ------------------------------------------------------------------------------ */
/* All answers are in: what those of each gateway mean. */
void answers_weigh(struct round *r);
/* The router's forwarded ports: they widen a listener of this host, or are doors of their own. */
void answers_ports(struct round *r);

/* ---- core_gateways.c --------------------------------------------------------------------------- */
/* Start the probe, fill r->target from configuration and policy, make their doors, begin to look their names up; ends
 * in round_step.  While the network is closed nobody is asked. */
void gateways_begin(struct round *r);
/* Nobody waits any longer for names: those that are not looked up are silent. */
void gateways_give_up(struct round *r);
/* All names are looked up and the rules' questions known: send both to the probe. */
void gateways_probe(struct round *r);
/* The id of the door of `t`. */
void gateways_id(const struct probe_target *t, char id[LIM_DOOR_ID]);
/* Number of gateways that are named. */
unsigned gateways_named(const struct core *c);
/* A door for each named gateway that has none yet. */
void gateways_doors(const struct core *c, struct doors *d);

/* ---- core_doors.c -------------------------------------------------------------------------------- */
/* Read what the disk remembers. */
void register_open(struct core *c);
/* Begin a round of versions only with the doors in force. */
void register_copy(struct core *c, struct round *r);
/* Take the round's findings over: carry on what lasts, judge, tell, keep. */
void register_take(struct core *c, struct round *r);
/* Judge again as time goes by (the clock runs), and tell. */
void register_tick(struct core *c);
void register_close(struct core *c);
/* What a person states, read and well already.  MM_OK: it is on disk; MM_ENOTFOUND: no such door; MM_EINVAL: not of this kind of
 * door; MM_ESTATE: the key that was shown last begins otherwise; another error: it counts until core ends, and is not on disk. */
int register_declare(struct core *c, const struct control_statement *st);
/* The gateways that the console's signed policy names, and no others of it from now on. */
int register_policy(struct core *c, const json_t *gateways);
/* One of both, as the console ordered and the guard verified; the same errors. */
int register_order(struct core *c, const struct core_order *order);
/* The result of the verb vpn or posture; MM_ELIMIT when it does not fit. */
int register_json(struct core *c, bool posture, struct buf *out);
/* The body of the report to the console; MM_ENOTFOUND before the first round. */
int register_report(struct core *c, struct buf *out);
/* The counts of the status. */
void register_status(struct core *c, struct control_doors *out);

#endif
