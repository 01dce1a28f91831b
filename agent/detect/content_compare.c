#include "agent/detect/content_compare.h"

#include <string.h>

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

/* Copy the 8-byte words that differ to the ends of the pools; bytes added. */
static size_t pool_changed(struct content_work *w, size_t n)
{
    size_t start = w->pooled, at = start;

    for (size_t i = 0; i < n; i += 8) {
        size_t k = n - i < 8 ? n - i : 8;

        if (!memcmp(w->after + i, w->before + i, k))
            continue;
        if (at + k > sizeof w->pool[0])
            break;
        memcpy(w->pool[0] + at, w->after + i, k);
        memcpy(w->pool[1] + at, w->before + i, k);
        at += k;
    }
    w->pooled = at;
    return at - start;
}

static void measure_means(struct content_work *w, size_t an, size_t bn, struct content_evidence *e)
{
    struct stat_block s;

    stat_measure(w->after, an, &s);
    e->entropy_after += s.entropy;
    stat_measure(w->before, bn, &s);
    e->entropy_before += s.entropy;
    e->blocks++;
}

static void note_text(const uint8_t *p, size_t n, int start, struct content_evidence *e)
{
    if (!stat_text(p, n, start))
        return;
    e->text++;
    e->coded += (uint32_t)stat_coded(p, n);
}

/* SQLite's pages: see sqlite_page; any first bytes are as likely as 1 in 60 by chance. */
static int page_possible(const uint8_t *p)
{
    return p[0] == 2 || p[0] == 5 || p[0] == 10 || p[0] == 13 || be32(p) < 0x1000000;
}

/* The changed bytes of one block, now at the pools' ends. */
static void weigh(struct content_work *w, uint64_t at, size_t n, struct content_evidence *e)
{
    const uint8_t *a = w->pool[0] + w->pooled - n, *b = w->pool[1] + w->pooled - n;
    struct stat_block now, was;

    if (n < TUNE_MIN_RANDOM)
        return;
    if (stat_constant(b, n)) {
        e->filled++;
        w->pooled -= n; /* what stood there is no loss, so it proves nothing */
        return;
    }
    e->looked++;
    if (stat_constant(a, n)) {
        e->constant++;
        return;
    }
    stat_measure(a, n, &now);
    stat_measure(b, n, &was);
    e->was_low += was.grade == GRADE_LOW;
    e->dense += now.grade >= GRADE_DENSE;
    if (now.grade != GRADE_RANDOM) {
        if (n >= 256 && (e->weak || e->looked <= 2))
            e->weak += (uint32_t)stat_weak_cipher(b, a, n);
        return;
    }
    if (!e->random++) {
        e->random_from = at;
        e->random_to = at + TUNE_BLOCK;
    }
    e->head_random |= at == 0;
    e->gained += was.grade == GRADE_LOW;
    e->bad_pages += !page_possible(w->after) && n > TUNE_BLOCK / 2;
}

static int same(const struct content_source *x, const struct content_source *y, uint64_t xat, uint64_t yat, size_t n)
{
    uint8_t a[TUNE_PROBE], b[TUNE_PROBE];
    size_t xn = source_read(x, xat, a, n), yn = source_read(y, yat, b, n);

    return xn == yn && !memcmp(a, b, xn);
}

/* Both blocks at `at`; 1 when they differ. */
static int detail(struct content_work *w, const struct content_source *after, const struct content_source *before,
                  uint64_t at, struct content_evidence *e)
{
    size_t an = source_read(after, at, w->after, TUNE_BLOCK), bn = source_read(before, at, w->before, TUNE_BLOCK);
    size_t n = an < bn ? an : bn;

    measure_means(w, an, bn, e);
    note_text(w->after, an, at == 0, e);
    if (!memcmp(w->after, w->before, n))
        return an != bn && at == 0 && n == 0;
    weigh(w, at, pool_changed(w, n), e);
    return 1;
}

static void compare_whole(struct content_work *w, const struct content_source *after,
                          const struct content_source *before, struct content_evidence *e)
{
    uint64_t common = after->size < before->size ? after->size : before->size;

    for (uint64_t at = 0; at < common; at += TUNE_BLOCK) {
        uint32_t random = e->random;
        int changed = detail(w, after, before, at, e);

        e->probes++;
        e->changed += (uint32_t)changed;
        e->island |= e->random && random == e->random && !changed;
    }
    e->whole = after->size == before->size;
}

