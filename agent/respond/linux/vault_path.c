/* Walking to a name below the vault's top without following any link, and
 * making removed folders again.  Owns nothing but the descriptors in spots. */
#include "agent/respond/linux/vault_restore_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FOLDER (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* The part of `path` below the top: no empty, "." or ".." part, not the vault itself. */
static const char *below_top(const struct vault *v, const char *path)
{
    size_t n = strlen(v->top_path);
    const char *rel;

    if (strncmp(path, v->top_path, n) || path[n] != '/')
        return NULL;
    rel = path + n + 1;
    if (!strncmp(rel, VAULT_DIR, sizeof VAULT_DIR - 1) && (!rel[sizeof VAULT_DIR - 1] || rel[sizeof VAULT_DIR - 1] == '/'))
        return NULL;
    for (const char *p = rel;; p++) {
        size_t part = strcspn(p, "/");

        if (!part || part >= LIM_NAME || (part == 1 && *p == '.') || (part == 2 && !memcmp(p, "..", 2)))
            return NULL;
        p += part;
        if (!*p)
            return rel;
    }
}

/* One step at a time, for kernels and seccomp filters without openat2. */
static int walk(struct vault *v, const char *rel)
{
    int fd = dup(v->top);
    char part[LIM_NAME];
    struct stat st;

    while (fd >= 0 && *rel) {
        size_t n = strcspn(rel, "/");
        int next;

        memcpy(part, rel, n);
        part[n] = '\0';
        rel += n + (rel[n] == '/');
        next = openat(fd, part, FOLDER);
        close(fd);
        fd = next;
        if (fd >= 0 && (fstat(fd, &st) || st.st_dev != v->dev)) {
            close(fd);
            errno = EXDEV;
            return -1;
        }
    }
    return fd;
}

/* The folder at `rel` ("" = the top itself). */
static int open_below(struct vault *v, const char *rel)
{
    struct open_how how = {.flags = FOLDER, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
    int fd;

    if (!*rel)
        return dup(v->top);
    fd = (int)syscall(SYS_openat2, v->top, rel, &how, sizeof how);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == E2BIG || errno == EAGAIN))
        fd = walk(v, rel);
    return fd;
}

/* What is remembered about the folder `path`; the record lies in rs->space. */
static bool folder_record(struct restore *rs, const char *path, struct rec_folder *r, const uint8_t **attrs)
{
    size_t n = strlen(path);
    struct vault_rec rec;
    uint64_t off = 0;
    uint32_t slot;

    pthread_mutex_lock(&rs->v->lock);
    slot = ix_folder_of(&rs->v->ix, ix_folder_hash(path, n));
    if (slot)
        off = rs->v->ix.folder[slot].off;
    pthread_mutex_unlock(&rs->v->lock);
    if (!slot || vault_log_read(rs->v->log.fd, off, rs->space, RESTORE_SPACE, &rec) || rec.type != REC_FOLDER ||
        rec.len < sizeof *r)
        return false;
    memcpy(r, rec.payload, sizeof *r);
    if (rec.len != sizeof *r + r->path_len + r->attr_len || r->path_len != n || memcmp(rec.payload + sizeof *r, path, n))
        return false;
    *attrs = rec.payload + sizeof *r + n;
    return true;
}

/* Like it was, or like the folder it lies in. */
static void dress_folder(struct restore *rs, int parent, const char *name, const char *path)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const uint8_t *attrs = NULL;
    char which[LIM_NAME];
    struct rec_folder r;
    struct stat st;
    bool known;

    if (fd < 0)
        return;
    known = folder_record(rs, path, &r, &attrs);
    if (!known && !fstatat(parent, "", &st, AT_EMPTY_PATH))
        r = (struct rec_folder){.mode = st.st_mode, .uid = st.st_uid, .gid = st.st_gid};
    else if (!known)
        r = (struct rec_folder){.mode = 0700, .uid = geteuid(), .gid = getegid()};
    if (!fchown(fd, r.uid, r.gid)) /* never another owner's mode on a folder that stays ours */
        (void)fchmod(fd, r.mode & 07777);
    if (known)
        (void)vault_attrs_write(fd, attrs, r.attr_len, which);
    close(fd);
}

static int way_errno(void)
{
    return errno == ELOOP || errno == ENOTDIR || errno == EXDEV ? MM_EDENIED : mm_from_errno(errno);
}

/* Make every missing folder of `rel`; `full` is the whole path, rel its tail. */
static int make_folders(struct restore *rs, const char *full, const char *rel)
{
    char path[LIM_PATH], part[LIM_NAME];
    size_t skip = (size_t)(rel - full);
    int fd = dup(rs->v->top), next;

    memcpy(path, full, strlen(full) + 1);
    while (fd >= 0 && *rel) {
        size_t n = strcspn(rel, "/");

        memcpy(part, rel, n);
        part[n] = '\0';
        skip += n;
        path[skip] = '\0';
        if (!mkdirat(fd, part, 0700))
            dress_folder(rs, fd, part, path);
        next = open_below(rs->v, path + strlen(rs->v->top_path) + 1);
        close(fd);
        fd = next;
        path[skip] = full[skip];
        skip += full[skip] == '/';
        rel += n + (rel[n] == '/');
    }
    return fd;
}

int spot_make_folder(struct restore *rs, const char *path)
{
    const char *rel = below_top(rs->v, path);
    int fd;

    if (!rel)
        return MM_EINVAL;
    fd = make_folders(rs, path, rel);
    if (fd < 0)
        return way_errno();
    close(fd);
    return MM_OK;
}

int spot_look(struct spot *s)
{
    int rc = vault_stat_at(s->dirfd, s->name, &s->m, NULL);

    s->there = !rc;
    return rc == MM_ENOTFOUND ? MM_OK : rc;
}

int spot_open(struct restore *rs, const char *path, bool make, struct spot *out)
{
    const char *rel = below_top(rs->v, path), *slash;
    char folder[LIM_PATH];
    int rc;

    *out = (struct spot){.dirfd = -1};
    if (!rel)
        return MM_EINVAL;
    slash = strrchr(rel, '/');
    memcpy(out->name, slash ? slash + 1 : rel, strlen(slash ? slash + 1 : rel) + 1);
    memcpy(folder, path, (size_t)((slash ? slash : rel) - path));
    folder[(slash ? slash : rel) - path] = '\0';
    out->dirfd = open_below(rs->v, slash ? folder + (rel - path) : "");
    if (out->dirfd < 0 && errno == ENOENT)
        out->dirfd = make ? make_folders(rs, folder, folder + (rel - path)) : -1;
    if (out->dirfd < 0)
        return errno == ENOENT && !make ? MM_OK : way_errno();
    rc = spot_look(out);
    if (rc)
        spot_close(out);
    return rc;
}

void spot_close(struct spot *s)
{
    if (s->dirfd >= 0)
        close(s->dirfd);
    s->dirfd = -1;
    s->there = false;
}
