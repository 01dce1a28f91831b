/* Starting a program of our own as a child that shares one socket with us.
 *
 * Our programs stand in one folder.  A program finds its neighbours by the
 * folder of its own executable, as the kernel names it, never by PATH or
 * environment. */
#ifndef MM_LIB_OS_SPAWN_H
#define MM_LIB_OS_SPAWN_H

#include <stddef.h>

/* Absolute path of the program `name` beside our own.  MM_OK, or an error and `path` is "". */
int os_neighbour(const char *name, char *path, size_t n);
/* A child that runs `path` with `argv`; it has the standard streams and `sock`, on descriptor `fd`, and no other
 * descriptor, and no blocked signal.  Its pid or a negative mm_err; a program that cannot be executed ends with status 127. */
int os_spawn(const char *path, char *const argv[], int sock, int fd);
/* End a child that hangs, and wait for it; `status` as waitpid(2) tells it.  MM_EDENIED: it has an account of its own by now and we
 * no CAP_KILL: it is left to the service manager, which ends what is left of a unit, and counts as killed. */
int os_end(int pid, int *status);

#endif
