/* Compressed streams and archives of encrypted or packed bytes. */
#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "agent/detect/content_stat.h"
#include "agent/detect/content_type.h"

#define UNPACK_IN (64 * 1024) /* compressed bytes read for the start of a stream */
#define UNPACK_ENDED 2          /* *good of a stream that came to its own end */
#define STREAM_OUT (8u << 20)   /* unpacked bytes of a deep check */
#define LZMA_MEMORY (96u << 20) /* xz -9 needs 65 MiB; a stream that asks for more is not opened */
#define ZSTD_WINDOW 27          /* 128 MiB, what the zstd program itself accepts */

size_t content_inflate(const uint8_t *in, size_t n, int window, uint8_t *out, size_t max, int *good)
{
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)in, .avail_in = (uInt)n, .next_out = out, .avail_out = (uInt)max};
    int rc;

    if (inflateInit2(&z, window) != Z_OK) {
        *good = 1; /* out of memory says nothing about the content */
        return 0;
    }
    rc = inflate(&z, Z_SYNC_FLUSH);
    inflateEnd(&z);
    *good = rc == Z_STREAM_END ? UNPACK_ENDED : rc == Z_OK || rc == Z_BUF_ERROR;
    return z.total_out;
}

static size_t open_xz(const uint8_t *in, size_t n, uint8_t *out, size_t max, int *good)
{
    lzma_stream s = LZMA_STREAM_INIT;
    lzma_ret rc = lzma_stream_decoder(&s, LZMA_MEMORY, 0);

    if (rc == LZMA_OK) {
        s.next_in = in;
        s.avail_in = n;
        s.next_out = out;
        s.avail_out = max;
        rc = lzma_code(&s, LZMA_RUN);
    }
    lzma_end(&s);
    *good = rc == LZMA_STREAM_END ? UNPACK_ENDED : rc != LZMA_DATA_ERROR && rc != LZMA_FORMAT_ERROR && rc != LZMA_OPTIONS_ERROR;
    return s.total_out;
}

static size_t open_zstd(const uint8_t *in, size_t n, uint8_t *out, size_t max, int *good)
{
    ZSTD_DStream *s = ZSTD_createDStream();
    ZSTD_inBuffer from = {in, n, 0};
    ZSTD_outBuffer to = {out, max, 0};
    size_t rc = 1;

    *good = 1;
    if (!s)
        return 0;
    ZSTD_DCtx_setParameter(s, ZSTD_d_windowLogMax, ZSTD_WINDOW);
    while (to.pos < to.size && from.pos < from.size) {
        rc = ZSTD_decompressStream(s, &to, &from);
        if (ZSTD_isError(rc) || !rc)
            break;
    }
    ZSTD_freeDStream(s);
    *good = ZSTD_isError(rc) ? 0 : rc ? 1 : UNPACK_ENDED;
    return to.pos;
}

static size_t open_bzip2(const uint8_t *in, size_t n, uint8_t *out, size_t max, int *good)
{
    bz_stream s = {.next_in = (char *)(uintptr_t)in, .avail_in = (unsigned)n, .next_out = (char *)out, .avail_out = (unsigned)max};
    int rc;

    *good = 1;
    if (BZ2_bzDecompressInit(&s, 0, 1) != BZ_OK)
        return 0;
    do
        rc = BZ2_bzDecompress(&s);
    while (rc == BZ_OK && s.avail_in && s.avail_out);
    BZ2_bzDecompressEnd(&s);
    *good = rc == BZ_STREAM_END ? UNPACK_ENDED : rc == BZ_OK || rc == BZ_MEM_ERROR;
    return max - s.avail_out;
}

static size_t unpack(const uint8_t *in, size_t n, uint32_t type, uint8_t *out, size_t max, int *good)
{
    *good = 0;
    switch (type) {
    case TYPE_GZIP: return content_inflate(in, n, 15 + 32, out, max, good); /* gzip or zlib by its header */
    case TYPE_XZ: return open_xz(in, n, out, max, good);
    case TYPE_ZSTD: return open_zstd(in, n, out, max, good);
    case TYPE_BZIP2: return open_bzip2(in, n, out, max, good);
    default: return 0;
    }
}

size_t content_unpack(const struct content_view *v, uint32_t type, size_t in, uint8_t *out, size_t max, int *good)
{
    size_t n = source_read(v->src, 0, v->scratch, in < UNPACK_IN ? in : UNPACK_IN);

    return unpack(v->scratch, n, type, out, max, good);
}

