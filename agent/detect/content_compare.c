#include "agent/detect/content_compare.h"

#include <string.h>

struct pair {
    struct content_work *w;
    const struct content_source *after, *before;
    const struct content_plan *plan;
    struct content_evidence *e;
};

/* One place of each stratum, never the same for two seeds (splitmix64). */
static uint64_t scatter(uint64_t seed, uint64_t i)
{
    uint64_t x = seed + (i + 1) * 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Offset of place i of n in `size` bytes, `width` bytes wide: first and last are the ends. */
static uint64_t place(uint64_t size, unsigned i, unsigned n, size_t width, uint64_t seed)
{
    uint64_t room = size > width ? size - width : 0, from, to;

    if (i == 0 || !room)
        return 0;
    if (i + 1 == n)
        return room;
    from = room / n * i;
    to = room / n * (i + 1);
    return from + scatter(seed, i) % (to - from + 1);
}

/* What a block's changed bytes are. */
struct change {
    size_t n;      /* bytes put to the ends of the pools */
    size_t first;  /* offset of the first changed word in the block */
    size_t end;    /* end of the last one */
};

/* Copy the 8-byte words that differ to the ends of the pools. */
static struct change pool_changed(struct content_work *w, size_t n)
{
    struct change c = {.first = n};
    size_t at = w->pooled;

    for (size_t i = 0; i < n; i += 8) {
        size_t k = n - i < 8 ? n - i : 8;

        if (!memcmp(w->after + i, w->before + i, k))
            continue;
        if (at + k > sizeof w->pool[0])
            break;
        memcpy(w->pool[0] + at, w->after + i, k);
        memcpy(w->pool[1] + at, w->before + i, k);
        at += k;
        c.first = i < c.first ? i : c.first;
        c.end = i + k;
    }
    c.n = at - w->pooled;
    w->pooled = at;
    return c;
}

static void add_means(struct content_evidence *e, uint32_t before, uint32_t after)
{
    e->entropy_before += before;
    e->entropy_after += after;
    e->blocks++;
}

static void note_text(const uint8_t *p, size_t n, int start, struct content_evidence *e)
{
    if (!stat_text(p, n, start))
        return;
    e->text++;
    e->coded += (uint32_t)stat_coded(p, n);
}

/* A page that SQLite could have written: b-tree, or a pointer to another page.  Random bytes pass 1 in 50 times. */
static int page_possible(const uint8_t *p)
{
    return p[0] == 2 || p[0] == 5 || p[0] == 10 || p[0] == 13 || be32(p) < 0x1000000;
}

static void weigh_random(const struct pair *p, uint64_t at, const struct change *c, const struct stat_block *was)
{
    struct content_evidence *e = p->e;
    uint32_t page = p->plan->page;

    if (!e->random++ || at < e->random_from) {
        e->random_from = at + c->first;
        e->random_to = at + c->end;
    }
    if (at + c->end > e->random_last)
        e->random_last = at + c->end;
    e->head_random |= at == 0 && c->first < 64;
    e->head_gained |= at == 0 && c->first < 64 && was->chi > TUNE_LOW_CHI;
    e->gained += was->grade == GRADE_LOW;
    e->bad_pages += page && at % page == 0 && c->first == 0 && c->n >= 1024 && !page_possible(p->w->after);
}

static void weigh_cipher(const uint8_t *was, const uint8_t *now, size_t n, struct content_evidence *e)
{
    enum stat_cipher kind;

    if (!e->weak && !e->reordered && e->looked > 2)
        return; /* two blocks were not: it costs 100 us to look everywhere */
    kind = stat_weak_cipher(was, now, n);
    e->weak += kind == CIPHER_KEY;
    e->reordered += kind == CIPHER_ORDER;
}

/* The changed bytes of one block, now at the pools' ends; 1 when *now and *was were measured. */
static int weigh(const struct pair *p, uint64_t at, const struct change *c, struct stat_block *now, struct stat_block *was)
{
    struct content_work *w = p->w;
    const uint8_t *a = w->pool[0] + w->pooled - c->n, *b = w->pool[1] + w->pooled - c->n;

    if (c->n < TUNE_MIN_RANDOM)
        return 0;
    if (stat_constant(b, c->n, TUNE_FILLER)) {
        w->pooled -= c->n; /* nothing was lost there, so it proves nothing */
        return 0;
    }
    p->e->looked++;
    stat_measure(a, c->n, now);
    stat_measure(b, c->n, was);
    if (stat_constant(a, c->n, TUNE_PERIOD)) {
        p->e->constant += stat_constant(a, c->n, TUNE_FILLER) || !stat_constant(b, c->n, TUNE_PERIOD);
        return 1;
    }
    p->e->dense += now->grade >= GRADE_DENSE;
    if (now->grade == GRADE_RANDOM)
        weigh_random(p, at, c, was);
    else
        weigh_cipher(b, a, c->n, p->e);
    return 1;
}

enum { DIFFERENT = 0, SAME, SAME_FILLER };

static int same(const struct content_source *x, const struct content_source *y, uint64_t xat, uint64_t yat, size_t n)
{
    uint8_t a[TUNE_PROBE], b[TUNE_PROBE];
    size_t xn = source_read(x, xat, a, n), yn = source_read(y, yat, b, n);

    if (xn != yn || memcmp(a, b, xn))
        return DIFFERENT;
    return stat_constant(a, xn, TUNE_FILLER) ? SAME_FILLER : SAME;
}

/* Zeroes that stayed zeroes tell nothing. */
static void note_same(const struct content_work *w, struct content_evidence *e, uint64_t at, const struct change *c, size_t n)
{
    if (at == 0)
        e->first_same = (uint32_t)c->first;
    if (n - c->end >= TUNE_SAME_TAIL && at + n > e->last_same && !stat_constant(w->after + c->end, n - c->end, TUNE_FILLER))
        e->last_same = at + n;
}

/* Both blocks at `at`; 1 when they differ. */
static int detail(const struct pair *p, uint64_t at)
{
    struct content_work *w = p->w;
    size_t an = source_read(p->after, at, w->after, TUNE_BLOCK), bn = source_read(p->before, at, w->before, TUNE_BLOCK);
    size_t n = an < bn ? an : bn;
    struct change c = pool_changed(w, n);
    struct stat_block now = {0}, was = {0};
    int measured = weigh(p, at, &c, &now, &was);

    if (p->plan->text)
        note_text(w->after, an, at == 0, p->e);
    note_same(w, p->e, at, &c, n);
    if (!measured || c.n * 8 < n * 7 || an != bn) {
        stat_measure(w->before, bn, &was);
        now = was;
        if (c.end || an != bn)
            stat_measure(w->after, an, &now);
    }
    add_means(p->e, was.entropy, now.entropy);
    return c.end != 0;
}

static void compare_whole(const struct pair *p, uint64_t common)
{
    for (uint64_t at = 0; at < common; at += TUNE_BLOCK) {
        p->e->probes++;
        p->e->changed += (uint32_t)detail(p, at);
    }
    p->e->whole = p->after->size == p->before->size;
}

static void compare_sampled(const struct pair *p, uint64_t common)
{
    struct content_evidence *e = p->e;
    uint64_t at[TUNE_PROBES], done = 0, last = (common - TUNE_PROBE) / TUNE_BLOCK;
    uint8_t differs[TUNE_PROBES];
    unsigned step, k = 0;

    for (unsigned i = 0; i < TUNE_PROBES; i++) {
        int alike;

        at[i] = place(common, i, TUNE_PROBES, TUNE_PROBE, p->plan->seed);
        alike = same(p->after, p->before, at[i], at[i], TUNE_PROBE);

        differs[i] = alike == DIFFERENT;
        e->changed += differs[i];
        if (alike == SAME)
            e->last_same = at[i] + TUNE_PROBE;
    }
    e->probes = TUNE_PROBES;
    e->changed += (uint32_t)(detail(p, 0) && !e->changed);
    detail(p, last * TUNE_BLOCK);
    step = e->changed > TUNE_BLOCKS - 2 ? e->changed / (TUNE_BLOCKS - 2) : 1;
    for (unsigned i = 1; i + 1 < TUNE_PROBES && e->blocks < TUNE_BLOCKS; i++) {
        uint64_t block = at[i] / TUNE_BLOCK;

        if (!differs[i] || k++ % step || block <= done || block == last)
            continue;
        detail(p, block * TUNE_BLOCK);
        done = block;
    }
}

/* Something was put in front or taken away: the rest fits from the end. */
static uint32_t similar_from_end(const struct pair *p, uint64_t common)
{
    unsigned n = 16, hits = 0;

    if (common < 4 * TUNE_PROBE)
        return 0;
    for (unsigned i = 0; i < n; i++) {
        uint64_t at = place(common, i, n, 64, p->plan->seed);

        hits += DIFFERENT != same(p->after, p->before, p->after->size - common + at, p->before->size - common + at, 64);
    }
    return hits * 1000 / n;
}

static void finish(struct content_evidence *e)
{
    if (!e->blocks)
        return;
    e->entropy_before /= e->blocks;
    e->entropy_after /= e->blocks;
}

void content_compare(struct content_work *w, const struct content_source *after, const struct content_source *before,
                     const struct content_plan *plan, struct content_evidence *e)
{
    struct pair p = {.w = w, .after = after, .before = before, .plan = plan, .e = e};
    uint64_t common = after->size < before->size ? after->size : before->size;
    uint32_t end;

    memset(e, 0, sizeof *e);
    w->pooled = 0;
    if (common <= TUNE_WHOLE)
        compare_whole(&p, common);
    else
        compare_sampled(&p, common);
    finish(e);
    e->similarity = e->probes ? (e->probes - e->changed) * 1000 / e->probes : 0;
    if (after->size != before->size && e->similarity < 500 && !e->random) {
        end = similar_from_end(&p, common);
        e->similarity = end > e->similarity ? end : e->similarity;
    }
}

/* Block i of at most TUNE_BLOCKS, all different, spread over the content. */
static uint64_t survey_block(uint64_t blocks, unsigned i, unsigned n, uint64_t seed)
{
    uint64_t from = blocks * i / n, to = blocks * (i + 1) / n;

    return i == 0 ? 0 : i + 1 == n ? blocks - 1 : from + scatter(seed, i) % (to - from);
}

void content_survey(struct content_work *w, const struct content_source *after, const struct content_plan *plan,
                    struct content_evidence *e)
{
    uint64_t blocks = (after->size + TUNE_BLOCK - 1) / TUNE_BLOCK;
    unsigned n = blocks > TUNE_BLOCKS ? TUNE_BLOCKS : (unsigned)blocks;

    memset(e, 0, sizeof *e);
    w->pooled = 0;
    for (unsigned i = 0; i < n; i++) {
        uint64_t at = survey_block(blocks, i, n, plan->seed) * TUNE_BLOCK;
        size_t got = source_read(after, at, w->after, TUNE_BLOCK);
        struct stat_block s;

        if (!got)
            continue;
        stat_measure(w->after, got, &s);
        add_means(e, 0, s.entropy);
        if (plan->text)
            note_text(w->after, got, at == 0, e);
        if (s.grade == GRADE_SHORT)
            continue;
        e->looked++;
        e->random += s.grade == GRADE_RANDOM;
        e->dense += s.grade >= GRADE_DENSE;
        memcpy(w->pool[0] + w->pooled, w->after, got);
        w->pooled += got;
    }
    finish(e);
}

void content_pooled(const struct content_work *w, struct stat_block *s)
{
    stat_measure(w->pool[0], w->pooled, s);
}

int content_island(const struct content_evidence *e)
{
    return e->random && e->last_same >= e->random_to + TUNE_SAME_TAIL;
}
