/* The meta section of a rule: what every rule must tell, and the verdict made of it.
 * Part of the engine; the strings belong to libyara. */
#ifndef MM_AGENT_DETECT_ENGINE_META_H
#define MM_AGENT_DETECT_ENGINE_META_H

#include <stddef.h>
#include <yara.h>

#include "agent/detect/facts.h"

/* MM_OK, or MM_EFORMAT with the reason in `text`. */
int meta_check(const YR_RULE *rule, enum rule_family family, char *text, size_t n);
/* Count a match and keep the stronger of it and what *v holds. */
void meta_merge(const YR_RULE *rule, struct rule_verdict *v);
/* Make *v report a rule that was cut; NULL: a whole family, nobody knows why. */
void meta_endless(const YR_RULE *rule, struct rule_verdict *v);

#endif
