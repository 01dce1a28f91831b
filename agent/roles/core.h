/* The core role: journal, uplink, control socket.  Never acts on the host: it
 * asks the guard for one of OP_* (agent/messages.h). */
#ifndef MM_AGENT_ROLES_CORE_H
#define MM_AGENT_ROLES_CORE_H

#include "lib/agent_config.h"

/* Started as root by the guard with `sock` to it: makes its directory, binds
 * the control socket, locks itself down, then serves until the guard's socket
 * closes.  If that was not announced by CORE_STOPPING, it is journalled as
 * tampering and for at most a second tried to send.  `config_path`: of the
 * settings, may be NULL.  Exit status. */
int role_core(int sock, const struct agent_config *c, const char *config_path);

#endif
