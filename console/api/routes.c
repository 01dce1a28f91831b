/* The tables, and the one way from a request to its handler: match, admit,
 * read the body, run in a transaction. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "console/api/api.h"
#include "lib/err.h"

#define SMALL 16384  /* a JSON of a few fields; a CSR is 8 KB at most */
#define BEAT 65536   /* a heartbeat with 256 folders */

static const struct route agent_routes[] = {
    {"POST", "/agent/v1/enroll", ACCESS_OPEN, ROUTE_WRITES | ROUTE_JSON, SMALL, agent_enroll},
    {"POST", "/agent/v1/renew", ACCESS_DEVICE, ROUTE_WRITES | ROUTE_JSON, SMALL, agent_renew},
    {"POST", "/agent/v1/events", ACCESS_DEVICE, ROUTE_WRITES, LIM_UPLINK_BODY, agent_events},
    {"POST", "/agent/v1/heartbeat", ACCESS_DEVICE, ROUTE_WRITES | ROUTE_JSON, BEAT, agent_heartbeat},
    {"GET", "/agent/v1/commands", ACCESS_DEVICE, 0, 0, agent_commands},
    {"POST", "/agent/v1/doors", ACCESS_DEVICE, ROUTE_WRITES, LIM_DOORS_JSON + 1024, agent_doors}, /* zstd's frame may be larger than its content */
    {"POST", "/agent/v1/results", ACCESS_DEVICE, ROUTE_WRITES | ROUTE_JSON, SMALL, agent_results},
    {"PUT", "/agent/v1/evidence/{id}", ACCESS_DEVICE, ROUTE_AT_HEAD, 0, agent_evidence},
    {"GET", "/agent/v1/tuf/metadata/{rest}", ACCESS_OPEN, ROUTE_AT_HEAD, 0, agent_tuf_metadata},
    {"HEAD", "/agent/v1/tuf/metadata/{rest}", ACCESS_OPEN, ROUTE_AT_HEAD, 0, agent_tuf_metadata},
    {"GET", "/agent/v1/tuf/targets/{rest}", ACCESS_OPEN, ROUTE_AT_HEAD, 0, agent_tuf_target},
    {"HEAD", "/agent/v1/tuf/targets/{rest}", ACCESS_OPEN, ROUTE_AT_HEAD, 0, agent_tuf_target},
    {NULL, NULL, 0, 0, 0, NULL},
};

