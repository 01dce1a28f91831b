#include "agent/watch/host/unpack_zchunk.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "lib/err.h"

#define DICTIONARY_MAX (1u << 20) /* Fedora's have about 100 KiB */
#define HEAD_MAX (256u << 20)     /* an index has about 40 bytes for each chunk */

enum { FLAG_STREAMS = 1, FLAG_OPTIONAL = 2, FLAG_UNPACKED_SUMS = 4 };
enum { BY_ZSTD = 2 };

/* A place in the head; `good` is lost by the first thing that is not there. */
struct at { const unsigned char *bytes; size_t n; bool good; };

static void skip(struct at *a, uint64_t n)
{
    a->good = a->good && n <= a->n;
    if (!a->good)
        return;
    a->bytes += n;
    a->n -= (size_t)n;
}

/* Seven bits in a byte, the lowest first; the last one has the eighth bit. */
static uint64_t number(struct at *a)
{
    uint64_t value = 0;

    for (unsigned shift = 0; a->good && a->n && shift < 63; shift += 7) {
        unsigned char byte = *a->bytes;

        skip(a, 1);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80)
            return value;
    }
    a->good = false;
    return 0;
}

static void skip_sum(struct at *a, uint64_t type)
{
    static const unsigned SIZES[] = {20, 32, 64, 16}; /* SHA-1, SHA-256, SHA-512, the first half of a half of it */

    if (type < sizeof SIZES / sizeof *SIZES)
        skip(a, SIZES[type]);
    else
        a->good = false;
}

static void skip_optional(struct at *a)
{
    for (uint64_t left = number(a); left && a->good; left--) {
        number(a);
        skip(a, number(a));
    }
}

int zchunk_head(const unsigned char *bytes, size_t n, struct zchunk_head *out)
{
    struct at a = {bytes, n, true};
    struct zchunk_head h;
    uint64_t sum, size, flags, packing, chunk_sum;

    skip(&a, 5); /* the mark */
    sum = number(&a);
    size = number(&a);
    skip_sum(&a, sum);
    h.body = (uint64_t)(a.bytes - bytes) + size;
    skip_sum(&a, sum);
    flags = number(&a);
    packing = number(&a);
    if (flags & FLAG_OPTIONAL)
        skip_optional(&a);
    number(&a); /* size of the index */
    chunk_sum = number(&a);
    number(&a); /* chunks */
    if (flags & FLAG_STREAMS)
        number(&a);
    skip_sum(&a, chunk_sum);
    if (flags & FLAG_UNPACKED_SUMS)
        skip_sum(&a, chunk_sum);
    h.dictionary = number(&a);
    h.unpacked = number(&a);
    if (!a.good || size > HEAD_MAX || (uint64_t)(a.bytes - bytes) > h.body)
        return MM_EFORMAT;
    if (packing != BY_ZSTD)
        return MM_EUNSUPPORTED;
    *out = h;
    return MM_OK;
}

/* ---- the way to the chunks --------------------------------------------------------------------- */

/* A file whose first bytes are in memory already. */
struct source { int fd; const unsigned char *bytes; size_t n, at; };

/* The next `n` bytes; into `out` unless it is NULL. */
static int take(struct source *s, unsigned char *out, uint64_t n)
{
    unsigned char part[16384];
    size_t here = s->n - s->at < n ? s->n - s->at : (size_t)n;

    if (out)
        memcpy(out, s->bytes + s->at, here);
    s->at += here;
    for (uint64_t done = here; done < n;) {
        size_t want = n - done < sizeof part ? (size_t)(n - done) : sizeof part;
        ssize_t got = read(s->fd, out ? out + done : part, want);

        if (got <= 0)
            return got < 0 ? MM_EIO : MM_EFORMAT;
        done += (uint64_t)got;
    }
    return MM_OK;
}

int zchunk_open(int fd, const unsigned char *bytes, size_t n, size_t *used, void **dictionary, size_t *size)
{
    struct source s = {fd, bytes, n, 0};
    unsigned char *packed = NULL, *plain = NULL;
    struct zchunk_head h;
    int rc = zchunk_head(bytes, n, &h);

    if (rc == MM_OK && (h.dictionary > DICTIONARY_MAX || h.unpacked > DICTIONARY_MAX))
        rc = MM_ELIMIT;
    if (rc == MM_OK)
        rc = take(&s, NULL, h.body);
    if (rc == MM_OK && h.dictionary) {
        packed = malloc((size_t)h.dictionary);
        plain = malloc((size_t)h.unpacked + 1);
        rc = packed && plain ? take(&s, packed, h.dictionary) : MM_ENOMEM;
        if (rc == MM_OK && ZSTD_decompress(plain, (size_t)h.unpacked, packed, (size_t)h.dictionary) != h.unpacked)
            rc = MM_EFORMAT;
    }
    free(packed);
    if (rc < 0) {
        free(plain);
        return rc;
    }
    *used = s.at;
    *dictionary = plain;
    *size = plain ? (size_t)h.unpacked : 0;
    return MM_OK;
}
