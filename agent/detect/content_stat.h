/* Statistics of byte blocks: how random, how constant, whether text.
 * Pure functions over the caller's bytes; integers only. */
#ifndef MM_AGENT_DETECT_CONTENT_STAT_H
#define MM_AGENT_DETECT_CONTENT_STAT_H

#include <stddef.h>
#include <stdint.h>

enum stat_grade {
    GRADE_SHORT = 0, /* too few bytes to say */
    GRADE_LOW,       /* clearly structured: text, code, tables, zeroes */
    GRADE_MIXED,     /* in between */
    GRADE_DENSE,     /* compressed, or a weak cipher */
    GRADE_RANDOM,    /* cannot be told from random bytes */
};

struct stat_block {
    uint32_t n;       /* bytes */
    uint32_t chi;     /* chi-square against uniform bytes */
    uint32_t diff;    /* chi-square of the differences of neighbours; 0 when not asked */
    uint32_t entropy; /* millibits per byte */
    enum stat_grade grade;
};

void stat_histogram(const uint8_t *p, size_t n, uint32_t h[256]);
/* Chi-square of a histogram of n bytes against uniform. */
uint32_t stat_chi(const uint32_t h[256], uint32_t n);
/* Order-0 entropy of a histogram of n bytes, millibits per byte. */
uint32_t stat_entropy(const uint32_t h[256], uint32_t n);
/* All of it for one block. */
void stat_measure(const uint8_t *p, size_t n, struct stat_block *out);
/* 1: the block repeats one pattern of 1..period bytes. */
int stat_constant(const uint8_t *p, size_t n, size_t period);
enum stat_cipher { CIPHER_NONE = 0, CIPHER_KEY, CIPHER_ORDER };
/* Is `after` made of `before` by a weak cipher: a repeating XOR or ADD key or a
 * byte substitution (KEY), or another order of the same bytes (ORDER)? */
enum stat_cipher stat_weak_cipher(const uint8_t *before, const uint8_t *after, size_t n);

/* 1: readable text in UTF-8, UTF-16, Shift_JIS, EUC-JP, ISO-2022-JP or Latin.
 * `start`: the block begins at a character's border (the file's head). */
int stat_text(const uint8_t *p, size_t n, int start);
/* 1: text whose bytes are an evenly used code alphabet (base64, hex, base32,
 * ascii85): what a cipher or compressor looks like after encoding. */
int stat_coded(const uint8_t *p, size_t n);
/* Decode the start of base64 or hex text; bytes written to `out`. */
size_t stat_decode(const uint8_t *p, size_t n, uint8_t *out, size_t max);

#endif