static const struct route operator_routes[] = {
    {"GET", "/api/v1/health", ACCESS_OPEN, 0, 0, api_health},
    {"GET", "/api/v1/summary", ACCESS_DESK, 0, 0, api_summary},
    {"GET", "/api/v1/audit", ACCESS_ADMIN, 0, 0, api_audit},
    {"GET", "/api/v1/customers", ACCESS_DESK, 0, 0, api_customers},
    {"POST", "/api/v1/customers", ACCESS_ADMIN, ROUTE_WRITES | ROUTE_JSON, SMALL, api_customer_add},
    {"GET", "/api/v1/customers/{id}/doors", ACCESS_DESK, 0, 0, api_doors},
    {"PUT", "/api/v1/customers/{id}/doors/{door}", ACCESS_DESK, ROUTE_WRITES | ROUTE_JSON, SMALL, api_door_declare},
    {"PUT", "/api/v1/customers/{id}/gateways", ACCESS_DESK, ROUTE_WRITES | ROUTE_JSON, SMALL, api_gateways},
    {"PUT", "/api/v1/customers/{id}/ring", ACCESS_DESK, ROUTE_WRITES | ROUTE_JSON, SMALL, api_customer_ring},
    {"GET", "/api/v1/tokens", ACCESS_ADMIN, 0, 0, api_tokens},
    {"POST", "/api/v1/tokens", ACCESS_ADMIN, ROUTE_WRITES | ROUTE_JSON, SMALL, api_token_add},
    {"GET", "/api/v1/operators", ACCESS_ADMIN, 0, 0, api_operators_list},
    {"POST", "/api/v1/operators/{id}/remove", ACCESS_ADMIN, ROUTE_WRITES | ROUTE_JSON | ROUTE_BODY_OPTIONAL, SMALL, api_operator_remove},
    {"GET", "/api/v1/devices", ACCESS_DESK, 0, 0, api_devices},
    {"GET", "/api/v1/devices/{id}", ACCESS_DESK, 0, 0, api_device},
    {"POST", "/api/v1/devices/{id}/contain", ACCESS_DESK, ROUTE_WRITES | ROUTE_JSON | ROUTE_BODY_OPTIONAL, SMALL, api_device_contain},
    {"POST", "/api/v1/devices/{id}/release", ACCESS_DESK, ROUTE_WRITES | ROUTE_JSON | ROUTE_BODY_OPTIONAL, SMALL, api_device_release},
    {"POST", "/api/v1/devices/{id}/removal", ACCESS_ADMIN, ROUTE_WRITES | ROUTE_JSON | ROUTE_BODY_OPTIONAL, SMALL, api_device_removal},
    {"POST", "/api/v1/devices/{id}/revoke", ACCESS_ADMIN, ROUTE_WRITES | ROUTE_JSON | ROUTE_BODY_OPTIONAL, SMALL, api_device_revoke},
    {"PUT", "/api/v1/devices/{id}/ring", ACCESS_DESK, ROUTE_WRITES | ROUTE_JSON, SMALL, api_device_ring},
    {"GET", "/api/v1/packs", ACCESS_DESK, 0, 0, api_packs},
    {"GET", "/api/v1/orders", ACCESS_DESK, 0, 0, api_orders},
    {"GET", "/api/v1/events", ACCESS_DESK, 0, 0, api_events},
    {"GET", "/api/v1/incidents", ACCESS_DESK, 0, 0, api_incidents},
    {"GET", "/api/v1/incidents/{id}", ACCESS_DESK, 0, 0, api_incident},
    {"POST", "/api/v1/incidents/{id}/verdict", ACCESS_DESK, ROUTE_WRITES | ROUTE_JSON, SMALL, api_incident_verdict},
    {"POST", "/api/v1/incidents/{id}/allow", ACCESS_DESK, ROUTE_WRITES | ROUTE_JSON | ROUTE_BODY_OPTIONAL, SMALL, api_incident_allow},
    {"POST", "/api/v1/incidents/{id}/close", ACCESS_DESK, ROUTE_WRITES | ROUTE_JSON | ROUTE_BODY_OPTIONAL, SMALL, api_incident_close},
    {"POST", "/api/v1/incidents/{id}/restore", ACCESS_DESK, ROUTE_WRITES | ROUTE_JSON | ROUTE_BODY_OPTIONAL, SMALL, api_incident_restore},
    {NULL, NULL, 0, 0, 0, NULL},
};

/* ---- matching ------------------------------------------------------------------ */

#define PLAIN "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_."

/* A whole segment of letters, digits and -_. ; bytes read, 0 when it is none. */
static size_t take_id(const char *path, char id[64])
{
    size_t n = strspn(path, PLAIN);

    if (!n || n >= 64 || path[0] == '.' || (path[n] && path[n] != '/'))
        return 0;
    memcpy(id, path, n);
    id[n] = '\0';
    return n;
}

/* A whole segment as RFC 3986 3.3 has it (pchar), decoded; bytes read, 0 when it is none, holds a NUL or is too long. */
static size_t take_door(const char *path, char door[LIM_DOOR_ID])
{
    char two[3] = "";
    uint8_t byte;
    size_t n = 0, used = 0;

    while (path[used] && path[used] != '/') {
        if (n + 1 >= LIM_DOOR_ID)
            return 0;
        if (path[used] == '%') {
            memcpy(two, path + used + 1, path[used + 1] ? 2 : 1);
            if (crypto_unhex(two, &byte, 1) || !byte)
                return 0;
            door[n++] = (char)byte;
            used += 3;
        } else if (strchr(PLAIN "~!$&'()*+,;=:@", path[used])) {
            door[n++] = path[used++];
        } else {
            return 0;
        }
    }
    door[n] = '\0';
    return used;
}

/* All that follows: segments as take_id knows them; bytes read, 0 when one is none. */
static size_t take_rest(const char *path, const char **rest)
{
    size_t used = 0;

    for (;;) {
        size_t n = strspn(path + used, PLAIN);

        if (!n || path[used] == '.' || (path[used + n] && path[used + n] != '/'))
            return 0;
        used += n;
        if (!path[used])
            break;
        used++;
    }
    *rest = path;
    return used;
}

/* 1 when the path is the pattern; the request gets what stands for {id}, {door} and {rest}. */
static int fits(const char *pattern, const char *path, struct http_request *r)
{
    while (*pattern) {
        size_t n = 1;

        if (*pattern != '{') {
            if (*pattern != *path)
                return 0;
            pattern++;
        } else {
            n = pattern[1] == 'i' ? take_id(path, r->id) : pattern[1] == 'r' ? take_rest(path, &r->rest) : take_door(path, r->door);
            pattern += strcspn(pattern, "}") + 1;
        }
        if (!n)
            return 0;
        path += n;
    }
    return !*path;
}

