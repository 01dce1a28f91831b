/* SO_PEERCRED and SO_PEERGROUPS of socket(7), unix(7). */
#include "lib/os/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/err.h"

int os_peer(int sock, struct os_peer *out)
{
    struct ucred cred;
    socklen_t n = sizeof cred;

    if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0)
        return mm_from_errno(errno);
    if (n != sizeof cred)
        return MM_EIO;
    *out = (struct os_peer){.uid = cred.uid, .gid = cred.gid, .pid = cred.pid};
    return MM_OK;
}

bool os_peer_in_group(int sock, uint32_t gid)
{
    struct os_peer peer;
    gid_t *groups, none;
    socklen_t n = 0;
    bool found = false;

    if (os_peer(sock, &peer))
        return false;
    if (peer.gid == gid)
        return true;
    /* asked with no room, the kernel says how much it needs */
    if (getsockopt(sock, SOL_SOCKET, SO_PEERGROUPS, &none, &n) == 0 || errno != ERANGE)
        return false;
    groups = malloc(n);
    if (groups && getsockopt(sock, SOL_SOCKET, SO_PEERGROUPS, groups, &n) == 0)
        for (size_t i = 0; i < n / sizeof *groups; i++)
            found = found || groups[i] == gid;
    free(groups);
    return found;
}
