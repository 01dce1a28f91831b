#include "agent/detect/content_stat.h"

#include <string.h>

#include "agent/detect/content_tune.h"

void stat_histogram(const uint8_t *p, size_t n, uint32_t h[256])
{
    uint32_t part[3][256]; /* apart, so that equal neighbours do not wait for each other */
    size_t i = 0;

    memset(h, 0, 256 * sizeof *h);
    memset(part, 0, sizeof part);
    for (; i + 4 <= n; i += 4) {
        h[p[i]]++;
        part[0][p[i + 1]]++;
        part[1][p[i + 2]]++;
        part[2][p[i + 3]]++;
    }
    for (; i < n; i++)
        h[p[i]]++;
    for (i = 0; i < 256; i++)
        h[i] += part[0][i] + part[1][i] + part[2][i];
}

uint32_t stat_chi(const uint32_t h[256], uint32_t n)
{
    uint64_t squares = 0;

    if (!n)
        return 0;
    for (int i = 0; i < 256; i++)
        squares += (uint64_t)h[i] * h[i];
    squares = squares * 256 / n;
    return squares > n ? (uint32_t)(squares - n) : 0;
}

/* log2 of v >= 1 in 1/65536; a parabola between powers of two, error below 0.6 %. */
static uint32_t log2_fixed(uint32_t v)
{
    uint32_t whole = 31u - (uint32_t)__builtin_clz(v);
    uint64_t f = (((uint64_t)v << 16) >> whole) - 65536; /* 0 <= f < 1 in 1/65536 */

    /* log2(1+f) ~ f + 0.34375 f (1-f), corrected by a cubic term */
    uint64_t bump = f * (65536 - f) >> 16;
    uint64_t skew = bump * (32768 > f ? 32768 - f : 0) >> 16;

    return (whole << 16) + (uint32_t)(f + (bump * 22528 >> 16) + (skew * 5400 >> 16));
}

uint32_t stat_entropy(const uint32_t h[256], uint32_t n)
{
    uint64_t sum = 0, all;

    if (n < 2)
        return 0;
    for (int i = 0; i < 256; i++)
        if (h[i] > 1)
            sum += (uint64_t)h[i] * log2_fixed(h[i]);
    all = (uint64_t)log2_fixed(n);
    sum /= n;
    return sum >= all ? 0 : (uint32_t)((all - sum) * 1000 >> 16);
}

static uint32_t chi_of_differences(const uint8_t *p, size_t n)
{
    uint32_t h[256], other[256];
    size_t i = 1;

    n = n < TUNE_DIFF_BYTES ? n : TUNE_DIFF_BYTES;

    memset(h, 0, sizeof h);
    memset(other, 0, sizeof other);
    for (; i + 1 < n; i += 2) {
        h[(uint8_t)(p[i] - p[i - 1])]++;
        other[(uint8_t)(p[i + 1] - p[i])]++;
    }
    if (i < n)
        h[(uint8_t)(p[i] - p[i - 1])]++;
    for (i = 0; i < 256; i++)
        h[i] += other[i];
    return stat_chi(h, (uint32_t)n - 1);
}

static enum stat_grade grade(const struct stat_block *s)
{
    uint32_t dense = 255 + s->n * TUNE_DENSE_PER_1000 / 1000;
    uint32_t low = 255 + s->n * TUNE_LOW_PER_1000 / 1000;

    if (s->n < TUNE_MIN_RANDOM)
        return GRADE_SHORT;
    if (s->chi >= TUNE_CHI_MIN && s->chi <= TUNE_CHI_MAX && s->diff <= TUNE_DIFF_MAX)
        return GRADE_RANDOM;
    if (s->chi < TUNE_CHI_MIN)
        return GRADE_MIXED;
    if (s->chi <= (dense > TUNE_CHI_MAX ? dense : TUNE_CHI_MAX))
        return GRADE_DENSE;
    return s->chi > (low > TUNE_LOW_CHI ? low : TUNE_LOW_CHI) ? GRADE_LOW : GRADE_MIXED;
}

void stat_measure(const uint8_t *p, size_t n, struct stat_block *out)
{
    uint32_t h[256];

    stat_histogram(p, n, h);
    out->n = (uint32_t)n;
    out->chi = stat_chi(h, out->n);
    out->entropy = stat_entropy(h, out->n);
    out->diff = n >= TUNE_MIN_RANDOM && out->chi <= TUNE_CHI_MAX ? chi_of_differences(p, n) : 0;
    out->grade = grade(out);
}

int stat_constant(const uint8_t *p, size_t n, size_t period)
{
    if (!n)
        return 1;
    for (size_t k = 1; k <= period && k * 2 <= n; k++)
        if (p[k] == p[0] && !memcmp(p, p + k, n - k))
            return 1;
    return n == 1;
}

/* 1: x repeats with a period of at most TUNE_KEY_PERIOD (n > 2 periods). */
static int repeats(const uint8_t *x, size_t n)
{
    for (size_t period = 1; period <= TUNE_KEY_PERIOD && period * 2 <= n; period++)
        if (!memcmp(x, x + period, n - period))
            return 1;
    return 0;
}

static int same_substitution(const uint8_t *a, const uint8_t *b, size_t n)
{
    int16_t forth[256], back[256];

    for (int i = 0; i < 256; i++)
        forth[i] = back[i] = -1;
    for (size_t i = 0; i < n; i++) {
        if ((forth[a[i]] >= 0 && forth[a[i]] != b[i]) || (back[b[i]] >= 0 && back[b[i]] != a[i]))
            return 0;
        forth[a[i]] = b[i];
        back[b[i]] = a[i];
    }
    return 1;
}

enum stat_cipher stat_weak_cipher(const uint8_t *before, const uint8_t *after, size_t n)
{
    uint8_t x[TUNE_BLOCK];
    uint32_t h[256], g[256];
    size_t changed = 0;

    if (n < TUNE_WIPE_MIN || n > sizeof x || stat_constant(before, n, TUNE_PERIOD) || stat_constant(after, n, TUNE_PERIOD))
        return CIPHER_NONE;
    for (size_t i = 0; i < n; i++) {
        x[i] = before[i] ^ after[i];
        changed += x[i] != 0;
    }
    if (changed * 2 < n)
        return CIPHER_NONE; /* an edit */
    if (changed * 1000 >= n * TUNE_SUBSTITUTED) {
        if (repeats(x, n) || same_substitution(before, after, n))
            return CIPHER_KEY;
        for (size_t i = 0; i < n; i++)
            x[i] = (uint8_t)(after[i] - before[i]);
        if (repeats(x, n))
            return CIPHER_KEY;
    }
    stat_histogram(before, n, h);
    stat_histogram(after, n, g);
    return memcmp(h, g, sizeof h) ? CIPHER_NONE : CIPHER_ORDER;
}
