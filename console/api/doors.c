/* The register of external devices: devices report, operators read and say what they know. */
#include <stdlib.h>
#include <string.h>

#include "console/api/api.h"
#include "console/doors.h"
#include "lib/err.h"

#define KEPT_MOST (2u * LIM_DOORS_JSON) /* bytes kept of one device: written out, a report has all members of the contract */

static int customer_of(const struct http_request *r, int64_t *customer, struct http_answer *a)
{
    uint64_t n;

    if (http_number(r->id, 1, INT64_MAX, &n)) {
        http_error(a, 404, "not_found", "there is no such customer");
        return 0;
    }
    *customer = (int64_t)n;
    return 1;
}

/* ---- devices ----------------------------------------------------------------------- */

/* Its times by our clock, and its software apart: the largest part, which the register does not read. */
static int split_report(struct api *api, const char *agent_id, json_t *vpn, json_t *posture, char *text[3])
{
    struct buf before;
    int rc;

    buf_init(&before, 4 * KEPT_MOST); /* consoles of before kept more */
    rc = store_doors_vpn(api->console->store, agent_id, &before);
    if (!rc)
        rc = doors_report_settle(vpn, posture, before.data ? before.data : "", api->now);
    buf_fini(&before);
    text[2] = json_dumps(json_object_get(vpn, "software"), JSON_COMPACT);
    json_object_del(vpn, "software");
    text[0] = json_dumps(vpn, JSON_COMPACT);
    text[1] = json_dumps(posture, JSON_COMPACT);
    if (!rc && (!text[0] || !text[1] || !text[2]))
        rc = MM_ENOMEM;
    if (!rc && strlen(text[0]) + strlen(text[1]) + strlen(text[2]) > KEPT_MOST)
        rc = MM_ELIMIT;
    return rc;
}

static int keep_report(struct api *api, const char *agent_id, json_t *vpn, json_t *posture)
{
    char *text[3] = {NULL, NULL, NULL};
    unsigned told = 0;
    int rc = split_report(api, agent_id, vpn, posture, text);

    if (!rc) {
        const struct store_doors d = {text[0], text[1], text[2]};

        rc = store_doors_put(api->console->store, agent_id, &d, api->now);
    }
    for (int i = 0; i < 3; i++)
        free(text[i]);
    if (!rc)
        rc = doors_catch_up(api->console, agent_id, api->now, &told);
    if (!rc && told)
        api->queued = 1;
    return rc;
}

enum http_verdict agent_doors(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    json_t *vpn = NULL, *posture = NULL;
    struct doors_error error = {""};
    const char *text = NULL;
    struct buf plain;
    size_t n = 0;
    int rc;

    (void)body;
    buf_init(&plain, LIM_DOORS_JSON);
    if (api_body_text(r, &plain, &text, &n, a)) {
        buf_fini(&plain);
        return HTTP_ANSWER;
    }
    rc = doors_report_read(text ? text : "", n, &vpn, &posture, &error);
    buf_fini(&plain);
    if (rc == MM_EFORMAT || rc == MM_ELIMIT) {
        http_error(a, rc == MM_EFORMAT ? 400 : 413, "bad_doors", "%s", error.what);
        return HTTP_ANSWER;
    }
    if (!rc)
        rc = keep_report(api, r->agent_id, vpn, posture);
    json_decref(vpn);
    json_decref(posture);
    if (rc == MM_ELIMIT)
        http_error(a, 413, "bad_doors", "more than %u bytes when it is written out", KEPT_MOST);
    else if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, json_object());
    return HTTP_ANSWER;
}

/* ---- operators ---------------------------------------------------------------------- */

enum http_verdict api_doors(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    json_t *list = NULL;
    int64_t customer;
    int rc;

    (void)body;
    if (!customer_of(r, &customer, a))
        return HTTP_ANSWER;
    rc = doors_register(api->console, customer, api->now, &list);
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, list);
    return HTTP_ANSWER;
}

static enum http_verdict act(struct api *api, struct doors_act *d, struct http_answer *a)
{
    json_t *orders = NULL;
    int rc;

    d->by = api->who.name;
    rc = doors_act(api->console, d, api->now, &orders);
    if (rc == MM_EINVAL && d->gateways)
        http_error(a, 400, "bad_request", "gateways is a list of \"name:port\" in lower case, %d at most, each once", LIM_GATEWAYS);
    else if (rc == MM_EINVAL)
        http_error(a, 400, "bad_request", "the door, or what is said of it, is not acceptable; a door that is no gateway needs device");
    else if (rc)
        http_failure(a, rc);
    else
        http_json(a, 202, json_pack("{s:o}", "orders", orders));
    return HTTP_ANSWER;
}

enum http_verdict api_door_declare(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    static const char *const of_version[] = {"product", "model", "version", "device", NULL};
    static const char *const of_mitigation[] = {"mitigation", "reason", "device", NULL};
    static const char *const of_certificate[] = {"certificate", "device", NULL};
    struct doors_act d = {.door = r->door, .device = api_text(body, "device", LIM_ID, 1)};
    int good;

    if (!customer_of(r, &d.customer, a))
        return HTTP_ANSWER;
    if (json_object_get(body, "version")) {
        d.product = api_text(body, "product", LIM_TAG, 0);
        d.model = api_text(body, "model", LIM_NAME, 1);
        d.version = api_text(body, "version", LIM_TAG, 0);
        good = d.product && d.model && d.version && api_members(body, of_version);
    } else if (json_object_get(body, "certificate")) {
        d.certificate = api_text(body, "certificate", LIM_NAME, 0);
        good = d.certificate && api_members(body, of_certificate);
    } else {
        d.mitigation = api_text(body, "mitigation", LIM_TAG, 0);
        d.reason = api_text(body, "reason", LIM_TITLE, 0);
        good = d.mitigation && d.reason && api_members(body, of_mitigation);
    }
    if (!good || !d.device || (d.device[0] && !crypto_uuid_valid(d.device))) {
        http_error(a, 400, "bad_request", "product, model and version, mitigation and reason, or certificate are needed; device is an agent_id");
        return HTTP_ANSWER;
    }
    return act(api, &d, a);
}

enum http_verdict api_gateways(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    static const char *const members[] = {"gateways", NULL};
    struct doors_act d = {.door = "", .device = "", .gateways = json_object_get(body, "gateways")};

    if (!customer_of(r, &d.customer, a))
        return HTTP_ANSWER;
    if (!json_is_array(d.gateways) || !api_members(body, members)) {
        http_error(a, 400, "bad_request", "gateways (a list) is needed");
        return HTTP_ANSWER;
    }
    return act(api, &d, a);
}
