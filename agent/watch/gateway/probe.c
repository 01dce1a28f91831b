/* The order of the questions: each target has a list of its own (TLS first, then
 * the asks), one talk at a time and a pause between two; the targets go on side by
 * side in one loop over poll and curl's multi handle.
 *
 * A port that did not let us connect, or twice in a row gave nothing that can be
 * used, is not asked again in this round: what was to be asked there is answered
 * with the same result.  A small box is not bothered, and the round's time is kept. */
#include "agent/watch/gateway/probe.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/gateway/talk.h"
#include "lib/err.h"

#define PORTS_KEPT 16 /* ports of one target whose state is remembered; further ones are asked every time */
#define STRIKES 2     /* useless answers in a row */

struct port_state {
    bool udp;
    uint16_t port;
    unsigned strikes;
    int result; /* not MM_OK: not asked again */
    char note[LIM_TITLE];
};

struct line { /* of one target */
    const struct probe_target *target;
    unsigned next;         /* question: 0 TLS, n the ask n-1; asks + 1: all done */
    int64_t ready;         /* the next one not before */
    bool busy;
    unsigned chosen;       /* address that answered */
    struct port_state port[PORTS_KEPT];
    unsigned ports;
    struct talk talk;
};

struct round {
    const struct probe_ask *ask;
    unsigned asks, lines, answers;
    const struct probe_hooks *hooks;
    CURLM *multi;
    int64_t end;
    int rc;                /* of the hook: not MM_OK, nobody listens any more */
    struct line *line;
};

static const struct probe_ask HANDSHAKE = {.source = SOURCE_TLS};

/* What is asked how, and the usual port (0: the target's own). */
static const struct { uint32_t source; uint16_t port; bool udp; const struct talk_kind *kind; } SOURCES[] = {
    {SOURCE_HTTPS, 0, false, &talk_https}, {SOURCE_TLS, 0, false, &talk_tls},  {SOURCE_SSH, 22, false, &talk_ssh},
    {SOURCE_IKE, 500, true, &talk_ike},    {SOURCE_SNMP, 161, true, &talk_snmp}, {SOURCE_TCP, 0, false, &talk_tcp},
};

static int source_row(uint32_t source)
{
    for (unsigned i = 0; i < sizeof SOURCES / sizeof *SOURCES; i++)
        if (SOURCES[i].source == source)
            return (int)i;
    return -1;
}

static uint16_t port_of(const struct probe_target *target, const struct probe_ask *ask, int row)
{
    if (ask->port && ask->port <= UINT16_MAX)
        return (uint16_t)ask->port;
    return SOURCES[row].port ? SOURCES[row].port : target->port;
}

/* The state of a port, made when there is room; NULL: not remembered. */
static struct port_state *state_of(struct line *l, bool udp, uint16_t port)
{
    for (unsigned i = 0; i < l->ports; i++)
        if (l->port[i].udp == udp && l->port[i].port == port)
            return &l->port[i];
    if (l->ports == PORTS_KEPT)
        return NULL;
    l->port[l->ports] = (struct port_state){.udp = udp, .port = port};
    return &l->port[l->ports++];
}

/* ---- answers ----------------------------------------------------------------------------------------- */

static void tell(struct round *r, const struct line *l, const struct probe_ask *ask, const struct talk *t)
{
    struct probe_answer a = {.target = l->target->number, .source = ask->source, .result = t->result, .status = t->status};

    if (r->rc)
        return;
    a.bytes = (uint32_t)t->bytes.len;
    a.ms = (uint32_t)(t->begun ? talk_now() - t->begun : 0);
    if (t->handshake && t->port == l->target->port) {
        a.key_state = t->shown;
        memcpy(a.key, t->key, sizeof a.key);
    }
    memcpy(a.path, ask->path, sizeof a.path);
    memcpy(a.note, t->note, sizeof a.note);
    r->rc = r->hooks->answer(r->hooks->context, &a, &t->bytes);
    r->answers++;
}

