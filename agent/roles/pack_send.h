/* Guard side of a rule pack: the directories go to the scan process as opened
 * descriptors.  The guard reads no byte of them. */
#ifndef MM_AGENT_ROLES_PACK_SEND_H
#define MM_AGENT_ROLES_PACK_SEND_H

#include <stddef.h>

#include "agent/detect/pack_dir.h"

/* Send SCAN_PACK_BEGIN, one SCAN_PACK_FILE per file and SCAN_PACK_END for the pack
 * in `rules_dir` and the host's own rules in `local_dir` (may be NULL or missing).
 * Own files that cannot be read are passed over and counted in *skips.
 * The answer SCAN_PACKED comes later on `sock`.  Waits for the socket, at most
 * LIM_SCAN_REPLY_MS in all.  MM_OK, or an error with `msg` = "path: why" (`n`
 * bytes); a pack that was begun and not ended is dropped by scan at the next BEGIN. */
int pack_send(int sock, const char *rules_dir, const char *local_dir, struct pack_skips *skips, char *msg, size_t n);
/* The same for one family, as pack_build_family takes it. */
int pack_send_family(int sock, const char *rules_dir, const char *local_dir, enum rule_family family, struct pack_skips *skips,
                     char *msg, size_t n);

#endif
