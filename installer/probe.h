/* What this kernel lets us do, found by doing it: on an empty folder of our own, or in a child.
 * Nothing is left behind.  MM_ENOTFOUND: not on the file system where it was tried, which says nothing of the kernel.  Each blocks for a second at the very most. */
#ifndef MM_INSTALLER_PROBE_H
#define MM_INSTALLER_PROBE_H

#include <stdbool.h>
#include <stddef.h>

/* Somebody who opens the folder waits for our answer, as the file guard needs it.  MM_OK; MM_EUNSUPPORTED: this kernel has
 * no such events; MM_EDENIED: it does not let us; MM_ETIMEOUT: nobody was held; or another error. */
int probe_hold(void);
/* Names of what is made, changed and removed in a folder are told.  `renames`: old and new name together. */
int probe_names(bool *renames);
/* The content is asked for before it is touched (truncate(2) by path).  MM_EUNSUPPORTED: not with this kernel. */
int probe_before_access(void);
/* A program for the kernel's tracing is accepted. */
int probe_bpf(void);
/* Namespaces of our own: the words of those that are refused, by spaces; "" when all can be had. */
void probe_namespaces(char *refused, size_t n);
/* The mount that `path` lies on: its folder and whether it is mounted read-only. */
int probe_mount(const char *path, char *folder, size_t n, bool *read_only);

#endif
