/* The calls of both interfaces: one table per interface, one file per resource.
 *
 * Owner: struct api, one per `serve`, one thread.  A route that changes
 * something runs inside one store transaction, which the router commits before
 * the answer leaves and rolls back when the answer is an error. */
#ifndef MM_CONSOLE_API_H
#define MM_CONSOLE_API_H

#include <jansson.h>
#include <stdint.h>

#include "console/console.h"
#include "console/http/request.h"

struct api {
    struct console *console;
    struct store_operator who;      /* of the request at hand */
    int64_t now;                    /* of the request at hand, seconds since the epoch */
    int queued;                     /* an order was queued: sleeping polls look again */
    int keep;                       /* of the request at hand: what it has written stays, though it is refused */
};

enum access { ACCESS_OPEN = 0, ACCESS_DEVICE, ACCESS_DESK, ACCESS_ADMIN };
/* ROUTE_AT_HEAD: answered before the body, whatever its size. */
enum { ROUTE_WRITES = 1, ROUTE_JSON = 2, ROUTE_BODY_OPTIONAL = 4, ROUTE_AT_HEAD = 8 };

/* `body`: the parsed JSON object (ROUTE_JSON), else NULL. */
typedef enum http_verdict (*route_fn)(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a);
struct route {
    const char *method, *pattern;   /* "/api/v1/devices/{id}" */
    enum access access;
    unsigned flags;
    size_t limit;                   /* largest body */
    route_fn handle;
};

/* The services of the two listeners; context is the struct api. */
struct http_service api_agents(struct api *api);
struct http_service api_operators(struct api *api);

/* ---- for the resource files --------------------------------------------------- */
/* The text member `key` of 1 (or, optional, 0) to `max` - 1 bytes without control characters; NULL
 * when it is something else.  Optional and absent: "". */
const char *api_text(const json_t *body, const char *key, size_t max, int optional);
/* 1 when every member of `body` is one of the names (NULL-terminated list). */
int api_members(const json_t *body, const char *const *names);
/* 202 with the order's numbers, and a warning when its host is silent. */
void api_ordered(struct api *api, const char *agent_id, const char *command_id, uint64_t sequence, struct http_answer *a);
/* The paging arguments; 0 and an answer when they are malformed. */
int api_page(const struct http_request *r, unsigned most, uint64_t *after, unsigned *limit, struct http_answer *a);
/* {"<name>": list, "next": cursor or null}: the cursor is member `key` of the last row of a full page. */
void api_list(struct http_answer *a, const char *name, json_t *list, const char *key, unsigned limit);

/* The body as it was before compression (Content-Encoding zstd or none): `plain`, made with its maximum, is used when
 * it had to be made.  On failure the answer is there. */
int api_body_text(const struct http_request *r, struct buf *plain, const char **text, size_t *n, struct http_answer *a);

/* agents */
enum http_verdict agent_enroll(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict agent_renew(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict agent_events(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict agent_heartbeat(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict agent_commands(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict agent_results(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict agent_doors(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict agent_evidence(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict agent_tuf_metadata(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict agent_tuf_target(struct api *, struct http_request *, const json_t *, struct http_answer *);
/* operators */
enum http_verdict api_health(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_summary(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_audit(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_customers(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_customer_add(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_doors(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_door_declare(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_gateways(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_tokens(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_token_add(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_operators_list(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_operator_remove(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_devices(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_device(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_device_ring(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_customer_ring(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_packs(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_orders(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_device_contain(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_device_release(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_device_removal(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_device_revoke(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_events(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_incidents(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_incident(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_incident_verdict(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_incident_allow(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_incident_close(struct api *, struct http_request *, const json_t *, struct http_answer *);
enum http_verdict api_incident_restore(struct api *, struct http_request *, const json_t *, struct http_answer *);

#endif
