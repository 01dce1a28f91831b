/* The self-test of a pack: its samples run against the engine that was built of it.
 *
 * Owner: the caller of selftest_init, who also owns the engine; one thread. */
#ifndef MM_AGENT_DETECT_PACK_SELFTEST_H
#define MM_AGENT_DETECT_PACK_SELFTEST_H

#include <stddef.h>
#include <stdint.h>

#include "agent/detect/engine.h"

struct selftest {
    struct engine *engine;
    uint32_t samples;                     /* that were run */
    unsigned char *covered[FAMILY_COUNT]; /* per rule: bit 0 match, bit 1 no-match */
    enum rule_family family;              /* of the file that is being run */
};

/* MM_OK or MM_ENOMEM; selftest_fini in any case. */
int selftest_init(struct selftest *t, struct engine *e);
void selftest_fini(struct selftest *t);
/* Run a file of samples (pack_sample.h).  MM_OK, or an error with *line and the reason. */
int selftest_run(struct selftest *t, enum rule_family family, const char *text, size_t n, int *line, char *why, size_t why_n);
/* MM_OK when every rule of the pack had a sample that must match and one that must not;
 * else MM_EFORMAT with the first that had none in *problem. */
int selftest_covered(const struct selftest *t, struct engine_problem *problem);

#endif
