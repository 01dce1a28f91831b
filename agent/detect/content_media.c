/* Pictures, sound and film: walks over markers, chunks, boxes and frames. */
#include <string.h>
#include <zlib.h>

#include "agent/detect/content_stat.h"
#include "agent/detect/content_type.h"

/* 1: the block in the middle of [from, size) looks random - for formats whose body cannot. */
static int random_inside(const struct content_view *v, uint64_t from)
{
    struct stat_block s;
    uint8_t b[TUNE_BLOCK];
    uint64_t room = v->src->size > from ? v->src->size - from : 0;
    size_t n = source_read(v->src, from + (room > sizeof b ? (room - sizeof b) / 2 : 0), b, sizeof b);

    stat_measure(b, n, &s);
    return s.grade == GRADE_RANDOM && n >= 1024;
}

/* ---- JPEG ------------------------------------------------------------------------- */
/* In entropy-coded data every FF is followed by 00, a restart or a true marker.
 * In 4 KiB of cipher text 15 are not; 6 are tolerated (an embedded profile or preview). */
static int jpeg_stretch_bad(const uint8_t *p, size_t n, unsigned tolerated)
{
    unsigned bad = 0;

    for (size_t i = 0; i + 1 < n; i++) {
        uint8_t c = p[i + 1];

        if (p[i] != 0xff)
            continue;
        if (c == 0 || c == 0xff || (c >= 0xd0 && c <= 0xdd) || c == 0xc4 || c == 0xfe || (c >= 0xe0 && c <= 0xe2))
            continue;
        bad++;
    }
    return bad > tolerated;
}

/* Offset of the first scan's data; 0 when the markers do not lead there. */
static uint64_t jpeg_scan(const struct content_view *v)
{
    uint64_t at = 2;

    for (int i = 0; i < 512; i++) {
        uint8_t m[4];

        if (source_read(v->src, at, m, sizeof m) != sizeof m || m[0] != 0xff || m[1] < 0xc0)
            return 0;
        if (m[1] == 0xff) {
            at++;
            continue;
        }
        if (be16(m + 2) < 2)
            return 0;
        at += 2 + be16(m + 2);
        if (m[1] == 0xda)
            return at;
    }
    return 0;
}

static int jpeg_tail(const struct content_view *v)
{
    for (size_t i = v->tail_n; i-- > 1;)
        if (v->tail[i] == 0xd9 && v->tail[i - 1] == 0xff)
            return 1;
    return 0;
}

/* Film behind the picture (phones) breaks the rule honestly. */
static int jpeg_moving(const struct content_view *v)
{
    for (size_t i = 0; i + 11 < v->head_n; i++)
        if (v->head[i] == 'M' && (!memcmp(v->head + i, "MotionPhoto", 11) || !memcmp(v->head + i, "MicroVideo", 10)))
            return 1;
    return 0;
}

void check_jpeg(const struct content_view *v, struct content_type *t)
{
    uint8_t b[TUNE_BLOCK];
    uint64_t scan = jpeg_scan(v);
    unsigned bad = 0;
    size_t n;

    t->health = HEALTH_BROKEN;
    if (!scan)
        return;
    n = source_read(v->src, scan, b, sizeof b);
    if (jpeg_stretch_bad(b, n, 6))
        return;
    t->health = HEALTH_LIKELY;
    if (jpeg_moving(v))
        return;
    for (unsigned i = 1; i < 4 && v->src->size > scan + 4 * sizeof b; i++) {
        n = source_read(v->src, scan + (v->src->size - scan) / 4 * i, b, sizeof b);
        bad += (unsigned)jpeg_stretch_bad(b, n, 6);
    }
    t->health = bad > 1 ? HEALTH_BROKEN : bad || !jpeg_tail(v) ? HEALTH_LIKELY : HEALTH_SOUND;
}

int jpeg_deep(const struct content_view *v, uint64_t from, uint64_t to)
{
    uint64_t scan = jpeg_scan(v), n = to - from;

    if (!scan || from < scan || jpeg_moving(v))
        return scan ? -1 : 0;
    n = source_read(v->src, from, v->scratch, n < TUNE_SCRATCH ? n : TUNE_SCRATCH);
    return !jpeg_stretch_bad(v->scratch, n, 1);
}

/* ---- PNG --------------------------------------------------------------------------- */
#define PNG_CRC_BUDGET (128 * 1024) /* bytes of sampled chunks that are summed up: 40 us */
#define PNG_CHUNKS 96

static int png_name(const uint8_t *p)
{
    for (int i = 0; i < 4; i++)
        if ((p[i] | 32) < 'a' || (p[i] | 32) > 'z')
            return 0;
    return 1;
}