static void compare_sampled(struct content_work *w, const struct content_source *after,
                            const struct content_source *before, uint64_t seed, struct content_evidence *e)
{
    uint64_t common = after->size < before->size ? after->size : before->size;
    uint64_t at[TUNE_PROBES], last_same = 0;
    uint8_t differs[TUNE_PROBES];
    unsigned n = common / TUNE_PROBE < TUNE_PROBES ? (unsigned)(common / TUNE_PROBE) : TUNE_PROBES, step, k = 0;

    for (unsigned i = 0; i < n; i++) {
        at[i] = place(common, i, n, TUNE_PROBE, seed);
        differs[i] = (uint8_t)!same(after, before, at[i], at[i], TUNE_PROBE);
        e->changed += differs[i];
        if (!differs[i])
            last_same = at[i];
    }
    e->probes = n;
    detail(w, after, before, 0, e);
    if (common > 2 * TUNE_BLOCK)
        detail(w, after, before, common - TUNE_BLOCK, e);
    step = e->changed > TUNE_BLOCKS - 2 ? e->changed / (TUNE_BLOCKS - 2) : 1;
    for (unsigned i = 1; i + 1 < n && e->blocks < TUNE_BLOCKS; i++)
        if (differs[i] && k++ % step == 0)
            detail(w, after, before, at[i] / TUNE_BLOCK * TUNE_BLOCK, e);
    e->island = e->random && last_same > e->random_to;
}

/* Something was put in front or taken away: the rest fits from the end. */
static uint32_t similar_from_end(const struct content_source *after, const struct content_source *before, uint64_t seed)
{
    uint64_t common = after->size < before->size ? after->size : before->size;
    unsigned n = 16, hits = 0;

    if (common < 4 * TUNE_PROBE)
        return 0;
    for (unsigned i = 0; i < n; i++) {
        uint64_t at = place(common, i, n, 64, seed);

        hits += (unsigned)same(after, before, after->size - common + at, before->size - common + at, 64);
    }
    return hits * 1000 / n;
}

static void finish(struct content_work *w, struct content_evidence *e)
{
    if (e->blocks) {
        e->entropy_before /= e->blocks;
        e->entropy_after /= e->blocks;
    }
    stat_measure(w->pool[0], w->pooled, &e->pooled);
}

void content_compare(struct content_work *w, const struct content_source *after,
                     const struct content_source *before, uint64_t seed, struct content_evidence *e)
{
    uint32_t end;

    memset(e, 0, sizeof *e);
    w->pooled = 0;
    if (after->size <= TUNE_WHOLE && before->size <= TUNE_WHOLE)
        compare_whole(w, after, before, e);
    else
        compare_sampled(w, after, before, seed, e);
    finish(w, e);
    e->similarity = e->probes ? (e->probes - e->changed) * 1000 / e->probes : 0;
    if (after->size != before->size && e->similarity < 500 && !e->random) {
        end = similar_from_end(after, before, seed);
        e->similarity = end > e->similarity ? end : e->similarity;
    }
}

void content_survey(struct content_work *w, const struct content_source *after, uint64_t seed, struct content_evidence *e)
{
    unsigned n = after->size > TUNE_WHOLE ? TUNE_BLOCKS : (unsigned)((after->size + TUNE_BLOCK - 1) / TUNE_BLOCK);

    memset(e, 0, sizeof *e);
    w->pooled = 0;
    for (unsigned i = 0; i < n; i++) {
        uint64_t at = after->size > TUNE_WHOLE ? place(after->size, i, n, TUNE_BLOCK, seed) / TUNE_BLOCK * TUNE_BLOCK : (uint64_t)i * TUNE_BLOCK;
        size_t got = source_read(after, at, w->after, TUNE_BLOCK);
        struct stat_block s;

        if (!got)
            continue;
        stat_measure(w->after, got, &s);
        e->blocks++;
        e->entropy_after += s.entropy;
        note_text(w->after, got, at == 0, e);
        if (s.grade == GRADE_SHORT)
            continue;
        e->looked++;
        e->random += s.grade == GRADE_RANDOM;
        e->dense += s.grade >= GRADE_DENSE;
        memcpy(w->pool[0] + w->pooled, w->after, got);
        w->pooled += got;
    }
    finish(w, e);
}
