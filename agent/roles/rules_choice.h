/* Which rule pack is loaded, decided in this one place for all who load one.
 *
 * Wanted is what the updater installed (STATE/updates/rules/current, a link), or [paths] rules= when it installed
 * nothing; then the last good copy (STATE/guard/rules-good); then [paths] rules=.  A pack that ended the scan
 * process on this host is passed over, also after a restart: STATE/guard/rules-refused, docs/update.md.
 * Looks at names, hashes the manifest, parses nothing of a pack. */
#ifndef MM_AGENT_ROLES_RULES_CHOICE_H
#define MM_AGENT_ROLES_RULES_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/agent_config.h"
#include "lib/crypto.h"
#include "lib/rules_refused.h"

enum rules_source { RULES_UPDATE, RULES_GOOD, RULES_CONFIGURED, RULES_SOURCES };

struct rules_choice {
    enum rules_source source;
    bool left;                      /* another one was wanted, and was refused on this host */
    bool second;                    /* another one was wanted, and cannot be had for whatever reason */
    char dir[LIM_PATH];             /* no link in it */
    char version[LIM_TAG];          /* as the scan process read it, or as the folder is called; empty: not known */
    char hash[SHA256_HEX];          /* of its manifest */
};

/* The next one to try; `tried`: bits 1 << enum rules_source that were in vain.  MM_ENOTFOUND: none is left, `out` is as it was. */
int rules_choose(const struct agent_config *c, const struct rules_refused *refused, unsigned tried, struct rules_choice *out);

#endif
