/* The network interfaces of the running host, as the firewall's evaluator wants them. */
#ifndef MM_AGENT_WATCH_HOST_INTERFACES_H
#define MM_AGENT_WATCH_HOST_INTERFACES_H

#include "agent/watch/host/firewall.h"
#include "agent/watch/host/survey.h"

#define INTERFACES_MAX 64 /* a host with more (containers) is asked about without names */

struct interfaces { struct fw_iface ifaces[INTERFACES_MAX]; unsigned n; };

/* All but loopback, from /proc/self/net; those that a default route leads through are `outside`.  None on failure, or
 * when there are more than fit: the firewall's answer then does not depend on names ("limited" where rules name one). */
void interfaces_read(const struct survey *s, struct interfaces *out);

#endif
