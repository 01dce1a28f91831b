/* The YARA engine: four families of rules, compiled apart, asked with facts.
 *
 * Owner: the caller of engine_new; one thread at a time.  Made in three steps:
 * engine_add for every source, engine_finish once, then engine_judge.  libyara
 * gets memory only, never a path; includes are refused, and so are modules that
 * would look at anything but the bytes (MODULES in engine.c).
 * A rule that does not end is cut after LIM_RULE_MS (LIM_RULE_GATE_MS where an
 * opener waits), found, switched off for this engine's life and reported as the
 * verdict when nothing else matched. */
#ifndef MM_AGENT_DETECT_ENGINE_H
#define MM_AGENT_DETECT_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "agent/detect/engine_facts.h"
#include "agent/detect/facts.h"

struct engine;

/* Where a source or rule is wrong. */
struct engine_problem {
    enum rule_family family;
    int line;              /* of the source given to engine_add; 0: look for the rule */
    char rule[LIM_RULE];   /* engine_finish: the rule concerned, empty when it is the family */
    char text[512];
};

/* Namespaces: rules of one space share their names. */
#define ENGINE_PACK "pack"
#define ENGINE_LOCAL "local"

/* Start and end libyara's own tables; once per process.  MM_OK or MM_ENOMEM. */
int engine_setup(void);
void engine_teardown(void);

/* NULL when out of memory. */
struct engine *engine_new(void);
void engine_free(struct engine *e);
/* Give back a family's rules: it matches nothing any more; engine_rules still counts it. */
void engine_drop(struct engine *e, enum rule_family family);

/* Compile one source into a family, in namespace `space`.  A warning of the
 * compiler ("may slow down scanning") is an error.  MM_EFORMAT with
 * *problem; the engine can then only be freed. */
int engine_add(struct engine *e, enum rule_family family, const char *space, const char *text, size_t n,
               struct engine_problem *problem);
/* Suppress matches: lines of "rule=NAME", "path=/executable" or both, # for
 * comments.  MM_EFORMAT with *problem, the first wrong line: it is left out, the others hold. */
int engine_allow(struct engine *e, const char *text, size_t n, struct engine_problem *problem);
/* Link the families that have sources, check every rule's meta and the modules.  MM_OK or
 * MM_EFORMAT, MM_ELIMIT with *problem. */
int engine_finish(struct engine *e, struct engine_problem *problem);

/* Public rules of a family. */
uint32_t engine_rules(const struct engine *e, enum rule_family family);
/* Name of rule `i`; NULL past the last.  Belongs to the engine. */
const char *engine_rule_name(const struct engine *e, enum rule_family family, uint32_t i);
/* Its namespace. */
const char *engine_rule_space(const struct engine *e, enum rule_family family, uint32_t i);

/* Scan `n` bytes with the facts.  The strongest response wins, then the highest
 * severity, then the first.  MM_OK (also when nothing matched, and when the scan
 * was cut: then the verdict reports that) or an error. */
int engine_judge(struct engine *e, enum rule_family family, const struct engine_facts *facts,
                 const void *bytes, size_t n, struct rule_verdict *out);
/* 1 when that rule of the pack is among the matches, 0 when not, MM_ETIMEOUT when the scan
 * was cut, another error.  Self-test of packs; the allow-list plays no part. */
int engine_matches(struct engine *e, enum rule_family family, const struct engine_facts *facts,
                   const void *bytes, size_t n, const char *rule);

#endif
