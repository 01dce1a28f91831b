/* The frame of the uplink: channels with their back-off, identity, life.
 * A channel is a timer and a flag; its action starts one HTTP call, the call's
 * end (uplink_ended) decides when the next may start. */
#include "agent/report/uplink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/report/uplink_parts.h"
#include "agent/report/utf8.h"
#include "lib/crypto.h"
#include "lib/err.h"

#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MOST_MS 60000
#define URGENT_GAP_MS 1000        /* a storm of urgent events does not turn into a storm of connections */
#define ENROL_CHECK_MS 5000       /* how often an agent that is not enrolled looks for enrolled.json */

static void (*const actions[CH_COUNT])(struct uplink *u) = {
    [CH_EVENTS] = uplink_events_go, [CH_BEAT] = uplink_beat_go, [CH_POLL] = uplink_poll_go,
    [CH_RESULT] = uplink_result_go, [CH_RENEW] = uplink_renew_go, [CH_DOORS] = uplink_doors_go};

/* ---- channels -------------------------------------------------------------------- */

static void load_identity(struct uplink *u);

static void on_channel(uv_timer_t *timer)
{
    struct channel *ch = timer->data;

    uplink_kick(ch->u, (enum channel_kind)(ch - ch->u->channel));
}

void uplink_later(struct uplink *u, enum channel_kind kind, uint64_t ms)
{
    if (!u->closing)
        uv_timer_start(&u->channel[kind].timer, on_channel, ms, 0);
}

void uplink_kick(struct uplink *u, enum channel_kind kind)
{
    struct channel *ch = &u->channel[kind];
    uint64_t now = uv_now(u->loop);

    if (u->closing || ch->busy)
        return;
    if (!u->enrolled) {
        if (kind == CH_RENEW)
            load_identity(u);
        return;
    }
    if (!u->addresses.count)
        return; /* uplink_resolve.c kicks all channels when there is an address */
    if (now < ch->not_before) {
        uplink_later(u, kind, ch->not_before - now);
        return;
    }
    uv_timer_stop(&ch->timer);
    actions[kind](u);
}

/* 1 s, 2 s, 4 s ... 60 s, of which a random half is taken off. */
static void back_off(struct uplink *u, struct channel *ch)
{
    uint64_t ms = BACKOFF_FIRST_MS;
    uint32_t r = 0;

    for (unsigned i = 0; i < ch->fails && ms < BACKOFF_MOST_MS; i++)
        ms *= 2;
    if (ms > BACKOFF_MOST_MS)
        ms = BACKOFF_MOST_MS;
    (void)crypto_random(&r, sizeof r); /* without jitter it still works */
    ch->fails++;
    ch->not_before = uv_now(u->loop) + ms / 2 + r % (ms / 2 + 1);
    uplink_later(u, (enum channel_kind)(ch - u->channel), ch->not_before - uv_now(u->loop));
}

static void say(struct uplink *u, const char *why)
{
    (void)utf8_clean(why, strlen(why), u->error, sizeof u->error);
}

void uplink_failed(struct uplink *u, enum channel_kind kind, const char *why)
{
    say(u, why);
    back_off(u, &u->channel[kind]);
}

/* An answer came after silence: nobody waits for the end of a back-off any more. */
static void connection_is_back(struct uplink *u)
{
    u->connected = true;
    for (int i = 0; i < CH_COUNT; i++) {
        struct channel *ch = &u->channel[i];

        if (ch->busy || !ch->fails)
            continue;
        ch->fails = 0;
        ch->not_before = 0;
        uplink_later(u, (enum channel_kind)i, 0);
    }
    uplink_doors_back(u);
}

