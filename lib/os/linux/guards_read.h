/* What stands in /proc about a process that may be a guard.  Pure; texts end with NUL and may hold anything. */
#ifndef MM_LIB_OS_LINUX_GUARDS_READ_H
#define MM_LIB_OS_LINUX_GUARDS_READ_H

#include <stdint.h>

#include "lib/limits.h"

/* What a permission mark is on: an inode's or a whole file system (number: its device), or a mount (number: its id). */
enum guard_mark { GUARD_MARK_NONE, GUARD_MARK_FS, GUARD_MARK_MOUNT };

/* One line of a descriptor's fdinfo.  NONE: it makes nobody wait. */
enum guard_mark guards_read_mark(const char *line, uint64_t *number);
/* One line of a mountinfo: its mount's id and file system.  0 when it is none. */
int guards_read_mount(const char *line, uint64_t *mount, uint64_t *fs);
/* /proc/PID/cgroup: the innermost service that systemd runs there, "" when it is none. */
void guards_read_service(const char *cgroup, char out[LIM_NAME]);

#endif
