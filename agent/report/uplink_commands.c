/* Heartbeats, the long poll for commands, their results, and the renewal of
 * the certificate.  A command is an opaque envelope: it goes to the guard as
 * it came; what comes back (its id and sequence) is the guard's word. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/report/uplink_parts.h"
#include "agent/report/utf8.h"
#include "lib/err.h"

#define CALL_MS 20000
#define BEAT_MS 30000             /* until the console says another */
#define POLL_WAIT_S 50            /* the console holds the question so long; below a proxy's usual minute */
#define POLL_MS ((POLL_WAIT_S + 15) * 1000)
#define POLL_PAUSE_MS 2000        /* after an answer that brought nothing new: a console that talks nonsense is not asked in a circle */
#define RESULT_WAIT_MS 120000     /* the guard's answer to a command: a restore may take long */
#define RENEW_CHECK_MS 21600000   /* the certificate's age is looked at four times a day */
#define RENEW_DAYS 30
#define DAY_S 86400

/* ---- heartbeat --------------------------------------------------------------------- */

static void on_beat(void *context, const struct http_result *r)
{
    struct uplink *u = context;
    struct answer_beat beat;

    if (!uplink_ended(u, CH_BEAT, r))
        return;
    if (answer_beat(r->body, r->n, &beat) != MM_OK) {
        uplink_failed(u, CH_BEAT, "the console's answer to a heartbeat was not understood");
        return;
    }
    u->beat_ms = beat.next_s * 1000ull;
    uplink_later(u, CH_BEAT, u->beat_again ? 0 : u->beat_ms);
    u->beat_again = false;
    if (beat.commands && !u->noutstanding)
        uplink_kick(u, CH_POLL);
}

void uplink_beat_go(struct uplink *u)
{
    struct buf body;
    struct http_request r = {.method = "POST", .path = "/agent/v1/heartbeat", .timeout_ms = CALL_MS, .body = &body,
                             .headers = {"Content-Type: application/json"}, .done = on_beat, .context = u};
    int rc;

    buf_init(&body, LIM_UPLINK_BODY);
    rc = u->hooks->heartbeat(u->hooks->context, &body);
    if (rc == MM_OK)
        rc = http_start(u->http, &r);
    if (rc == MM_OK)
        u->channel[CH_BEAT].busy = true;
    else
        uplink_later(u, CH_BEAT, u->beat_ms ? u->beat_ms : BEAT_MS);
    buf_fini(&body);
}

void uplink_beat_now(struct uplink *u)
{
    u->beat_again = u->channel[CH_BEAT].busy;
    uplink_kick(u, CH_BEAT);
}

/* ---- commands ------------------------------------------------------------------------- */

/* The last answer brought nothing forward: whatever asks for a poll (a timer, a heartbeat's
 * answer) waits for the pause. */
static void pause_polling(struct uplink *u)
{
    u->channel[CH_POLL].not_before = uv_now(u->loop) + POLL_PAUSE_MS;
    uplink_later(u, CH_POLL, POLL_PAUSE_MS);
}

static void take_envelope(void *context, const char *envelope, size_t n)
{
    struct uplink *u = context;
    uint64_t id = u->hooks->command(u->hooks->context, envelope, n);

    if (id && u->noutstanding < LIM_UPLINK_COMMANDS)
        u->outstanding[u->noutstanding++].id = id;
}

static void on_commands(void *context, const struct http_result *r)
{
    struct uplink *u = context;
    unsigned n = 0;

    if (!uplink_ended(u, CH_POLL, r))
        return;
    u->noutstanding = 0;
    u->after_before = u->after;
    if (answer_commands(r->body, r->n, take_envelope, u, &n) != MM_OK) {
        uplink_failed(u, CH_POLL, "the console's commands were not understood");
        return;
    }
    if (u->noutstanding)
        uplink_later(u, CH_POLL, RESULT_WAIT_MS);
    else if (n == 0 && uv_now(u->loop) - u->poll_started >= POLL_PAUSE_MS / 2)
        uplink_later(u, CH_POLL, 0);
    else
        pause_polling(u);
}

