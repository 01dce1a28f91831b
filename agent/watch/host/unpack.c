/* Six unpackers behind one read.  Each keeps its state between two calls and says MM_EFORMAT when the file ends
 * in the middle of a stream: a list that was cut off must not look complete. */
#include "agent/watch/host/unpack.h"

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "agent/watch/host/unpack_zchunk.h"
#include "lib/err.h"

#define XZ_MEMORY (128u << 20) /* `xz -9` needs 65 MiB to unpack */
#define ZSTD_WINDOW 27         /* 128 MiB, zstd's own bound without --long */

enum packing { PACK_PLAIN = 0, PACK_GZIP, PACK_XZ, PACK_ZSTD, PACK_LZ4, PACK_BZIP2, PACK_ZCHUNK };

struct unpack {
    int fd;
    enum packing packing;
    uint64_t left;             /* bytes that may still be given */
    unsigned char in[65536];
    size_t at, len;            /* of in: not used yet */
    bool end;                  /* the file gave its last byte */
    bool inside;               /* a packed stream has begun and not ended */
    z_stream gzip;
    lzma_stream xz;
    ZSTD_DStream *zstd;
    LZ4F_dctx *lz4;
    bz_stream bzip2;
    bool bzip2_open;           /* BZ2_bzDecompressInit was called and not its end */
};

/* ---- beginning and end ------------------------------------------------------------- */

static int fill(struct unpack *u)
{
    ssize_t n;

    if (u->at < u->len || u->end)
        return MM_OK;
    n = read(u->fd, u->in, sizeof u->in);
    if (n < 0)
        return MM_EIO;
    u->end = n == 0;
    u->at = 0;
    u->len = (size_t)n;
    return MM_OK;
}

/* By the first bytes, as file(1) does. */
static int recognise(struct unpack *u)
{
    static const struct { const char *bytes; size_t n; int packing; } MAGIC[] = {
        {"\x1f\x8b", 2, PACK_GZIP},         {"\xfd" "7zXZ\0", 6, PACK_XZ}, {"\x28\xb5\x2f\xfd", 4, PACK_ZSTD},
        {"\x04\x22\x4d\x18", 4, PACK_LZ4},  {"BZh", 3, PACK_BZIP2},        {"\x5d\0\0", 3, -1},
        {"\0ZCK1", 5, PACK_ZCHUNK}, {"\0ZHR1", 5, -1},
    };

    for (size_t i = 0; i < sizeof MAGIC / sizeof *MAGIC; i++) {
        if (u->len < MAGIC[i].n || memcmp(u->in, MAGIC[i].bytes, MAGIC[i].n))
            continue;
        if (MAGIC[i].packing < 0)
            return MM_EUNSUPPORTED;
        u->packing = (enum packing)MAGIC[i].packing;
    }
    return MM_OK;
}

/* zchunk: the head is passed over, the dictionary goes to zstd; what follows are frames of zstd one after another. */
static int begin_zchunk(struct unpack *u)
{
    void *dictionary = NULL;
    size_t n = 0, used = 0;
    int rc = zchunk_open(u->fd, u->in, u->len, &used, &dictionary, &n);

    if (rc == MM_OK && n && ZSTD_isError(ZSTD_DCtx_loadDictionary(u->zstd, dictionary, n)))
        rc = MM_EFORMAT;
    free(dictionary);
    u->at = used;
    return rc;
}

static int begin(struct unpack *u)
{
    static const lzma_stream EMPTY = LZMA_STREAM_INIT;

    switch (u->packing) {
    case PACK_GZIP:
        return inflateInit2(&u->gzip, 15 + 16) == Z_OK ? MM_OK : MM_ENOMEM; /* 16: with gzip's head and checksum */
    case PACK_XZ:
        u->xz = EMPTY;
        return lzma_stream_decoder(&u->xz, XZ_MEMORY, LZMA_CONCATENATED) == LZMA_OK ? MM_OK : MM_ENOMEM;
    case PACK_ZSTD:
    case PACK_ZCHUNK:
        u->zstd = ZSTD_createDStream();
        if (!u->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW)))
            return MM_ENOMEM;
        return u->packing == PACK_ZCHUNK ? begin_zchunk(u) : MM_OK;
    case PACK_LZ4:
        return LZ4F_isError(LZ4F_createDecompressionContext(&u->lz4, LZ4F_VERSION)) ? MM_ENOMEM : MM_OK;
    case PACK_BZIP2: /* begun at each stream */
    case PACK_PLAIN:
        break;
    }
    return MM_OK;
}

int unpack_open(struct unpack **out, int fd, uint64_t max)
{
    struct unpack *u = calloc(1, sizeof *u);
    int rc;

    if (!u)
        return MM_ENOMEM;
    u->fd = fd;
    u->left = max;
    rc = fill(u);
    if (rc == MM_OK)
        rc = recognise(u);
    if (rc == MM_OK)
        rc = begin(u);
    if (rc < 0) {
        unpack_close(u);
        return rc;
    }
    *out = u;
    return MM_OK;
}

