/* Frames of the local control socket: 4 bytes length, big endian, then that
 * many bytes of JSON (docs/protocol.md).  Pure; agent and local program share it. */
#ifndef MM_LIB_CONTROL_FRAME_H
#define MM_LIB_CONTROL_FRAME_H

#include <stddef.h>

#include "lib/buf.h"

#define CONTROL_FRAME_HEAD 4

/* Append one frame.  MM_ELIMIT (empty, above LIM_CONTROL_FRAME, or the buffer is full), MM_ENOMEM. */
int control_frame_put(struct buf *out, const char *json, size_t n);
/* Look at the first frame in `data`: its JSON starts at data + CONTROL_FRAME_HEAD and has *n bytes.
 * MM_EAGAIN: not whole yet.  MM_EFORMAT: empty or longer than `max`, the peer is to be dropped. */
int control_frame_get(const char *data, size_t len, size_t max, size_t *n);

#endif
