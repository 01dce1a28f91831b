/* Ownership: the file belongs to the folder's owner once it is laid; nothing is kept here.
 * The folder may be a user's own, so every step is by descriptor and follows no link. */
#include "agent/watch/canary.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/text.h"

#define LINES 40            /* some kilobytes: nobody who encrypts passes over it for its size */

/* Both languages: whoever opens it reads what it is. */
static int fill(int fd)
{
    struct buf b;
    int rc = MM_OK;

    buf_init(&b, 64 * 1024);
    for (int i = 0; i < LINES && !rc; i++)
        if (buf_adds(&b, text_in("canary.content", TEXT_JA)) || buf_adds(&b, "\n") ||
            buf_adds(&b, text_in("canary.content", TEXT_EN)) || buf_adds(&b, "\n"))
            rc = MM_ENOMEM;
    if (!rc)
        rc = durable_put(fd, b.data, b.len);
    buf_fini(&b);
    return rc;
}

int canary_plant(int dirfd, const char *name)
{
    struct stat folder;
    int fd, rc;

    if (fstat(dirfd, &folder) < 0)
        return mm_from_errno(errno);
    fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? MM_OK : mm_from_errno(errno);
    rc = fill(fd);
    if (!rc && (fchown(fd, folder.st_uid, folder.st_gid) < 0 || fchmod(fd, 0644) < 0))
        rc = mm_from_errno(errno);
    if (rc)
        unlinkat(dirfd, name, 0); /* half a file would stand for ever */
    close(fd);
    return rc;
}

bool canary_named(const struct config_list *canaries, const char *name)
{
    for (unsigned i = 0; i < canaries->count; i++) {
        size_t n = strlen(canaries->item[i]);

        if (!strncmp(name, canaries->item[i], n) && (!name[n] || name[n] == '.'))
            return true;
    }
    return false;
}
