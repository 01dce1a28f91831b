/* Whatever bytes come as the archive of a release.  The first byte says how it is told:
 *     1  the signed hash is another one          2  the tar is kept as well
 *     4  it is a delta, to what stands in front  8  the signed length is one byte less
 *    16  the other side is gone at the second file
 * and of a delta the next two bytes how long the older tar is.  The signed hash is made from what unpack_tar makes of
 * it, or from a delta's bytes by zstd itself, so that most of what can be read at all can pass.
 *
 * Whatever comes: names are sound, no file has more bytes than was told, all together not more than the signed length, and
 * after MM_OK none has fewer; what is kept is what was signed; whatever fails says why. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/os/tree.h"
#include "updater/host/unpack.h"

#define MOST (1u << 20) /* of the tar, here */

enum { OTHER_HASH = 1, KEEP = 2, DELTA = 4, SHORTER = 8, GONE = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    bool any, gone;
    uint64_t told, came;     /* of the present file */
    uint64_t all, most;      /* of all files, and the signed length of the tar */
    unsigned files;
};

static int on_file(void *context, const struct update_file *file)
{
    struct seen *s = context;

    if (s->any && s->came != s->told)
        abort(); /* the one before has not all of its bytes */
    if (!memchr(file->path, '\0', sizeof file->path) || !tree_path_sound(file->path) || file->executable > 1 || file->size > s->most - s->all)
        abort();
    s->any = true;
    s->told = file->size;
    s->came = 0;
    s->all += file->size;
    if (++s->files > LIM_UPDATE_FILES)
        abort();
    return s->gone && s->files > 1 ? MM_ECLOSED : MM_OK;
}

static int on_bytes(void *context, const void *bytes, size_t n)
{
    struct seen *s = context;

    if (!s->any || !bytes || !n || n > UPDATE_CHUNK || n > s->told - s->came)
        abort();
    s->came += n;
    return MM_OK;
}

/* The tar of the input: by unpack_tar, or of a delta by zstd in one go; false: there is none, or a large one. */
static bool tar_of(const uint8_t *data, size_t size, const uint8_t *old, size_t nold, struct buf *out)
{
    static char whole[MOST];
    ZSTD_DCtx *zstd;
    size_t n;

    if (!old)
        return unpack_tar(data, size, out) == MM_OK;
    zstd = ZSTD_createDCtx();
    if (!zstd || ZSTD_isError(ZSTD_DCtx_refPrefix(zstd, old, nold)))
        abort();
    n = ZSTD_decompressDCtx(zstd, whole, sizeof whole, data, size);
    ZSTD_freeDCtx(zstd);
    return !ZSTD_isError(n) && buf_add(out, whole, n) == MM_OK;
}

static void check_end(int rc, const struct seen *seen, const struct buf *tar, const struct buf *kept, const char *why)
{
    if (rc != MM_OK && rc != MM_EFORMAT && rc != MM_ELIMIT && rc != MM_ENOMEM && !(rc == MM_ECLOSED && seen->gone))
        abort();
    if (rc ? !why[0] || !memchr(why, '\0', UPDATE_TROUBLE) : why[0])
        abort();
    if (rc == MM_OK && seen->any && seen->came != seen->told)
        abort();
    if (rc == MM_OK && kept && (kept->len != tar->len || (kept->data && tar->data && memcmp(kept->data, tar->data, tar->len) != 0)))
        abort();
}

/* Unpack it against the signed `tar`. */
static void run(const uint8_t *data, size_t size, const uint8_t *old, size_t nold, unsigned how, const struct buf *tar)
{
    int64_t length = (int64_t)tar->len - ((how & SHORTER) && tar->len > 1);
    struct seen seen = {.gone = (how & GONE) != 0, .most = (uint64_t)length};
    const struct unpack_sink sink = {.file = on_file, .bytes = on_bytes, .context = &seen};
    uint8_t hash[SHA256_BYTES];
    char hex[SHA256_HEX], why[UPDATE_TROUBLE];
    struct buf kept;
    int rc;

    if (crypto_sha256(tar->data ? tar->data : "", tar->len, hash))
        abort();
    hash[0] ^= how & OTHER_HASH;
    crypto_hex(hash, sizeof hash, hex);
    buf_init(&kept, (size_t)length);
    rc = unpack(data, size, old, nold, hex, length, &sink, how & KEEP ? &kept : NULL, why);
    check_end(rc, &seen, tar, how & KEEP ? &kept : NULL, why);
    if (rc == MM_OK && ((how & OTHER_HASH) || length != (int64_t)tar->len))
        abort();
    buf_fini(&kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *old = NULL;
    size_t nold = 0;
    struct buf tar;
    unsigned how;

    if (size < 3)
        return 0;
    how = data[0];
    data++;
    size--;
    if (how & DELTA) {
        nold = (size_t)data[0] << 8 | data[1];
        nold = nold < size - 2 ? nold : size - 2;
        old = data + 2;
        data += 2 + nold;
        size -= 2 + nold;
    }
    buf_init(&tar, MOST);
    if (!tar_of(data, size, old, nold, &tar)) {
        buf_reset(&tar);
        if (buf_add(&tar, data, size < MOST ? size : MOST)) /* a length and a hash that cannot fit */
            abort();
    }
    run(data, size, old, nold, how, &tar);
    buf_fini(&tar);
    return 0;
}