static int is_zlib(const uint8_t *h, size_t n)
{
    return n >= 8 && (h[0] & 0x0f) == 8 && h[0] >> 4 <= 7 && be16(h) % 31 == 0 && !(h[1] & 0x20);
}

void check_stream(const struct content_view *v, struct content_type *t)
{
    int plain = t->type == TYPE_GZIP && (v->head_n < 2 || v->head[0] != 0x1f), good;
    uint8_t out[TUNE_BLOCK];
    size_t n;

    if (plain && !is_zlib(v->head, v->head_n)) {
        t->type = TYPE_UNKNOWN;
        return;
    }
    if (t->type == TYPE_BZIP2) { /* unpacking its block takes milliseconds: only content_deep and content_holds do */
        t->health = v->head_n >= 10 && (!memcmp(v->head + 4, "\x31\x41\x59\x26\x53\x59", 6) || !memcmp(v->head + 4, "\x17\x72\x45\x38\x50\x90", 6))
                        ? HEALTH_SOUND : HEALTH_BROKEN;
        return;
    }
    n = content_unpack(v, t->type, TUNE_BLOCK, out, sizeof out, &good);
    t->health = good && (n || t->type != TYPE_GZIP || v->src->size < TUNE_WIPE_MIN) ? HEALTH_SOUND : HEALTH_BROKEN;
    if (plain && (!good || n < TUNE_MIN_RANDOM / 2))
        t->type = TYPE_UNKNOWN;
}

/* ---- 7z, RAR -------------------------------------------------------------------------------- */
static int holds_bytes(const uint8_t *p, size_t n, const char *what, size_t what_n)
{
    for (size_t i = 0; i + what_n <= n; i++)
        if (p[i] == (uint8_t)what[0] && !memcmp(p + i, what, what_n))
            return 1;
    return 0;
}

void check_7z(const struct content_view *v, struct content_type *t)
{
    const uint8_t *h = v->head;
    uint64_t at, size;
    size_t n;

    t->health = HEALTH_BROKEN;
    if (v->head_n < 32 || crc32(0, h + 12, 20) != le32(h + 8))
        return;
    at = le64(h + 12);
    size = le64(h + 20);
    if (at > v->src->size || size > v->src->size || at + size + 32 > v->src->size)
        return;
    if (size <= TUNE_SCRATCH) {
        n = source_read(v->src, 32 + at, v->scratch, size);
        if (n != size || crc32(0, v->scratch, (uInt)n) != le32(h + 28))
            return;
        t->secret = holds_bytes(v->scratch, n, "\x06\xf1\x07\x01", 4);
    }
    t->health = HEALTH_SOUND;
}

static uint64_t vint(const uint8_t *p, size_t n, size_t *at)
{
    uint64_t value = 0;

    for (unsigned shift = 0; *at < n && shift < 63; shift += 7) {
        uint8_t c = p[(*at)++];

        value |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80))
            break;
    }
    return value;
}

void check_rar(const struct content_view *v, struct content_type *t)
{
    const uint8_t *h = v->head;
    size_t at = 12, n = v->head_n, size;

    t->health = HEALTH_BROKEN;
    if (n < 24)
        return;
    if (h[6] == 0) { /* version 4: CRC16, type 0x73, flags */
        uint32_t bytes = le16(h + 12);

        if (h[9] != 0x73 || bytes < 13 || 7u + bytes > n || (crc32(0, h + 9, bytes - 2) & 0xffff) != le16(h + 7))
            return;
        t->secret = (le16(h + 10) & 0x80) != 0;
        t->health = HEALTH_SOUND;
        return;
    }
    size = (size_t)vint(h, n, &at);
    if (size > n - at || crc32(0, h + 12, (uInt)(at - 12 + size)) != le32(h + 8))
        return;
    t->secret = h[at] == 4;
    t->health = HEALTH_SOUND;
}

/* ---- OpenPGP (RFC 4880), openssl enc, age ---------------------------------------------------- */
/* Packet at `at`: its tag, its end; 0 when the bits do not fit. */
static unsigned pgp_packet(const uint8_t *p, size_t n, size_t *at)
{
    unsigned tag;
    size_t i = *at, length;

    if (i + 6 > n || !(p[i] & 0x80))
        return 0;
    if (p[i] & 0x40) {
        tag = p[i] & 0x3f;
        length = p[i + 1];
        if (length >= 224)
            return tag; /* partial body or five bytes: only the data packet has that */
        i += length < 192 ? 2 : 3;
        length = length < 192 ? length : ((length - 192) << 8) + p[*at + 2] + 192;
    } else {
        tag = (p[i] >> 2) & 0x0f;
        if ((p[i] & 3) > 1)
            return tag;
        length = (p[i] & 3) ? be16(p + i + 1) : p[i + 1];
        i += (p[i] & 3) ? 3 : 2;
    }
    *at = i + length;
    return tag;
}

