/* What an enrolled agent says all day: events, heartbeats, results; and the
 * long poll by which orders reach it. */
#include <stdio.h>
#include <string.h>

#include "console/api/api.h"
#include "console/ingest.h"
#include "console/rings.h"
#include "lib/err.h"
#include "lib/rfc3339.h"
#include "lib/update_record.h"

#define WAIT_MOST 60 /* seconds of one long poll (docs/protocol.md) */

/* ---- events ---------------------------------------------------------------------- */

struct marks { const char *journal, *boot; uint64_t first, last; };

static int read_marks(const struct http_request *r, struct marks *m)
{
    m->journal = http_header(r, "X-Mimamori-Journal");
    m->boot = http_header(r, "X-Mimamori-Boot");
    return m->journal && crypto_uuid_valid(m->journal) && m->boot && crypto_uuid_valid(m->boot) &&
           !http_number(http_header(r, "X-Mimamori-First"), 1, INT64_MAX, &m->first) &&
           !http_number(http_header(r, "X-Mimamori-Last"), m->first, INT64_MAX, &m->last);
}

int api_body_text(const struct http_request *r, struct buf *plain, const char **text, size_t *n, struct http_answer *a)
{
    const char *coding = http_header(r, "Content-Encoding");
    int rc = MM_OK;

    if (!coding || !strcmp(coding, "identity")) {
        *text = r->body.data ? r->body.data : "";
        *n = r->body.len;
        return MM_OK;
    }
    if (strcmp(coding, "zstd")) {
        http_error(a, 415, "bad_encoding", "zstd or none");
        return MM_EUNSUPPORTED;
    }
    rc = ingest_unzstd(r->body.data ? r->body.data : "", r->body.len, plain);
    if (rc == MM_ELIMIT)
        http_error(a, 413, "too_large", "more than %zu bytes when decompressed", plain->max);
    else if (rc)
        http_error(a, 400, "bad_encoding", "the body is no whole zstd frame");
    *text = plain->data;
    *n = plain->len;
    return rc;
}

static void store_batch(struct api *api, const struct http_request *r, const struct marks *m, const struct ingest_batch *batch,
                        struct http_answer *a)
{
    struct store_batch b = {.agent_id = r->agent_id, .journal = m->journal, .boot = m->boot, .event = batch->event,
                            .count = batch->count};
    uint64_t durable = 0;
    int rc = store_events_add(api->console->store, &b, api->now, &durable);

    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, json_pack("{s:I}", "durable", (json_int_t)durable));
}

enum http_verdict agent_events(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    struct ingest_error error = {0, ""};
    struct ingest_batch batch;
    const char *text = NULL;
    struct marks m;
    struct buf plain;
    size_t n = 0;
    int rc;

    (void)body;
    if (!read_marks(r, &m)) {
        http_error(a, 400, "bad_request", "X-Mimamori-Journal, -Boot, -First and -Last are needed, once each");
        return HTTP_ANSWER;
    }
    buf_init(&plain, LIM_UPLINK_BODY);
    if (api_body_text(r, &plain, &text, &n, a)) {
        buf_fini(&plain);
        return HTTP_ANSWER;
    }
    rc = ingest_parse(text ? text : "", n, m.first, m.last, &batch, &error);
    buf_fini(&plain);
    if (rc == MM_OK) {
        store_batch(api, r, &m, &batch, a);
        ingest_free(&batch);
    } else if (rc == MM_ENOMEM) {
        http_failure(a, rc);
    } else {
        http_json(a, rc == MM_ELIMIT ? 413 : 400,
                  json_pack("{s:s,s:s,s:i}", "error", "bad_line", "message", error.what, "line", (int)error.line));
    }
    return HTTP_ANSWER;
}

/* ---- heartbeat ----------------------------------------------------------------------- */

static const char *quarantine_word(const json_t *q)
{
    static const struct { const char *said, *means; } words[] = {
        {"on", "on"}, {"yes", "on"}, {"quarantined", "on"}, {"isolated", "on"}, {"off", "off"}, {"no", "off"}, {"none", "off"},
        {"failed", "failed"}};
    static const char *const numbers[] = {"off", "on", "failed"};

    if (json_is_object(q))
        q = json_object_get(q, "state");
    if (json_is_boolean(q))
        return json_is_true(q) ? "on" : "off";
    if (json_is_integer(q) && json_integer_value(q) >= 0 && json_integer_value(q) <= 2)
        return numbers[json_integer_value(q)];
    for (size_t i = 0; json_is_string(q) && i < sizeof words / sizeof words[0]; i++)
        if (!strcmp(json_string_value(q), words[i].said))
            return words[i].means;
    return "unknown";
}

static const char *text_or_empty(const json_t *body, const char *key)
{
    const char *s = api_text(body, key, LIM_TAG, 1);

    return s ? s : "";
}

/* How wrong the device's clock is: it says what it shows when it sends; seconds of the way do not matter. */
static int64_t clock_ahead(const json_t *body, int64_t now)
{
    const json_t *wall = json_object_get(body, "wall"); /* milliseconds */

    return json_is_integer(wall) && json_integer_value(wall) >= 0 ? json_integer_value(wall) / 1000 - now : STORE_CLOCK_UNKNOWN;
}

