/* Events, incidents, verdicts, and orders that belong to an incident. */
#include <string.h>

#include "console/api/api.h"
#include "lib/err.h"

#define EVENTS_PAGE 100  /* of 64 KB each at most: the answer's limit holds */
#define INCIDENTS_PAGE 500

static int find(struct api *api, const char *id, struct store_incident *i, struct http_answer *a)
{
    int rc = store_incident_find(api->console->store, id, i);

    if (!rc)
        return 1;
    if (rc == MM_EEXIST)
        http_error(a, 409, "ambiguous", "several incidents fit: use the number");
    else
        http_failure(a, rc);
    return 0;
}

enum http_verdict api_events(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    struct store_event_filter f = {.agent_id = http_query(r, "device")};
    const char *incident = http_query(r, "incident");
    uint64_t after, severity = 0;
    struct store_incident i;
    json_t *list = NULL;
    int rc;

    (void)body;
    if (!api_page(r, EVENTS_PAGE, &after, &f.limit, a))
        return HTTP_ANSWER;
    rc = http_number(http_query(r, "severity"), 0, 6, &severity);
    if ((rc && rc != MM_ENOTFOUND) || (f.agent_id && !crypto_uuid_valid(f.agent_id))) {
        http_error(a, 400, "bad_request", "severity is 0 to 6, device an agent_id");
        return HTTP_ANSWER;
    }
    if (incident) {
        if (!find(api, incident, &i, a))
            return HTTP_ANSWER;
        f.incident = i.id;
    }
    f.after = (int64_t)after;
    f.severity = (int)severity;
    rc = store_events(api->console->store, &f, &list);
    if (rc)
        http_failure(a, rc);
    else
        api_list(a, "events", list, "id", f.limit);
    return HTTP_ANSWER;
}

enum http_verdict api_incidents(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    const char *state = http_query(r, "state");
    json_t *list = NULL;
    uint64_t after;
    unsigned limit;
    int rc;

    (void)body;
    if (!api_page(r, INCIDENTS_PAGE, &after, &limit, a))
        return HTTP_ANSWER;
    if (state && strcmp(state, "open") && strcmp(state, "closed")) {
        http_error(a, 400, "bad_request", "state is open or closed");
        return HTTP_ANSWER;
    }
    rc = store_incidents(api->console->store, state, (int64_t)after, limit, &list);
    if (rc)
        http_failure(a, rc);
    else
        api_list(a, "incidents", list, "id", limit);
    return HTTP_ANSWER;
}

static void answer_incident(struct api *api, int64_t id, struct http_answer *a)
{
    json_t *incident = NULL;
    int rc = store_incident_json(api->console->store, id, &incident);

    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, incident);
}

enum http_verdict api_incident(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    struct store_incident i;

    (void)body;
    if (find(api, r->id, &i, a))
        answer_incident(api, i.id, a);
    return HTTP_ANSWER;
}

enum http_verdict api_incident_verdict(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    static const char *const members[] = {"verdict", "note", NULL};
    const char *verdict = api_text(body, "verdict", LIM_TAG, 0), *note = api_text(body, "note", CONSOLE_NOTE, 1);
    struct store_incident i;
    int rc;

    if (!verdict || !console_verdict_known(verdict) || !note || !api_members(body, members)) {
        http_error(a, 400, "bad_request", "verdict is attack, false_alarm, test or undecided; note a text");
        return HTTP_ANSWER;
    }
    if (!find(api, r->id, &i, a))
        return HTTP_ANSWER;
    rc = console_verdict(api->console, &i, verdict, note, api->who.name, api->now);
    if (rc)
        http_failure(a, rc);
    else
        answer_incident(api, i.id, a);
    return HTTP_ANSWER;
}

static enum http_verdict order(struct api *api, struct http_request *r, const json_t *body, enum command_action action,
                               struct http_answer *a)
{
    static const char *const members[] = {"reason", NULL};
    struct console_order o = {.action = action, .reason = api_text(body, "reason", LIM_TITLE, 1), .by = api->who.name, .hold = -1};
    char command_id[LIM_ID];
    struct store_incident i;
    uint64_t sequence = 0;
    int rc;

    if (!o.reason || !api_members(body, members)) {
        http_error(a, 400, "bad_request", "reason is a text");
        return HTTP_ANSWER;
    }
    if (!find(api, r->id, &i, a))
        return HTTP_ANSWER;
    if (strcmp(i.kind, "attack")) {
        http_error(a, 409, "conflict", "an incident of kind %s has nothing to allow, close or restore", i.kind);
        return HTTP_ANSWER;
    }
    o.agent_id = i.agent_id;
    o.incident = i.uid;
    rc = console_order(api->console, &o, api->now, command_id, &sequence);
    if (rc)
        http_failure(a, rc);
    else
        api_ordered(api, i.agent_id, command_id, sequence, a);
    return HTTP_ANSWER;
}

enum http_verdict api_incident_allow(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    return order(api, r, body, COMMAND_ALLOW, a);
}

enum http_verdict api_incident_close(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    return order(api, r, body, COMMAND_CLOSE, a);
}

enum http_verdict api_incident_restore(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    return order(api, r, body, COMMAND_RESTORE, a);
}
