/* Other programs that hold those who open a file until they have looked at it: fanotify groups with permission marks
 * (fanotify(7); the marks of a group stand in /proc/PID/fdinfo, proc(5)).
 *
 * Two of them on one file system can wait for each other: each opens files to answer, and each is asked about the other's opens. */
#ifndef MM_LIB_OS_GUARDS_H
#define MM_LIB_OS_GUARDS_H

#include <stdint.h>

#include "lib/limits.h"

/* Names that others chose: anything may be in them. */
struct os_guard {
    int pid;
    char name[64];           /* of the program */
    char service[LIM_NAME];  /* that systemd runs it as; "" when it is none */
};

/* The number by which mark lists call the file system that `fd` lies on: the super block's device, not always stat's (btrfs). */
int os_file_system(int fd, uint64_t *out);
/* A program that is not our agent and has a permission mark on one of the `n` file systems; n = 0: on any.  1: found, in `out`;
 * 0: there is none; MM_ETIMEOUT: none found in `ms`, and not everybody was looked at.  A list of marks that is too long to be read
 * through counts as one on `fs`.  Reads /proc: not for a thread that somebody waits for.  Only who has CAP_SYS_ADMIN in our user
 * namespace can hold openers (fanotify_init(2)): of nobody else a list, which may be made long on purpose, is read. */
int os_guard_other(const uint64_t *fs, unsigned n, unsigned ms, struct os_guard *out);

#endif