bool uplink_ended(struct uplink *u, enum channel_kind kind, const struct http_result *r)
{
    struct channel *ch = &u->channel[kind];
    char word[LIM_TAG], text[LIM_TITLE], line[LIM_TITLE];
    struct timespec now;

    ch->busy = false;
    if (r->err != MM_OK) {
        u->connected = false;
        uplink_failed(u, kind, r->error);
        uplink_resolve_soon(u);
        return false;
    }
    if (r->status < 200 || r->status > 299) {
        answer_error(r->body, r->n, word, text);
        snprintf(line, sizeof line, "HTTP %ld %.30s %.150s", r->status, word, text);
        if (r->status < 500 && !u->connected)
            connection_is_back(u);
        uplink_failed(u, kind, line);
        return false;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    u->contact_wall_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    u->error[0] = '\0';
    ch->fails = 0;
    ch->not_before = 0;
    if (!u->connected)
        connection_is_back(u);
    return true;
}

/* ---- identity --------------------------------------------------------------------- */

static int identify(struct uplink *u)
{
    const struct http_identity id = {.url = u->url[0] ? u->url : u->identity.url, .proxy = u->proxy,
                                     .ca = &u->identity.ca, .cert = &u->identity.cert, .key = &u->identity.key};

    return http_identify(u->http, &id);
}

static void load_identity(struct uplink *u)
{
    int rc = identity_load(u->dir, &u->identity);

    if (rc == MM_OK) {
        u->enrolled = true;
        rc = identify(u);
    }
    if (rc == MM_OK)
        rc = uplink_resolve_start(u);
    if (rc != MM_OK) {
        if (u->enrolled)
            identity_fini(&u->identity);
        u->enrolled = false;
        say(u, rc == MM_ENOTFOUND ? "not enrolled" : "the files of the enrolment do not fit each other: enrol again");
        uplink_later(u, CH_RENEW, ENROL_CHECK_MS);
        return;
    }
    u->error[0] = '\0';
    snprintf(u->command_key, sizeof u->command_key, "command:%s", u->identity.device.agent_id);
    u->after = journal_number(u->journal, u->command_key);
    u->hooks->identified(u->hooks->context, u->identity.device.agent_id);
}

/* ---- contract ---------------------------------------------------------------------- */

int uplink_new(struct uplink **out, const struct uplink_options *o)
{
    struct uplink *u = calloc(1, sizeof *u);
    int rc;

    if (!u)
        return MM_ENOMEM;
    u->loop = o->loop;
    u->journal = o->journal;
    u->hooks = o->hooks;
    u->dir = strdup(o->dir);
    u->url = strdup(o->url);
    u->proxy = strdup(o->proxy);
    snprintf(u->boot, sizeof u->boot, "%s", o->boot);
    u->batch_limit = LIM_UPLINK_BATCH;
    rc = u->dir && u->url && u->proxy ? http_new(&u->http, o->loop) : MM_ENOMEM;
    if (rc) {
        free(u->dir);
        free(u->url);
        free(u->proxy);
        free(u);
        return rc;
    }
    for (int i = 0; i < CH_COUNT; i++) {
        u->channel[i].u = u;
        uv_timer_init(u->loop, &u->channel[i].timer);
        u->channel[i].timer.data = &u->channel[i];
    }
    uv_timer_init(u->loop, &u->resolve_timer);
    u->resolve_timer.data = u;
    u->handles = CH_COUNT + 1;
    uplink_later(u, CH_RENEW, 0);
    *out = u;
    return MM_OK;
}

static void released(struct uplink *u)
{
    if (--u->handles > 0)
        return;
    if (u->enrolled)
        identity_fini(&u->identity);
    free(u->dir);
    free(u->url);
    free(u->proxy);
    free(u);
}

static void on_channel_closed(uv_handle_t *handle)
{
    released(((struct channel *)handle->data)->u);
}

static void on_resolve_closed(uv_handle_t *handle)
{
    released(handle->data);
}

void uplink_looked_up(struct uplink *u)
{
    released(u);
}

void uplink_free(struct uplink *u)
{
    if (!u)
        return;
    u->closing = true;
    http_free(u->http);
    uplink_resolve_stop(u);
    for (int i = 0; i < CH_COUNT; i++)
        uv_close((uv_handle_t *)&u->channel[i].timer, on_channel_closed);
    uv_close((uv_handle_t *)&u->resolve_timer, on_resolve_closed);
}

void uplink_rows(struct uplink *u, bool urgent)
{
    uint64_t now = uv_now(u->loop);

    if (urgent && (!u->urgent_at || now - u->urgent_at >= URGENT_GAP_MS)) {
        u->urgent_at = now + !now;
        u->channel[CH_EVENTS].fails = 0;
        u->channel[CH_EVENTS].not_before = 0;
    }
    uplink_kick(u, CH_EVENTS);
}

static void on_reach(void *context, const struct http_result *r)
{
    struct reach *reach = context, copy = *reach;

    reach->done = NULL;
    copy.done(copy.context, copy.id, r->err == MM_OK);
}

void uplink_reach(struct uplink *u, unsigned ms, void (*done)(void *context, uint64_t id, int reached), void *context,
                  uint64_t id)
{
    struct reach *reach = NULL;

    for (int i = 0; i < REACHES && u->enrolled && u->addresses.count; i++)
        if (!u->reach[i].done)
            reach = &u->reach[i];
    if (reach) {
        *reach = (struct reach){done, context, id};
        if (http_reach(u->http, ms ? (long)ms : 1, on_reach, reach) == MM_OK)
            return;
        reach->done = NULL;
    }
    done(context, id, 0);
}

void uplink_status(const struct uplink *u, struct uplink_status *out)
{
    *out = (struct uplink_status){.configured = u->url[0] || u->enrolled,
                                  .enrolled = u->enrolled,
                                  .connected = u->connected,
                                  .contact_wall_ns = u->contact_wall_ns};
    memcpy(out->error, u->error, sizeof out->error);
    if (!u->enrolled)
        return;
    out->certificate_until = u->identity.device.not_after;
    memcpy(out->agent_id, u->identity.device.agent_id, sizeof out->agent_id);
    memcpy(out->customer, u->identity.customer, sizeof out->customer);
    memcpy(out->phone, u->identity.phone, sizeof out->phone);
}
