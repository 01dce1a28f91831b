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
    uint32_t constant;         /* one pattern now, not before */
    uint32_t weak;             /* a weak cipher of what was there, by a key */
    uint32_t reordered;        /* ... by another order */
    uint32_t bad_pages;        /* random, and no page that SQLite could have written */
    uint32_t text;             /* blocks of after that are text */
    uint32_t coded;            /* text that is only coded bytes */
    uint32_t head_random;      /* 1: the first block is one of the random ones */
    uint32_t head_gained;      /* 1: ... and was certainly not */
    uint32_t whole;            /* 1: every byte was compared */
    uint32_t first_same;       /* bytes from the start that stayed, of the first block */
    uint64_t last_same;        /* end of the last stretch found that stayed in place */
    uint64_t random_from, random_to; /* the random bytes nearest to the start */
    uint64_t random_last;      /* end of the last ones */
    uint32_t entropy_before, entropy_after; /* means, millibits per byte */
    uint32_t blocks;           /* blocks measured for the means */
    uint32_t similarity;       /* per mille */
};

struct content_work {
    uint8_t after[TUNE_BLOCK], before[TUNE_BLOCK];
    uint8_t pool[2][TUNE_WHOLE];
    size_t pooled;
};

/* What the caller knows and wants. */
struct content_plan {
    uint64_t seed;  /* chooses the places in large files */
    uint32_t page;  /* SQLite's page size, else 0 */
    int text;       /* 1: after claims to be text, look whether all of it is */
};

/* Compare; *e is filled. */
void content_compare(struct content_work *w, const struct content_source *after, const struct content_source *before,
                     const struct content_plan *plan, struct content_evidence *e);
/* Measure one content alone (a new file): looked, random, dense, text, coded, means. */
void content_survey(struct content_work *w, const struct content_source *after, const struct content_plan *plan,
                    struct content_evidence *e);
/* The bytes collected by either, all together. */
void content_pooled(const struct content_work *w, struct stat_block *s);
/* 1: bytes stayed in their place behind others that turned random. */
int content_island(const struct content_evidence *e);

#endif
