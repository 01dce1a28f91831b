/* A sliding count in fixed memory: a ring of buckets, each `width` ns long.
 *
 * The count covers between (n-1) and n widths.  Pure, no clock of its own, not
 * thread-safe; a clock that goes backwards counts into the newest bucket. */
#ifndef MM_AGENT_DETECT_WINDOW_H
#define MM_AGENT_DETECT_WINDOW_H

#include <stdint.h>

#define WINDOW_BUCKETS 12

struct window {
    int64_t tick;                    /* number of the newest bucket */
    uint16_t bucket[WINDOW_BUCKETS]; /* saturating */
};

/* Count `n` at time `now`; a whole window spans WINDOW_BUCKETS * width. */
void window_add(struct window *w, int64_t now, int64_t width, unsigned n);
/* Take back what `part` counted, of the same width; never below zero. */
void window_take(struct window *w, const struct window *part);
/* The count of the last WINDOW_BUCKETS * width. */
uint32_t window_sum(const struct window *w, int64_t now, int64_t width);

#endif
