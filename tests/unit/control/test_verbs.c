/* Verbs: who may, what arguments, what answers; and status never looks healthy when it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "agent/control/verbs.h"
#include "agent/control/verbs_status.h"
#include "lib/control_frame.h"
#include "lib/err.h"

#define UUID "1b4e28ba-2fa1-4d2f-883f-0016d3cca427"

static struct {
    struct agent_state state;
    struct control_core core;
    int no_state, rc, events, act_rc, acts;
    size_t event_size;
    struct control_query query;
    char id[LIM_ID];
    struct op_local op;
    uint64_t ticket;
} w;

static const struct agent_state *op_state(void *context)
{
    (void)context;
    return w.no_state ? NULL : &w.state;
}

static void op_core(void *context, struct control_core *out)
{
    (void)context;
    *out = w.core;
}

static int emit_all(control_emit emit, void *page)
{
    char *body = malloc(w.event_size + 64);
    int rc = MM_OK;

    assert_non_null(body);
    for (int i = 1; i <= w.events && !rc; i++) {
        int n = snprintf(body, w.event_size + 64, "{\"n\":%d,\"x\":\"%0*d\"}", i, (int)w.event_size, 0);

        rc = emit(page, (uint64_t)i, body, (size_t)n);
    }
    free(body);
    return rc == MM_ELIMIT ? MM_OK : rc;
}

static int op_events(void *context, const struct control_query *q, control_emit emit, void *page)
{
    (void)context;
    w.query = *q;
    return w.rc ? w.rc : emit_all(emit, page);
}

static int op_why(void *context, const char *id, char incident[LIM_ID], control_emit emit, void *page)
{
    (void)context;
    snprintf(w.id, sizeof w.id, "%s", id);
    if (w.rc)
        return w.rc;
    snprintf(incident, LIM_ID, "%s", UUID);
    return emit ? emit_all(emit, page) : MM_OK;
}

static int op_act(void *context, const struct op_local *op, int fd, uint64_t ticket)
{
    (void)context;
    (void)fd;
    w.op = *op;
    w.ticket = ticket;
    w.acts++;
    return w.act_rc;
}

static const struct control_ops ops = {NULL, op_state, op_core, op_events, op_why, op_act};

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.state.mode = RESPOND_QUARANTINE;
    w.state.folders = w.state.folders_total = 1;
    snprintf(w.state.folder[0].path, sizeof w.state.folder[0].path, "%s", "/home/a");
    for (int i = 0; i < SENSOR_COUNT; i++)
        w.state.sensor[i].state = SENSOR_WORKING;
    return 0;
}

static enum control_outcome ask(const char *request, size_t n, bool privileged, json_t **answer)
{
    const struct control_peer peer = {.uid = privileged ? 0 : 1000, .privileged = privileged, .fd = 3, .ticket = 42};
    enum control_outcome outcome;
    struct buf out;
    size_t body;

    buf_init(&out, LIM_CONTROL_FRAME + CONTROL_FRAME_HEAD);
    outcome = control_handle(&ops, &peer, request, n, &out);
    *answer = NULL;
    if (outcome != CONTROL_WAIT) {
        assert_int_equal(control_frame_get(out.data, out.len, LIM_CONTROL_FRAME, &body), MM_OK);
        assert_int_equal(body + CONTROL_FRAME_HEAD, out.len);
        *answer = json_loadb(out.data + CONTROL_FRAME_HEAD, body, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(*answer);
    } else {
        assert_int_equal(out.len, 0);
    }
    buf_fini(&out);
    return outcome;
}

static void expect_error(const char *request, bool privileged, const char *word)
{
    json_t *a;

    assert_int_equal(ask(request, strlen(request), privileged, &a), CONTROL_ANSWER);
    assert_true(json_is_false(json_object_get(a, "ok")));
    assert_string_equal(json_string_value(json_object_get(a, "error")), word);
    assert_true(json_string_length(json_object_get(a, "message")) > 0);
    json_decref(a);
}

static json_t *expect_result(const char *request, bool privileged, enum control_outcome want)
{
    json_t *a, *result;

    assert_int_equal(ask(request, strlen(request), privileged, &a), want);
    assert_true(json_is_true(json_object_get(a, "ok")));
    result = json_incref(json_object_get(a, "result"));
    json_decref(a);
    assert_true(json_is_object(result));
    return result;
}

static void malformed_requests(void **state)
{
    static const char *const bad[] = {"", "x", "[]", "null", "{", "{\"v\":1,\"v\":1,\"verb\":\"status\"}", "{\"v\":1}garbage"};
    json_t *a;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_error(bad[i], true, "format");
    assert_int_equal(ask("{\"v\":1,\"verb\":\"sta\0tus\"}", 24, true, &a), CONTROL_ANSWER);
    assert_true(json_is_false(json_object_get(a, "ok")));
    json_decref(a);
    expect_error("{\"verb\":\"status\"}", true, "version");
    expect_error("{\"v\":2,\"verb\":\"status\"}", true, "version");
    expect_error("{\"v\":\"1\",\"verb\":\"status\"}", true, "version");
    expect_error("{\"v\":1}", true, "unknown_verb");
    expect_error("{\"v\":1,\"verb\":\"shutdown\"}", true, "unknown_verb");
    expect_error("{\"v\":1,\"verb\":7}", true, "unknown_verb");
    expect_error("{\"v\":1,\"verb\":\"status\",\"args\":[]}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"status\",\"args\":{\"x\":1}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"status\",\"args\":{\"\":1}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"why\",\"args\":{\"id|id\":1}}", true, "bad_args");
    assert_int_equal(w.acts, 0);
}

static void only_status_is_for_everybody(void **state)
{
    static const char *const verbs[] = {"events", "why", "watch", "restore", "allow", "close", "quarantine", "release",
                                        "reload", "vpn", "posture", "check", "declare"};

    (void)state;
    json_decref(expect_result("{\"v\":1,\"verb\":\"status\"}", false, CONTROL_ANSWER));
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        char request[128];

        snprintf(request, sizeof request, "{\"v\":1,\"verb\":\"%s\",\"args\":{\"id\":\"" UUID "\"}}", verbs[i]);
        expect_error(request, false, "denied");
    }
    assert_int_equal(w.acts, 0);
}

static void event_pages(void **state)
{
    json_t *r;

    (void)state;
    w.events = 3;
    r = expect_result("{\"v\":1,\"verb\":\"events\",\"args\":{\"after\":5,\"limit\":3,\"severity\":4}}", true, CONTROL_ANSWER);
    assert_int_equal(w.query.after, 5);
    assert_int_equal(w.query.limit, 3);
    assert_int_equal(w.query.severity, 4);
    assert_false(w.query.newest);
    assert_int_equal(json_array_size(json_object_get(r, "events")), 3);
    assert_int_equal(json_integer_value(json_object_get(r, "next")), 3);
    assert_true(json_is_true(json_object_get(r, "more"))); /* as many as asked for: perhaps more */
    json_decref(r);
    r = expect_result("{\"v\":1,\"verb\":\"events\",\"args\":{\"newest\":true}}", true, CONTROL_ANSWER);
    assert_true(w.query.newest);
    assert_int_equal(w.query.limit, 100);
    assert_true(json_is_false(json_object_get(r, "more")));
    json_decref(r);
    expect_error("{\"v\":1,\"verb\":\"events\",\"args\":{\"limit\":0}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"events\",\"args\":{\"limit\":501}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"events\",\"args\":{\"after\":-1}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"events\",\"args\":{\"severity\":6}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"events\",\"args\":{\"after\":1.5}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"events\",\"args\":{\"newest\":1}}", true, "bad_args");
    w.rc = MM_EDB;
    expect_error("{\"v\":1,\"verb\":\"events\"}", true, "failed");
}

