/* Whatever a console answers about packs and agents: no crash, no endless sum; a report that is accepted adds up, and has a verdict
 * and a sentence. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "updater/publish/health.h"

#define NOW 1795000000 /* 2026-11-18T11:06:40Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(const uint8_t *data, size_t size, const char *list)
{
    const struct health_about about = {list, "1.3.0"};
    struct health_report r = {.made = -1};
    struct health_verdict v;
    char text[HEALTH_TEXT];

    if (health_read((const char *)data, size, &about, NOW, &r)) {
        if (r.made != -1)
            abort(); /* untouched on failure */
        return;
    }
    if (r.pack.runs < r.pack.quiet + r.pack.gone || r.pack.quiet < r.pack.silent || r.pack.runs < r.pack.proven || r.newer > r.others.runs)
        abort();
    for (int held = 0; held <= 1; held++) {
        health_judge(&r, NOW, NOW + held, &v);
        if (v.verdict > HEALTH_HALT || (held && v.verdict == HEALTH_FINE) || (v.verdict == HEALTH_HALT && v.hit < HEALTH_LEAST))
            abort();
        health_say(&v, text);
        if (!memchr(text, '\0', sizeof text) || !text[0])
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    judge(data, size, "packs");
    judge(data, size, "agents");
    return 0;
}
