/* Is this executable the distribution's own?
 *
 * Packaged = listed by dpkg (/var/lib/dpkg/info/NAME.list), the file and every
 * folder above it owned by root and writable by root alone.  Without dpkg:
 * below /usr/{bin,sbin,lib,lib64,libexec}.  The list is kept as sorted 32-bit
 * hashes; a collision is no way in, because the owner is checked on the file
 * itself.  /bin, /sbin, /lib* count as /usr/... (usr-merge).  Paths that are
 * not listed are never touched: a hostile path (FUSE, dead NFS) cannot hold us.
 *
 * Thread-safe.  When dpkg's folder has changed, the next question starts a
 * thread that reads the lists again; the old list answers meanwhile. */
#ifndef MM_AGENT_WATCH_PACKAGES_H
#define MM_AGENT_WATCH_PACKAGES_H

#include <stdbool.h>

struct packages;

/* Read the lists below `info` (NULL: dpkg's folder).  MM_ENOMEM. */
int packages_new(struct packages **out, const char *info);
void packages_free(struct packages *p);
/* True when `path`, as this process sees it, is packaged. */
bool packages_has(struct packages *p, const char *path);
/* Files listed; 0 when there is no dpkg. */
unsigned packages_count(struct packages *p);
/* Wait for a refresh that runs; for tests. */
void packages_settle(struct packages *p);

#endif
