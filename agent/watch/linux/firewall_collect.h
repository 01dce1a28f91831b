/* The host's firewall rules as text, from the programs that can read them. */
#ifndef MM_AGENT_WATCH_LINUX_FIREWALL_COLLECT_H
#define MM_AGENT_WATCH_LINUX_FIREWALL_COLLECT_H

#include <stddef.h>

#include "lib/buf.h"

#define FIREWALL_LEGACY_MAX (4u << 20) /* four sections of LIM_SURVEY_FILE */

/* Fill `nft` with `nft -j list ruleset` and `legacy` with what iptables-save says of the tables that nft cannot tell
 * (agent/watch/host/firewall.h, fw_read_iptables: sections); made with LIM_SURVEY_FILE and FIREWALL_LEGACY_MAX as their maxima.
 * Needs CAP_NET_ADMIN in the network namespace; starts programs by absolute path with an empty environment and waits
 * for each at most 5 s.  MM_OK; an error when `nft` could not be filled: it is empty then, `error` (English, `n` bytes)
 * says why, and `legacy` is filled all the same.  Legacy tables that cannot be read are told in `legacy`. */
int firewall_collect(struct buf *nft, struct buf *legacy, char *error, size_t n);

#endif