static const struct route *match(const struct route *table, struct http_request *r, int *path_known)
{
    *path_known = 0;
    for (const struct route *t = table; t->method; t++) {
        if (!fits(t->pattern, r->path, r))
            continue;
        *path_known = 1;
        if (!strcmp(t->method, r->method))
            return t;
    }
    return NULL;
}

/* ---- admitting -------------------------------------------------------------------- */

static int admit_device(struct api *api, struct http_request *r, struct http_answer *a)
{
    struct store_device d;
    int rc;

    if (r->peer != PEER_DEVICE) {
        http_error(a, r->peer == PEER_NONE ? 401 : 403, r->peer == PEER_NONE ? "certificate_required" : "certificate_refused",
                   "this call needs the device's certificate");
        return 0;
    }
    rc = store_device_get(api->console->store, r->agent_id, &d);
    if (!rc && !d.revoked)
        return 1;
    if (rc && rc != MM_ENOTFOUND)
        http_failure(a, rc);
    else
        http_error(a, 403, rc ? "device_unknown" : "device_revoked", "this device is not enrolled");
    return 0;
}

static int admit_operator(struct api *api, struct http_request *r, enum access access, struct http_answer *a)
{
    static const char scheme[] = "Bearer ";
    const char *given = http_header(r, "Authorization");
    char hash[SHA256_HEX];
    int rc = MM_ENOTFOUND;

    if (given && !strncmp(given, scheme, sizeof scheme - 1) && strlen(given) == sizeof scheme - 1 + 64 &&
        !console_hash(given + sizeof scheme - 1, hash))
        rc = store_operator_by_token(api->console->store, hash, &api->who);
    if (rc && rc != MM_ENOTFOUND) {
        http_failure(a, rc);
        return 0;
    }
    if (rc) {
        http_error(a, 401, "unauthorized", "a bearer token of an operator is needed");
        return 0;
    }
    if (access == ACCESS_ADMIN && strcmp(api->who.role, "admin")) {
        http_error(a, 403, "forbidden", "the role %s may not do this", api->who.role);
        return 0;
    }
    return 1;
}

static int admit(struct api *api, struct http_request *r, const struct route *route, struct http_answer *a)
{
    if (route->access == ACCESS_OPEN)
        return 1;
    return route->access == ACCESS_DEVICE ? admit_device(api, r, a) : admit_operator(api, r, route->access, a);
}

/* The head's framing: what cannot be read in two ways.  `n`: the body's announced length. */
static int head_sound(const struct http_request *r, uint64_t *n, struct http_answer *a)
{
    static const char *const once[] = {"Content-Length", "Transfer-Encoding", "Content-Encoding", "Authorization", "X-Mimamori-First",
                                       "X-Mimamori-Last", "X-Mimamori-Boot", "X-Mimamori-Journal"};
    const char *length = http_header(r, "Content-Length");

    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
        if (http_header_count(r, once[i]) > 1) {
            http_error(a, 400, "bad_request", "the header %s is there twice", once[i]);
            return 0;
        }
    if (length && (http_header_count(r, "Transfer-Encoding") || http_number(length, 0, UINT64_MAX, n))) {
        http_error(a, 400, "bad_request", "the length of the body is ambiguous");
        return 0;
    }
    return 1;
}

static enum http_verdict begin_in(const struct route *table, struct api *api, struct http_request *r, struct http_answer *a,
                                  size_t *limit)
{
    const struct route *route;
    uint64_t announced = 0;
    int path_known;

    *limit = 0;
    if (r->too_many) {
        http_error(a, 431, "bad_request", "too many headers or arguments");
        return HTTP_ANSWER;
    }
    route = match(table, r, &path_known);
    if (!route && !path_known) {
        http_error(a, 404, "not_found", "there is no such call");
        return HTTP_ANSWER;
    }
    if (!route) {
        http_error(a, 405, "method_not_allowed", "this call has another method");
        return HTTP_ANSWER;
    }
    if (!head_sound(r, &announced, a) || !admit(api, r, route, a))
        return HTTP_ANSWER;
    if (route->flags & ROUTE_AT_HEAD)
        return route->handle(api, r, NULL, a);
    if (announced > route->limit) {
        http_error(a, 413, "too_large", "the body may have %zu bytes", route->limit);
        return HTTP_ANSWER;
    }
    r->route = route;
    *limit = route->limit;
    return HTTP_CONTINUE;
}

