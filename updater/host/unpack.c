#include "updater/host/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/os/tree.h"

#define BLOCK 131072   /* what zstd hands out at a time at most (ZSTD_BLOCKSIZE_MAX) */
#define WINDOW_LOG 27        /* 128 MiB: what zstd takes by itself; the desk refuses archives that need more */
#define WINDOW_LOG_DELTA 30  /* the older release and the new one; memory is taken for the new one's length alone */

/* ---- the tar, block by block ------------------------------------------------------------------------ */

struct source {
    ZSTD_DCtx *zstd;           /* NULL: the bytes are the tar */
    ZSTD_inBuffer in;
    size_t left;               /* zstd: 0 at the end of a frame */
    EVP_MD_CTX *hash;
    uint64_t length, most;
    struct buf *keep;
    int rc;                    /* why it ended, when not at the end */
    unsigned char block[BLOCK];
};

static bool is_zstd(const void *bytes, size_t n)
{
    static const unsigned char magic[] = {0x28, 0xb5, 0x2f, 0xfd};

    return n >= sizeof magic && !memcmp(bytes, magic, sizeof magic);
}

static int source_open(struct source *s, const void *bytes, size_t n, const void *old, size_t nold, uint64_t most)
{
    s->in = (ZSTD_inBuffer){.src = bytes, .size = n};
    s->left = 1;
    s->most = most;
    s->hash = EVP_MD_CTX_new();
    if (!s->hash || EVP_DigestInit_ex(s->hash, EVP_sha256(), NULL) != 1)
        return MM_ENOMEM;
    if (!is_zstd(bytes, n))
        return old ? MM_EFORMAT : MM_OK;
    s->zstd = ZSTD_createDCtx();
    if (!s->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, old ? WINDOW_LOG_DELTA : WINDOW_LOG)) ||
        (old && ZSTD_isError(ZSTD_DCtx_refPrefix(s->zstd, old, nold))))
        return MM_ENOMEM;
    return MM_OK;
}

static void source_close(struct source *s)
{
    ZSTD_freeDCtx(s->zstd);
    EVP_MD_CTX_free(s->hash);
}

/* Decompress the next bytes into s->block; 0 at the end of the last frame. */
static size_t inflate_next(struct source *s)
{
    ZSTD_outBuffer block = {.dst = s->block, .size = sizeof s->block};

    while (!block.pos) {
        size_t before = s->in.pos;

        if (s->in.pos == s->in.size && !s->left)
            return 0;
        s->left = ZSTD_decompressStream(s->zstd, &block, &s->in);
        if (ZSTD_isError(s->left) || (!block.pos && s->left && s->in.pos == before)) { /* damaged, or cut off */
            s->rc = MM_EFORMAT;
            return 0;
        }
    }
    return block.pos;
}

/* The next bytes of the tar; 0 at the end, or when s->rc says why not. */
static size_t source_next(struct source *s, const void **out)
{
    size_t n;

    if (s->zstd) {
        n = inflate_next(s);
        *out = s->block;
    } else {
        n = s->in.size - s->in.pos < BLOCK ? s->in.size - s->in.pos : BLOCK;
        *out = (const unsigned char *)s->in.src + s->in.pos;
        s->in.pos += n;
    }
    if (n > s->most - s->length)
        s->rc = MM_ELIMIT;
    else if (n && (EVP_DigestUpdate(s->hash, *out, n) != 1 || (s->keep && buf_add(s->keep, *out, n))))
        s->rc = MM_ENOMEM;
    s->length += n;
    return s->rc ? 0 : n;
}

int unpack_tar(const void *bytes, size_t n, struct buf *out)
{
    struct source s = {.keep = out};
    const void *block;
    int rc = source_open(&s, bytes, n, NULL, 0, out->max);

    while (!rc && source_next(&s, &block))
        ;
    source_close(&s);
    return rc ? rc : s.rc;
}

/* ---- its files ----------------------------------------------------------------------------------------- */

static la_ssize_t on_read(struct archive *a, void *context, const void **out)
{
    struct source *s = context;
    size_t n = source_next(s, out);

    if (s->rc)
        archive_set_error(a, EINVAL, "the archive cannot be read");
    return s->rc ? -1 : (la_ssize_t)n;
}

