/* Documents, archives of old and databases: OLE, PDF, SQLite, tar, ELF, pages. */
#include <string.h>

#include "agent/detect/content_stat.h"
#include "agent/detect/content_type.h"

/* memmem is not POSIX. */
static const uint8_t *find(const uint8_t *p, size_t n, const char *what, size_t what_n)
{
    const uint8_t *end = p + n, *at = p;

    while (at && (size_t)(end - at) >= what_n) {
        at = memchr(at, what[0], (size_t)(end - at) - what_n + 1);
        if (at && !memcmp(at, what, what_n))
            return at;
        at = at ? at + 1 : NULL;
    }
    return NULL;
}

static const uint8_t *find_last(const uint8_t *p, size_t n, const char *what, size_t what_n)
{
    for (size_t i = n >= what_n ? n - what_n + 1 : 0; i-- > 0;)
        if (p[i] == (uint8_t)what[0] && !memcmp(p + i, what, what_n))
            return p + i;
    return NULL;
}

/* ---- OLE compound file ---------------------------------------------------------- */
void check_ole(const struct content_view *v, struct content_type *t)
{
    static const char ROOT[] = "R\0o\0o\0t\0 \0E\0n\0t\0r\0y";
    static const char SECRET[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    uint8_t sector[TUNE_BLOCK];
    const uint8_t *h = v->head;
    uint32_t shift, fat;
    size_t n;

    t->health = HEALTH_BROKEN;
    if (v->head_n < 512 || le16(h + 28) != 0xfffe)
        return;
    shift = le16(h + 30);
    if (shift != 9 && shift != 12)
        return;
    n = source_read(v->src, (le32(h + 48) + 1ull) << shift, sector, (size_t)1 << shift);
    if (n < 128 || memcmp(sector, ROOT, sizeof ROOT - 1))
        return;
    t->secret = find(sector, n, SECRET, sizeof SECRET - 1) != NULL;
    fat = le32(h + 76);
    n = source_read(v->src, (fat + 1ull) << shift, sector, (size_t)1 << shift);
    if (n < (size_t)1 << shift || (fat < n / 4 && le32(sector + 4 * fat) != 0xfffffffd))
        return;
    t->health = HEALTH_SOUND;
}

/* ---- PDF ------------------------------------------------------------------------- */
static uint64_t digits(const uint8_t *p, size_t n, size_t *used)
{
    uint64_t v = 0;
    size_t i = 0;

    while (i < n && (p[i] == ' ' || p[i] == '\r' || p[i] == '\n'))
        i++;
    for (*used = 0; i < n && p[i] >= '0' && p[i] <= '9' && *used < 15; i++, ++*used)
        v = v * 10 + (uint64_t)(p[i] - '0');
    if (*used)
        *used = i;
    return v;
}

/* "12 0 obj" at `at`? */
static int pdf_object(const struct content_view *v, uint64_t at)
{
    uint8_t b[40];
    size_t n = source_read(v->src, at, b, sizeof b), used, more;

    digits(b, n, &used);
    if (!used)
        return 0;
    digits(b + used, n - used, &more);
    return more && find(b + used + more, n - used - more, "obj", 3) != NULL;
}

/* Sampled entries of a classic cross reference table must lead to objects. */
static int pdf_table(const struct content_view *v, uint64_t at, uint64_t base)
{
    uint8_t b[2048];
    size_t n = source_read(v->src, at, b, sizeof b), i = 4, used;
    unsigned looked = 0, bad = 0;

    for (; i + 20 <= n && looked < 6; i++) {
        if ((b[i + 17] != 'n' && b[i + 17] != 'f') || b[i + 10] != ' ' || b[i + 16] != ' ')
            continue;
        if (b[i + 17] == 'n' && (looked == 0 || i % 3 == 0)) {
            looked++;
            bad += !pdf_object(v, base + digits(b + i, 10, &used));
        }
        i += 18;
    }
    return bad * 2 <= looked;
}

void check_pdf(const struct content_view *v, struct content_type *t)
{
    const uint8_t *start = find(v->head, v->head_n < 1024 ? v->head_n : 1024, "%PDF-", 5), *x;
    uint8_t b[8];
    uint64_t at, base;
    size_t used;

    if (!start) {
        t->type = TYPE_UNKNOWN;
        return;
    }
    t->health = HEALTH_BROKEN;
    base = (uint64_t)(start - v->head);
    x = find_last(v->tail, v->tail_n, "startxref", 9);
    if (!x || !find_last(x, v->tail_n - (size_t)(x - v->tail), "%%EOF", 5))
        return;
    at = digits(x + 9, v->tail_n - (size_t)(x - v->tail) - 9, &used);
    if (!used || source_read(v->src, base + at, b, sizeof b) != sizeof b)
        return;
    if (find(b, sizeof b, "xref", 4)) {
        if (!pdf_table(v, base + at, base))
            return;
    } else if (!pdf_object(v, base + at)) {
        return;
    }
    t->health = HEALTH_SOUND;
}

/* ---- SQLite ------------------------------------------------------------------------ */
/* A page that SQLite could have written: b-tree, overflow, free list, pointer map, zero. */
static int sqlite_page(const uint8_t *p, uint32_t pages)
{
    return p[0] == 2 || p[0] == 5 || p[0] == 10 || p[0] == 13 || be32(p) <= pages || (p[0] <= 5 && be32(p + 1) <= pages);
}

void check_sqlite(const struct content_view *v, struct content_type *t)
{
    uint32_t size = be16(v->head + 16), pages, bad = 0, looked = 0;
    uint64_t real;

    t->health = HEALTH_BROKEN;
    if (v->head_n < 101)
        return;
    size = size == 1 ? 65536 : size;
    if (size < 512 || (size & (size - 1)) || v->head[21] != 64 || v->head[22] != 32 || v->head[23] != 32)
        return;
    if (v->head[100] != 13 && v->head[100] != 5)
        return;
    real = v->src->size / size;
    pages = real > 0x7fffffff ? 0x7fffffff : (uint32_t)real;
    for (uint32_t i = 1; i < 8 && pages > 8; i++) {
        uint8_t p[8];
        uint64_t page = (uint64_t)pages * i / 8;

        if (source_read(v->src, page * size, p, sizeof p) != sizeof p)
            continue;
        looked++;
        bad += !sqlite_page(p, pages + 65536); /* the file may be behind its WAL */
    }
    t->health = bad * 2 > looked ? HEALTH_BROKEN : HEALTH_SOUND;
}

/* PostgreSQL (8 KiB pages, layout version 4) and InnoDB (16 KiB) have no magic. */
static int postgres_page(const uint8_t *p)
{
    uint32_t lower = le16(p + 12), upper = le16(p + 14), special = le16(p + 16);

    return le16(p + 18) == 0x2004 && lower >= 24 && lower <= upper && upper <= special && special <= 8192;
}

void check_pages(const struct content_view *v, struct content_type *t)
{
    t->any_inside = 1;
    if (v->src->size % 8192 == 0 && v->head_n == TUNE_BLOCK && postgres_page(v->head)) {
        t->health = HEALTH_SOUND;
        return;
    }
    if (v->src->size % 16384 == 0 && v->head_n == TUNE_BLOCK && be32(v->head + 4) == 0 && be16(v->head + 24) == 8 &&
        be32(v->head + 34) == be32(v->head + 38 - 4)) {
        t->health = HEALTH_LIKELY;
        return;
    }
    t->type = TYPE_UNKNOWN;
}

/* ---- tar ------------------------------------------------------------------------------ */
static uint64_t octal(const uint8_t *p, size_t n)
{
    uint64_t v = 0;

    if (p[0] & 0x80) { /* GNU: base 256 */
        for (size_t i = n - 8; i < n; i++)
            v = v << 8 | p[i];
        return v;
    }
    for (size_t i = 0; i < n; i++)
        if (p[i] >= '0' && p[i] <= '7')
            v = v * 8 + (uint64_t)(p[i] - '0');
    return v;
}

int tar_header(const uint8_t *p, uint64_t *size)
{
    uint32_t sum = 8 * ' ';

    for (size_t i = 0; i < 512; i++)
        sum += i >= 148 && i < 156 ? 0 : p[i];
    *size = octal(p + 124, 12);
    return p[0] && sum == octal(p + 148, 8);
}

void check_tar(const struct content_view *v, struct content_type *t)
{
    uint64_t at = 0, size;
    int magic = v->head_n >= 512 && !memcmp(v->head + 257, "ustar", 5);

    if (v->head_n < 512 || !tar_header(v->head, &size)) {
        if (magic)
            t->health = HEALTH_BROKEN;
        else
            t->type = TYPE_UNKNOWN;
        return;
    }
    t->health = HEALTH_SOUND;
    for (int i = 0; i < 8; i++) {
        uint8_t h[512];

        if (source_read(v->src, at, h, sizeof h) != sizeof h || (!h[0] && stat_constant(h, sizeof h, 1)))
            return;
        if (!tar_header(h, &size) || size > v->src->size) {
            t->health = HEALTH_BROKEN;
            return;
        }
        if (strchr("12345", h[156] ? h[156] : '0'))
            size = 0; /* links and devices carry no data */
        at += 512 + (size + 511) / 512 * 512;
    }
}

int tar_holds(const struct content_view *v, const uint8_t *head, size_t n, uint64_t size)
{
    uint64_t at = 0, member;
    uint8_t h[512], b[TUNE_BLOCK];

    if (n > sizeof b)
        n = sizeof b;
    for (int i = 0; i < 32; i++) {
        if (source_read(v->src, at, h, sizeof h) != sizeof h || !tar_header(h, &member))
            return 0;
        if (member == size && source_read(v->src, at + 512, b, n) == n && !memcmp(b, head, n))
            return 1;
        at += 512 + (member + 511) / 512 * 512;
    }
    return 0;
}

/* ---- ELF ---------------------------------------------------------------------------------- */
void check_elf(const struct content_view *v, struct content_type *t)
{
    const uint8_t *h = v->head;
    uint64_t table, bytes;

    t->health = HEALTH_BROKEN;
    if (v->head_n < 52 || h[4] < 1 || h[4] > 2 || h[5] < 1 || h[5] > 2 || h[6] != 1)
        return;
    t->health = HEALTH_LIKELY;
    if (h[5] != 1 || v->head_n < 64)
        return;
    table = h[4] == 2 ? le64(h + 32) : le32(h + 28);
    bytes = h[4] == 2 ? 56ull * le16(h + 56) : 32ull * le16(h + 44);
    t->health = table <= v->src->size && bytes <= v->src->size - table ? HEALTH_SOUND : HEALTH_BROKEN;
}
