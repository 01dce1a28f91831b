/* The flow of a round.
 *
 *   survey ----items----------------------------------------> fresh doors, posture
 *   judge  --asks--> probe --answers--> judge --identities--> fresh doors
 *   then, for each door with a version: judge --advisories--> fresh doors
 *   then the register takes it over (core_doors.c)
 *
 * Handlers of frames only take in; round_step looks where the round stands and
 * does what is next.  A helper that fails is "over" like one that is done, so
 * that the round always ends, at the latest with its time box. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "agent/detect/doors_read.h"
#include "agent/roles/core_internal.h"
#include "agent/roles/core_round.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/memory.h"

#define FIRST_MS 60000          /* after the start: the machine has other work then */
#define DAILY_MS INT64_C(86400000)
#define JITTER_MS 3600000       /* a company's machines do not all ask the same gateway at once, */
#define FIRST_JITTER_MS 600000  /* nor when all of them are switched on at nine */
#define NAMES_MS 20000          /* for all names of gateways; a resolver that does not answer takes ten seconds for one */
#define BOX_MS (LIM_SURVEY_MS + LIM_PROBE_MS + NAMES_MS + 10000)
#define MATCHES 100000          /* advisories of one version; a pack has hundreds */
#define AGAIN_MS 2000           /* the guard starts a helper of one kind once a second at most */
#define QUESTIONS 700           /* waiting for the judge: LIM_GATEWAYS times the rules' questions, and programs; each may hold a descriptor */
#define JUDGE_TRIES 5
#define HOURLY_MS INT64_C(3600000)       /* days pass between rounds, too */
#define RETRY_MS 600000         /* a round that could not begin */

/* ---- questions to the judge ------------------------------------------------------------------ */

void round_ask(struct round *r, const struct question *q)
{
    struct question *copy = r->judge.over || r->waiting >= QUESTIONS ? NULL : malloc(sizeof *copy);

    if (!copy) {
        if (q->fd >= 0)
            close(q->fd);
        return;
    }
    r->waiting++;
    *copy = *q;
    copy->next = NULL;
    if (r->last)
        r->last->next = copy;
    else
        r->first = copy;
    r->last = copy;
}

static void question_free(struct question *q)
{
    if (q && q->fd >= 0)
        close(q->fd);
    free(q);
}

static void forget_questions(struct round *r)
{
    question_free(r->asked);
    r->asked = NULL;
    while (r->first) {
        struct question *q = r->first;

        r->first = q->next;
        question_free(q);
    }
    r->last = NULL;
    r->waiting = 0;
}

static void ask_next(struct round *r)
{
    struct question *q = r->first;

    if (!q || r->asked || r->judge.sock < 0)
        return;
    r->first = q->next;
    r->waiting--;
    if (!r->first)
        r->last = NULL;
    r->asked = q;
    if (q->type == JUDGE_ANSWER)
        helper_send(&r->judge, q->type, 1, &q->answer, sizeof q->answer, q->fd);
    else if (q->type == JUDGE_VERSION)
        helper_send(&r->judge, q->type, 1, &q->version, sizeof q->version, -1);
    else
        helper_send(&r->judge, q->type, 1, NULL, 0, -1);
}

/* ---- from the judge ---------------------------------------------------------------------------- */

static int on_judge_ask(void *context, struct frame *f)
{
    struct round *r = ((struct helper_link *)context)->round;
    struct probe_ask *ask = (struct probe_ask *)(void *)f->payload;

    FRAME_STR(ask->path);
    FRAME_STR(ask->headers);
    if (r->asks < LIM_GATEWAY_ASKS)
        r->ask[r->asks++] = *ask;
    return MM_OK;
}

/* The surer identification of a gateway counts; with a version before one without, and what came under its key before what anybody
 * could have sent, which fills gaps only. */
static bool surer(const struct door *d, const struct vpn_identity *i, bool proven)
{
    if (d->proven && !proven)
        return i->version[0] && !d->version[0] && !strcmp(d->product, i->product);
    if (proven && i->version[0] && !d->version_proven)
        return true;
    if (!d->product[0] || (i->over[0] && !strcmp(i->over, d->product)))
        return true;
    if (d->over[0] && !strcmp(d->over, i->product))
        return false;
    return i->version[0] && (!d->version[0] || (i->grade == VPN_EXACT && d->version_from == VERSION_TABLE));
}

