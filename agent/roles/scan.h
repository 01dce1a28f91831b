/* The scan role: judges contents and facts on descriptors that it is handed.
 *
 * Owns libyara, the compiled rules and the content features; keeps no state that
 * matters (a new process gets the pack again).  Speaks only on `sock`, with the
 * frames SCAN_* of agent/messages.h, and never opens anything.  The caller has
 * locked the process down before (lockdown_scan in lib/os/lockdown.h). */
#ifndef MM_AGENT_ROLES_SCAN_H
#define MM_AGENT_ROLES_SCAN_H

/* Serve requests one at a time until the socket closes (exit status 0) or the
 * peer sends what is no request (1). */
int role_scan(int sock);

#endif
