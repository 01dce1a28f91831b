/* Ownership: a request lives for one call; the answer is the caller's buffer.
 * Nothing here knows sockets or the loop. */
#include "agent/control/verbs.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/control/verbs_args.h"
#include "agent/control/verbs_declare.h"
#include "agent/control/verbs_status.h"
#include "lib/control_frame.h"
#include "lib/err.h"
#include "lib/unicode.h"

#define PROTOCOL_VERSION 1
#define EVENTS_DEFAULT 100
#define PAGE_ROOM (LIM_CONTROL_FRAME - 4096) /* for the frame around the events */

struct call {
    const struct control_ops *ops;
    const struct control_peer *peer;
    const json_t *args;          /* an object, or NULL */
    struct buf *out;
};

/* ---- answers -------------------------------------------------------------------- */

static const char no_memory[] = "{\"v\":1,\"ok\":false,\"error\":\"memory\",\"message\":\"out of memory\"}";

static void put_json(struct buf *out, json_t *answer)
{
    char *body = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

    if (!body || control_frame_put(out, body, strlen(body)))
        control_frame_put(out, no_memory, sizeof no_memory - 1);
    free(body);
    json_decref(answer);
}

static void put_ok(struct buf *out, json_t *result)
{
    put_json(out, result ? json_pack("{s:i, s:b, s:o}", "v", PROTOCOL_VERSION, "ok", 1, "result", result) : NULL);
}

void control_answer_error(const char *word, const char *message, struct buf *out)
{
    struct buf clean;

    buf_init(&clean, 4 * LIM_TITLE);
    if (uni_clean(&clean, message, strnlen(message, LIM_TITLE)))
        buf_reset(&clean);
    put_json(out, json_pack("{s:i, s:b, s:s, s:s}", "v", PROTOCOL_VERSION, "ok", 0, "error", word, "message",
                            clean.data ? clean.data : ""));
    buf_fini(&clean);
}

/* mm_err to the word that programs compare. */
static const char *error_word(int err)
{
    static const struct { int err; const char *word; } rows[] = {
        {MM_ENOTFOUND, "not_found"}, {MM_EDENIED, "denied"}, {MM_ESTATE, "state"}, {MM_EEXIST, "ambiguous"},
        {MM_ETIMEOUT, "timeout"}, {MM_EINVAL, "bad_args"}, {MM_ECLOSED, "guard_silent"}, {MM_EAGAIN, "busy"},
        {MM_ELIMIT, "limit"}, {MM_EUNSUPPORTED, "unsupported"}, {MM_ENOSPC, "no_space"},
        {MM_ECRYPTO, "refused"}, {MM_EFORMAT, "format"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].err == err)
            return rows[i].word;
    return "failed";
}

static enum control_outcome fail(const struct call *c, int err, const char *message)
{
    control_answer_error(error_word(err), message ? message : mm_strerror(err), c->out);
    return CONTROL_ANSWER;
}

/* ---- a page of events ----------------------------------------------------------------- */

struct page { struct buf text; uint64_t last; unsigned count; bool full; };

/* The body is put into the answer as it is, so it must be one JSON object. */
static int take_event(void *context, uint64_t sequence, const char *json, size_t n)
{
    struct page *page = context;
    json_t *o = json_loadb(json, n, 0, NULL);
    int rc, good = json_is_object(o);
    size_t before = page->text.len;

    json_decref(o);
    if (!good)
        return MM_OK; /* a damaged row: the journal's own check tells of it */
    rc = page->count ? buf_add(&page->text, ",", 1) : MM_OK;
    if (!rc)
        rc = buf_add(&page->text, json, n);
    if (rc) {
        page->text.len = before;
        page->full = true;
        return rc;
    }
    page->count++;
    page->last = sequence;
    return MM_OK;
}