static void take_left(const json_t *list, struct store_left *left)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one) {
        const char *version = json_string_value(one);

        if (left->n < STORE_LEFT && version && version[0] && strlen(version) < LIM_TAG)
            left->version[left->n++] = version;
    }
}

/* What it tells of updates; words only, as it may tell anything. */
static int keep_updates(struct api *api, const char *agent_id, const json_t *body)
{
    const json_t *o = json_object_get(body, "updates");
    const char *verified = json_string_value(json_object_get(o, "verified"));
    struct store_updates u = {.ring = text_or_empty(o, "ring"), .result = text_or_empty(o, "result"), .cause = text_or_empty(o, "cause")};

    if (!json_is_object(o))
        return MM_OK;
    if (!update_ring(u.ring))
        u.ring = "";
    if (!verified || rfc3339_parse(verified, &u.verified))
        u.verified = 0;
    take_left(json_object_get(o, "rules_left"), &u.rules_left);
    take_left(json_object_get(o, "agent_left"), &u.agent_left);
    return store_updates_put(api->console->store, agent_id, &u);
}

enum http_verdict agent_heartbeat(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    const json_t *rules = json_object_get(body, "rules"), *last;
    const char *boot = api_text(body, "boot", LIM_ID, 1);
    struct store_beat b = {.agent_version = text_or_empty(body, "agent_version"), .mode = text_or_empty(body, "mode"),
                           .agent_trial = text_or_empty(json_object_get(body, "updates"), "agent_trial"),
                           .quarantine = quarantine_word(json_object_get(body, "quarantine")), .body = r->body.data,
                           .boot = boot && crypto_uuid_valid(boot) ? boot : "", .clock_ahead = clock_ahead(body, api->now)};
    char time[RFC3339_TEXT];
    unsigned told = 0;
    int back = 0, rc;

    last = json_object_get(json_object_get(body, "journal"), "last");
    b.journal_last = json_is_integer(last) && json_integer_value(last) > 0 ? json_integer_value(last) : 0;
    b.rules = json_is_object(rules) ? text_or_empty(rules, "version") : text_or_empty(body, "rules");
    rc = store_heartbeat(api->console->store, r->agent_id, &b, api->now, &back);
    if (!rc)
        rc = keep_updates(api, r->agent_id, body);
    if (!rc)
        rc = rings_catch_up(api->console, r->agent_id, api->now, &told);
    if (!rc && told)
        api->queued = 1;
    if (rc) {
        http_failure(a, rc);
        return HTTP_ANSWER;
    }
    rfc3339_format(api->now, time);
    http_json(a, 200, json_pack("{s:I,s:s,s:b}", "next_s", (json_int_t)api->console->config.heartbeat, "server_time", time,
                                "commands", store_commands_waiting(api->console->store, r->agent_id, 0, api->now)));
    return HTTP_ANSWER;
}

/* ---- commands --------------------------------------------------------------------------- */

static void answer_commands(struct api *api, const struct http_request *r, struct http_answer *a)
{
    struct store *s = api->console->store;
    int waiting = store_commands_waiting(s, r->agent_id, r->wait_after, api->now);
    int rc = waiting ? store_begin(s) : MM_OK;

    buf_reset(&a->body);
    if (!rc)
        rc = buf_adds(&a->body, "{\"commands\":[");
    if (!rc && waiting) {
        rc = store_commands_take(s, r->agent_id, r->wait_after, api->now, &a->body);
        if (rc)
            store_rollback(s);
        else
            rc = store_commit(s);
    }
    if (!rc)
        rc = buf_adds(&a->body, "]}");
    a->status = 200;
    if (rc)
        http_failure(a, rc);
}

enum http_verdict agent_commands(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    uint64_t after = 0, wait = 0;
    int rc = http_number(http_query(r, "after"), 0, INT64_MAX, &after);

    (void)body;
    if (!rc || rc == MM_ENOTFOUND)
        rc = http_number(http_query(r, "wait"), 0, WAIT_MOST, &wait);
    if (rc && rc != MM_ENOTFOUND) {
        http_error(a, 400, "bad_request", "after is a sequence, wait 0 to %d seconds", WAIT_MOST);
        return HTTP_ANSWER;
    }
    r->wait_after = after;
    r->wait_ms = (unsigned)wait * 1000;
    if (wait && !r->resumed && !store_commands_waiting(api->console->store, r->agent_id, after, api->now))
        return HTTP_WAIT;
    answer_commands(api, r, a);
    return HTTP_ANSWER;
}

enum http_verdict agent_results(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    const char *id = api_text(body, "command_id", LIM_ID, 0), *result = api_text(body, "result", LIM_TAG, 0);
    const char *message = api_text(body, "message", 1024, 1);
    int rc;

    if (!id || !crypto_uuid_valid(id) || !result || !message ||
        (strcmp(result, "ok") && strcmp(result, "refused") && strcmp(result, "failed"))) {
        http_error(a, 400, "bad_request", "command_id, result (ok, refused or failed) and message are needed");
        return HTTP_ANSWER;
    }
    rc = store_command_result(api->console->store, r->agent_id, id, result, message, api->now);
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, json_object());
    return HTTP_ANSWER;
}

/* ---- later issues ------------------------------------------------------------------------- */

enum http_verdict agent_evidence(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    (void)api, (void)r, (void)body;
    http_error(a, 501, "not_implemented", "this console does not take evidence yet");
    return HTTP_ANSWER;
}
