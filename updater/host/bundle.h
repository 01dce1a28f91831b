/* An offline bundle: a tar whose members are the files of a repository, `metadata/NAME` and `targets/PATH`, as a web server
 * would hand them out, and `bundle.json` first.  Nothing in it is believed; it takes the place of the network only. */
#ifndef MM_UPDATER_HOST_BUNDLE_H
#define MM_UPDATER_HOST_BUNDLE_H

#include <stdint.h>

#include "lib/buf.h"
#include "updater/tuf/client.h"

/* The file `name` below the place's address, of at most out->max bytes: TUF_BYTES, TUF_ABSENT, TUF_OVERLONG or TUF_BROKEN.  `fd`: of the bundle. */
enum tuf_got bundle_get(int fd, enum tuf_place place, const char *name, struct buf *out);
/* When it was made, seconds since the epoch; 0: not told. */
int64_t bundle_made(int fd);

#endif
