/* A rule source as it arrives in a pack: compile, check, ask once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/detect/engine.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct engine_facts *facts;
    struct engine_problem problem = {0};
    struct rule_verdict v;
    struct engine *e;
    enum rule_family family;

    if (!facts) {
        facts = calloc(1, sizeof *facts);
        if (!facts || engine_setup())
            abort();
    }
    if (!size || size > 8192)
        return 0;
    family = (enum rule_family)(data[0] % FAMILY_COUNT);
    e = engine_new();
    if (!e)
        return 0;
    if (engine_add(e, family, ENGINE_PACK, (const char *)data + 1, size - 1, &problem) == MM_OK &&
        engine_finish(e, &problem) == MM_OK) {
        if (engine_judge(e, family, facts, data, size, &v) == MM_OK && v.matches && !memchr(v.rule, 0, sizeof v.rule))
            abort();
    } else if (!problem.text[0]) {
        abort(); /* a refusal says why */
    }
    engine_allow(e, (const char *)data, size, &problem);
    engine_free(e);
    return 0;
}