/* The rules' reading of a program's file goes before the survey's: a version where they see one. */
static void take_program(struct door *d, const struct vpn_identity *i)
{
    if (d->package != PACKAGE_UNOWNED || !i->version[0])
        return;
    memcpy(d->product, i->product, sizeof d->product);
    memcpy(d->product_name, i->name, sizeof d->product_name);
    memcpy(d->version, i->version, sizeof d->version);
    d->version_from = VERSION_FILE;
    snprintf(d->evidence, sizeof d->evidence, "rule %s on the program's file", i->rule);
}

static int on_identity(void *context, struct frame *f)
{
    struct round *r = ((struct helper_link *)context)->round;
    struct vpn_identity *i = (struct vpn_identity *)(void *)f->payload;
    struct door *d = r->asked ? doors_find(&r->fresh, r->asked->door) : NULL;

    FRAME_STR(i->rule);
    FRAME_STR(i->product);
    FRAME_STR(i->name);
    FRAME_STR(i->version);
    FRAME_STR(i->model);
    FRAME_STR(i->over);
    if (d && d->kind == DOOR_PROGRAM) {
        take_program(d, i);
        return MM_OK;
    }
    if (!d || !surer(d, i, r->asked->proven)) {
        if (d)
            d->proven |= r->asked->proven && !strcmp(d->product, i->product);
        return MM_OK;
    }
    d->proven |= r->asked->proven;
    d->version_proven = r->asked->proven && i->version[0];
    d->identity_at = (int64_t)time(NULL);
    memcpy(d->product, i->product, sizeof d->product);
    memcpy(d->product_name, i->name, sizeof d->product_name);
    memcpy(d->over, i->over, sizeof d->over);
    memcpy(d->version, i->version, sizeof d->version);
    d->version_from = !i->version[0] ? VERSION_NONE : i->grade == VPN_EXACT ? VERSION_ANSWER : VERSION_TABLE;
    if (i->model[0])
        memcpy(d->model, i->model, sizeof d->model);
    snprintf(d->evidence, sizeof d->evidence, "rule %s on the answer to %s", i->rule, r->asked->answer.path[0] ? r->asked->answer.path : "the greeting");
    return MM_OK;
}

static int on_advisory(void *context, struct frame *f)
{
    struct round *r = ((struct helper_link *)context)->round;
    struct vpn_advisory *a = (struct vpn_advisory *)(void *)f->payload, *more;
    struct door *d = r->asked ? doors_find(&r->fresh, r->asked->door) : NULL;

    FRAME_STR(a->cve);
    FRAME_STR(a->cvss);
    FRAME_STR(a->released);
    FRAME_STR(a->fixed);
    FRAME_STR(a->title_ja);
    FRAME_STR(a->title_en);
    FRAME_STR(a->reference);
    if (a->severity > SEV_CRITICAL)
        return MM_EFORMAT;
    if (!d || d->advisories >= LIM_DOOR_ADVISORIES)
        return MM_OK;
    more = realloc(d->advisory, (d->advisories + 1) * sizeof *more);
    if (!more)
        return MM_ENOMEM;
    d->advisory = more;
    more[d->advisories++] = *a;
    return MM_OK;
}

static int on_judge_end(void *context, struct frame *f)
{
    struct round *r = ((struct helper_link *)context)->round;
    const struct judge_end *end = (const struct judge_end *)(const void *)f->payload;
    struct door *d = r->asked ? doors_find(&r->fresh, r->asked->door) : NULL;

    if (!r->asked)
        return MM_EFORMAT;
    if (r->asked->type == JUDGE_ASKS)
        r->asks_known = true;
    if (r->asked->type == JUDGE_VERSION && d) {
        d->judged = end->result == MM_OK ? JUDGED_YES : end->result == MM_EFORMAT ? JUDGED_VERSION_UNREADABLE : JUDGED_PRODUCT_UNKNOWN;
        d->advisories_total = end->matches > d->advisories ? end->matches : d->advisories;
        if (d->advisories_total > MATCHES)
            d->advisories_total = MATCHES;
        d->judged_at = (int64_t)time(NULL);
    }
    question_free(r->asked);
    r->asked = NULL;
    return MM_OK;
}

