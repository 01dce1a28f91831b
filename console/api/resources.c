/* Customers, tokens, operators, audit, health. */
#include <stdio.h>
#include <string.h>

#include "console/api/api.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define TOKEN_HOURS 72
#define TOKEN_HOURS_MOST 720
#define CODE_BYTES 4096

enum http_verdict api_health(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    char time[RFC3339_TEXT];
    json_t *counts = NULL;
    int rc = store_summary(api->console->store, &counts);

    (void)r, (void)body;
    json_decref(counts); /* asked only to see that the store answers: numbers are for operators */
    rfc3339_format(api->now, time);
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, json_pack("{s:s,s:s}", "status", "ok", "time", time));
    return HTTP_ANSWER;
}

enum http_verdict api_summary(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    json_t *counts = NULL;
    int rc = store_summary(api->console->store, &counts);

    (void)r, (void)body;
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, counts);
    return HTTP_ANSWER;
}

enum http_verdict api_audit(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    json_t *list = NULL;
    uint64_t before;
    unsigned limit;
    int rc;

    (void)body;
    if (!api_page(r, 1000, &before, &limit, a))
        return HTTP_ANSWER;
    rc = store_audit_list(api->console->store, before ? (int64_t)before : INT64_MAX, limit, &list);
    if (rc)
        http_failure(a, rc);
    else
        api_list(a, "audit", list, "id", limit);
    return HTTP_ANSWER;
}

/* ---- customers -------------------------------------------------------------------- */

enum http_verdict api_customers(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    json_t *list = NULL;
    int rc = store_customers(api->console->store, &list);

    (void)r, (void)body;
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, json_pack("{s:o}", "customers", list));
    return HTTP_ANSWER;
}

enum http_verdict api_customer_add(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    static const char *const members[] = {"name", "phone", NULL};
    const char *name = api_text(body, "name", LIM_TITLE, 0), *phone = api_text(body, "phone", LIM_TITLE, 1);
    int64_t id = 0;
    int rc;

    (void)r;
    if (!name || !phone || !api_members(body, members)) {
        http_error(a, 400, "bad_request", "name (text) is needed, phone (text) may be given");
        return HTTP_ANSWER;
    }
    rc = store_customer_add(api->console->store, name, phone, api->now, &id);
    if (!rc)
        rc = store_audit(api->console->store, api->who.name, "customer_add", name, phone, api->now);
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 201, json_pack("{s:I,s:s,s:s}", "id", (json_int_t)id, "name", name, "phone", phone));
    return HTTP_ANSWER;
}

/* ---- tokens -------------------------------------------------------------------------- */

enum http_verdict api_tokens(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    json_t *list = NULL;
    int rc = store_tokens(api->console->store, &list);

    (void)r, (void)body;
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, json_pack("{s:o}", "tokens", list));
    return HTTP_ANSWER;
}

static void make_token(struct api *api, int64_t customer, long hours, struct http_answer *a)
{
    char time[RFC3339_TEXT], object[32];
    int64_t expires = 0;
    struct buf code;
    int rc;

    buf_init(&code, CODE_BYTES);
    rc = console_new_token(api->console, customer, hours, api->who.name, api->now, &code, &expires);
    rfc3339_format(expires, time);
    snprintf(object, sizeof object, "customer %lld", (long long)customer);
    if (!rc)
        rc = store_audit(api->console->store, api->who.name, "token_new", object, time, api->now);
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 201, json_pack("{s:s,s:s}", "code", code.data, "expires", time));
    buf_fini(&code);
}

enum http_verdict api_token_add(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    static const char *const members[] = {"customer", "hours", NULL};
    const json_t *customer = json_object_get(body, "customer"), *hours = json_object_get(body, "hours");
    json_int_t h = json_is_integer(hours) ? json_integer_value(hours) : TOKEN_HOURS;
    char text[32];
    int64_t id;
    int rc;

    (void)r;
    if (!json_is_integer(customer) || (hours && !json_is_integer(hours)) || h < 1 || h > TOKEN_HOURS_MOST ||
        !api_members(body, members)) {
        http_error(a, 400, "bad_request", "customer (number) is needed, hours may be 1 to %d", TOKEN_HOURS_MOST);
        return HTTP_ANSWER;
    }
    snprintf(text, sizeof text, "%lld", (long long)json_integer_value(customer));
    rc = store_customer_find(api->console->store, text, &id);
    if (!rc && id != json_integer_value(customer))
        rc = MM_ENOTFOUND; /* a customer whose name is that number */
    if (rc)
        http_failure(a, rc);
    else
        make_token(api, id, (long)h, a);
    return HTTP_ANSWER;
}

/* ---- operators ------------------------------------------------------------------------ */

enum http_verdict api_operators_list(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    json_t *list = NULL;
    int rc = store_operators(api->console->store, &list);

    (void)r, (void)body;
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, json_pack("{s:o}", "operators", list));
    return HTTP_ANSWER;
}

enum http_verdict api_operator_remove(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    static const char *const members[] = {"reason", NULL};
    const char *reason = api_text(body, "reason", LIM_TITLE, 1);
    struct store_operator gone;
    uint64_t id;
    int rc;

    if (!reason || !api_members(body, members)) {
        http_error(a, 400, "bad_request", "reason is a text");
        return HTTP_ANSWER;
    }
    rc = http_number(r->id, 1, INT64_MAX, &id) ? MM_ENOTFOUND : store_operator_remove(api->console->store, (int64_t)id, "", &gone);
    if (!rc)
        rc = store_audit(api->console->store, api->who.name, "operator_remove", gone.name, reason, api->now);
    if (rc)
        http_failure(a, rc);
    else
        http_json(a, 200, json_object());
    return HTTP_ANSWER;
}
