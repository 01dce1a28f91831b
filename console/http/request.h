/* One HTTP exchange as a plain struct: what the edge hands to the API and gets
 * back.  Nothing here knows the HTTP library, so routes run in unit tests and
 * fuzzers.
 *
 * Owner: the edge owns both structs for the length of the exchange.  Names and
 * values of fields point into the edge's memory. */
#ifndef MM_CONSOLE_HTTP_REQUEST_H
#define MM_CONSOLE_HTTP_REQUEST_H

#include <jansson.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/limits.h"

#define HTTP_FIELDS 40          /* headers of one request; a browser sends 20 */
#define HTTP_QUERIES 16         /* arguments of one request */
#define HTTP_TEXT 1100          /* a path as sent: 80 and a door's id, each byte as %XX */

struct http_field { const char *name, *value; };

enum http_peer { PEER_NONE = 0, PEER_BAD, PEER_DEVICE };   /* client certificate: none, not ours, verified */

struct http_request {
    char method[16];
    char path[HTTP_TEXT];                 /* as sent, without the arguments: only the route decodes %XX, and only in a {door} */
    int overlong;                         /* 1: the path does not fit */
    struct http_field header[HTTP_FIELDS], query[HTTP_QUERIES];
    unsigned nheaders, nqueries;
    int too_many;                         /* 1: more fields than fit */
    enum http_peer peer;
    char agent_id[LIM_ID];                /* PEER_DEVICE: CN of the certificate */
    char remote[64];                      /* address of the peer, for the log */
    struct buf body;
    int resumed;                          /* 1: it was answered HTTP_WAIT before */
    /* set by the router */
    const void *route;
    char id[64];                          /* the {id} of the path */
    const char *rest;                     /* the {rest} of the path: its end inside `path` */
    char door[LIM_DOOR_ID];               /* the {door} of the path, decoded; NUL-terminated, else any bytes but NUL */
    const char *operator_name;            /* who asks, for audit; storage of the API */
    uint64_t wait_after;                  /* long poll: what it waits for */
    unsigned wait_ms;
};

/* A file instead of a body; the edge closes it. */
struct http_file {
    int open;                             /* 1: there is one */
    int fd;
    uint64_t offset, length, total;       /* the part that is sent, and how much there is */
    const char *type;                     /* Content-Type */
    int fixed;                            /* 1: under this name the content never changes */
};

struct http_answer {
    int status;
    struct buf body;                      /* JSON */
    struct http_file file;                /* with status 200, 206 or 416 */
};

enum http_verdict { HTTP_CONTINUE = 0, HTTP_ANSWER, HTTP_WAIT };

/* What a listener serves.  `begin` sees the head: HTTP_ANSWER refuses it before a byte of
 * the body is read; `limit` gets the largest body that is read.  `handle` sees the whole:
 * HTTP_ANSWER, or HTTP_WAIT (the exchange sleeps for request->wait_ms or until `ready`). */
struct http_service {
    enum http_verdict (*begin)(void *context, struct http_request *r, struct http_answer *a, size_t *limit);
    enum http_verdict (*handle)(void *context, struct http_request *r, struct http_answer *a);
    int (*ready)(void *context, const struct http_request *r);
    void *context;
};

/* The one value of a name (headers: case-insensitive); NULL when absent or there twice. */
const char *http_header(const struct http_request *r, const char *name);
const char *http_query(const struct http_request *r, const char *name);
/* Times that a header is there. */
unsigned http_header_count(const struct http_request *r, const char *name);
/* Decimal digits only, min..max.  MM_ENOTFOUND absent, MM_EFORMAT. */
int http_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* What a Range header (NULL: none) asks of `total` bytes: 206 and the part; 416, nothing; or 200 and all, also for what is
 * malformed or asks for several parts (RFC 9110 14.2). */
int http_range(const char *range, uint64_t total, uint64_t *offset, uint64_t *length);

/* Answers.  http_json takes over `json` (NULL: 500). */
void http_json(struct http_answer *a, int status, json_t *json);
void http_error(struct http_answer *a, int status, const char *word, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The answer that fits an mm_err. */
void http_failure(struct http_answer *a, int err);

#endif
