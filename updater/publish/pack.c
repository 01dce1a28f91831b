#include "updater/publish/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/crypto.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "updater/publish/unpack.h"
#include "updater/tuf/canonical.h"

/* ---- what a folder holds ---------------------------------------------------------------------------- */

struct file { char *path; int runs, folder; }; /* below the folder; 1: may be executed; 1: a folder itself */
struct list { const char *dir; struct file *file; size_t n; char *why; };

static int refuse(const struct list *l, int rc, const char *path, const char *why)
{
    snprintf(l->why, PACK_WHY, "%s/%s: %s", l->dir, path, why);
    return rc;
}

static void list_fini(struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->file[i].path);
    free(l->file);
}

static int list_add(struct list *l, const char *path, const struct stat *st)
{
    struct file *more;
    char *copy;

    if (l->n == LIM_UPDATE_FILES)
        return refuse(l, MM_ELIMIT, path, "more files and folders than a release may have");
    more = realloc(l->file, (l->n + 1) * sizeof *more);
    if (!more)
        return refuse(l, MM_ENOMEM, path, mm_strerror(MM_ENOMEM));
    l->file = more;
    copy = strdup(path);
    if (!copy)
        return refuse(l, MM_ENOMEM, path, mm_strerror(MM_ENOMEM));
    l->file[l->n++] = (struct file){copy, (st->st_mode & S_IXUSR) != 0, S_ISDIR(st->st_mode)};
    return MM_OK;
}

static int list_take(struct list *l, const char *path)
{
    char full[LIM_PATH];
    struct stat st;

    if (!unpack_name_fits(path))
        return refuse(l, MM_EFORMAT, path, "hidden, or a name that hosts do not take");
    if (snprintf(full, sizeof full, "%s/%s", l->dir, path) >= (int)sizeof full)
        return refuse(l, MM_ELIMIT, path, "the name is too long");
    if (lstat(full, &st) < 0)
        return refuse(l, mm_from_errno(errno), path, mm_strerror(mm_from_errno(errno)));
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
        return refuse(l, MM_EFORMAT, path, "neither a file nor a folder");
    return list_add(l, path, &st);
}

/* What one folder holds, behind what is in the list already. */
static int list_folder(struct list *l, const char *below)
{
    char full[LIM_PATH], path[LIM_PATH];
    const struct dirent *one;
    int rc = MM_OK;
    DIR *d;

    if (snprintf(full, sizeof full, "%s/%s", l->dir, below) >= (int)sizeof full)
        return refuse(l, MM_ELIMIT, below, "the name is too long");
    d = opendir(full);
    if (!d)
        return refuse(l, mm_from_errno(errno), below, mm_strerror(mm_from_errno(errno)));
    while (!rc && (errno = 0, one = readdir(d))) {
        if (!strcmp(one->d_name, ".") || !strcmp(one->d_name, ".."))
            continue;
        if (snprintf(path, sizeof path, "%s%s%s", below, below[0] ? "/" : "", one->d_name) >= (int)sizeof path)
            rc = refuse(l, MM_ELIMIT, below, "the name is too long");
        else
            rc = list_take(l, path);
    }
    if (!rc && errno)
        rc = refuse(l, mm_from_errno(errno), below, mm_strerror(mm_from_errno(errno)));
    closedir(d);
    return rc;
}

/* Folders make way for the files, which keep their order. */
static void drop_folders(struct list *l)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++) {
        if (l->file[i].folder)
            free(l->file[i].path);
        else
            l->file[kept++] = l->file[i];
    }
    l->n = kept;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static int list_read(struct list *l, const char *dir, char *why)
{
    int rc;

    *l = (struct list){.dir = dir, .why = why};
    rc = list_folder(l, "");
    for (size_t i = 0; i < l->n && !rc; i++)
        if (l->file[i].folder)
            rc = list_folder(l, l->file[i].path);
    drop_folders(l);
    if (!rc && !l->n)
        rc = refuse(l, MM_EFORMAT, "", "empty");
    if (!rc)
        qsort(l->file, l->n, sizeof *l->file, by_path);
    return rc;
}

static int load(const struct list *l, const char *path, struct buf *out)
{
    char full[LIM_PATH];
    int rc = snprintf(full, sizeof full, "%s/%s", l->dir, path) < (int)sizeof full ? durable_read(full, out) : MM_ELIMIT;

    return rc ? refuse(l, rc, path, mm_strerror(rc)) : MM_OK;
}

/* ---- the archive ------------------------------------------------------------------------------------ */

static la_ssize_t put(struct archive *a, void *to, const void *bytes, size_t n)
{
    if (!buf_add(to, bytes, n))
        return (la_ssize_t)n;
    archive_set_error(a, ENOSPC, "too large");
    return -1;
}

