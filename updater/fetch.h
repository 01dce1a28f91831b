/* Getting files of a repository over HTTP: libcurl, one handle for a whole run.
 *
 * Every transfer is bounded in bytes while it is read (whatever Content-Length
 * says), in time, and in slowness.  No redirects, no retries, no proxy of the
 * environment.  Not thread-safe. */
#ifndef MM_UPDATER_FETCH_H
#define MM_UPDATER_FETCH_H

#include <stdbool.h>

#include "lib/buf.h"
#include "updater/tuf/client.h"

struct fetch_limits {
    long connect_s, metadata_s, artifact_s;  /* seconds: to connect; for one file, all in all */
    long stall_s, stall_bytes;               /* slower than so many bytes a second for so long is too slow */
    int64_t rate;                            /* bytes per second at most; 0: no bound */
};

/* How to get there; texts are copied. */
struct fetch_way {
    const char *proxy;                       /* http://HOST:PORT; "": directly */
    const char *ca_file;                     /* PEM, read at once; "": the system's authorities */
    bool plain;                              /* http too, not https alone */
};

/* A file as it comes: `begin` once before its bytes, with the place of the first one (0, or the offset that was asked for);
 * both return false to end the transfer. */
struct fetch_sink {
    bool (*begin)(void *context, size_t offset);
    bool (*bytes)(void *context, const void *bytes, size_t n);
    void *context;
};

struct fetch;

/* LIM_TUF_CONNECT_S and its neighbours, no bound of the rate. */
struct fetch_limits fetch_limits_default(void);
/* NULL: no memory, or the file of the authority cannot be read.  `way` NULL: directly, http too.  The caller closes it. */
struct fetch *fetch_open(const struct fetch_limits *limits, const struct fetch_way *way);
/* Close it; NULL is fine. */
void fetch_close(struct fetch *f);
/* GET `base` followed by `name`, both ready for use in an address, with a slash between them where `base` has none.
 * At most out->max bytes; `out` holds them on TUF_BYTES, and must be empty before.  TUF_ABSENT for 404 and 403. */
enum tuf_got fetch_get(struct fetch *f, enum tuf_place place, const char *base, const char *name, struct buf *out);
/* The same into a sink, from byte `offset` on where the server can do that; `limit`: bytes of the whole file at most. */
enum tuf_got fetch_stream(struct fetch *f, enum tuf_place place, const char *base, const char *name, size_t offset, size_t limit,
                          const struct fetch_sink *sink);
/* Why the last one did not give bytes, in English; "" when it did.  Good until the next call. */
const char *fetch_trouble(const struct fetch *f);

#endif
