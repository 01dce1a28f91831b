/* Before against after at the same offsets: what changed, and into what.
 * Pure; the work area belongs to content.c. */
#ifndef MM_AGENT_DETECT_CONTENT_COMPARE_H
#define MM_AGENT_DETECT_CONTENT_COMPARE_H

#include "agent/detect/content_stat.h"
#include "agent/detect/content_type.h"

struct content_evidence {
    uint32_t probes, changed;  /* places compared, places that differ */
    uint32_t looked;           /* changed blocks looked at in detail */
    uint32_t random;           /* of those: the changed bytes look random */
    uint32_t dense;            /* ... at least as dense as compressed data */
    uint32_t gained;           /* random now, clearly structured before */
    uint32_t was_low;          /* structured before */
    uint32_t filled;           /* constant before: nothing was lost there */
    uint32_t constant;         /* constant now, not before */
    uint32_t weak;             /* a weak cipher of what was there */
    uint32_t bad_pages;        /* random, and no page that the database could have written */
    uint32_t text;             /* blocks of after that are text */
    uint32_t coded;            /* text that is only coded bytes */
    uint32_t head_random;      /* the first block is one of the random ones */
    uint32_t island;           /* 1: unchanged bytes follow random ones at the same offset */
    uint32_t whole;            /* 1: every byte was compared */
    uint64_t random_from, random_to; /* the first random block found */
    uint32_t entropy_before, entropy_after; /* means, millibits per byte */
    uint32_t blocks;           /* blocks measured for the means */
    uint32_t similarity;       /* per mille */
    struct stat_block pooled;  /* all changed bytes of all blocks together, cut at 64 KiB */
};

struct content_work {
    uint8_t after[TUNE_BLOCK], before[TUNE_BLOCK];
    uint8_t pool[2][TUNE_WHOLE];
    size_t pooled;
};

/* Compare; `seed` chooses the places in large files. */
void content_compare(struct content_work *w, const struct content_source *after,
                     const struct content_source *before, uint64_t seed, struct content_evidence *e);
/* Measure one content alone (a new file): looked, random, dense, text, coded, means. */
void content_survey(struct content_work *w, const struct content_source *after, uint64_t seed,
                    struct content_evidence *e);

#endif