/* Events that do not fit the frame are the next page's; none is lost, none doubled. */
static void full_page_stops(void **state)
{
    json_t *r;
    size_t n;

    (void)state;
    w.events = 100;
    w.event_size = 30000;
    r = expect_result("{\"v\":1,\"verb\":\"events\",\"args\":{\"limit\":500}}", true, CONTROL_ANSWER);
    n = json_array_size(json_object_get(r, "events"));
    assert_true(n > 30 && n < 36);
    assert_int_equal(json_integer_value(json_object_get(r, "next")), n);
    assert_true(json_is_true(json_object_get(r, "more")));
    json_decref(r);
}

static void why_takes_prefixes(void **state)
{
    json_t *r;

    (void)state;
    w.events = 2;
    r = expect_result("{\"v\":1,\"verb\":\"why\",\"args\":{\"id\":\"1B4E28BA\"}}", true, CONTROL_ANSWER);
    assert_string_equal(w.id, "1b4e28ba");
    assert_string_equal(json_string_value(json_object_get(r, "incident")), UUID);
    assert_int_equal(json_array_size(json_object_get(r, "events")), 2);
    json_decref(r);
    expect_error("{\"v\":1,\"verb\":\"why\",\"args\":{\"id\":\"1b4e28b\"}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"why\",\"args\":{\"id\":\"1b4e28b%\"}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"why\",\"args\":{\"id\":\"1b4e28ba-2fa1-4d2f-883f-0016d3cca427-aaaa\"}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"why\"}", true, "bad_args");
    w.rc = MM_ENOTFOUND;
    expect_error("{\"v\":1,\"verb\":\"why\",\"args\":{\"id\":\"1b4e28ba\"}}", true, "not_found");
    w.rc = MM_EEXIST;
    expect_error("{\"v\":1,\"verb\":\"why\",\"args\":{\"id\":\"1b4e28ba\"}}", true, "ambiguous");
}

