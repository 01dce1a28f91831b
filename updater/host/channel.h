/* Sending and receiving frames of updater/host/messages.h, one after the other, and waiting for them. */
#ifndef MM_UPDATER_HOST_CHANNEL_H
#define MM_UPDATER_HOST_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/os/frame.h"

/* Send one frame.  MM_ECLOSED: the other side is gone; MM_ETIMEOUT: it has not read for LIM_UPDATE_VERIFY_S. */
int channel_send(int sock, uint16_t type, const void *payload, size_t n);
/* The same with a descriptor, which stays the caller's. */
int channel_send_fd(int sock, uint16_t type, const void *payload, size_t n, int fd);
/* Send `n` bytes as UPDATE_BYTES. */
int channel_send_bytes(int sock, const void *bytes, size_t n);
/* Send UPDATE_END. */
int channel_send_end(int sock, unsigned got, const char *trouble);
/* Wait for one frame.  MM_ETIMEOUT after `seconds`, MM_ECLOSED, MM_EFORMAT: it is none of `types` (a bit for each, 1 << type),
 * or its payload has not the size of its type.  Its descriptors are the caller's (frame_discard). */
int channel_recv(int sock, struct frame *f, unsigned types, unsigned seconds);

#endif
