#include "agent/detect/window.h"

#include <string.h>

/* Slots are addressed by tick modulo the ring; only the newest WINDOW_BUCKETS ticks live. */
static unsigned slot(int64_t tick)
{
    return (unsigned)((uint64_t)tick % WINDOW_BUCKETS);
}

void window_add(struct window *w, int64_t now, int64_t width, unsigned n)
{
    int64_t tick = now / width;
    uint16_t *b;

    if (tick > w->tick) {
        if (tick - w->tick >= WINDOW_BUCKETS)
            memset(w->bucket, 0, sizeof w->bucket);
        else
            for (int64_t t = w->tick + 1; t <= tick; t++)
                w->bucket[slot(t)] = 0;
        w->tick = tick;
    }
    b = &w->bucket[slot(w->tick)];
    *b = n > (unsigned)(UINT16_MAX - *b) ? UINT16_MAX : (uint16_t)(*b + n);
}

void window_take(struct window *w, const struct window *part)
{
    for (int64_t t = part->tick; t > part->tick - WINDOW_BUCKETS && t >= 0; t--) {
        uint16_t n = part->bucket[slot(t)], *b = &w->bucket[slot(t)];

        if (t > w->tick - WINDOW_BUCKETS && t <= w->tick)
            *b = n < *b ? (uint16_t)(*b - n) : 0;
    }
}

uint32_t window_sum(const struct window *w, int64_t now, int64_t width)
{
    int64_t oldest = now / width - (WINDOW_BUCKETS - 1);
    uint32_t sum = 0;

    for (int64_t t = w->tick; t > w->tick - WINDOW_BUCKETS && t >= 0; t--)
        if (t >= oldest)
            sum += w->bucket[slot(t)];
    return sum;
}