static enum http_verdict agents_begin(void *context, struct http_request *r, struct http_answer *a, size_t *limit)
{
    return begin_in(agent_routes, context, r, a, limit);
}

static enum http_verdict operators_begin(void *context, struct http_request *r, struct http_answer *a, size_t *limit)
{
    return begin_in(operator_routes, context, r, a, limit);
}

/* ---- running -------------------------------------------------------------------------- */

static enum http_verdict run(struct api *api, const struct route *route, struct http_request *r, const json_t *body,
                             struct http_answer *a)
{
    enum http_verdict verdict;
    int rc;

    if (!(route->flags & ROUTE_WRITES))
        return route->handle(api, r, body, a);
    rc = store_begin(api->console->store);
    if (rc) {
        http_failure(a, rc);
        return HTTP_ANSWER;
    }
    api->keep = 0;
    verdict = route->handle(api, r, body, a);
    if ((a->status >= 400 && !api->keep) || verdict != HTTP_ANSWER) {
        store_rollback(api->console->store);
        return verdict;
    }
    rc = store_commit(api->console->store);
    if (rc)
        http_failure(a, rc);
    else if (route->access >= ACCESS_DESK)
        api->queued = 1;
    return HTTP_ANSWER;
}

static enum http_verdict handle(void *context, struct http_request *r, struct http_answer *a)
{
    const struct route *route = r->route;
    struct api *api = context;
    json_error_t error;
    json_t *body = NULL;
    enum http_verdict verdict;

    api->now = (int64_t)time(NULL);
    /* Another exchange may have been between head and body: whose turn is it, and still allowed? */
    if (!admit(api, r, route, a))
        return HTTP_ANSWER;
    if (route->flags & ROUTE_JSON) {
        if (!r->body.len && (route->flags & ROUTE_BODY_OPTIONAL))
            body = json_object();
        else
            body = json_loadb(r->body.data ? r->body.data : "", r->body.len, JSON_REJECT_DUPLICATES, &error);
        if (!json_is_object(body)) {
            json_decref(body);
            http_error(a, 400, "bad_json", "the body is no JSON object");
            return HTTP_ANSWER;
        }
    }
    verdict = run(api, route, r, body, a);
    json_decref(body);
    return verdict;
}

static int ready(void *context, const struct http_request *r)
{
    struct api *api = context;

    return store_commands_waiting(api->console->store, r->agent_id, r->wait_after, (int64_t)time(NULL));
}

struct http_service api_agents(struct api *api)
{
    return (struct http_service){agents_begin, handle, ready, api};
}

struct http_service api_operators(struct api *api)
{
    return (struct http_service){operators_begin, handle, ready, api};
}

/* ---- helpers ----------------------------------------------------------------------------- */

const char *api_text(const json_t *body, const char *key, size_t max, int optional)
{
    const json_t *v = json_object_get(body, key);
    const char *s = json_string_value(v);
    size_t n;

    if (optional && (!v || json_is_null(v)))
        return "";
    if (!s)
        return NULL;
    n = strlen(s);
    if ((!n && !optional) || n >= max)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
            return NULL;
    return s;
}

int api_members(const json_t *body, const char *const *names)
{
    union { const json_t *in; json_t *out; } u = {body}; /* jansson's iterators are not const */
    const char *key;
    json_t *value;

    json_object_foreach(u.out, key, value) {
        size_t i = 0;

        while (names[i] && strcmp(names[i], key))
            i++;
        if (!names[i])
            return 0;
    }
    return 1;
}

int api_page(const struct http_request *r, unsigned most, uint64_t *after, unsigned *limit, struct http_answer *a)
{
    uint64_t n = most < 100 ? most : 100;
    int rc;

    *after = 0;
    rc = http_number(http_query(r, "after"), 0, INT64_MAX, after);
    if (!rc || rc == MM_ENOTFOUND)
        rc = http_number(http_query(r, "limit"), 1, most, &n);
    if (rc && rc != MM_ENOTFOUND) {
        http_error(a, 400, "bad_request", "after is a number, limit one of 1 to %u", most);
        return 0;
    }
    *limit = (unsigned)n;
    return 1;
}

void api_list(struct http_answer *a, const char *name, json_t *list, const char *key, unsigned limit)
{
    size_t n = json_array_size(list);
    json_t *last = n == limit ? json_object_get(json_array_get(list, n - 1), key) : NULL;

    http_json(a, 200, json_pack("{s:o,s:o}", name, list, "next", last ? json_incref(last) : json_null()));
}
