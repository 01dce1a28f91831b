#include "updater/publish/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/rfc3339.h"

static int failure(struct archive *a)
{
    return archive_errno(a) > 0 ? mm_from_errno(archive_errno(a)) : MM_EIO;
}

static int add(struct archive *a, const char *name, const void *bytes, size_t n)
{
    struct archive_entry *e = archive_entry_new();
    int rc = e ? MM_OK : MM_ENOMEM;

    if (e) {
        archive_entry_set_pathname(e, name);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, (la_int64_t)n);
        archive_entry_set_mtime(e, 0, 0);
        if (archive_write_header(a, e) != ARCHIVE_OK || archive_write_data(a, bytes, n) != (la_ssize_t)n)
            rc = failure(a);
    }
    archive_entry_free(e);
    return rc;
}

static int begin(struct bundle *b, int64_t made)
{
    char now[RFC3339_TEXT], text[64];
    int n;

    b->fd = open(b->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (b->fd < 0)
        return mm_from_errno(errno);
    b->archive = archive_write_new();
    if (!b->archive || archive_write_set_format_pax_restricted(b->archive) != ARCHIVE_OK || archive_write_open_fd(b->archive, b->fd) != ARCHIVE_OK)
        return MM_ENOMEM;
    rfc3339_format(made, now);
    n = snprintf(text, sizeof text, "{\"format\": 1, \"made\": \"%s\"}\n", now);
    return add(b->archive, "bundle.json", text, (size_t)n);
}

int bundle_open(struct bundle *b, const char *path, int64_t made)
{
    int rc = MM_ELIMIT;

    *b = (struct bundle){.fd = -1};
    if (snprintf(b->path, sizeof b->path, "%s", path) < (int)sizeof b->path && snprintf(b->part, sizeof b->part, "%s.part", path) < (int)sizeof b->part)
        rc = begin(b, made);
    if (rc)
        bundle_drop(b);
    return rc;
}

int bundle_add(struct bundle *b, const char *folder, const char *name, const void *bytes, size_t n)
{
    char path[LIM_TUF_PATH + 16];

    return snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path ? add(b->archive, path, bytes, n) : MM_ELIMIT;
}

static int sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[LIM_PATH];
    int fd, rc;

    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rc = fd >= 0 && fsync(fd) == 0 ? MM_OK : mm_from_errno(errno);
    if (fd >= 0)
        close(fd);
    return rc;
}

int bundle_finish(struct bundle *b)
{
    int rc = archive_write_close(b->archive) == ARCHIVE_OK ? MM_OK : failure(b->archive);

    if (!rc && (fsync(b->fd) < 0 || rename(b->part, b->path) < 0))
        rc = mm_from_errno(errno);
    if (!rc)
        rc = sync_folder(b->path);
    bundle_drop(b);
    return rc;
}

void bundle_drop(struct bundle *b)
{
    if (b->fd < 0)
        return;
    if (b->archive)
        archive_write_fail(b->archive); /* nothing more is written */
    archive_write_free(b->archive);
    close(b->fd);
    (void)unlink(b->part); /* gone already when it is finished */
    *b = (struct bundle){.fd = -1};
}
