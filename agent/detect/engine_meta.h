/* The meta section of a rule: what every rule must tell, and the verdict made of it.
 * Part of the engine; the strings belong to libyara. */
#ifndef MM_AGENT_DETECT_ENGINE_META_H
#define MM_AGENT_DETECT_ENGINE_META_H

#include <stddef.h>
#include <yara.h>

#include "agent/detect/facts.h"

/* Strings of a vpn rule that carry the version and the model. */
#define META_VERSION "$version"
#define META_MODEL "$model"

/* MM_OK, or MM_EFORMAT with the reason in `text`. */
int meta_check(const YR_RULE *rule, enum rule_family family, char *text, size_t n);
/* The string of a meta; NULL when it is missing or no string. */
const char *meta_text(const YR_RULE *rule, const char *name);
/* enum event_severity, enum vpn_grade; -1: no word of the contract. */
int meta_severity(const YR_RULE *rule);
int meta_grade(const YR_RULE *rule);
/* 1: a vpn rule that judges a version, 0: one that recognises a product. */
int meta_is_advisory(const YR_RULE *rule);
/* Count a match and keep the stronger of it and what *v holds. */
void meta_merge(const YR_RULE *rule, struct rule_verdict *v);
/* Make *v report a rule that was cut; NULL: a whole family, nobody knows why. */
void meta_endless(const YR_RULE *rule, struct rule_verdict *v);

#endif
