/* zstd gives the tar archive piece by piece; each piece is hashed and handed to libarchive, which is asked for tar
 * alone.  What stands behind the archive's end is hashed too. */
#include "updater/publish/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "lib/err.h"
#include "lib/os/tree.h"
#include "lib/state_schema.h"
#include "updater/host/unpack.h"

#define CHUNK 131072
#define AGENT "bin/mimamorid"
#define AGENT_BYTES (64 << 20) /* it has some 100 KB; a larger one is not looked into */

int unpack_name_fits(const char *path)
{
    return tree_path_sound(path);
}

/* ---- zstd -------------------------------------------------------------------------------------------- */

struct source {
    ZSTD_DCtx *zstd;
    ZSTD_inBuffer in;
    size_t expected;    /* 0: at the end of a frame */
    uint64_t length;    /* given so far */
    EVP_MD_CTX *hash;   /* of that; NULL: nobody asks */
    char piece[CHUNK];
    int rc;
};

static int source_open(struct source *s, const void *bytes, size_t n, int window)
{
    *s = (struct source){.zstd = ZSTD_createDCtx(), .in = {bytes, n, 0}, .expected = 1};
    if (!s->zstd)
        return MM_ENOMEM;
    return ZSTD_isError(ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, window)) ? MM_EUNSUPPORTED : MM_OK;
}

static void source_close(struct source *s)
{
    ZSTD_freeDCtx(s->zstd);
    EVP_MD_CTX_free(s->hash);
}

/* The next piece: its length, 0 at the end, or an error that stays. */
static int source_next(struct source *s)
{
    ZSTD_outBuffer out = {s->piece, sizeof s->piece, 0};

    while (!s->rc && !out.pos && (s->in.pos < s->in.size || s->expected)) {
        size_t before = s->in.pos;

        s->expected = ZSTD_decompressStream(s->zstd, &out, &s->in);
        if (ZSTD_isError(s->expected) || (s->expected && !out.pos && s->in.pos == before && s->in.pos == s->in.size))
            s->rc = MM_EFORMAT;
    }
    s->length += out.pos;
    if (!s->rc && s->length > LIM_UPDATE_CONTENT)
        s->rc = MM_ELIMIT;
    if (!s->rc && s->hash && EVP_DigestUpdate(s->hash, s->piece, out.pos) != 1)
        s->rc = MM_ECRYPTO;
    return s->rc ? s->rc : (int)out.pos;
}

static int source_all(struct source *s, struct buf *tar)
{
    int got, rc = MM_OK;

    while (!rc && (got = source_next(s)) != 0)
        rc = got < 0 ? got : buf_add(tar, s->piece, (size_t)got);
    return rc;
}

int unpack_whole(const void *bytes, size_t n, struct buf *tar)
{
    struct source *s = malloc(sizeof *s);
    int rc = s ? source_open(s, bytes, n, UNPACK_WINDOW) : MM_ENOMEM;

    if (!rc)
        rc = source_all(s, tar);
    if (s)
        source_close(s);
    free(s);
    return rc;
}

int unpack_delta(const struct buf *old, const void *bytes, size_t n, struct buf *tar)
{
    struct source *s = malloc(sizeof *s);
    int rc = s ? source_open(s, bytes, n, UNPACK_DELTA_WINDOW) : MM_ENOMEM;

    if (!rc && ZSTD_isError(ZSTD_DCtx_refPrefix(s->zstd, old->data ? old->data : "", old->len)))
        rc = MM_ENOMEM;
    if (!rc)
        rc = source_all(s, tar);
    if (s)
        source_close(s);
    free(s);
    return rc;
}

/* ---- tar --------------------------------------------------------------------------------------------- */

static la_ssize_t give(struct archive *a, void *from, const void **piece)
{
    struct source *s = from;
    int got = source_next(s);

    *piece = s->piece;
    if (got < 0)
        archive_set_error(a, EINVAL, "%s", mm_strerror(got));
    return got;
}

/* A file of the archive whole. */
static int read_file(struct archive *a, const struct archive_entry *e, struct buf *out)
{
    char chunk[4096];
    la_ssize_t got;
    int rc = (uint64_t)archive_entry_size((struct archive_entry *)(uintptr_t)e) > out->max || out->len ? MM_ELIMIT : MM_OK;

    while (!rc && (got = archive_read_data(a, chunk, sizeof chunk)) != 0)
        rc = got < 0 ? MM_EFORMAT : buf_add(out, chunk, (size_t)got);
    return rc;
}

/* The program is not started here: it is for another machine, and this one has the keys. */
static int look_into_agent(struct archive *a, const struct archive_entry *e, struct unpacked *u)
{
    struct buf program;
    int rc;

    buf_init(&program, AGENT_BYTES);
    rc = read_file(a, e, &program);
    if (!rc)
        u->schema = state_schema_said(program.data ? program.data : "", program.len);
    buf_fini(&program);
    return rc == MM_ELIMIT ? MM_OK : rc;
}