/* An answer for a question that was not asked. */
static void tell_unasked(struct round *r, const struct line *l, const struct probe_ask *ask, int result, const char *why)
{
    struct talk t = {.result = result};

    buf_init(&t.bytes, LIM_GATEWAY_ANSWER);
    snprintf(t.note, sizeof t.note, "not asked: %.*s", (int)sizeof t.note - 16, why);
    tell(r, l, ask, &t);
}

/* What the answer says about the port, and the first one about the addresses. */
static void learn(struct line *l, const struct talk *t, bool udp)
{
    struct port_state *p = state_of(l, udp, t->port);
    bool useless = t->result != MM_OK && t->result != MM_EFORMAT && t->result != MM_ELIMIT && t->result != MM_EINVAL;

    if (l->next == 0)
        l->chosen = t->connected ? t->first : t->refused_at >= 0 ? (unsigned)t->refused_at : 0;
    if (!p)
        return;
    p->strikes = useless ? p->strikes + 1 : 0;
    if (!useless || (t->connected && p->strikes < STRIKES))
        return;
    p->result = t->result;
    snprintf(p->note, sizeof p->note, "the port gave no answer before (%.*s)", (int)sizeof p->note - 64, t->note);
}

/* ---- one question --------------------------------------------------------------------------------------- */

/* Stop the talk of a line and tell its answer; one that is not done ran out of time. */
static void finish(struct round *r, struct line *l)
{
    struct talk *t = &l->talk;
    const struct probe_ask *ask = t->ask;

    t->kind->stop(t);
    if (!t->done)
        talk_end(t, MM_ETIMEOUT, t->connected ? "the answer did not end in time" : "no answer in time");
    learn(l, t, SOURCES[source_row(ask->source)].udp);
    tell(r, l, ask, t);
    buf_fini(&t->bytes);
    l->busy = false;
    l->next++;
    l->ready = talk_now() + LIM_GATEWAY_PAUSE_MS;
}

/* No question to this gateway at all: not of the network, asked already (TLS), or no community to ask with (SNMP). */
static bool passed_over(const struct line *l, const struct probe_ask *ask)
{
    int row = source_row(ask->source);

    return row < 0 || (ask != &HANDSHAKE && ask->source == SOURCE_TLS && port_of(l->target, ask, row) == l->target->port) ||
           (ask->source == SOURCE_SNMP && !l->target->community[0]);
}

static const struct probe_ask *question(const struct round *r, const struct line *l)
{
    return l->next ? &r->ask[l->next - 1] : &HANDSHAKE;
}

/* Begin the line's next question, over those that are not to be asked. */
static void begin(struct round *r, struct line *l, int64_t now)
{
    for (; !l->busy && l->next <= r->asks && !r->rc; l->next++) {
        const struct probe_ask *ask = question(r, l);
        struct talk *t = &l->talk;
        struct port_state *p;
        uint16_t port;
        int row = source_row(ask->source);

        if (passed_over(l, ask))
            continue;
        port = port_of(l->target, ask, row);
        p = state_of(l, SOURCES[row].udp, port);
        if (p && p->result) {
            tell_unasked(r, l, ask, p->result, p->note);
            continue;
        }
        *t = (struct talk){.kind = SOURCES[row].kind, .target = l->target, .ask = ask, .port = port, .begun = now,
                           .deadline = now + LIM_GATEWAY_MS < r->end ? now + LIM_GATEWAY_MS : r->end, .wake = INT64_MAX,
                           .fd = -1, .refused_at = -1, .multi = r->multi};
        t->first = l->next ? l->chosen : 0;
        t->last = l->next ? l->chosen + 1 : l->target->addresses;
        buf_init(&t->bytes, LIM_GATEWAY_ANSWER);
        l->busy = true;
        t->kind->start(t);
        return; /* when it is done already, it is finished at the loop's next turn */
    }
}

/* ---- the loop ----------------------------------------------------------------------------------------------- */

