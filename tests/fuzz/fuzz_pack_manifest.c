/* manifest.json and sample files: parsers of a pack. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/detect/pack_manifest.h"
#include "agent/detect/pack_sample.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int visit(void *context, const struct sample *s, unsigned number, char *why, size_t n)
{
    (void)context;
    (void)number;
    (void)why;
    (void)n;
    if (!memchr(s->rule, 0, sizeof s->rule) || !memchr(s->facts.process.cmdline, 0, sizeof s->facts.process.cmdline))
        abort();
    return MM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct manifest m;
    char why[300];
    int line;

    if (manifest_parse(text, size, &m, &line, why, sizeof why) == MM_OK) {
        if (!m.files || !memchr(m.version, 0, sizeof m.version))
            abort();
        manifest_fini(&m);
    }
    for (int f = 0; f < FAMILY_COUNT; f++)
        sample_parse(text, size, (enum rule_family)f, visit, NULL, &line, why, sizeof why);
    return 0;
}
