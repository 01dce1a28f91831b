/* The edge: TLS and HTTP over libmicrohttpd, without threads.
 *
 * Owner: whoever runs the loop.  All callbacks run inside edge_run, on the
 * caller's thread.  Bounded: connections, headers, bodies (each and together),
 * time (handshake and headers, body, idle). */
#ifndef MM_CONSOLE_HTTP_EDGE_H
#define MM_CONSOLE_HTTP_EDGE_H

#include <stdint.h>

#include "console/http/request.h"

struct edge;

struct edge_options {
    const char *bind;            /* numeric address, "::" = all, IPv4 too */
    unsigned port;
    const char *certificate;     /* PEM: server, then CA */
    const char *key;
    const char *client_ca;       /* PEM; NULL: client certificates are not asked for */
};

/* Listen.  `message` says what failed.  MM_EIO (address in use), MM_EINVAL, MM_ECRYPTO. */
int edge_start(const struct edge_options *o, const struct http_service *service, struct edge **out, char *message,
               size_t size);
/* Close all connections. NULL is fine. */
void edge_stop(struct edge *e);

/* The descriptor to wait on for reading, and how long at most (ms, -1: any time). */
int edge_fd(const struct edge *e);
int edge_timeout(const struct edge *e);
/* Do what is ready. */
void edge_run(struct edge *e);
/* Wake sleeping exchanges whose time is over and, when `changed`, those that are ready;
 * close connections that dawdle.  Call about 20 times a second while any sleep. */
void edge_tick(struct edge *e, int changed);
unsigned edge_sleeping(const struct edge *e);

#endif
