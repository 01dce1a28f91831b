#include "updater/host/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "updater/host/messages.h"

#define DEPTH 6 /* of update_path_sound, and the folder itself */

/* NOLINTNEXTLINE(misc-no-recursion): no deeper than DEPTH */
static int remove_at(int parent, const char *name, int depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc = MM_OK;
    const struct dirent *e;
    DIR *d;

    if (fd < 0)
        return errno == ENOENT ? MM_OK : unlinkat(parent, name, 0) == 0 ? MM_OK : mm_from_errno(errno);
    d = fdopendir(fd);
    if (!d) {
        close(fd);
        return MM_ENOMEM;
    }
    while (!rc && (e = readdir(d)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && unlinkat(dirfd(d), e->d_name, 0) < 0)
            rc = depth < DEPTH ? remove_at(dirfd(d), e->d_name, depth + 1) : MM_ELIMIT;
    closedir(d);
    return rc ? rc : unlinkat(parent, name, AT_REMOVEDIR) < 0 ? mm_from_errno(errno) : MM_OK;
}

int tree_remove(const char *parent, const char *name)
{
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

    if (fd < 0)
        return errno == ENOENT ? MM_OK : mm_from_errno(errno);
    rc = remove_at(fd, name, 0);
    close(fd);
    return rc;
}

int tree_new(const char *parent, const char *name)
{
    int fd, at = -1, rc = tree_remove(parent, name);

    if (rc)
        return rc;
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return mm_from_errno(errno);
    if (mkdirat(fd, name, 0755) == 0)
        at = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    rc = at < 0 ? mm_from_errno(errno) : at;
    if (at >= 0)
        (void)fchmod(at, 0755); /* whatever the umask says */
    close(fd);
    return rc;
}

int tree_file(int folder, const char *path, bool executable)
{
    int at = dup(folder), fd = -1, rc = MM_OK;
    const char *slash;

    if (!update_path_sound(path)) {
        close(at);
        return MM_EINVAL;
    }
    for (; at >= 0 && !rc && (slash = strchr(path, '/')); path = slash + 1) {
        char part[LIM_NAME];
        int below;

        memcpy(part, path, (size_t)(slash - path));
        part[slash - path] = '\0';
        if (mkdirat(at, part, 0755) < 0 && errno != EEXIST)
            rc = mm_from_errno(errno);
        below = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below >= 0)
            (void)fchmod(below, 0755);
        close(at);
        at = below;
    }
    if (at >= 0 && !rc)
        fd = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (!rc && (fd < 0 || fchmod(fd, executable ? 0755 : 0644) < 0))
        rc = mm_from_errno(errno);
    if (at >= 0)
        close(at);
    if (rc && fd >= 0)
        close(fd);
    return rc ? rc : fd;
}

int tree_sync(int folder)
{
    return syncfs(folder) == 0 ? MM_OK : mm_from_errno(errno);
}
