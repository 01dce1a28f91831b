/* The compressed forms of an archive.  One thread, so that the same version of zstd makes the same bytes everywhere. */
#include <string.h>
#include <zstd.h>

#include "lib/err.h"
#include "updater/publish/pack.h"
#include "updater/publish/unpack.h"

#define LEVEL 19
#define CHUNK 65536

static int set(ZSTD_CCtx *c, ZSTD_cParameter what, int value)
{
    return ZSTD_isError(ZSTD_CCtx_setParameter(c, what, value)) ? MM_EUNSUPPORTED : MM_OK;
}

/* One frame that tells its length and has a checksum. */
static int compress(ZSTD_CCtx *c, const struct buf *from, struct buf *out)
{
    ZSTD_inBuffer in = {from->data ? from->data : "", from->len, 0};
    char chunk[CHUNK];
    size_t left = 1;
    int rc = set(c, ZSTD_c_compressionLevel, LEVEL);

    if (!rc)
        rc = set(c, ZSTD_c_checksumFlag, 1);
    if (!rc && ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(c, from->len)))
        rc = MM_EUNSUPPORTED;
    while (!rc && left) {
        ZSTD_outBuffer part = {chunk, sizeof chunk, 0};

        left = ZSTD_compressStream2(c, &part, &in, ZSTD_e_end);
        rc = ZSTD_isError(left) ? MM_ENOMEM : buf_add(out, chunk, part.pos);
    }
    return rc;
}

int pack_compress(const struct buf *tar, struct buf *out)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    int rc = c ? compress(c, tar, out) : MM_ENOMEM;

    ZSTD_freeCCtx(c);
    return rc;
}

/* ---- a delta ------------------------------------------------------------------------------------------ */

/* log2 of a window over the larger of both, and one more, as `zstd --patch-from` has it. */
static int window_log(size_t old, size_t new)
{
    int n = UNPACK_WINDOW_LEAST;

    while (n < UNPACK_DELTA_WINDOW && ((size_t)1 << (n - 1)) <= (old > new ? old : new))
        n++;
    return n;
}

static int same(const struct buf *old, const struct buf *tar, const struct buf *delta, size_t from)
{
    struct buf again;
    int rc;

    buf_init(&again, tar->len);
    rc = unpack_delta(old, delta->data + from, delta->len - from, &again);
    if (rc || again.len != tar->len || (tar->len && memcmp(again.data, tar->data, tar->len) != 0))
        rc = rc == MM_ENOMEM ? rc : MM_ECRYPTO;
    buf_fini(&again);
    return rc;
}

int pack_delta(const struct buf *old, const struct buf *tar, struct buf *out)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    size_t from = out->len;
    int rc = c ? set(c, ZSTD_c_windowLog, window_log(old->len, tar->len)) : MM_ENOMEM;

    if (!rc)
        rc = set(c, ZSTD_c_enableLongDistanceMatching, 1);
    if (!rc && ZSTD_isError(ZSTD_CCtx_refPrefix(c, old->data ? old->data : "", old->len)))
        rc = MM_ENOMEM;
    if (!rc)
        rc = compress(c, tar, out);
    ZSTD_freeCCtx(c);
    return rc ? rc : same(old, tar, out, from);
}