static void put_page(const struct call *c, const struct page *page, const char *incident)
{
    struct buf body;
    int rc;

    buf_init(&body, LIM_CONTROL_FRAME);
    rc = buf_addf(&body, "{\"v\":1,\"ok\":true,\"result\":{\"next\":%llu,\"more\":%s,",
                  (unsigned long long)page->last, page->full ? "true" : "false");
    if (!rc && incident)
        rc = buf_addf(&body, "\"incident\":\"%s\",", incident);
    if (!rc)
        rc = buf_adds(&body, "\"events\":[");
    if (!rc && page->text.len)
        rc = buf_add(&body, page->text.data, page->text.len);
    if (!rc)
        rc = buf_adds(&body, "]}}");
    if (!rc)
        rc = control_frame_put(c->out, body.data, body.len);
    if (rc)
        fail(c, rc, NULL);
    buf_fini(&body);
}

/* ---- the verbs ----------------------------------------------------------------------------- */

static enum control_outcome verb_status(const struct call *c)
{
    struct control_core core;

    memset(&core, 0, sizeof core);
    core.state_age_ms = -1;
    c->ops->core(c->ops->context, &core);
    put_ok(c->out, control_status(c->ops->state(c->ops->context), &core, time(NULL)));
    return CONTROL_ANSWER;
}

static enum control_outcome verb_events(const struct call *c)
{
    json_int_t after = 0, limit = EVENTS_DEFAULT, severity = 0;
    const json_t *newest = json_object_get(c->args, "newest");
    struct control_query q;
    struct page page = {.count = 0};
    int rc;

    if (args_number(c->args, "after", 0, INT64_MAX, &after) ||
        args_number(c->args, "limit", 1, LIM_CONTROL_EVENTS, &limit) ||
        args_number(c->args, "severity", 0, SEV_CRITICAL, &severity) || (newest && !json_is_boolean(newest)))
        return fail(c, MM_EINVAL, "events takes after, limit (1..500), severity (0..5), newest");
    q = (struct control_query){(uint64_t)after, (uint32_t)limit, (uint32_t)severity, json_is_true(newest)};
    page.last = q.after;
    buf_init(&page.text, PAGE_ROOM);
    rc = c->ops->events(c->ops->context, &q, take_event, &page);
    page.full = page.full || page.count == q.limit;
    if (rc)
        fail(c, rc, NULL);
    else
        put_page(c, &page, NULL);
    buf_fini(&page.text);
    return CONTROL_ANSWER;
}

static enum control_outcome verb_why(const struct call *c)
{
    char id[LIM_ID], incident[LIM_ID] = "";
    struct page page = {.count = 0};
    int rc;

    if (args_id(c->args, id))
        return fail(c, MM_EINVAL, "why takes id: 8 characters or more of an event's or incident's id");
    buf_init(&page.text, PAGE_ROOM);
    rc = c->ops->why(c->ops->context, id, incident, take_event, &page);
    if (rc)
        fail(c, rc, NULL);
    else
        put_page(c, &page, incident);
    buf_fini(&page.text);
    return CONTROL_ANSWER;
}

static enum control_outcome verb_watch(const struct call *c)
{
    put_ok(c->out, json_pack("{s:b}", "watching", 1));
    return CONTROL_STREAM;
}

static enum control_outcome ask_guard(const struct call *c, const struct op_local *op)
{
    int rc = c->ops->act(c->ops->context, op, c->peer->fd, c->peer->ticket);

    return rc ? fail(c, rc, NULL) : CONTROL_WAIT;
}

/* Acting verbs on one incident.  A journal that cannot be read must not keep anybody
 * from acting: a whole id then goes to the guard as it is. */
static enum control_outcome on_incident(const struct call *c, enum local_op what)
{
    struct op_local op = {.op = what};
    char id[LIM_ID];
    int rc;

    if (args_id(c->args, id) || args_line(c->args, "reason", op.reason, sizeof op.reason))
        return fail(c, MM_EINVAL, "takes id (8 characters or more) and reason (one line)");
    rc = c->ops->why(c->ops->context, id, op.incident, NULL, NULL);
    if (rc == MM_EEXIST)
        return fail(c, rc, "several incidents begin like this: give more of the id");
    if (rc || !op.incident[0]) {
        if (strlen(id) != 36)
            return fail(c, rc ? rc : MM_ENOTFOUND, rc ? NULL : "this event belongs to no incident");
        memcpy(op.incident, id, sizeof id);
    }
    return ask_guard(c, &op);
}