static int write_entry(struct archive *a, const struct file *f, const struct buf *content)
{
    struct archive_entry *e = archive_entry_new();
    int rc = e ? MM_OK : MM_ENOMEM;

    if (e) {
        archive_entry_set_pathname(e, f->path);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, f->runs ? 0755 : 0644);
        archive_entry_set_size(e, (la_int64_t)content->len);
        archive_entry_set_mtime(e, 0, 0); /* of owner 0, without a name, too: so it is made */
        if (archive_write_header(a, e) != ARCHIVE_OK || archive_write_data(a, content->data ? content->data : "", content->len) != (la_ssize_t)content->len)
            rc = MM_ELIMIT;
    }
    archive_entry_free(e);
    return rc;
}

static int write_files(const struct list *l, struct archive *a)
{
    int rc = MM_OK;

    for (size_t i = 0; i < l->n && !rc; i++) {
        struct buf content;

        buf_init(&content, LIM_UPDATE_CONTENT);
        rc = load(l, l->file[i].path, &content);
        if (!rc && write_entry(a, &l->file[i], &content))
            rc = refuse(l, MM_ELIMIT, l->file[i].path, "the release is too large with it");
        buf_fini(&content);
    }
    return rc;
}

static int write_tar(const struct list *l, struct buf *tar)
{
    struct archive *a = archive_write_new();
    int rc = MM_ENOMEM;

    if (a && archive_write_set_format_pax_restricted(a) == ARCHIVE_OK && archive_write_open(a, tar, NULL, put, NULL) == ARCHIVE_OK) {
        rc = write_files(l, a);
        if (!rc && archive_write_close(a) != ARCHIVE_OK)
            rc = refuse(l, MM_ELIMIT, "", "the release is too large");
    }
    archive_write_free(a);
    return rc;
}

int pack_folder(const char *dir, struct buf *tar, char why[PACK_WHY])
{
    struct list l;
    int rc = list_read(&l, dir, why);

    if (!rc)
        rc = write_tar(&l, tar);
    list_fini(&l);
    return rc;
}

/* ---- a rule pack ------------------------------------------------------------------------------------- */

static int ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && !strcmp(text + n - m, end);
}

static const char *hash_in(const json_t *files, const char *path)
{
    for (size_t i = 0; i < json_array_size(files); i++) {
        const json_t *one = json_array_get(files, i);
        const char *name = json_string_value(json_object_get(one, "path"));

        if (name && !strcmp(name, path))
            return json_string_value(json_object_get(one, "sha256"));
    }
    return NULL;
}

static int same_hash(const struct list *l, const char *path, const char *hash)
{
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];
    struct buf content;
    int rc;

    buf_init(&content, LIM_PACK_BYTES);
    rc = load(l, path, &content);
    if (!rc)
        rc = crypto_sha256(content.data ? content.data : "", content.len, digest);
    buf_fini(&content);
    if (rc)
        return rc;
    crypto_hex(digest, sizeof digest, hex);
    return strcmp(hex, hash) ? refuse(l, MM_EFORMAT, path, "is not what " PACK_MANIFEST_FILE " says; make the manifest anew") : MM_OK;
}

/* Leave what the manifest names; a rule or a sample that it does not name was forgotten. */
static int keep_named(struct list *l, const json_t *files)
{
    size_t kept = 0, named = 0;
    int rc = MM_OK;

    for (size_t i = 0; i < l->n; i++) {
        struct file f = l->file[i];
        const char *hash = hash_in(files, f.path);
        int own = !strcmp(f.path, PACK_MANIFEST_FILE);

        if (!rc && !own && hash)
            rc = same_hash(l, f.path, hash);
        else if (!rc && !own && (ends_with(f.path, ".yar") || ends_with(f.path, ".json")))
            rc = refuse(l, MM_EFORMAT, f.path, "is not in " PACK_MANIFEST_FILE "; make the manifest anew");
        named += !own && hash;
        if (own || hash) { /* those that stay come first, in their order */
            l->file[i] = l->file[kept];
            l->file[kept++] = f;
        }
    }
    for (size_t i = kept; i < l->n; i++)
        free(l->file[i].path);
    l->n = kept;
    if (!rc && named != json_array_size(files))
        rc = refuse(l, MM_EFORMAT, PACK_MANIFEST_FILE, "names a file that is not there, or one twice");
    return rc;
}

int pack_rules(const char *dir, struct buf *tar, char why[PACK_WHY])
{
    json_t *manifest = NULL;
    struct buf text;
    struct list l;
    int rc = list_read(&l, dir, why);

    buf_init(&text, LIM_PACK_BYTES);
    if (!rc)
        rc = load(&l, PACK_MANIFEST_FILE, &text);
    if (!rc && tuf_json_parse(text.data, text.len, &manifest))
        rc = refuse(&l, MM_EFORMAT, PACK_MANIFEST_FILE, "not a manifest");
    if (!rc)
        rc = keep_named(&l, json_object_get(manifest, "files"));
    if (!rc)
        rc = write_tar(&l, tar);
    json_decref(manifest);
    buf_fini(&text);
    list_fini(&l);
    return rc;
}
