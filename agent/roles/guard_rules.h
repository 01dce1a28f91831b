/* The guard's rule packs (guard_rules.c, guard_pack.c): which one is loaded, what becomes the last good one.
 * The loop's thread only. */
#ifndef MM_AGENT_ROLES_GUARD_RULES_H
#define MM_AGENT_ROLES_GUARD_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/messages.h"
#include "agent/roles/probation.h"
#include "agent/roles/rules_choice.h"

struct guard;

/* Rule packs on their way through the scan process. */
struct rules_link {
    struct rules_choice sent;  /* given to the scan process last */
    struct rules_choice used;  /* the one that judges, or did when there was a scan process */
    unsigned tried;            /* enum rules_source bits that were in vain since the last reload */
    struct rules_refused refused;
    struct probation trial;    /* of the pack with this hash */
    char trial_hash[SHA256_HEX];
    bool staged;               /* `used` is copied to STATE/guard/rules-new */
};

/* guard_pack.c: a copy of a pack as STATE/guard/rules-new; then that as STATE/guard/rules-good, the last good one */
int pack_stage(const char *rules_dir, const char *state_dir);
int pack_promote(const char *state_dir);

/* Remember what was refused; once, before the scan process starts. */
void guard_rules_start(struct guard *g);
/* Send the pack that is to be loaded to a scan process that just started; what was in vain is not tried again. */
int guard_rules_load(struct guard *g);
/* Choose anew and send it: SIGHUP, `reload`. */
int guard_rules_reload(struct guard *g);
/* The scan process took the pack or refused it (g->scan.packed). */
void guard_rules_packed(struct guard *g);
/* Why another pack than the wanted one judges, in English for status; NULL: it does not. */
const char *guard_rules_why(const struct guard *g);
/* The versions that were refused, into the state. */
void guard_rules_left(const struct guard *g, struct agent_state *s);
/* The scan process ended or stood still. */
void guard_rules_died(struct guard *g, bool stalled);
/* Ends a probation; `now`: CLOCK_BOOTTIME, ns. */
void guard_rules_tick(struct guard *g, int64_t now);
/* A folder with the pack that judges now, or that will. */
void guard_rules_dir(const struct guard *g, char *dir, size_t n);

#endif