static enum control_outcome verb_restore(const struct call *c)
{
    return on_incident(c, LOCAL_RESTORE);
}

static enum control_outcome verb_allow(const struct call *c)
{
    return on_incident(c, LOCAL_ALLOW);
}

static enum control_outcome verb_close(const struct call *c)
{
    return on_incident(c, LOCAL_CLOSE);
}

static enum control_outcome on_host(const struct call *c, enum local_op what)
{
    struct op_local op = {.op = what};

    if (args_line(c->args, "reason", op.reason, sizeof op.reason))
        return fail(c, MM_EINVAL, "takes reason (one line)");
    return ask_guard(c, &op);
}

static enum control_outcome verb_quarantine(const struct call *c)
{
    return on_host(c, LOCAL_QUARANTINE);
}

static enum control_outcome verb_release(const struct call *c)
{
    return on_host(c, LOCAL_RELEASE);
}

static enum control_outcome verb_reload(const struct call *c)
{
    return on_host(c, LOCAL_RELOAD);
}

/* ---- doors, posture, statements --------------------------------------------------------------- */

/* The result is put into the answer as it is, so it must be one JSON object. */
static enum control_outcome tell_doors(const struct call *c, bool posture)
{
    struct buf result;
    json_t *o = NULL;
    int rc = MM_EUNSUPPORTED;

    buf_init(&result, PAGE_ROOM);
    if (c->ops->doors)
        rc = c->ops->doors(c->ops->context, posture, &result);
    if (!rc)
        o = result.len ? json_loadb(result.data, result.len, 0, NULL) : NULL;
    buf_fini(&result);
    if (!rc && json_is_object(o)) {
        put_ok(c->out, o);
        return CONTROL_ANSWER;
    }
    json_decref(o);
    return fail(c, rc ? rc : MM_EFORMAT, NULL);
}

static enum control_outcome verb_vpn(const struct call *c)
{
    return tell_doors(c, false);
}

static enum control_outcome verb_posture(const struct call *c)
{
    return tell_doors(c, true);
}

static enum control_outcome verb_check(const struct call *c)
{
    int rc = c->ops->check ? c->ops->check(c->ops->context) : MM_EUNSUPPORTED;

    if (rc)
        return fail(c, rc, rc == MM_EAGAIN ? "a round is under way already" : NULL);
    put_ok(c->out, json_pack("{s:b}", "started", 1));
    return CONTROL_ANSWER;
}

static enum control_outcome verb_declare(const struct call *c)
{
    struct control_statement st;
    const char *why = NULL;
    int rc = control_statement_read(c->args, c->peer->uid, time(NULL), &st, &why);

    if (rc)
        return fail(c, rc, why);
    rc = c->ops->declare ? c->ops->declare(c->ops->context, &st, c->peer->uid) : MM_EUNSUPPORTED;
    if (rc)
        return fail(c, rc, rc == MM_ENOTFOUND ? "there is no such door or rule" : NULL);
    put_ok(c->out, json_pack("{s:b, s:s, s:s}", "declared", 1, "id", st.id, "by", st.by));
    return CONTROL_ANSWER;
}

/* From the installer, before it stops the service. */
static enum control_outcome verb_leaving(const struct call *c)
{
    bool permitted = json_is_true(json_object_get(c->args, "permitted"));
    int rc = c->peer->uid ? MM_EDENIED : c->ops->leaving ? c->ops->leaving(c->ops->context, permitted, c->peer->uid) : MM_EUNSUPPORTED;

    if (rc)
        return fail(c, rc, NULL);
    put_ok(c->out, json_pack("{s:b}", "told", 1));
    return CONTROL_ANSWER;
}

enum who { ANYONE, PRIVILEGED /* root and the group of [roles] group= */ };

