/* ZIP and what is built on it (OOXML, ODF): end record, central directory,
 * sampled local headers and the start of their data must agree. */
#include <string.h>
#include <zlib.h>

#include "agent/detect/content_stat.h"
#include "agent/detect/content_type.h"

#define EOCD_BYTES 22
#define ENTRY_BYTES 46
#define LOCAL_BYTES 30
#define SAMPLED 6        /* local headers looked at: first, last, spread between */
#define INFLATED 512     /* bytes taken out of each: invalid deflate shows within that */

struct directory {
    const uint8_t *bytes; /* in the view's scratch */
    size_t n;             /* bytes loaded, may be cut */
    uint64_t shift;       /* bytes in front of the archive (self-extractor) */
    uint32_t entries;
    int zip64;
};

struct member {
    uint32_t flags, method, crc, csize, usize, name_n;
    uint64_t local; /* offset of the local header */
    const uint8_t *name;
};

/* Find the end record in the last 64 KiB; offset in the file or 0. */
static uint64_t find_end(const struct content_view *v, uint8_t eocd[EOCD_BYTES])
{
    const uint8_t *p = v->tail;
    size_t n = v->tail_n;
    uint64_t at = v->tail_at;

    for (int round = 0; round < 2; round++) {
        for (size_t i = n >= EOCD_BYTES ? n - EOCD_BYTES + 1 : 0; i-- > 0;)
            if (p[i] == 'P' && !memcmp(p + i, "PK\5\6", 4) && at + i + EOCD_BYTES + le16(p + i + 20) <= v->src->size) {
                memcpy(eocd, p + i, EOCD_BYTES);
                return at + i;
            }
        if (!v->tail_at)
            break;
        at = v->src->size > 66000 ? v->src->size - 66000 : 0; /* the longest comment */
        n = source_read(v->src, at, v->scratch, 66000);
        p = v->scratch;
    }
    return 0;
}

static int load_directory(const struct content_view *v, struct directory *d)
{
    uint8_t eocd[EOCD_BYTES];
    uint64_t end = find_end(v, eocd), size, at;

    if (!end)
        return v->src->size == EOCD_BYTES; /* the empty archive ends at 0 */
    memset(d, 0, sizeof *d);
    d->entries = le16(eocd + 10);
    size = le32(eocd + 12);
    at = le32(eocd + 16);
    d->zip64 = d->entries == 0xffff || size == 0xffffffff || at == 0xffffffff;
    if (d->zip64)
        return 1;
    if (size + at > end || (d->entries && size < (uint64_t)d->entries * ENTRY_BYTES))
        return 0;
    d->shift = end - size - at;
    d->n = source_read(v->src, at + d->shift, v->scratch, size < TUNE_SCRATCH / 2 ? size : TUNE_SCRATCH / 2);
    d->bytes = v->scratch;
    return 1;
}

/* The entry at *at; 1 and *at moved on, 0 at the end, -1 malformed. */
static int next_member(const struct directory *d, size_t *at, struct member *m)
{
    const uint8_t *p;
    size_t whole;

    if (*at + ENTRY_BYTES > d->n)
        return 0;
    p = d->bytes + *at;
    if (memcmp(p, "PK\1\2", 4))
        return -1;
    m->flags = le16(p + 8);
    m->method = le16(p + 10);
    m->crc = le32(p + 16);
    m->csize = le32(p + 20);
    m->usize = le32(p + 24);
    m->name_n = le16(p + 28);
    m->local = le32(p + 42) + d->shift;
    m->name = p + ENTRY_BYTES;
    whole = ENTRY_BYTES + m->name_n + le16(p + 30) + le16(p + 32);
    if (*at + whole > d->n)
        return 0;
    *at += whole;
    return 1;
}

/* Offset of the member's data; 0 when the local header does not fit. */
static uint64_t data_of(const struct content_view *v, const struct member *m)
{
    uint8_t h[LOCAL_BYTES];

    if (source_read(v->src, m->local, h, sizeof h) != sizeof h || memcmp(h, "PK\3\4", 4))
        return 0;
    if (le16(h + 26) != m->name_n || le16(h + 8) != m->method)
        return 0;
    return m->local + LOCAL_BYTES + m->name_n + le16(h + 28);
}

/* The start of a member as it was before packing; *good 0 when it does not unpack. */
static size_t open_member(const struct content_view *v, const struct member *m, uint8_t *out, size_t max, int *good)
{
    uint8_t *in = v->scratch + TUNE_SCRATCH / 2;
    uint64_t at = data_of(v, m);
    size_t n = m->csize < max ? m->csize : max;

    *good = at != 0;
    if (!at || (m->flags & 1))
        return 0;
    if (m->method == 0)
        return source_read(v->src, at, out, n);
    if (m->method != 8)
        return 0;
    n = source_read(v->src, at, in, m->csize < TUNE_SCRATCH / 4 ? m->csize : TUNE_SCRATCH / 4 < 2 * max ? TUNE_SCRATCH / 4 : 2 * max);
    return content_inflate(in, n, -15, out, max, good);
}