void unpack_close(struct unpack *u)
{
    if (!u)
        return;
    if (u->packing == PACK_GZIP)
        inflateEnd(&u->gzip);
    if (u->packing == PACK_XZ)
        lzma_end(&u->xz);
    if (u->bzip2_open)
        BZ2_bzDecompressEnd(&u->bzip2);
    ZSTD_freeDStream(u->zstd);
    LZ4F_freeDecompressionContext(u->lz4);
    free(u);
}

/* ---- one step: takes from in, gives at most n bytes ----------------------------------- */

static long step_plain(struct unpack *u, void *out, size_t n)
{
    size_t take = u->len - u->at < n ? u->len - u->at : n;

    memcpy(out, u->in + u->at, take);
    u->at += take;
    return (long)take;
}

static long step_gzip(struct unpack *u, void *out, size_t n)
{
    int rc;

    if (!u->inside && inflateReset(&u->gzip) != Z_OK) /* the first member, or another behind it */
        return MM_EFORMAT;
    u->inside = true;
    u->gzip.next_in = u->in + u->at;
    u->gzip.avail_in = (uInt)(u->len - u->at);
    u->gzip.next_out = out;
    u->gzip.avail_out = (uInt)n;
    rc = inflate(&u->gzip, Z_NO_FLUSH);
    u->at = u->len - u->gzip.avail_in;
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
        return MM_EFORMAT;
    if (rc == Z_STREAM_END)
        u->inside = false;
    return (long)(n - u->gzip.avail_out);
}

static long step_xz(struct unpack *u, void *out, size_t n)
{
    lzma_ret rc;

    u->inside = true;
    u->xz.next_in = u->in + u->at;
    u->xz.avail_in = u->len - u->at;
    u->xz.next_out = out;
    u->xz.avail_out = n;
    rc = lzma_code(&u->xz, u->end ? LZMA_FINISH : LZMA_RUN);
    u->at = u->len - u->xz.avail_in;
    if (rc != LZMA_OK && rc != LZMA_STREAM_END && rc != LZMA_BUF_ERROR)
        return rc == LZMA_MEMLIMIT_ERROR ? MM_ELIMIT : MM_EFORMAT;
    if (rc == LZMA_STREAM_END)
        u->inside = false;
    return (long)(n - u->xz.avail_out);
}

static long step_zstd(struct unpack *u, void *out, size_t n)
{
    ZSTD_inBuffer in = {u->in, u->len, u->at};
    ZSTD_outBuffer given = {out, n, 0};
    size_t rc = ZSTD_decompressStream(u->zstd, &given, &in);

    u->at = in.pos;
    if (ZSTD_isError(rc))
        return MM_EFORMAT;
    u->inside = rc != 0;
    return (long)given.pos;
}

/* Several streams one after another are one file (pbzip2). */
static long step_bzip2(struct unpack *u, void *out, size_t n)
{
    int rc;

    if (!u->inside) {
        memset(&u->bzip2, 0, sizeof u->bzip2);
        if (BZ2_bzDecompressInit(&u->bzip2, 0, 0) != BZ_OK)
            return MM_ENOMEM;
        u->inside = u->bzip2_open = true;
    }
    u->bzip2.next_in = (char *)u->in + u->at;
    u->bzip2.avail_in = (unsigned)(u->len - u->at);
    u->bzip2.next_out = out;
    u->bzip2.avail_out = (unsigned)n;
    rc = BZ2_bzDecompress(&u->bzip2);
    u->at = u->len - u->bzip2.avail_in;
    if (rc != BZ_OK && rc != BZ_STREAM_END)
        return MM_EFORMAT;
    if (rc == BZ_STREAM_END) {
        BZ2_bzDecompressEnd(&u->bzip2);
        u->inside = u->bzip2_open = false;
    }
    return (long)(n - u->bzip2.avail_out);
}

static long step_lz4(struct unpack *u, void *out, size_t n)
{
    size_t given = n, taken = u->len - u->at;
    size_t rc = LZ4F_decompress(u->lz4, out, &given, u->in + u->at, &taken, NULL);

    if (LZ4F_isError(rc))
        return MM_EFORMAT;
    u->at += taken;
    u->inside = rc != 0;
    return (long)given;
}

long unpack_read(struct unpack *u, void *bytes, size_t n)
{
    static long (*const STEP[])(struct unpack *, void *, size_t) = {step_plain, step_gzip, step_xz, step_zstd, step_lz4, step_bzip2, step_zstd};

    for (;;) {
        int rc = fill(u);
        size_t before = u->at;
        bool was_inside = u->inside;
        long got;

        if (rc < 0)
            return rc;
        if (u->end && !u->inside)
            return 0;
        got = STEP[u->packing](u, bytes, n);
        if (got < 0)
            return got;
        if (got > 0) {
            if ((uint64_t)got > u->left)
                return MM_ELIMIT;
            u->left -= (uint64_t)got;
            return got;
        }
        if (u->end && u->at == before && u->inside && was_inside)
            return MM_EFORMAT; /* the file is over, the stream is not */
    }
}