static const struct verb {
    const char *name;
    enum who who;
    const char *args;
    enum control_outcome (*handle)(const struct call *c);
} verbs[] = {
    {"status", ANYONE, "||", verb_status},
    {"events", PRIVILEGED, "|after|limit|severity|newest|", verb_events},
    {"why", PRIVILEGED, "|id|", verb_why},
    {"watch", PRIVILEGED, "||", verb_watch},
    {"restore", PRIVILEGED, "|id|reason|", verb_restore},
    {"allow", PRIVILEGED, "|id|reason|", verb_allow},
    {"close", PRIVILEGED, "|id|reason|", verb_close},
    {"quarantine", PRIVILEGED, "|reason|", verb_quarantine},
    {"release", PRIVILEGED, "|reason|", verb_release},
    {"reload", PRIVILEGED, "|reason|", verb_reload},
    {"vpn", PRIVILEGED, "||", verb_vpn},
    {"posture", PRIVILEGED, "||", verb_posture},
    {"check", PRIVILEGED, "||", verb_check},
    {"declare", PRIVILEGED, DECLARE_ARGS, verb_declare},
    {"leaving", PRIVILEGED, "|permitted|", verb_leaving},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

static enum control_outcome dispatch(const json_t *request, struct call *c)
{
    const json_t *version = json_object_get(request, "v");
    const char *name = json_string_value(json_object_get(request, "verb"));
    const struct verb *verb = name ? find_verb(name) : NULL;

    if (!json_is_integer(version) || json_integer_value(version) != PROTOCOL_VERSION) {
        control_answer_error("version", "this agent speaks version 1", c->out);
        return CONTROL_ANSWER;
    }
    if (!verb) {
        control_answer_error("unknown_verb", "there is no such verb", c->out);
        return CONTROL_ANSWER;
    }
    if (verb->who == PRIVILEGED && !c->peer->privileged)
        return fail(c, MM_EDENIED, "only root and members of the agent's group may ask this");
    c->args = json_object_get(request, "args");
    if ((c->args && !json_is_object(c->args)) || args_only_known(c->args, verb->args))
        return fail(c, MM_EINVAL, "an argument is not known");
    return verb->handle(c);
}

enum control_outcome control_handle(const struct control_ops *ops, const struct control_peer *peer,
                                    const char *request, size_t n, struct buf *out)
{
    struct call c = {.ops = ops, .peer = peer, .out = out};
    json_t *o = json_loadb(request, n, JSON_REJECT_DUPLICATES, NULL);
    enum control_outcome outcome;

    if (!json_is_object(o)) {
        json_decref(o);
        return fail(&c, MM_EFORMAT, "the request is not a JSON object");
    }
    outcome = dispatch(o, &c);
    json_decref(o);
    return outcome;
}

/* ---- answers that come later ----------------------------------------------------------------- */

void control_answer_result(const struct op_result *result, struct buf *out)
{
    char message[LIM_TITLE];
    struct buf clean;

    memcpy(message, result->message, sizeof message);
    message[sizeof message - 1] = '\0';
    if (result->result) {
        control_answer_error(error_word(result->result), message[0] ? message : mm_strerror(result->result), out);
        return;
    }
    buf_init(&clean, 4 * sizeof message);
    if (uni_clean(&clean, message, strlen(message)))
        buf_reset(&clean);
    put_ok(out, json_pack("{s:I, s:I, s:s}", "files_restored", (json_int_t)result->files_restored, "files_failed",
                          (json_int_t)result->files_failed, "message", clean.data ? clean.data : ""));
    buf_fini(&clean);
}

void control_answer_event(uint64_t sequence, const char *json, size_t n, uint64_t missed, struct buf *out)
{
    json_t *event = json_loadb(json, n, 0, NULL);

    if (!json_is_object(event)) {
        json_decref(event);
        return;
    }
    put_ok(out, json_pack("{s:I, s:I, s:o}", "sequence", (json_int_t)(sequence & INT64_MAX), "missed",
                          (json_int_t)(missed & INT64_MAX), "event", event));
}
