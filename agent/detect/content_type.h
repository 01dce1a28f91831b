/* What a content is, told by structure and not only by its first bytes.
 *
 * Pure over a content_view that content.c fills; checks read more by position
 * when they must, never more than TUNE_SCRATCH at once. */
#ifndef MM_AGENT_DETECT_CONTENT_TYPE_H
#define MM_AGENT_DETECT_CONTENT_TYPE_H

#include "agent/detect/content_source.h"
#include "agent/detect/content_tune.h"
#include "agent/detect/facts.h"

enum health {
    HEALTH_BROKEN = 0, /* the magic is there and the structure contradicts it */
    HEALTH_LIKELY,     /* nothing contradicts, but little could be checked */
    HEALTH_SOUND,      /* the structure fits from the first to the last byte looked at */
};

/* One content with its first and last block at hand. */
struct content_view {
    const struct content_source *src;
    uint8_t head[TUNE_BLOCK], tail[TUNE_BLOCK];
    size_t head_n, tail_n;
    uint64_t tail_at;  /* offset of tail[0] */
    uint8_t *scratch;  /* TUNE_SCRATCH bytes, the caller's, for the checks */
};

struct content_type {
    uint32_t type;      /* enum file_type */
    enum health health;
    uint32_t secret;    /* 1: sound, and a container of encrypted bytes (PGP, zip or 7z with password) */
    uint32_t any_inside;/* 1: a disk image or database whose blocks may hold anything */
    uint32_t walked;    /* 1: the check looked at the body too, not only at both ends */
    uint32_t packed;    /* 1: body is compressed by itself: random-looking blocks are honest */
};

/* Fill view->head and tail. */
void content_view_load(struct content_view *v, const struct content_source *src, uint8_t *scratch);
/* Decide what it is. */
void content_type_of(const struct content_view *v, struct content_type *out);
/* 1: a type that people make and keep: losing it is losing a document. */
int content_type_document(uint32_t type);

/* ---- checks, one per format; each sees a view whose magic fits ---------------- */
typedef void content_check(const struct content_view *v, struct content_type *t);
content_check check_zip, check_ole, check_pdf, check_sqlite, check_tar, check_elf, check_pages;
content_check check_jpeg, check_png, check_gif, check_riff, check_mp4, check_mp3, check_flac, check_ogg, check_mkv, check_tiff, check_bmp, check_mpegts;
content_check check_stream, check_7z, check_rar, check_pgp;

/* The first bytes inside a compressed stream (gzip, zlib, xz, zstd, bzip2), made
 * of at most `in` packed bytes; bytes put to `out`, *good 0 when it is invalid,
 * 2 when it came to its end. */
size_t content_unpack(const struct content_view *v, uint32_t type, size_t in, uint8_t *out, size_t max, int *good);
/* The same for one raw deflate stream in memory; *good 0 when it is invalid. */
size_t content_inflate(const uint8_t *in, size_t n, int window, uint8_t *out, size_t max, int *good);

/* Does a container (zip, tar, stream) hold `n` bytes `head`, the beginning of an
 * original of `size` bytes?  1 yes, 0 no or cannot say. */
int content_holds(const struct content_view *v, const struct content_type *t, const uint8_t *head, size_t n, uint64_t size);
/* Sample what a healthy container holds: 1 when it is only random bytes. */
int content_hides(const struct content_view *v, const struct content_type *t);
/* Settle a doubt at a high price: do the checksums of the parts that overlap
 * [from, to) fit?  1 yes, 0 no, -1 cannot say.  Reads TUNE_DEEP at most. */
int content_deep(const struct content_view *v, const struct content_type *t, uint64_t from, uint64_t to);

/* 1: the bytes begin with a magic of the table. */
int content_known_magic(const uint8_t *p, size_t n);
/* The parts of the three questions above, by format. */
int zip_holds(const struct content_view *v, const uint8_t *head, size_t n, uint64_t size);
int zip_hides(const struct content_view *v);
int zip_deep(const struct content_view *v, uint64_t from, uint64_t to);
int tar_holds(const struct content_view *v, const uint8_t *head, size_t n, uint64_t size);
/* 1: 512 bytes are a tar header with a right checksum; *size of its member. */
int tar_header(const uint8_t *p, uint64_t *size);
int png_deep(const struct content_view *v, uint64_t from, uint64_t to);
int jpeg_deep(const struct content_view *v, uint64_t from, uint64_t to);

/* ---- reading numbers ----------------------------------------------------------- */
static inline uint32_t le16(const uint8_t *p) { return (uint32_t)(p[0] | p[1] << 8); }
static inline uint32_t le32(const uint8_t *p) { return le16(p) | le16(p + 2) << 16; }
static inline uint64_t le64(const uint8_t *p) { return le32(p) | (uint64_t)le32(p + 4) << 32; }
static inline uint32_t be16(const uint8_t *p) { return (uint32_t)(p[0] << 8 | p[1]); }
static inline uint32_t be32(const uint8_t *p) { return be16(p) << 16 | be16(p + 2); }
static inline uint64_t be64(const uint8_t *p) { return (uint64_t)be32(p) << 32 | be32(p + 4); }

#endif