/* The guard sent it the rules before we had the socket: what became of them. */
static int on_judge_packed(void *context, struct frame *f)
{
    struct scan_packed *p = (struct scan_packed *)(void *)f->payload;

    (void)context;
    FRAME_STR(p->message);
    if (!p->result)
        return MM_OK;
    log_error("the vpn rules do not load: %s", p->message);
    return MM_ECLOSED;
}

const struct frame_rule round_judge_rules[] = {
    {SCAN_PACKED, sizeof(struct scan_packed), sizeof(struct scan_packed), 0, 0, on_judge_packed},
    {JUDGE_ASK, sizeof(struct probe_ask), sizeof(struct probe_ask), 0, 0, on_judge_ask},
    {JUDGE_IDENTITY, sizeof(struct vpn_identity), sizeof(struct vpn_identity), 0, 0, on_identity},
    {JUDGE_ADVISORY, sizeof(struct vpn_advisory), sizeof(struct vpn_advisory), 0, 0, on_advisory},
    {JUDGE_END, sizeof(struct judge_end), sizeof(struct judge_end), 0, 0, on_judge_end},
};
const size_t round_judge_rule_count = sizeof round_judge_rules / sizeof *round_judge_rules;

/* ---- from the survey ----------------------------------------------------------------------------- */

static int on_survey_found(void *context, struct frame *f)
{
    struct helper_link *h = context;
    struct round *r = h->round;
    const struct survey_found *found = (const struct survey_found *)(const void *)f->payload;
    void *text;

    if (!os_memory_sealed(f->fds[0]) || found->bytes > LIM_SURVEY_BYTES || lseek(f->fds[0], 0, SEEK_END) < (off_t)found->bytes)
        return MM_EFORMAT;
    if (!found->bytes || r->surveyed)
        return MM_EFORMAT; /* a host of which nothing can be said does not exist; once is enough */
    r->surveyed = true;
    text = mmap(NULL, found->bytes, PROT_READ, MAP_PRIVATE, f->fds[0], 0);
    if (text == MAP_FAILED)
        return MM_ENOMEM;
    r->malformed = doors_read(&r->fresh, &r->posture, text, found->bytes, (int64_t)time(NULL));
    r->fresh.lost += found->lost + r->malformed;
    munmap(text, found->bytes);
    log_info("survey: %u items in %u ms of CPU, %u lost, %u malformed", found->items, found->cpu_ms, found->lost, r->malformed);
    return MM_OK;
}

/* A program of no package: core does not look into it, the judge does. */
static int on_survey_binary(void *context, struct frame *f)
{
    struct round *r = ((struct helper_link *)context)->round;
    struct survey_binary *b = (struct survey_binary *)(void *)f->payload;
    struct question q = {.type = JUDGE_ANSWER, .answer = {.source = SOURCE_FILE}, .fd = f->fds[0]};

    FRAME_STR(b->id);
    snprintf(q.door, sizeof q.door, "program:%.*s", LIM_NAME - 1, b->id);
    memcpy(q.answer.path, b->id, sizeof q.answer.path);
    f->fds[0] = -1;
    round_ask(r, &q);
    return MM_OK;
}

static int on_survey_done(void *context, struct frame *f)
{
    struct helper_link *h = context;

    (void)f;
    h->done = h->round->surveyed && h->round->posture.count > 0; /* without one accepted check it has failed */
    return MM_ECLOSED;
}

const struct frame_rule round_survey_rules[] = {
    {SURVEY_FOUND, sizeof(struct survey_found), sizeof(struct survey_found), 1, 1, on_survey_found},
    {SURVEY_BINARY, sizeof(struct survey_binary), sizeof(struct survey_binary), 1, 1, on_survey_binary},
    {SURVEY_DONE, 0, 0, 0, 0, on_survey_done},
};
const size_t round_survey_rule_count = sizeof round_survey_rules / sizeof *round_survey_rules;

/* ---- the flow --------------------------------------------------------------------------------------- */