/* 1: the checksum of the chunk at `at` with `n` data bytes is right. */
static int png_crc(const struct content_view *v, uint64_t at, size_t n)
{
    uLong crc = crc32(0, NULL, 0);
    uint8_t want[4];
    uint64_t from = at + 4, left = n + 4;

    while (left) {
        size_t got = source_read(v->src, from, v->scratch, left < TUNE_SCRATCH ? left : TUNE_SCRATCH);

        if (!got)
            return 0;
        crc = crc32(crc, v->scratch, (uInt)got);
        from += got;
        left -= got;
    }
    return source_read(v->src, at + 8 + n, want, 4) == 4 && be32(want) == crc;
}

void check_png(const struct content_view *v, struct content_type *t)
{
    uint64_t at = 8;
    size_t budget = PNG_CRC_BUDGET;
    int ended = 0;

    t->health = HEALTH_BROKEN;
    for (int i = 0; i < PNG_CHUNKS && !ended; i++) {
        uint8_t h[8];
        uint32_t n;

        if (source_read(v->src, at, h, sizeof h) != sizeof h || !png_name(h + 4))
            return;
        n = be32(h);
        if (i == 0 && (n != 13 || memcmp(h + 4, "IHDR", 4)))
            return;
        if (n > v->src->size || at + 12 + n > v->src->size)
            return;
        if (n <= budget && (i < 8 || i % 4 == 0)) {
            if (!png_crc(v, at, n))
                return;
            budget -= n;
        }
        ended = !memcmp(h + 4, "IEND", 4);
        at += 12 + n;
    }
    if (!ended)
        for (size_t i = 0; i + 8 <= v->tail_n && !ended; i++)
            ended = v->tail[i] == 'I' && !memcmp(v->tail + i, "IEND\xae\x42\x60\x82", 8);
    t->health = ended ? HEALTH_SOUND : HEALTH_BROKEN;
}

int png_deep(const struct content_view *v, uint64_t from, uint64_t to)
{
    uint64_t at = 8;

    for (int i = 0; i < 100000 && at < to; i++) {
        uint8_t h[8];
        uint32_t n;

        if (source_read(v->src, at, h, sizeof h) != sizeof h || !png_name(h + 4))
            return 0;
        n = be32(h);
        if (at + 12 + n > from)
            return n > 8 * TUNE_DEEP ? -1 : png_crc(v, at, n);
        at += 12ull + n;
    }
    return -1;
}

/* ---- GIF, RIFF (WebP, WAV, AVI) ------------------------------------------------------ */
void check_gif(const struct content_view *v, struct content_type *t)
{
    uint8_t *b = v->scratch;
    size_t n = source_read(v->src, 0, b, TUNE_SCRATCH / 4), at = 13;

    t->health = HEALTH_BROKEN;
    if (n < 14)
        return;
    at += b[10] & 0x80 ? 3u << ((b[10] & 7) + 1) : 0;
    while (at < n && b[at] != 0x3b) {
        if (b[at] == 0x21)
            at += 2;
        else if (b[at] == 0x2c && at + 10 < n)
            at += 11 + (b[at + 9] & 0x80 ? 3u << ((b[at + 9] & 7) + 1) : 0);
        else
            break;
        while (at < n && b[at])
            at += 1u + b[at];
        at++;
    }
    if (at >= n ? n < v->src->size : b[at] == 0x3b)
        t->health = memchr(v->tail, 0x3b, v->tail_n) ? HEALTH_SOUND : HEALTH_BROKEN;
}

void check_riff(const struct content_view *v, struct content_type *t)
{
    uint64_t at = 12, says = 8ull + le32(v->head + 4);
    int wave = v->head_n >= 12 && !memcmp(v->head + 8, "WAVE", 4), pcm = 0;

    t->health = HEALTH_BROKEN;
    if (v->head_n < 24)
        return;
    if (!memcmp(v->head + 8, "WEBP", 4))
        t->type = TYPE_WEBP;
    if (says > v->src->size + 1 && le32(v->head + 4) != 0xffffffff)
        return;
    for (int i = 0; i < 32 && at + 8 <= v->src->size; i++) {
        uint8_t h[12];

        if (source_read(v->src, at, h, sizeof h) < 8)
            break;
        for (int k = 0; k < 4; k++)
            if (h[k] < 0x20 || h[k] > 0x7e)
                return;
        pcm = pcm || (wave && !memcmp(h, "fmt ", 4) && (le16(h + 8) == 1 || le16(h + 8) == 3));
        if (pcm && !memcmp(h, "data", 4) && random_inside(v, at + 8))
            return;
        if (le32(h + 4) == 0xffffffff || le32(h + 4) > v->src->size)
            break;
        at += 8 + ((uint64_t)le32(h + 4) + 1) / 2 * 2;
    }
    t->health = HEALTH_SOUND;
    t->packed = !pcm;
}