static void acting_verbs_reach_the_guard(void **state)
{
    static const struct { const char *request; enum local_op op; int with_incident; } rows[] = {
        {"{\"v\":1,\"verb\":\"restore\",\"args\":{\"id\":\"1b4e28ba\",\"reason\":\"r\"}}", LOCAL_RESTORE, 1},
        {"{\"v\":1,\"verb\":\"allow\",\"args\":{\"id\":\"1b4e28ba\",\"reason\":\"r\"}}", LOCAL_ALLOW, 1},
        {"{\"v\":1,\"verb\":\"close\",\"args\":{\"id\":\"1b4e28ba\",\"reason\":\"r\"}}", LOCAL_CLOSE, 1},
        {"{\"v\":1,\"verb\":\"quarantine\",\"args\":{\"reason\":\"r\"}}", LOCAL_QUARANTINE, 0},
        {"{\"v\":1,\"verb\":\"release\",\"args\":{\"reason\":\"r\"}}", LOCAL_RELEASE, 0},
        {"{\"v\":1,\"verb\":\"reload\",\"args\":{\"reason\":\"r\"}}", LOCAL_RELOAD, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *a;

        assert_int_equal(ask(rows[i].request, strlen(rows[i].request), true, &a), CONTROL_WAIT);
        assert_int_equal(w.op.op, rows[i].op);
        assert_string_equal(w.op.reason, "r");
        assert_string_equal(w.op.incident, rows[i].with_incident ? UUID : "");
        assert_int_equal(w.ticket, 42);
    }
    w.act_rc = MM_ECLOSED;
    expect_error(rows[2].request, true, "guard_silent");
    expect_error("{\"v\":1,\"verb\":\"release\",\"args\":{\"reason\":\"a\\nb\"}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"release\",\"args\":{\"reason\":\"a\\u001b[0m\"}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"release\",\"args\":{\"reason\":7}}", true, "bad_args");
    expect_error("{\"v\":1,\"verb\":\"release\",\"args\":{\"id\":\"" UUID "\"}}", true, "bad_args");
}

/* A broken journal must not keep anybody from putting files back. */
static void acting_without_a_journal(void **state)
{
    static const char whole[] = "{\"v\":1,\"verb\":\"restore\",\"args\":{\"id\":\"" UUID "\"}}";
    json_t *a;

    (void)state;
    w.rc = MM_EDB;
    assert_int_equal(ask(whole, strlen(whole), true, &a), CONTROL_WAIT);
    assert_string_equal(w.op.incident, UUID);
    expect_error("{\"v\":1,\"verb\":\"restore\",\"args\":{\"id\":\"1b4e28ba\"}}", true, "failed");
    w.rc = MM_EEXIST;
    expect_error("{\"v\":1,\"verb\":\"restore\",\"args\":{\"id\":\"1b4e28ba\"}}", true, "ambiguous");
}

static void watching_streams(void **state)
{
    struct buf out;
    size_t n;
    json_t *a;

    (void)state;
    json_decref(expect_result("{\"v\":1,\"verb\":\"watch\"}", true, CONTROL_STREAM));
    buf_init(&out, LIM_CONTROL_FRAME + CONTROL_FRAME_HEAD);
    control_answer_event(9, "not json", 8, 0, &out);
    assert_int_equal(out.len, 0);
    control_answer_event(9, "{\"a\":1}", 7, 3, &out);
    assert_int_equal(control_frame_get(out.data, out.len, LIM_CONTROL_FRAME, &n), MM_OK);
    a = json_loadb(out.data + CONTROL_FRAME_HEAD, n, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(a, "result"), "missed")), 3);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(a, "result"), "sequence")), 9);
    json_decref(a);
    buf_fini(&out);
}