static void ask_versions(struct round *r)
{
    r->judging = true;
    for (unsigned i = 0; i < r->fresh.count; i++) {
        struct door *d = &r->fresh.door[i];
        struct question q = {.type = JUDGE_VERSION, .fd = -1};
        enum door_source from;

        if ((d->kind != DOOR_GATEWAY && d->package != PACKAGE_UNOWNED) ||
            !door_version(d, q.version.product, q.version.version, q.version.model, &from))
            continue;
        memcpy(q.door, d->id, sizeof q.door);
        door_forget_advisories(d);
        round_ask(r, &q);
    }
}

/* All answers are in: what they mean, and what people stated, before versions are compared. */
static void settle(struct round *r)
{
    answers_weigh(r);
    if (r->versions_only)
        return;
    answers_ports(r);
    r->fresh.survey_failed = r->survey.failed;
    r->fresh.probe_failed = r->probe.failed;
    doors_carry(&r->fresh, &r->core->doors);
}

/* Somebody stated a version while a round was under way, or the judge did not come: once more. */
static void on_again(uv_timer_t *timer)
{
    struct round *r = timer->data;

    if (r->running)
        return; /* its end asks again */
    if (round_now(r->core, !r->whole_wanted) == MM_EAGAIN)
        uv_timer_start(&r->again, on_again, AGAIN_MS, 0);
    else
        r->versions_wanted = r->whole_wanted = false;
}

static void finish(struct round *r)
{
    struct core *c = r->core;

    uv_timer_stop(&r->box);
    uv_timer_stop(&r->names);
    r->running = false;
    helper_end(&r->judge, r->judge.failed);
    r->fresh.judge_failed = r->judge.failed;
    forget_questions(r);
    register_take(c, r);
    doors_fini(&r->fresh);
    basics_fini(&r->posture);
    os_memory_settle(); /* items, JSON and frames of a round took megabytes for a moment */
    log_info("round: done in %llu ms", (unsigned long long)(uv_now(&c->loop) - r->began));
    if (r->versions_only && r->judge.failed && r->tries++ < JUDGE_TRIES)
        r->versions_wanted = true;
    else if (!r->judge.failed)
        r->tries = 0;
    if (r->versions_wanted || r->whole_wanted)
        uv_timer_start(&r->again, on_again, AGAIN_MS, 0);
}

void round_helper_over(struct helper_link *h)
{
    if (h->which == HELPER_JUDGE)
        forget_questions(h->round);
}

void round_step(struct round *r)
{
    if (!r->running)
        return;
    if (!r->probing && !r->probe.over && r->probe.sock >= 0 && r->resolved == r->targets && (r->asks_known || r->judge.over)) {
        r->probing = true;
        gateways_probe(r);
    }
    ask_next(r);
    if (r->asked || r->first)
        return;
    if (!r->survey.over || !r->probe.over || (!r->judge.over && !r->asks_known))
        return;
    if (!r->judging) {
        settle(r);
        ask_versions(r);
    }
    ask_next(r);
    if (!r->asked && !r->first)
        finish(r);
}

static void on_names(uv_timer_t *timer)
{
    gateways_give_up(timer->data);
    round_step(timer->data);
}

static void on_box(uv_timer_t *timer)
{
    struct round *r = timer->data;

    log_warn("the round takes too long and is ended");
    helper_end(&r->survey, true);
    helper_end(&r->probe, true);
    helper_end(&r->judge, true);
    round_step(r);
}

int round_now(struct core *c, bool versions_only)
{
    struct round *r = c->round;
    struct question asks = {.type = JUDGE_ASKS, .fd = -1};

    if (c->stopping || c->silent)
        return MM_ECLOSED;
    if (r->running || r->looking_up || (r->began && uv_now(&c->loop) - r->began < AGAIN_MS))
        return MM_EAGAIN;
    r->running = true;
    if (!versions_only)
        r->tried_s = (int64_t)time(NULL);
    r->versions_only = versions_only;
    r->judging = r->asks_known = r->probing = false;
    r->surveyed = false;
    r->asks = r->targets = r->resolved = r->next_name = r->malformed = r->ports = 0;
    r->began = uv_now(&c->loop);
    memset(r->heard, 0, sizeof r->heard);
    doors_init(&r->fresh);
    if (basics_init(&r->posture)) {
        r->running = false;
        return MM_ENOMEM;
    }
    uv_timer_start(&r->box, on_box, BOX_MS, 0);
    helper_start(&r->judge, r, HELPER_JUDGE);
    round_ask(r, &asks);
    r->survey = r->probe = (struct helper_link){.round = r, .sock = -1, .over = true};
    if (versions_only) {
        register_copy(c, r);
    } else {
        helper_start(&r->survey, r, HELPER_SURVEY);
        gateways_begin(r);
        uv_timer_start(&r->names, on_names, NAMES_MS, 0);
    }
    round_step(r);
    return MM_OK;
}

