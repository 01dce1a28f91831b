/* Telling the service manager how we are; sd_notify(3). */
#ifndef MM_AGENT_ROLES_NOTIFY_H
#define MM_AGENT_ROLES_NOTIFY_H

/* Send `state` ("READY=1", "WATCHDOG=1", "STOPPING=1") to the socket that
 * NOTIFY_SOCKET names; nothing when there is none.  Never blocks. */
void notify_manager(const char *state);

#endif
