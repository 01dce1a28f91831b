/* Who is at the other end of a connected local socket, as the kernel saw it
 * when the peer connected (not what the peer says). */
#ifndef MM_LIB_OS_PEER_H
#define MM_LIB_OS_PEER_H

#include <stdbool.h>
#include <stdint.h>

struct os_peer {
    uint32_t uid, gid;
    int32_t pid;        /* for messages only: it may be another process by now */
};

/* Credentials of the peer of `sock`.  MM_OK, MM_EINVAL, MM_EIO. */
int os_peer(int sock, struct os_peer *out);
/* Is the peer in group `gid`, by its primary or a supplementary group?  False on any error. */
bool os_peer_in_group(int sock, uint32_t gid);

#endif