static void results_of_the_guard(void **state)
{
    struct op_result r = {.result = MM_OK, .files_restored = 4, .files_failed = 1};
    struct buf out;

    (void)state;
    buf_init(&out, LIM_CONTROL_FRAME + CONTROL_FRAME_HEAD);
    memset(r.message, 'm', sizeof r.message); /* not ended: the other side is another process */
    control_answer_result(&r, &out);
    assert_non_null(strstr(out.data + 4, "\"files_restored\":4"));
    assert_non_null(strstr(out.data + 4, "\"files_failed\":1"));
    buf_reset(&out);
    r = (struct op_result){.result = MM_ESTATE, .message = "bad \xff bytes"};
    control_answer_result(&r, &out);
    assert_non_null(strstr(out.data + 4, "\"ok\":false"));
    assert_non_null(strstr(out.data + 4, "\"error\":\"state\""));
    buf_fini(&out);
}

/* ---- status ------------------------------------------------------------------------ */

static void expect_overall(const char *overall, const char *reason)
{
    json_t *s = control_status(w.no_state ? NULL : &w.state, &w.core, 1000000), *r;
    size_t i;
    int found = reason == NULL;

    assert_string_equal(json_string_value(json_object_get(s, "overall")), overall);
    json_array_foreach(json_object_get(s, "reasons"), i, r) {
        found = found || (reason && !strcmp(json_string_value(r), reason));
    }
    if (!found)
        fail_msg("%s is not among the reasons", reason);
    if (!reason)
        assert_int_equal(json_array_size(json_object_get(s, "reasons")), 0);
    json_decref(s);
}

static void status_words(void **state)
{
    (void)state;
    expect_overall("guarded", NULL);
    w.core.state_age_ms = LIM_STATE_AGE_MS;
    expect_overall("guarded", NULL);
    w.state.sensor[SENSOR_PREIMAGE].state = SENSOR_DEGRADED; /* shown, but it will never be better here */
    w.state.sensor[SENSOR_EXEC_JUDGE].state = SENSOR_OFF; /* by the settings: no fault */
    w.state.folder[0].state = FOLDER_PARTLY;
    expect_overall("guarded", NULL);
    w.state.quarantined = 1;
    expect_overall("quarantined", NULL);
}

static void status_of_updates(void **state)
{
    struct control_updates *u = &w.core.updates;

    (void)state;
    u->since = 1000000;
    expect_overall("guarded", NULL); /* not configured: somebody else's concern */
    u->configured = true;
    expect_overall("guarded", NULL); /* the first run is still to come */
    u->since = 1000000 - LIM_UPDATES_FIRST_S - 1;
    expect_overall("attention", "updates_old");
    u->known = true;
    u->record.verified = 1000000 - LIM_UPDATES_OLD_S;
    expect_overall("guarded", NULL);
    u->record.verified--;
    expect_overall("attention", "updates_old");
    u->record.verified = 1000000 + LIM_UPDATES_OLD_S + 1; /* the clock was set back: nobody knows how old it is */
    expect_overall("attention", "updates_old");
    u->record.verified = 1000000;
    u->record.result = TOLD_REFUSED;
    snprintf(u->record.cause, sizeof u->record.cause, "rollback");
    expect_overall("attention", "updates_refused");
    snprintf(u->record.cause, sizeof u->record.cause, "invalid-pack");
    expect_overall("guarded", NULL);
    u->configured = false;
    u->record.verified = 0;
    snprintf(u->record.cause, sizeof u->record.cause, "rollback");
    expect_overall("guarded", NULL);
}

