/* Updates: rings of hosts, and which packs and agents run where. */
#include <string.h>

#include "console/api/api.h"
#include "console/rings.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define PACKS 500 /* versions of each kind, at most */

/* "ring" of the body: a word, or null for none of its own; NULL after an answer. */
static const char *ring_of(const json_t *body, struct http_answer *a)
{
    static const char *const members[] = {"ring", NULL};
    const json_t *v = json_object_get(body, "ring");

    if (v && api_members(body, members) && json_is_null(v))
        return "";
    if (json_is_string(v) && api_members(body, members) && json_string_length(v))
        return json_string_value(v);
    http_error(a, 400, "bad_request", "ring is canary, early, broad or null");
    return NULL;
}

static enum http_verdict act(struct api *api, struct ring_act *what, struct http_answer *a)
{
    json_t *orders = NULL;
    int rc;

    what->by = api->who.name;
    rc = rings_act(api->console, what, api->now, &orders);
    if (rc == MM_EINVAL)
        http_error(a, 400, "bad_request", "ring is canary, early, broad or null");
    else if (rc)
        http_failure(a, rc);
    else
        http_json(a, 202, json_pack("{s:o}", "orders", orders));
    return HTTP_ANSWER;
}

enum http_verdict api_customer_ring(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    struct ring_act what = {.device = "", .ring = ring_of(body, a)};
    uint64_t customer;

    if (!what.ring)
        return HTTP_ANSWER;
    if (http_number(r->id, 1, INT64_MAX, &customer)) {
        http_error(a, 404, "not_found", "there is no such customer");
        return HTTP_ANSWER;
    }
    what.customer = (int64_t)customer;
    return act(api, &what, a);
}

enum http_verdict api_device_ring(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    struct ring_act what = {.device = r->id, .ring = ring_of(body, a)};

    if (!what.ring)
        return HTTP_ANSWER;
    if (!crypto_uuid_valid(r->id)) {
        http_error(a, 404, "not_found", "there is no such device");
        return HTTP_ANSWER;
    }
    return act(api, &what, a);
}

enum http_verdict api_packs(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    json_t *packs = NULL, *agents = NULL;
    int rc = store_packs(api->console->store, api->now, PACKS, &packs);
    char at[RFC3339_TEXT];

    (void)r, (void)body;
    rfc3339_format(api->now, at);
    if (!rc)
        rc = store_agents(api->console->store, api->now, PACKS, &agents);
    if (rc) {
        json_decref(packs);
        http_failure(a, rc);
    } else {
        http_json(a, 200, json_pack("{s:s,s:o,s:o}", "generated_at", at, "packs", packs, "agents", agents));
    }
    return HTTP_ANSWER;
}
