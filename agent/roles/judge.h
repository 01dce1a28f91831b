/* The judge: holds the vpn rules for one round and answers core's questions.
 * Like scan it can only compute and talk over its one socket (lockdown_scan). */
#ifndef MM_AGENT_ROLES_JUDGE_H
#define MM_AGENT_ROLES_JUDGE_H

/* Serve the socket until its other end closes; the process is locked down already.  Exit status. */
int role_judge(int sock);

#endif