static uint32_t kind_of(const struct content_view *v)
{
    const uint8_t *name = v->head + LOCAL_BYTES;
    size_t n = v->head_n > LOCAL_BYTES + 60 ? v->head_n - LOCAL_BYTES : 0;

    if (n && !memcmp(name, "mimetypeapplication/vnd.oasis", 29))
        return TYPE_ODF;
    if (n && (!memcmp(name, "[Content_Types].xml", 19) || !memcmp(name, "_rels/", 6) || !memcmp(name, "docProps/", 9) ||
              !memcmp(name, "word/", 5) || !memcmp(name, "xl/", 3) || !memcmp(name, "ppt/", 4)))
        return TYPE_OOXML;
    return TYPE_ZIP;
}

void check_zip(const struct content_view *v, struct content_type *t)
{
    struct directory d = {0};
    struct member m;
    size_t at = 0;
    uint32_t i = 0, locked = 0, looked = 0, step;
    int rc = 1, good = 1;

    t->type = kind_of(v);
    t->health = HEALTH_BROKEN;
    if (!load_directory(v, &d))
        return;
    step = d.entries > SAMPLED ? d.entries / SAMPLED : 1;
    for (; i < d.entries && (rc = next_member(&d, &at, &m)) > 0; i++) {
        uint8_t out[INFLATED];

        if (m.name_n == 19 && !memcmp(m.name, "[Content_Types].xml", 19))
            t->type = TYPE_OOXML;
        if (i % step && i + 1 != d.entries)
            continue;
        looked++;
        locked += (m.flags & 1) && m.csize;
        open_member(v, &m, out, sizeof out, &good);
        if (!good)
            return;
    }
    if (rc < 0)
        return;
    t->health = d.zip64 ? HEALTH_LIKELY : HEALTH_SOUND;
    t->secret = locked * 2 > looked;
}

int zip_holds(const struct content_view *v, const uint8_t *head, size_t n, uint64_t size)
{
    struct directory d = {0};
    struct member m;
    uint8_t out[TUNE_BLOCK];
    size_t at = 0;
    int good;

    if (n > sizeof out)
        n = sizeof out;
    if (!n || !load_directory(v, &d))
        return 0;
    while (next_member(&d, &at, &m) > 0)
        if (m.usize == size && open_member(v, &m, out, n, &good) == n && good && !memcmp(out, head, n))
            return 1;
    return 0;
}

int zip_hides(const struct content_view *v)
{
    struct directory d = {0};
    struct member m, largest = {0};
    struct stat_block s;
    uint8_t out[TUNE_BLOCK];
    size_t at = 0, n;
    int good;

    if (!load_directory(v, &d))
        return 0;
    while (next_member(&d, &at, &m) > 0)
        if (m.usize >= largest.usize)
            largest = m;
    n = open_member(v, &largest, out, sizeof out, &good);
    if (!good || n < TUNE_MIN_RANDOM || content_known_magic(out, n))
        return 0;
    stat_measure(out, n, &s);
    return s.grade == GRADE_RANDOM;
}

static int member_intact(const struct content_view *v, const struct member *m, uint64_t data)
{
    uint8_t *in = v->scratch + TUNE_SCRATCH / 2, out[TUNE_BLOCK];
    uLong crc = crc32(0, NULL, 0);
    z_stream z = {0};
    uint64_t done = 0;
    int rc = Z_OK;

    if ((m->flags & 1) || (m->method != 0 && m->method != 8) || m->csize > TUNE_DEEP || m->usize > 4 * TUNE_DEEP)
        return -1;
    if (inflateInit2(&z, -15) != Z_OK)
        return -1;
    while (rc == Z_OK && done < m->csize) {
        size_t n = m->csize - done < TUNE_SCRATCH / 4 ? m->csize - done : TUNE_SCRATCH / 4;

        n = source_read(v->src, data + done, in, n);
        if (!n)
            break;
        done += n;
        if (m->method == 0) {
            crc = crc32(crc, in, (uInt)n);
            continue;
        }
        z.next_in = in;
        z.avail_in = (uInt)n;
        do {
            z.next_out = out;
            z.avail_out = sizeof out;
            rc = inflate(&z, Z_NO_FLUSH);
            crc = crc32(crc, out, (uInt)(sizeof out - z.avail_out));
        } while (rc == Z_OK && (z.avail_in || !z.avail_out) && z.total_out <= m->usize);
        if (rc == Z_BUF_ERROR)
            rc = Z_OK;
    }
    inflateEnd(&z);
    return (m->method == 0 || rc == Z_STREAM_END) && crc == m->crc;
}

int zip_deep(const struct content_view *v, uint64_t from, uint64_t to)
{
    struct directory d = {0};
    struct member m;
    uint64_t budget = TUNE_DEEP;
    size_t at = 0;
    int answer = -1;

    if (!load_directory(v, &d) || d.zip64)
        return -1;
    while (next_member(&d, &at, &m) > 0) {
        uint64_t data;
        int rc;

        if (m.local >= to || m.local + LOCAL_BYTES + m.name_n + m.csize + 4096 < from)
            continue;
        data = data_of(v, &m);
        if (!data)
            return 0;
        if (data >= to || data + m.csize <= from)
            continue;
        if (m.csize > budget)
            continue;
        budget -= m.csize;
        rc = member_intact(v, &m, data);
        if (!rc)
            return 0;
        answer = rc;
    }
    return answer;
}