void round_soon(struct core *c, bool versions_only)
{
    struct round *r = c->round;

    r->versions_wanted |= versions_only;
    r->whole_wanted |= !versions_only;
    if (!r->running) /* else its end asks again */
        on_again(&r->again);
}

int round_helper(struct core *c, struct frame *f)
{
    struct round *r = c->round;

    if (r && r->running && (helper_arrived(&r->survey, f) || helper_arrived(&r->probe, f) || helper_arrived(&r->judge, f)))
        round_step(r);
    return MM_OK; /* one of an earlier round: its descriptor is closed with the frame */
}

/* A part of `ms` by chance. */
static uint64_t chance(uint64_t ms)
{
    uint16_t noise = 0;

    if (getrandom(&noise, sizeof noise, 0) != sizeof noise)
        noise = 0;
    return noise * ms / 65536;
}

static void on_daily(uv_timer_t *timer)
{
    struct round *r = timer->data;
    uint64_t next = DAILY_MS - chance(JITTER_MS);

    if (round_now(r->core, false))
        next = RETRY_MS;
    uv_timer_start(&r->daily, on_daily, next, 0);
}

/* The daily timer stands still while the machine sleeps, and knows nothing of a clock that was set: the day of the last look
 * counts as well. */
static void on_hourly(uv_timer_t *timer)
{
    struct round *r = timer->data;
    int64_t now = (int64_t)time(NULL), age = now - r->core->doors.checked_at, tried = now - r->tried_s;

    if (r->core->doors.checked_at && (age > DAILY_MS / 1000 || age < -HOURLY_MS / 1000) && (tried > DAILY_MS / 1000 || tried < 0))
        on_daily(&r->daily); /* what it finds is told; what is only old is not */
    else
        register_tick(r->core);
}

int round_start(struct core *c)
{
    struct round *r = calloc(1, sizeof *r);

    if (!r)
        return MM_ENOMEM;
    c->round = r;
    r->core = c;
    r->survey.sock = r->probe.sock = r->judge.sock = -1;
    uv_timer_init(&c->loop, &r->box);
    uv_timer_init(&c->loop, &r->names);
    uv_timer_init(&c->loop, &r->daily);
    r->box.data = r->names.data = r->daily.data = r;
    r->since_s = (int64_t)time(NULL);
    uv_timer_init(&c->loop, &r->hourly);
    uv_timer_init(&c->loop, &r->again);
    r->hourly.data = r->again.data = r;
    register_open(c);
    uv_timer_start(&r->hourly, on_hourly, HOURLY_MS, HOURLY_MS);
    uv_timer_start(&r->daily, on_daily, FIRST_MS + (c->doors.checked_at ? chance(FIRST_JITTER_MS) : 0), 0);
    return MM_OK;
}

void round_stop(struct core *c)
{
    struct round *r = c->round;

    if (!r)
        return;
    if (r->running) {
        r->running = false;
        helper_end(&r->survey, false);
        helper_end(&r->probe, false);
        helper_end(&r->judge, false);
        forget_questions(r);
        doors_fini(&r->fresh);
        basics_fini(&r->posture);
    }
    for (unsigned i = 0; i < ROUND_LOOK_UPS; i++)
        if (r->look_up[i].running)
            uv_cancel((uv_req_t *)&r->look_up[i].req);
    uv_close((uv_handle_t *)&r->box, NULL);
    uv_close((uv_handle_t *)&r->names, NULL);
    uv_close((uv_handle_t *)&r->daily, NULL);
    uv_close((uv_handle_t *)&r->hourly, NULL);
    uv_close((uv_handle_t *)&r->again, NULL);
    register_close(c);
}