/* Exactly the bytes that were told: the map of a sparse file may lead beyond its end. */
static int read_bytes(struct archive *a, uint64_t size, const struct unpack_sink *sink)
{
    static unsigned char chunk[UPDATE_CHUNK];
    la_ssize_t n;
    int rc = MM_OK;

    while (!rc && (n = archive_read_data(a, chunk, sizeof chunk)) != 0) {
        if (n < 0 || (uint64_t)n > size)
            return MM_EFORMAT;
        size -= (uint64_t)n;
        rc = sink->bytes(sink->context, chunk, (size_t)n);
    }
    return !rc && size ? MM_EFORMAT : rc;
}

static int read_file(struct archive *a, struct archive_entry *e, const struct unpack_sink *sink, uint64_t *left, char *why)
{
    struct update_file file = {.executable = (archive_entry_perm(e) & 0111) != 0};
    const char *path = archive_entry_pathname(e);
    int rc;

    if (path && !strncmp(path, "./", 2))
        path += 2;
    if (archive_entry_filetype(e) == AE_IFDIR)
        return MM_OK; /* folders come with their files */
    if (!path || !tree_path_sound(path) || archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e) || !archive_entry_size_is_set(e) ||
        archive_entry_size(e) < 0) {
        snprintf(why, UPDATE_TROUBLE, "%.100s: no plain file with a plain name", path ? path : "?");
        return MM_EFORMAT;
    }
    file.size = (uint64_t)archive_entry_size(e);
    if (file.size > *left)
        return MM_ELIMIT;
    *left -= file.size;
    snprintf(file.path, sizeof file.path, "%s", path);
    rc = sink->file(sink->context, &file);
    return rc ? rc : read_bytes(a, file.size, sink);
}

static int read_files(struct archive *a, struct source *s, const struct unpack_sink *sink, char *why)
{
    struct archive_entry *e;
    uint64_t left = s->most; /* holes of sparse files have no bytes in the tar, and count as well */
    unsigned files = 0;
    int rc = MM_OK, got = ARCHIVE_OK;

    while (!rc && (got = archive_read_next_header(a, &e)) == ARCHIVE_OK) {
        if (++files > LIM_UPDATE_FILES) {
            snprintf(why, UPDATE_TROUBLE, "more than %d files", LIM_UPDATE_FILES);
            return MM_ELIMIT;
        }
        rc = read_file(a, e, sink, &left, why);
    }
    if (!rc && got != ARCHIVE_EOF) {
        snprintf(why, UPDATE_TROUBLE, "the archive is damaged: %.150s", archive_error_string(a) ? archive_error_string(a) : "");
        rc = s->rc ? s->rc : MM_EFORMAT;
    }
    return rc;
}

/* What stands behind the archive's end belongs to the content as well. */
static int check_content(struct source *s, const char *content, int64_t length, char *why)
{
    uint8_t hash[SHA256_BYTES];
    const void *block;
    char hex[SHA256_HEX];

    while (source_next(s, &block))
        ;
    if (s->rc)
        return s->rc;
    if (EVP_DigestFinal_ex(s->hash, hash, NULL) != 1)
        return MM_ENOMEM;
    crypto_hex(hash, sizeof hash, hex);
    if (!strcmp(hex, content) && s->length == (uint64_t)length)
        return MM_OK;
    snprintf(why, UPDATE_TROUBLE, "the content is not the one that was signed");
    return MM_EFORMAT;
}

int unpack(const void *bytes, size_t n, const void *old, size_t nold, const char *content, int64_t length,
           const struct unpack_sink *sink, struct buf *keep, char *why)
{
    static struct source s; /* a block of it is too large for a stack */
    struct archive *a = archive_read_new();
    int rc;

    s = (struct source){.keep = keep};
    why[0] = '\0';
    rc = a ? source_open(&s, bytes, n, old, nold, (uint64_t)length) : MM_ENOMEM;
    if (!rc && (archive_read_support_format_tar(a) != ARCHIVE_OK || archive_read_open(a, &s, NULL, on_read, NULL) != ARCHIVE_OK)) {
        snprintf(why, UPDATE_TROUBLE, "no archive: %.150s", archive_error_string(a) ? archive_error_string(a) : "");
        rc = s.rc ? s.rc : MM_EFORMAT;
    }
    if (!rc)
        rc = read_files(a, &s, sink, why);
    if (!rc)
        rc = check_content(&s, content, length, why);
    if (rc && !why[0])
        snprintf(why, UPDATE_TROUBLE, "%s", mm_strerror(rc));
    archive_read_free(a);
    source_close(&s);
    return rc;
}
