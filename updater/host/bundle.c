#include "updater/host/bundle.h"

#include <archive.h>
#include <archive_entry.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "updater/tuf/canonical.h"

#define BLOCK 65536
#define MEMBERS 65536   /* of one bundle: hundreds are usual */
#define HEAD 4096       /* bundle.json */

static enum tuf_got read_member(struct archive *a, struct buf *out)
{
    static unsigned char chunk[BLOCK];
    la_ssize_t n;

    while ((n = archive_read_data(a, chunk, sizeof chunk)) > 0) {
        int rc = buf_add(out, chunk, (size_t)n);

        if (rc)
            return rc == MM_ELIMIT ? TUF_OVERLONG : TUF_BROKEN;
    }
    return n < 0 ? TUF_BROKEN : TUF_BYTES;
}

/* From its beginning each time: members are few, and what is skipped is not read. */
static enum tuf_got find(struct archive *a, const char *member, struct buf *out)
{
    struct archive_entry *e;
    int got = ARCHIVE_OK;

    for (unsigned i = 0; i < MEMBERS && (got = archive_read_next_header(a, &e)) == ARCHIVE_OK; i++) {
        const char *path = archive_entry_pathname(e);

        if (path && archive_entry_filetype(e) == AE_IFREG && !strcmp(path, member))
            return read_member(a, out);
    }
    return got == ARCHIVE_EOF ? TUF_ABSENT : TUF_BROKEN;
}

static enum tuf_got get(int fd, const char *member, struct buf *out)
{
    struct archive *a = archive_read_new();
    enum tuf_got got = TUF_BROKEN;

    if (a && lseek(fd, 0, SEEK_SET) == 0 && archive_read_support_format_tar(a) == ARCHIVE_OK && archive_read_open_fd(a, fd, BLOCK) == ARCHIVE_OK)
        got = find(a, member, out);
    archive_read_free(a);
    return got;
}

enum tuf_got bundle_get(int fd, enum tuf_place place, const char *name, struct buf *out)
{
    char member[LIM_TUF_PATH + 16];

    if ((size_t)snprintf(member, sizeof member, "%s/%s", place == TUF_METADATA ? "metadata" : "targets", name) >= sizeof member)
        return TUF_BROKEN;
    return get(fd, member, out);
}

int64_t bundle_made(int fd)
{
    json_t *head = NULL;
    const char *text;
    int64_t made = 0;
    struct buf b;

    buf_init(&b, HEAD);
    if (get(fd, "bundle.json", &b) == TUF_BYTES && tuf_json_parse(b.data ? b.data : "", b.len, &head) == MM_OK) {
        text = json_string_value(json_object_get(head, "made"));
        if (!text || rfc3339_parse(text, &made))
            made = 0;
    }
    json_decref(head);
    buf_fini(&b);
    return made;
}
