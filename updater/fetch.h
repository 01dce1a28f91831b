/* Getting files of a repository over HTTP: libcurl, one handle for a whole run.
 *
 * Every transfer is bounded in bytes while it is read (whatever Content-Length
 * says), in time, and in slowness.  No redirects, no retries, http and https
 * only, no proxy of the environment.  Not thread-safe. */
#ifndef MM_UPDATER_FETCH_H
#define MM_UPDATER_FETCH_H

#include "lib/buf.h"
#include "updater/tuf/client.h"

struct fetch_limits {
    long connect_s, metadata_s, artifact_s;  /* seconds: to connect; for one file, all in all */
    long stall_s, stall_bytes;               /* slower than so many bytes a second for so long is too slow */
};

struct fetch;

/* LIM_TUF_CONNECT_S and its neighbours. */
struct fetch_limits fetch_limits_default(void);
/* NULL: no memory.  The caller closes it. */
struct fetch *fetch_open(const struct fetch_limits *limits);
/* Close it; NULL is fine. */
void fetch_close(struct fetch *f);
/* GET `base` followed by `name`, both ready for use in an address, with a slash between them where `base` has none.
 * At most out->max bytes; `out` holds them on TUF_BYTES, and must be empty before.  TUF_ABSENT for 404 and 403. */
enum tuf_got fetch_get(struct fetch *f, enum tuf_place place, const char *base, const char *name, struct buf *out);
/* Why the last one did not give bytes, in English; "" when it did.  Good until the next call. */
const char *fetch_trouble(const struct fetch *f);

#endif