void uplink_poll_go(struct uplink *u)
{
    char path[96];
    struct http_request r = {.method = "GET", .path = path, .timeout_ms = POLL_MS, .done = on_commands, .context = u};

    snprintf(path, sizeof path, "/agent/v1/commands?after=%" PRIu64 "&wait=%d", u->after, POLL_WAIT_S);
    u->poll_started = uv_now(u->loop);
    if (http_start(u->http, &r) == MM_OK)
        u->channel[CH_POLL].busy = true;
    else
        uplink_later(u, CH_POLL, BEAT_MS);
}

/* ---- results ---------------------------------------------------------------------------- */

static const char *result_word(int result)
{
    switch (result) {
    case MM_OK: return "ok";
    case MM_EDENIED:
    case MM_ECRYPTO:
    case MM_EFORMAT: return "refused";
    default: return "failed";
    }
}

static void drop_result(struct uplink *u)
{
    if (!u->nresults)
        return;
    u->nresults--;
    memmove(&u->results[0], &u->results[1], u->nresults * sizeof u->results[0]);
}

static void on_result(void *context, const struct http_result *r)
{
    struct uplink *u = context;
    bool good = uplink_ended(u, CH_RESULT, r);

    /* What the console does not want to know (unknown command) is not told again and again. */
    if (good || (r->err == MM_OK && (r->status == 400 || r->status == 404 || r->status == 409 || r->status == 422)))
        drop_result(u);
    if (good)
        uplink_kick(u, CH_RESULT);
}

void uplink_result_go(struct uplink *u)
{
    const struct waiting_result *w = &u->results[0];
    struct buf body;
    struct http_request r = {.method = "POST", .path = "/agent/v1/results", .timeout_ms = CALL_MS, .body = &body,
                             .headers = {"Content-Type: application/json"}, .done = on_result, .context = u};
    char message[LIM_TITLE], *text;
    json_t *o;

    if (!u->nresults)
        return;
    (void)utf8_clean(w->message, sizeof w->message, message, sizeof message);
    o = json_pack("{s:s, s:s, s:s}", "command_id", w->command, "result", result_word(w->result), "message", message);
    text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    buf_init(&body, LIM_HTTP_ANSWER);
    if (text && buf_adds(&body, text) == MM_OK && http_start(u->http, &r) == MM_OK)
        u->channel[CH_RESULT].busy = true;
    else
        uplink_later(u, CH_RESULT, BEAT_MS);
    free(text);
    buf_fini(&body);
}

static void queue_result(struct uplink *u, const struct op_result *r)
{
    struct waiting_result *w;

    if (u->nresults == RESULTS) { /* the oldest goes, but not one that is on its way */
        if (u->channel[CH_RESULT].busy)
            return;
        drop_result(u);
    }
    w = &u->results[u->nresults++];
    memcpy(w->command, r->command, sizeof w->command);
    w->command[sizeof w->command - 1] = '\0';
    memcpy(w->message, r->message, sizeof w->message);
    w->result = r->result;
    uplink_kick(u, CH_RESULT);
}

bool uplink_result(struct uplink *u, uint64_t id, const struct op_result *r)
{
    unsigned i = 0;

    while (i < u->noutstanding && u->outstanding[i].id != id)
        i++;
    if (i == u->noutstanding)
        return false;
    u->outstanding[i] = u->outstanding[--u->noutstanding];
    if (r->sequence > u->after && r->sequence <= INT64_MAX) {
        u->after = r->sequence;
        (void)journal_set_number(u->journal, u->command_key, u->after); /* a repeated command is refused by the guard anyway */
    }
    if (r->command[0])
        queue_result(u, r);
    if (u->noutstanding == 0) {
        if (u->after > u->after_before)
            uplink_later(u, CH_POLL, 0);
        else
            pause_polling(u);
    }
    uplink_beat_now(u); /* "query" is answered by a heartbeat, and everything else changes the state */
    return true;
}

