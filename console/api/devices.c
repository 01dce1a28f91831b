/* Devices and orders to them. */
#include <string.h>

#include "console/api/api.h"
#include "lib/err.h"

#define PAGE 500

static int id_fine(const struct http_request *r, struct http_answer *a)
{
    if (crypto_uuid_valid(r->id))
        return 1;
    http_error(a, 404, "not_found", "there is no such device");
    return 0;
}

enum http_verdict api_devices(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    const char *after = http_query(r, "after");
    uint64_t limit = 100;
    json_t *list = NULL;
    int rc = http_number(http_query(r, "limit"), 1, PAGE, &limit);

    (void)body;
    if ((rc && rc != MM_ENOTFOUND) || (after && !crypto_uuid_valid(after))) {
        http_error(a, 400, "bad_request", "after is an agent_id, limit one of 1 to %d", PAGE);
        return HTTP_ANSWER;
    }
    rc = store_devices(api->console->store, after ? after : "", (unsigned)limit, &list);
    if (rc)
        http_failure(a, rc);
    else
        api_list(a, "devices", list, "agent_id", (unsigned)limit);
    return HTTP_ANSWER;
}

enum http_verdict api_device(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    json_t *device = NULL;
    int rc;

    (void)body;
    if (!id_fine(r, a))
        return HTTP_ANSWER;
    rc = store_device_json(api->console->store, r->id, &device);
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, device);
    return HTTP_ANSWER;
}

/* ---- orders ---------------------------------------------------------------------- */

static json_t *ordered(struct api *api, const char *agent_id, const char *command_id, uint64_t sequence)
{
    json_t *o = json_pack("{s:s,s:I}", "command_id", command_id, "sequence", (json_int_t)sequence);
    struct store_device d;
    char warning[256];

    if (!store_device_get(api->console->store, agent_id, &d) && console_reach(api->console, &d, api->now, warning, sizeof warning))
        json_object_set_new(o, "warning", json_string(warning));
    return o;
}

void api_ordered(struct api *api, const char *agent_id, const char *command_id, uint64_t sequence, struct http_answer *a)
{
    http_json(a, 202, ordered(api, agent_id, command_id, sequence));
}

enum http_verdict api_orders(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    struct store_order_filter f = {.agent_id = http_query(r, "device"), .after = http_query(r, "after")};
    const char *incident = http_query(r, "incident");
    uint64_t limit = 100;
    json_t *list = NULL;
    int rc = http_number(http_query(r, "limit"), 1, PAGE, &limit);

    (void)body;
    if ((rc && rc != MM_ENOTFOUND) || (f.agent_id && !crypto_uuid_valid(f.agent_id)) ||
        (f.after && !crypto_uuid_valid(f.after)) || (incident && !crypto_uuid_valid(incident))) {
        http_error(a, 400, "bad_request", "after is a command_id, device an agent_id, incident a uid, limit one of 1 to %d", PAGE);
        return HTTP_ANSWER;
    }
    f.incident = incident;
    f.limit = (unsigned)limit;
    rc = store_orders(api->console->store, &f, api->now, &list);
    if (rc)
        http_failure(a, rc);
    else
        api_list(a, "orders", list, "command_id", f.limit);
    return HTTP_ANSWER;
}

/* `code` is shown with the answer; NULL: there is none. */
static enum http_verdict order(struct api *api, const struct http_request *r, struct console_order *o, const char *code, struct http_answer *a)
{
    char command_id[LIM_ID];
    uint64_t sequence = 0;
    json_t *said;
    int rc;

    if (!id_fine(r, a))
        return HTTP_ANSWER;
    o->agent_id = r->id;
    o->incident = "";
    o->by = api->who.name;
    rc = console_order(api->console, o, api->now, command_id, &sequence);
    if (rc) {
        http_failure(a, rc);
        return HTTP_ANSWER;
    }
    said = ordered(api, r->id, command_id, sequence);
    if (code)
        json_object_set_new(said, "code", json_string(code));
    http_json(a, 202, said);
    return HTTP_ANSWER;
}

enum http_verdict api_device_contain(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    static const char *const members[] = {"reason", "hold_without_console", NULL};
    const json_t *hold = json_object_get(body, "hold_without_console");
    struct console_order o = {.action = COMMAND_CONTAIN, .reason = api_text(body, "reason", LIM_TITLE, 1), .hold = -1};

    if (!o.reason || (hold && !json_is_boolean(hold)) || !api_members(body, members)) {
        http_error(a, 400, "bad_request", "reason is a text, hold_without_console true or false");
        return HTTP_ANSWER;
    }
    if (hold)
        o.hold = json_is_true(hold);
    return order(api, r, &o, NULL, a);
}

enum http_verdict api_device_release(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    static const char *const members[] = {"reason", NULL};
    struct console_order o = {.action = COMMAND_ALLOW, .reason = api_text(body, "reason", LIM_TITLE, 1), .hold = -1};

    if (!o.reason || !api_members(body, members)) {
        http_error(a, 400, "bad_request", "reason is a text");
        return HTTP_ANSWER;
    }
    return order(api, r, &o, NULL, a);
}

enum http_verdict api_device_removal(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    static const char *const members[] = {"reason", NULL};
    struct console_order o = {.action = COMMAND_POLICY, .reason = api_text(body, "reason", LIM_TITLE, 1), .hold = -1};
    char code[REMOVAL_CODE], args[CONSOLE_REMOVAL_ARGS];
    int rc;

    if (!o.reason || !api_members(body, members)) {
        http_error(a, 400, "bad_request", "reason is a text");
        return HTTP_ANSWER;
    }
    if (!id_fine(r, a)) /* the code is made of it */
        return HTTP_ANSWER;
    rc = console_removal(r->id, code, args);
    if (rc) {
        http_failure(a, rc);
        return HTTP_ANSWER;
    }
    o.args = args;
    return order(api, r, &o, code, a);
}

enum http_verdict api_device_revoke(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    static const char *const members[] = {"reason", NULL};
    const char *reason = api_text(body, "reason", LIM_TITLE, 1);
    int rc;

    if (!reason || !api_members(body, members)) {
        http_error(a, 400, "bad_request", "reason is a text");
        return HTTP_ANSWER;
    }
    if (!id_fine(r, a))
        return HTTP_ANSWER;
    rc = store_device_revoke(api->console->store, r->id);
    if (!rc)
        rc = store_audit(api->console->store, api->who.name, "revoke", r->id, reason, api->now);
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, json_object());
    return HTTP_ANSWER;
}
