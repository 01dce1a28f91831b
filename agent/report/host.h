/* What events and heartbeats say about this computer.  Reads small files of
 * /etc and /proc once; owns nothing. */
#ifndef MM_AGENT_REPORT_HOST_H
#define MM_AGENT_REPORT_HOST_H

#include "agent/report/ocsf.h"
#include "lib/crypto.h"

/* Fill everything but agent_id; what cannot be read stays empty. */
void host_read(struct ocsf_host *h);
/* Hex SHA-256 of a fixed salt and /etc/machine-id: tells clones apart without giving the id away.
 * The host's name serves where there is no machine-id. */
void host_machine_id(char out[SHA256_HEX]);

#endif
