/* A scan that hands on each rule that matched: what engine_vpn builds on.
 * Part of the engine; rules and matches belong to libyara. */
#ifndef MM_AGENT_DETECT_ENGINE_SCAN_H
#define MM_AGENT_DETECT_ENGINE_SCAN_H

#include <stddef.h>
#include <yara.h>

#include "agent/detect/engine.h"

/* A public rule matched and the allow-list does not suppress it.  `rule` NULL: the
 * scan was cut and begins again, forget what came. */
typedef void engine_visit(void *context, YR_SCAN_CONTEXT *scan, const YR_RULE *rule);

/* Scan and visit.  MM_OK, with *endless a rule that had to be switched off (else
 * NULL); MM_ETIMEOUT: cut all the same; another error.  A family without rules: MM_OK, no visit. */
int engine_scan(struct engine *e, enum rule_family family, const struct engine_facts *facts, const void *bytes, size_t n,
                engine_visit *visit, void *context, const YR_RULE **endless);
/* The compiled rules of a family; NULL when it has none. */
const YR_RULES *engine_compiled(const struct engine *e, enum rule_family family);

#endif