/* NULL: a host takes this entry. */
static const char *fault_of(struct archive_entry *e)
{
    const char *name = archive_entry_pathname(e);
    char plain[LIM_TUF_PATH];
    size_t n = name ? strlen(name) : 0;

    if (archive_entry_filetype(e) != AE_IFREG && archive_entry_filetype(e) != AE_IFDIR)
        return "neither a file nor a folder";
    if (archive_entry_hardlink(e) || archive_entry_symlink(e))
        return "a link";
    if (archive_entry_filetype(e) == AE_IFDIR && n && name[n - 1] == '/')
        n--;
    if (!n || n >= sizeof plain)
        return "no name, or a long one";
    memcpy(plain, name, n);
    plain[n] = '\0';
    return unpack_name_fits(plain) ? NULL : "hidden, or a name that hosts do not take";
}

static int look_at(struct archive *a, struct archive_entry *e, struct unpacked *u, char *why)
{
    const char *name = archive_entry_pathname(e), *fault = fault_of(e);

    if (fault) {
        snprintf(why, PACK_WHY, "in it, %.200s: %s", name ? name : "", fault);
        return MM_EFORMAT;
    }
    u->has_bin |= archive_entry_filetype(e) == AE_IFREG && !strncmp(name, "bin/", 4);
    if (!strcmp(name, AGENT))
        return look_into_agent(a, e, u);
    return strcmp(name, PACK_MANIFEST_FILE) ? MM_OK : read_file(a, e, &u->manifest);
}

static int look_through(struct archive *a, struct source *s, struct unpacked *u, char *why)
{
    struct archive_entry *e;
    unsigned files = 0;
    int got, rc = MM_OK;

    while (!rc && (got = archive_read_next_header(a, &e)) != ARCHIVE_EOF) {
        if (got != ARCHIVE_OK)
            rc = s->rc ? s->rc : MM_EFORMAT;
        else if (++files > LIM_UPDATE_FILES)
            rc = MM_ELIMIT;
        else
            rc = look_at(a, e, u, why);
    }
    while (!rc && (got = source_next(s)) != 0)
        rc = got < 0 ? got : MM_OK;
    return rc || files ? rc : MM_EFORMAT;
}

static int look(struct source *s, struct unpacked *u, char *why)
{
    struct archive *a = archive_read_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    int rc = MM_ENOMEM;

    s->hash = EVP_MD_CTX_new();
    if (a && s->hash && EVP_DigestInit_ex(s->hash, EVP_sha256(), NULL) == 1 && archive_read_support_format_tar(a) == ARCHIVE_OK)
        rc = archive_read_open(a, s, NULL, give, NULL) == ARCHIVE_OK ? look_through(a, s, u, why) : MM_EFORMAT;
    if (!rc && EVP_DigestFinal_ex(s->hash, digest, NULL) != 1)
        rc = MM_ECRYPTO;
    if (!rc) {
        crypto_hex(digest, SHA256_BYTES, u->sha256);
        u->length = s->length;
    }
    archive_read_free(a);
    return rc;
}

static int take_file(void *context, const struct update_file *file)
{
    (void)context;
    (void)file;
    return MM_OK;
}

static int take_bytes(void *context, const void *bytes, size_t n)
{
    (void)context;
    (void)bytes;
    (void)n;
    return MM_OK;
}

/* By the hosts' own code: whatever it refuses must not be signed, since every host would then refuse it. */
static int look_as_host(const void *bytes, size_t n, const struct unpacked *u, char *why)
{
    const struct unpack_sink nowhere = {.file = take_file, .bytes = take_bytes};
    char said[UPDATE_TROUBLE];
    int rc = unpack(bytes, n, NULL, 0, u->sha256, (int64_t)u->length, &nowhere, NULL, said);

    if (rc)
        snprintf(why, PACK_WHY, "no host takes it: %s", said);
    return rc;
}

int unpack_look(const void *bytes, size_t n, struct unpacked *out, char why[PACK_WHY])
{
    struct source *s = malloc(sizeof *s);
    struct unpacked u = {0};
    int rc;

    why[0] = '\0';
    buf_init(&u.manifest, LIM_PACK_BYTES);
    rc = s ? source_open(s, bytes, n, UNPACK_WINDOW) : MM_ENOMEM;
    if (!rc)
        rc = look(s, &u, why);
    if (!rc)
        rc = look_as_host(bytes, n, &u, why);
    if (rc && !why[0])
        snprintf(why, PACK_WHY, "%s", rc == MM_EFORMAT ? "not a tar archive compressed with zstd, or cut off" : rc == MM_ELIMIT ? "more in it than hosts take" : mm_strerror(rc));
    if (s)
        source_close(s);
    free(s);
    if (rc)
        unpacked_fini(&u);
    else
        *out = u;
    return rc;
}

void unpacked_fini(struct unpacked *u)
{
    buf_fini(&u->manifest);
}
