#include "agent/watch/linux/beside.h"

#define LOOK_MS 200 /* who looks reads no events meanwhile */

bool beside_look(struct beside *b, const uint64_t *fs, unsigned n, int64_t now_ns)
{
    bool was = b->yes;
    struct os_guard other;
    int found = n ? os_guard_other(fs, n, LOOK_MS, &other) : 0;

    b->due = now_ns + BESIDE_EVERY_NS;
    if (found == 1) {
        b->other = other;
        b->clear = 0;
        b->yes = true;
    } else if (found == 0 && was && ++b->clear >= BESIDE_CLEAR) {
        b->yes = false;
    }
    return b->yes != was;
}