static void status_never_healthy_when_stale(void **state)
{
    (void)state;
    w.core.state_age_ms = LIM_STATE_AGE_MS + 1;
    expect_overall("silent", "guard_silent");
    w.state.quarantined = 1; /* even then: what was true is not known any more */
    expect_overall("silent", "guard_silent");
    w.core.state_age_ms = -1;
    expect_overall("silent", "guard_silent");
    w.core.state_age_ms = 0;
    w.no_state = 1;
    expect_overall("silent", "guard_silent");
}

static void status_reasons(void **state)
{
    static const struct { enum sensor sensor; uint32_t state; const char *reason; } sensors[] = {
        {SENSOR_FILES, SENSOR_BLIND, "sensor:files"}, {SENSOR_PREIMAGE, SENSOR_BLIND, "sensor:preimage"},
        {SENSOR_EXEC, SENSOR_BLIND, "sensor:exec"}, {SENSOR_SCAN, SENSOR_DEGRADED, "sensor:scan"},
        {SENSOR_EXEC_JUDGE, SENSOR_BLIND, "sensor:exec_judge"}, {SENSOR_RULES, SENSOR_DEGRADED, "sensor:rules"}, {SENSOR_NETWORK, SENSOR_BLIND, "sensor:network"}};

    for (size_t i = 0; i < sizeof sensors / sizeof *sensors; i++) {
        setup(state);
        w.state.sensor[sensors[i].sensor].state = sensors[i].state;
        expect_overall("attention", sensors[i].reason);
    }
    setup(state);
    w.state.quarantined = 2;
    expect_overall("attention", "quarantine_failed");
    setup(state);
    w.core.tampered_wall_ns = (1000000LL - LIM_TAMPER_SHOWN_S + 1) * 1000000000;
    expect_overall("attention", "tampered");
    w.core.tampered_wall_ns -= 1000000000;
    expect_overall("guarded", NULL);
    setup(state);
    snprintf(w.state.incident, sizeof w.state.incident, "%s", UUID);
    expect_overall("attention", "incident");
    setup(state);
    w.state.frozen_trees = 1;
    expect_overall("attention", "frozen");
    setup(state);
    w.state.folder[0].state = FOLDER_NOT;
    expect_overall("attention", "folders");
    setup(state);
    w.state.folders = w.state.folders_total = 0;
    expect_overall("attention", "no_folders");
    setup(state);
    w.state.mode = RESPOND_ALERT;
    expect_overall("attention", "mode");
    setup(state);
    w.core.journal_error = MM_ENOSPC;
    expect_overall("attention", "journal");
    setup(state);
    w.core.console_configured = true;
    expect_overall("attention", "console"); /* never reached */
    w.core.console_contact_wall_ns = (1000000LL - LIM_CONSOLE_SILENT_S) * 1000000000;
    expect_overall("guarded", NULL);
    w.core.certificate_until = 999999;
    expect_overall("attention", "certificate");
}

