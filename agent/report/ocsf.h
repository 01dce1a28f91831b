/* struct event -> OCSF 1.8.0 JSON: the only place that knows OCSF.
 *
 * Pure: an event and a context in, one line of compact JSON out.  Table-driven:
 * a row per event kind (class) and a row per kind and activity (activity_id,
 * D3FEND countermeasure, key of its general sentence).  Owns nothing.
 *
 * Customers read Japanese first: `message` says in Japanese what happened, the
 * English of it is unmapped.title_en (agent/report/title.h).  The rule's own
 * title is finding_info.title, unmapped.rule_title_ja and rule_title_en.  `metadata.correlation_uid`
 * is the incident, `metadata.uid` the event, `metadata.sequence` its number in
 * the journal and `unmapped.chain` the hash of the journal row before it. */
#ifndef MM_AGENT_REPORT_OCSF_H
#define MM_AGENT_REPORT_OCSF_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/event.h"

/* Who tells it; filled once at start by host_read (agent/report/host.h). */
struct ocsf_host {
    char agent_id[LIM_ID];     /* empty: not enrolled */
    char hostname[LIM_NAME];
    char os_name[LIM_TITLE];   /* os-release PRETTY_NAME */
    char os_version[LIM_TAG];
    char kernel[LIM_TITLE];    /* uname -r */
    char boot[LIM_ID];         /* /proc/sys/kernel/random/boot_id */
    char machine[SHA256_HEX];  /* host_machine_id: never told, only hashed into what must stay the same over years */
};

struct ocsf_context {
    const struct ocsf_host *host;
    uint64_t sequence;         /* number of this event in the journal */
    const char *chain;         /* hex hash of the row before */
    const struct event_finding *finding; /* of EV_VULNERABILITY and EV_INVENTORY; NULL: none */
};

/* Append one line (no newline) of at most LIM_EVENT_JSON bytes to `out`.  An
 * event that would be longer is mapped with its texts cut and
 * metadata.is_truncated set.  MM_EINVAL for an unknown kind. */
int ocsf_map(const struct event *e, const struct ocsf_context *c, struct buf *out);

#endif