/* Curl's word on which HTTPS talks are through. */
static void harvest(struct round *r)
{
    int running = 0, left = 0;
    CURLMsg *m;

    curl_multi_perform(r->multi, &running);
    while ((m = curl_multi_info_read(r->multi, &left)) != NULL) {
        struct talk *t = NULL;

        if (m->msg == CURLMSG_DONE && curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t) == CURLE_OK && t)
            talk_https_done(t, m->data.result);
    }
}

/* Begin what is due; the time of the next thing to do, INT64_MAX when all is done. */
static int64_t advance(struct round *r)
{
    int64_t soonest = INT64_MAX, now = talk_now();

    for (unsigned i = 0; i < r->lines; i++) {
        struct line *l = &r->line[i];
        int64_t at;

        if (l->busy && (l->talk.done || now >= l->talk.deadline))
            finish(r, l);
        if (!l->busy && now >= l->ready)
            begin(r, l, now);
        if (!l->busy && l->next > r->asks)
            continue;
        if (l->busy && l->talk.done)
            return now;
        at = !l->busy ? l->ready : l->talk.wake < l->talk.deadline ? l->talk.wake : l->talk.deadline;
        soonest = at < soonest ? at : soonest;
    }
    return soonest;
}


static short wanted(short events)
{
    return (short)((events & POLLIN ? CURL_WAIT_POLLIN : 0) | (events & POLLOUT ? CURL_WAIT_POLLOUT : 0));
}

/* Wait for the sockets, at most until `until`, and let the talks go on. */
static void wait_and_step(struct round *r, int64_t until)
{
    struct curl_waitfd fds[LIM_GATEWAYS];
    struct pollfd ready[LIM_GATEWAYS];
    struct line *of[LIM_GATEWAYS];
    int64_t now = talk_now();
    unsigned n = 0;

    for (unsigned i = 0; i < r->lines; i++)
        if (r->line[i].busy && r->line[i].talk.fd >= 0) {
            ready[n] = (struct pollfd){.fd = r->line[i].talk.fd, .events = r->line[i].talk.events};
            fds[n] = (struct curl_waitfd){.fd = ready[n].fd, .events = wanted(ready[n].events)};
            of[n++] = &r->line[i];
        }
    curl_multi_poll(r->multi, fds, n, until > now ? (int)(until - now) : 0, NULL);
    poll(ready, n, 0); /* once more without curl, which does not tell of errors */
    now = talk_now();
    for (unsigned i = 0; i < n; i++)
        if (ready[i].revents || now >= of[i]->talk.wake)
            of[i]->talk.kind->step(&of[i]->talk, ready[i].revents);
}

/* The round's time is over, or nobody listens: what is not answered yet. */
static void give_up(struct round *r)
{
    for (unsigned i = 0; i < r->lines; i++) {
        struct line *l = &r->line[i];

        if (l->busy)
            finish(r, l);
        for (; l->next <= r->asks; l->next++)
            if (!passed_over(l, question(r, l)))
                tell_unasked(r, l, question(r, l), MM_ETIMEOUT, "the time of the round was over");
    }
}

unsigned probe_gateways(const struct probe_target *target, unsigned targets, const struct probe_ask *ask, unsigned asks,
                        const struct probe_hooks *hooks)
{
    struct round r = {.ask = ask, .asks = asks, .lines = targets, .hooks = hooks, .end = talk_now() + LIM_PROBE_MS};

    if (!targets || targets > LIM_GATEWAYS || asks > LIM_GATEWAY_ASKS || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return 0;
    r.multi = curl_multi_init();
    r.line = calloc(targets, sizeof *r.line);
    for (unsigned i = 0; r.line && i < targets; i++)
        r.line[i].target = &target[i];
    while (r.multi && r.line && !r.rc && talk_now() < r.end) {
        int64_t until = advance(&r);

        if (until == INT64_MAX)
            break;
        wait_and_step(&r, until);
        harvest(&r);
    }
    if (r.multi && r.line)
        give_up(&r);
    free(r.line);
    curl_multi_cleanup(r.multi);
    curl_global_cleanup();
    return r.answers;
}
