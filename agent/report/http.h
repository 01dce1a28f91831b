/* HTTPS calls to one console: libcurl's multi interface on the libuv loop.
 *
 * Owns the curl handles, their sockets' watchers and one timer.  https only,
 * no redirects, TLS >= 1.2, only the enrolled CA is trusted, mutual TLS with
 * the device's key; an explicit proxy or none (the environment is ignored);
 * names are never looked up here: the caller pins addresses.  Answers are cut
 * off at LIM_HTTP_ANSWER, calls at their time box.  Loop thread only. */
#ifndef MM_AGENT_REPORT_HTTP_H
#define MM_AGENT_REPORT_HTTP_H

#include <stddef.h>

#include "lib/buf.h"

struct uv_loop_s;
struct http;

#define HTTP_HEADERS 8

struct http_identity {              /* everything is copied */
    const char *url;                /* https://host:port */
    const char *proxy;              /* empty: none */
    const struct buf *ca, *cert, *key; /* PEM; cert and key NULL: none (not enrolled yet) */
};

struct http_result {
    int err;                        /* MM_OK: there is a status; MM_ETIMEOUT, MM_ECRYPTO (TLS), MM_ELIMIT, MM_EIO */
    long status;                    /* HTTP status; 0 for http_reach */
    const char *body;               /* valid inside the callback, never NULL */
    size_t n;
    const char *error;              /* curl's words, English; "" when fine */
};
typedef void (*http_done)(void *context, const struct http_result *r);

struct http_request {
    const char *method;             /* "GET" or "POST" */
    const char *path;               /* begins with '/' */
    const char *headers[HTTP_HEADERS]; /* "Name: value", up to a NULL */
    struct buf *body;               /* taken over (left empty) by http_start; NULL: none */
    long timeout_ms;
    http_done done;                 /* called exactly once, unless http_free comes first */
    void *context;
};

int http_new(struct http **out, struct uv_loop_s *loop);
/* Abandon all calls without their callbacks; memory is freed by the loop's later turns. */
void http_free(struct http *h);
/* Whom to talk to from now on; calls under way go on as they were. */
int http_identify(struct http *h, const struct http_identity *id);
/* "host:port:address,address": used instead of any name look-up.  NULL: forget. */
int http_pin(struct http *h, const char *entry);
int http_start(struct http *h, const struct http_request *r);
/* A fresh TCP and TLS connection and nothing more: result->err tells. */
int http_reach(struct http *h, long timeout_ms, http_done done, void *context);

#endif
