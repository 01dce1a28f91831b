/* exports(5): which folder goes to whom, with which rights. */
#ifndef MM_AGENT_WATCH_HOST_NFS_EXPORTS_H
#define MM_AGENT_WATCH_HOST_NFS_EXPORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/watch/host/survey.h"

#define NFS_EXPORTS 64       /* folders told one by one */
#define NFS_PATH 1024

struct nfs_export {
    char path[NFS_PATH];
    bool world;              /* some client list lets everybody in ("*", no name, 0.0.0.0/0) */
    bool world_write;        /* ... and lets them write */
    bool world_kerberos;     /* ... but only with Kerberos (sec=krb5*) */
    bool insecure;           /* ports above 1023: any program of the client may ask */
    bool no_root_squash;     /* root of a client is root here */
    char client[80];         /* the first client that is meant by the above */
};

struct nfs_exports {
    struct nfs_export row[NFS_EXPORTS];
    size_t n;
    bool more, unread, found;
};

/* Read /etc/exports and /etc/exports.d/?*.exports. */
void nfs_load(const struct survey *s, struct nfs_exports *out);
/* One line without its continuation (cut to pieces). */
void nfs_line(char *line, struct nfs_exports *out);

#endif