void check_pgp(const struct content_view *v, struct content_type *t)
{
    size_t at = 0, body = 2;
    unsigned tag, packets = 0;

    if (v->head_n > 8 && v->head[0] >> 1 == 0x98 >> 1 && (v->head[2 + (v->head[0] & 1)] | 1) == 5) {
        t->type = TYPE_DATABASE; /* a ring of public keys */
        return;
    }
    if (v->head_n >= 8 && (v->head[0] == '-' || v->head[0] == 'S' || v->head[0] == 'a')) {
        t->secret = (v->head_n > 22 && !memcmp(v->head, "-----BEGIN PGP MESSAGE", 22)) || !memcmp(v->head, "Salted__", 8) ||
                    (v->head_n > 22 && !memcmp(v->head, "age-encryption.org/", 19));
        t->health = HEALTH_SOUND;
        if (!t->secret)
            t->type = TYPE_UNKNOWN;
        return;
    }
    if (v->head_n > 8 && (v->head[0] & 0x83) == 0x81)
        body = 3;
    for (size_t last = 0; (tag = pgp_packet(v->head, v->head_n, &at)) == 1 || tag == 3; last = at) {
        if (!packets++ && v->head[body] != (tag == 1 ? 3 : 4))
            break;
        if (at <= last || at >= v->head_n)
            break; /* a length that leads nowhere */
    }
    if (!packets || (tag != 9 && tag != 18 && tag != 20)) {
        t->type = TYPE_UNKNOWN;
        return;
    }
    t->health = HEALTH_SOUND;
    t->secret = 1;
}

/* ---- the three questions ------------------------------------------------------------------------ */
static int is_stream(uint32_t type)
{
    return type == TYPE_GZIP || type == TYPE_XZ || type == TYPE_ZSTD || type == TYPE_BZIP2;
}

static int is_zip(uint32_t type)
{
    return type == TYPE_ZIP || type == TYPE_OOXML || type == TYPE_ODF;
}

int content_holds(const struct content_view *v, const struct content_type *t, const uint8_t *head, size_t n, uint64_t size)
{
    uint8_t out[TUNE_BLOCK];
    size_t got;
    int good;

    if (is_zip(t->type))
        return zip_holds(v, head, n, size);
    if (t->type == TYPE_TAR)
        return tar_holds(v, head, n, size);
    if (!is_stream(t->type) || !n)
        return 0;
    got = content_unpack(v, t->type, UNPACK_IN, out, sizeof out, &good);
    return got && !memcmp(out, head, got < n ? got : n);
}

int content_hides(const struct content_view *v, const struct content_type *t)
{
    uint8_t out[TUNE_BLOCK];
    struct stat_block s;
    size_t n;
    int good;

    if (is_zip(t->type))
        return zip_hides(v);
    if (!is_stream(t->type))
        return 0;
    n = content_unpack(v, t->type, UNPACK_IN, out, sizeof out, &good);
    if (n < TUNE_MIN_RANDOM || content_known_magic(out, n))
        return 0;
    stat_measure(out, n, &s);
    return s.grade == GRADE_RANDOM;
}

/* Unpack the whole stream, as far as TUNE_DEEP goes: its checksums tell. */
static int stream_deep(const struct content_view *v, uint32_t type)
{
    uint8_t *in, *out;
    size_t n = v->src->size < TUNE_DEEP ? (size_t)v->src->size : TUNE_DEEP, got, made = STREAM_OUT;
    int good = 1;

    in = malloc(n);
    out = malloc(STREAM_OUT);
    if (in && out) {
        got = source_read(v->src, 0, in, n);
        made = unpack(in, got, type, out, STREAM_OUT, &good);
    }
    free(in);
    free(out);
    if (!good || good == UNPACK_ENDED)
        return good != 0;
    return v->src->size > TUNE_DEEP || made == STREAM_OUT ? -1 : 0; /* whole, and no end in it */
}

int content_deep(const struct content_view *v, const struct content_type *t, uint64_t from, uint64_t to)
{
    if (is_zip(t->type))
        return zip_deep(v, from, to);
    if (is_stream(t->type))
        return stream_deep(v, t->type);
    if (t->type == TYPE_PNG)
        return png_deep(v, from, to);
    if (t->type == TYPE_JPEG)
        return jpeg_deep(v, from, to);
    return -1;
}