/* ---- MP4, MOV, HEIC, AVIF -------------------------------------------------------------- */
void check_mp4(const struct content_view *v, struct content_type *t)
{
    uint64_t at = 0;
    int body = 0;

    t->health = HEALTH_BROKEN;
    for (int i = 0; i < 256 && at < v->src->size; i++) {
        uint8_t h[16];
        size_t n = source_read(v->src, at, h, sizeof h);
        uint64_t size = n >= 8 ? be32(h) : 0;

        if (n < 8)
            return;
        for (int k = 4; k < 8; k++)
            if ((h[k] < 0x20 || h[k] > 0x7e) && h[k] != 0xa9)
                return;
        body |= !memcmp(h + 4, "moov", 4) || !memcmp(h + 4, "mdat", 4) || !memcmp(h + 4, "meta", 4) || !memcmp(h + 4, "moof", 4);
        if (size == 1)
            size = n == 16 ? be64(h + 8) : 0;
        else if (size == 0)
            size = v->src->size - at;
        if (size < 8 || size > v->src->size - at)
            return;
        at += size;
    }
    t->health = body ? HEALTH_SOUND : HEALTH_BROKEN;
}

/* ---- MP3 --------------------------------------------------------------------------------- */
/* Bytes of the MPEG audio frame with this header, 0 when it is none. */
static size_t mp3_frame(const uint8_t *h)
{
    static const uint16_t KBPS[2][16] = {{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
                                         {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}};
    static const uint16_t HZ[3] = {44100, 48000, 32000};
    uint32_t version = (h[1] >> 3) & 3, rate = (h[2] >> 2) & 3, low = version != 3, hz, kbps;

    if (h[0] != 0xff || (h[1] & 0xe0) != 0xe0 || version == 1 || ((h[1] >> 1) & 3) != 1 || rate == 3)
        return 0;
    hz = HZ[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    kbps = KBPS[low][h[2] >> 4];
    return kbps ? (low ? 72000 : 144000) * kbps / hz + ((h[2] >> 1) & 1) : 0;
}

/* 1: three frames in a row start somewhere in the bytes. */
static int mp3_chain(const uint8_t *p, size_t n, int anywhere)
{
    for (size_t i = 0; i + 4 <= n; i++) {
        size_t at = i, frames = 0, step;

        while (at + 4 <= n && (step = mp3_frame(p + at)) > 0 && frames < 3) {
            at += step;
            frames++;
        }
        if (frames >= 3 || (frames >= 1 && at + 4 > n))
            return 1;
        if (!anywhere)
            return 0;
    }
    return 0;
}

void check_mp3(const struct content_view *v, struct content_type *t)
{
    const uint8_t *h = v->head;
    uint8_t b[TUNE_BLOCK];
    uint64_t at = 0;
    size_t n;

    if (v->head_n >= 10 && !memcmp(h, "ID3", 3) && !((h[6] | h[7] | h[8] | h[9]) & 0x80))
        at = 10u + ((uint32_t)h[6] << 21 | (uint32_t)h[7] << 14 | (uint32_t)h[8] << 7 | h[9]);
    else if (v->head_n < 4 || !mp3_frame(h)) {
        t->type = TYPE_UNKNOWN;
        return;
    }
    n = source_read(v->src, at, b, sizeof b);
    if (!mp3_chain(b, n, at != 0)) {
        t->health = HEALTH_BROKEN;
        if (!at)
            t->type = TYPE_UNKNOWN;
        return;
    }
    n = source_read(v->src, at + (v->src->size - at) / 2, b, sizeof b);
    t->health = mp3_chain(b, n, 1) ? HEALTH_SOUND : HEALTH_BROKEN;
    t->walked = 1;
}

/* ---- FLAC, Ogg, Matroska --------------------------------------------------------------------- */
void check_flac(const struct content_view *v, struct content_type *t)
{
    uint64_t at = 4;
    uint8_t h[4] = {0};

    t->health = HEALTH_BROKEN;
    for (int i = 0; i < 64 && !(h[0] & 0x80); i++) {
        if (source_read(v->src, at, h, 4) != 4)
            return;
        at += 4u + (be32(h) & 0xffffff);
    }
    if (source_read(v->src, at, h, 2) == 2 && h[0] == 0xff && (h[1] & 0xfc) == 0xf8)
        t->health = HEALTH_SOUND;
}

void check_ogg(const struct content_view *v, struct content_type *t)
{
    uint64_t at = 0;

    t->health = HEALTH_BROKEN;
    for (int i = 0; i < 32 && at < v->src->size; i++) {
        uint8_t h[27 + 255];
        size_t n = source_read(v->src, at, h, sizeof h);

        if (n < 27 || memcmp(h, "OggS", 4) || n < 27u + h[26])
            return;
        at += 27u + h[26];
        for (int k = 0; k < h[26]; k++)
            at += h[27 + k];
    }
    for (size_t i = 0; at < v->src->size && i + 4 <= v->tail_n; i++)
        if (v->tail[i] == 'O' && !memcmp(v->tail + i, "OggS", 4))
            at = v->src->size;
    t->health = at >= v->src->size ? HEALTH_SOUND : HEALTH_LIKELY;
}

/* A variable-length number of EBML: value, *n its bytes; 0 bytes when it is none. */
static uint64_t ebml_number(const uint8_t *p, size_t have, size_t *n, int keep)
{
    uint64_t v;
    size_t bytes = p[0] ? (size_t)__builtin_clz((unsigned)p[0]) - 23 : 9;

    *n = 0;
    if (bytes > 8 || bytes > have)
        return 0;
    v = keep ? p[0] : p[0] & (0xffu >> bytes);
    for (size_t i = 1; i < bytes; i++)
        v = v << 8 | p[i];
    *n = bytes;
    return v;
}

/* Header and size of the element at *at; its id, 0 when it is none. */
static uint64_t ebml_element(const struct content_view *v, uint64_t at, uint64_t *body, uint64_t *size)
{
    uint8_t h[16] = {0};
    size_t have = source_read(v->src, at, h, sizeof h), a, b = 0;
    uint64_t id = have < 2 ? 0 : ebml_number(h, have < 4 ? have : 4, &a, 1);

    if (!id || a > 4)
        return 0;
    *size = ebml_number(h + a, have - a, &b, 0);
    *body = at + a + b;
    return b ? id : 0;
}

void check_mkv(const struct content_view *v, struct content_type *t)
{
    static const uint32_t KNOWN[] = {0x114d9b74, 0x1549a966, 0x1654ae6b, 0x1f43b675, 0x1c53bb6b, 0x1254c367, 0x1043a770,
                                     0x1941a469, 0xec, 0xbf};
    uint64_t at, size, id;

    t->health = HEALTH_BROKEN;
    t->walked = 1;
    if (ebml_element(v, 0, &at, &size) != 0x1a45dfa3 || ebml_element(v, at + size, &at, &size) != 0x18538067)
        return;
    for (int i = 0; i < 256 && at < v->src->size; i++) {
        size_t k = 0;

        id = ebml_element(v, at, &at, &size);
        while (k < sizeof KNOWN / sizeof *KNOWN && KNOWN[k] != id)
            k++;
        if (k == sizeof KNOWN / sizeof *KNOWN)
            return;
        if (size >= (1ull << 56) - 1 || size > v->src->size - at) {
            t->health = HEALTH_LIKELY; /* a live stream does not know its sizes */
            return;
        }
        at += size;
    }
    t->health = HEALTH_SOUND;
}

/* ---- TIFF, BMP --------------------------------------------------------------------------------- */
void check_tiff(const struct content_view *v, struct content_type *t)
{
    int big = v->head[0] == 'M', plain = 0;
    uint32_t at = v->head_n < 8 ? 0 : big ? be32(v->head + 4) : le32(v->head + 4), n, last = 0;
    uint8_t b[2];

    t->health = HEALTH_BROKEN;
    if (at < 8 || source_read(v->src, at, b, 2) != 2)
        return;
    n = big ? be16(b) : le16(b);
    for (uint32_t i = 0; i < n && i < 64; i++) {
        uint8_t e[12];
        uint32_t tag;

        if (source_read(v->src, at + 2ull + 12ull * i, e, 12) != 12)
            return;
        tag = big ? be16(e) : le16(e);
        if (tag < last || (big ? be16(e + 2) : le16(e + 2)) > 18)
            return;
        plain |= tag == 259 && (big ? be16(e + 8) : le16(e + 8)) == 1;
        last = tag;
    }
    t->health = !n || n > 4096 || (plain && random_inside(v, 8)) ? HEALTH_BROKEN : HEALTH_SOUND;
    t->packed = !plain;
}

void check_bmp(const struct content_view *v, struct content_type *t)
{
    uint32_t dib = v->head_n >= 54 ? le32(v->head + 14) : 0;

    if (dib < 12 || dib > 124 || le32(v->head + 10) >= v->src->size) {
        t->type = TYPE_UNKNOWN;
        return;
    }
    t->health = random_inside(v, le32(v->head + 10)) ? HEALTH_BROKEN : HEALTH_SOUND;
}

/* ---- MPEG transport stream ------------------------------------------------------------------------ */
void check_mpegts(const struct content_view *v, struct content_type *t)
{
    for (size_t at = 0; at < 5 * 188; at += 188)
        if (at >= v->head_n || v->head[at] != 0x47) {
            t->type = TYPE_UNKNOWN;
            return;
        }
}
