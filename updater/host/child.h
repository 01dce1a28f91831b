/* How the two children of mimamori-update begin. */
#ifndef MM_UPDATER_HOST_CHILD_H
#define MM_UPDATER_HOST_CHILD_H

#include "lib/agent_config.h"

#define CHILD_CONFIG 78           /* exit status: something that the configuration names is not there (EX_CONFIG of sysexits.h) */

/* main() of a child: only mimamori-update of this version starts us (`argv`: --of VERSION [--config FILE]).  Loads the
 * configuration.  0, or the exit status to end with after a message. */
int child_begin(int argc, char **argv, const char *name, struct agent_config *config);
/* Start the child `name` with a socket: its pid, the socket in *sock; or a negative error. */
int child_start(const char *name, const char *config_path, int *sock);
/* Close the socket, wait a moment, end it: its exit status as waitpid(2) tells it. */
int child_end(int pid, int sock);

#endif
