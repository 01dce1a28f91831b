/* Where a folder's file system begins, and what a file is (statx).  Owns nothing. */
#include "agent/respond/linux/vault_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define WANTED (STATX_BASIC_STATS | STATX_BTIME)

static int64_t nanoseconds(const struct statx_timestamp *t)
{
    return t->tv_sec * INT64_C(1000000000) + t->tv_nsec;
}

static void meta_from(const struct statx *s, struct vault_meta *out)
{
    *out = (struct vault_meta){
        .key = {s->stx_ino, s->stx_mask & STATX_BTIME ? nanoseconds(&s->stx_btime) : 0},
        .mode = s->stx_mode, .uid = s->stx_uid, .gid = s->stx_gid, .nlink = s->stx_nlink, .size = s->stx_size,
        .mtime_ns = nanoseconds(&s->stx_mtime), .ctime_ns = nanoseconds(&s->stx_ctime),
        .atime_ns = nanoseconds(&s->stx_atime),
    };
}

int vault_meta_of(int fd, struct vault_meta *out)
{
    struct statx s;

    if (statx(fd, "", AT_EMPTY_PATH, WANTED, &s))
        return mm_from_errno(errno);
    meta_from(&s, out);
    return MM_OK;
}

int vault_stat_at(int dirfd, const char *name, struct vault_meta *out, uint64_t *blocks)
{
    struct statx s;

    if (statx(dirfd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, WANTED, &s))
        return mm_from_errno(errno);
    meta_from(&s, out);
    if (blocks)
        *blocks = s.stx_blocks * 512;
    return MM_OK;
}

struct place { uint64_t mount; uint32_t major, minor; uint64_t ino; };

static int place_of(int fd, struct place *out)
{
    struct statx s;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &s))
        return mm_from_errno(errno);
    *out = (struct place){s.stx_mask & STATX_MNT_ID ? s.stx_mnt_id : 0, s.stx_dev_major, s.stx_dev_minor, s.stx_ino};
    return MM_OK;
}

static bool same_fs(const struct place *a, const struct place *b)
{
    return a->mount == b->mount && a->major == b->major && a->minor == b->minor;
}

int vault_top_of(const char *folder, char out[LIM_PATH])
{
    struct place here = {0}, up = {0};
    char path[PATH_MAX];
    int fd, rc;

    if (!realpath(folder, path))
        return mm_from_errno(errno);
    fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOTDIR ? MM_EINVAL : mm_from_errno(errno);
    rc = place_of(fd, &here);
    while (!rc && strcmp(path, "/")) {
        int parent = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (parent < 0) {
            rc = mm_from_errno(errno);
            break;
        }
        close(fd);
        fd = parent;
        rc = place_of(fd, &up);
        if (rc || !same_fs(&here, &up))
            break;
        *(strrchr(path, '/') == path ? path + 1 : strrchr(path, '/')) = '\0';
    }
    close(fd);
    if (!rc)
        memcpy(out, path, strlen(path) + 1);
    return rc;
}