/* ---- the certificate ---------------------------------------------------------------------- */

/* Loud at 30, 14 and 7 days and when it has run out; once each. */
static void warn_of_expiry(struct uplink *u, int64_t days)
{
    static const struct { int64_t days; uint32_t severity; } steps[] = {
        {0, SEV_HIGH}, {7, SEV_HIGH}, {14, SEV_MEDIUM}, {30, SEV_LOW}};
    uint64_t warned = journal_number(u->journal, "expiry_warned");

    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct event e = {.kind = EV_STATE, .activity = ACT_POLICY, .severity = steps[i].severity};

        if (days > steps[i].days)
            continue;
        if (warned && warned <= (uint64_t)steps[i].days + 1)
            return;
        snprintf(e.subject, sizeof e.subject, "%s", "certificate");
        snprintf(e.new_state, sizeof e.new_state, "%s", days > 0 ? "expiring" : "expired");
        snprintf(e.title_ja, sizeof e.title_ja, days > 0 ? "通信用証明書の期限まであと %" PRId64 " 日です" : "通信用証明書の期限が切れています（%" PRId64 " 日）", days);
        snprintf(e.title_en, sizeof e.title_en, "The device's certificate ends in %" PRId64 " days", days);
        u->hooks->event(u->hooks->context, &e);
        (void)journal_set_number(u->journal, "expiry_warned", (uint64_t)steps[i].days + 1);
        return;
    }
    if (warned)
        (void)journal_set_number(u->journal, "expiry_warned", 0);
}

static int64_t days_left(const struct uplink *u)
{
    return (u->identity.device.not_after - (int64_t)time(NULL)) / DAY_S;
}

static void on_renewed(void *context, const struct http_result *r)
{
    struct uplink *u = context;
    struct buf pem;
    int rc;

    if (!uplink_ended(u, CH_RENEW, r)) {
        warn_of_expiry(u, days_left(u));
        return;
    }
    buf_init(&pem, DEVICE_PEM);
    rc = answer_certificate(r->body, r->n, &pem);
    if (rc == MM_OK)
        rc = identity_renew(u->dir, &u->identity, &pem);
    buf_fini(&pem);
    if (rc == MM_OK) {
        const struct http_identity id = {.url = u->url[0] ? u->url : u->identity.url, .proxy = u->proxy,
                                         .ca = &u->identity.ca, .cert = &u->identity.cert, .key = &u->identity.key};

        rc = http_identify(u->http, &id);
    }
    if (rc != MM_OK) {
        uplink_failed(u, CH_RENEW, "the console's new certificate does not fit");
        warn_of_expiry(u, days_left(u));
        return;
    }
    warn_of_expiry(u, days_left(u));
    uplink_later(u, CH_RENEW, RENEW_CHECK_MS);
}

void uplink_renew_go(struct uplink *u)
{
    struct buf csr, body;
    struct http_request r = {.method = "POST", .path = "/agent/v1/renew", .timeout_ms = CALL_MS, .body = &body,
                             .headers = {"Content-Type: application/json"}, .done = on_renewed, .context = u};
    json_t *o;
    char *text;

    if (days_left(u) >= RENEW_DAYS) {
        warn_of_expiry(u, days_left(u));
        uplink_later(u, CH_RENEW, RENEW_CHECK_MS);
        return;
    }
    buf_init(&csr, DEVICE_PEM);
    buf_init(&body, LIM_HTTP_ANSWER);
    o = device_csr(&u->identity.key, u->identity.device.agent_id, &csr) == MM_OK ? json_pack("{s:s}", "csr", csr.data) : NULL;
    text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    if (text && buf_adds(&body, text) == MM_OK && http_start(u->http, &r) == MM_OK)
        u->channel[CH_RENEW].busy = true;
    else
        uplink_later(u, CH_RENEW, RENEW_CHECK_MS);
    free(text);
    buf_fini(&csr);
    buf_fini(&body);
}