static void status_doors(void **state)
{
    json_t *s, *doors;

    (void)state;
    w.core.doors.exposed = w.core.doors.overdue = 1;
    expect_overall("guarded", NULL); /* no rounds are made here: nothing is known, nothing is told */
    s = control_status(&w.state, &w.core, 1000000);
    assert_true(json_is_null(json_object_get(s, "doors")) && json_is_null(json_object_get(s, "posture")));
    json_decref(s);
    w.core.doors = (struct control_doors){.since = 1000000 - LIM_DOORS_FIRST_S, .overall = "unknown"};
    expect_overall("guarded", NULL); /* the first round is under way */
    w.core.doors.since--;
    expect_overall("attention", "doors_unchecked");
    w.core.doors.checked_at = 1000000 - LIM_DOORS_OLD_S;
    w.core.doors.unknown = w.core.doors.total = 3;
    w.core.doors.not_known = 6;
    expect_overall("guarded", NULL); /* unknown alone is shown, but is no reason */
    w.core.doors.checked_at--;
    expect_overall("attention", "doors_unchecked");
    w.core.doors.checked_at = 1000000 + LIM_DOORS_OLD_S + 1; /* the clock was wrong then, or is now */
    expect_overall("attention", "doors_unchecked");
    w.core.doors.checked_at = 999000;
    w.core.doors.overdue = 1;
    expect_overall("attention", "doors_overdue");
    w.core.doors.overdue = 0;
    w.core.doors.failed = true;
    expect_overall("attention", "doors_failed");
    w.core.doors.failed = false;
    w.core.doors.incomplete = true;
    expect_overall("attention", "doors_incomplete");
    w.core.doors.incomplete = false;
    w.core.doors.exposed = 2;
    expect_overall("attention", "doors_exposed");
    s = control_status(&w.state, &w.core, 1000000);
    doors = json_object_get(s, "doors");
    assert_string_equal(json_string_value(json_object_get(doors, "checked_at")), "1970-01-12T13:30:00Z");
    assert_string_equal(json_string_value(json_object_get(doors, "overall")), "unknown");
    assert_int_equal(json_integer_value(json_object_get(doors, "exposed")), 2);
    assert_int_equal(json_integer_value(json_object_get(doors, "unknown")), 3);
    assert_int_equal(json_integer_value(json_object_get(doors, "overdue")), 0);
    assert_int_equal(json_integer_value(json_object_get(doors, "total")), 3);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(s, "posture"), "unknown")), 6);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(s, "posture"), "met")), 0);
    json_decref(s);
}

/* Numbers and strings as a broken guard could send them. */
static void hostile_state(void **state)
{
    json_t *s;
    char *dump;

    (void)state;
    memset(&w.state, 0xff, sizeof w.state);
    memset(&w.core, 0xff, sizeof w.core);
    w.core.console_configured = w.core.console_connected = w.core.incident.frozen = true; /* core's own, never from outside */
    w.core.doors.failed = w.core.doors.incomplete = w.core.updates.configured = w.core.updates.known = true;
    w.core.state_age_ms = 1;
    w.core.console_contact_wall_ns = 0;
    s = control_status(&w.state, &w.core, 1000000);
    dump = json_dumps(s, 0);
    assert_non_null(dump);
    assert_string_not_equal(json_string_value(json_object_get(s, "overall")), "guarded");
    assert_int_equal(json_array_size(json_object_get(s, "folders")), 32);
    free(dump);
    json_decref(s);
}

/* The incident's words are shown only when they are of the guard's newest incident. */
static void incident_of_another_time(void **state)
{
    json_t *s, *i;

    (void)state;
    snprintf(w.state.incident, sizeof w.state.incident, "%s", UUID);
    snprintf(w.core.incident.id, sizeof w.core.incident.id, "%s", "00000000-2fa1-4d2f-883f-0016d3cca427");
    snprintf(w.core.incident.title_en, sizeof w.core.incident.title_en, "%s", "old");
    s = control_status(&w.state, &w.core, 1000000);
    i = json_object_get(s, "incident");
    assert_string_equal(json_string_value(json_object_get(i, "id")), UUID);
    assert_null(json_object_get(i, "title_en"));
    json_decref(s);
    snprintf(w.core.incident.id, sizeof w.core.incident.id, "%s", UUID);
    s = control_status(&w.state, &w.core, 1000000);
    assert_string_equal(json_string_value(json_object_get(json_object_get(s, "incident"), "title_en")), "old");
    json_decref(s);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(malformed_requests), T(only_status_is_for_everybody), T(event_pages), T(full_page_stops),
        T(why_takes_prefixes), T(acting_verbs_reach_the_guard), T(acting_without_a_journal), T(watching_streams),
        T(results_of_the_guard), T(status_words), T(status_of_updates), T(status_never_healthy_when_stale), T(status_reasons),
        T(status_doors), T(hostile_state), T(incident_of_another_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
