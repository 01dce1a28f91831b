/* Opening and closing a vault.
 *
 * Layout of the directory, all root's, 0700: index (the log), v/XX/REF (the
 * versions, 0600), l/XX/INO-BTIME (hard links of the protected files; they are
 * what they were), work/ (files being made, emptied at open), stash/ (originals
 * on their way back, kept over a kill), evidence/INCIDENT/, ballast (space that
 * a restore on a full disk can have).  The directory is flock'ed by its owner. */
#include "agent/respond/linux/vault_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

int64_t vault_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

void vault_version_name(vault_ref ref, char out[VAULT_NAME])
{
    snprintf(out, VAULT_NAME, "v/%02x/%016llx", (unsigned)(ref % VAULT_FAN), (unsigned long long)ref);
}

void vault_link_name(const struct vault_key *key, char out[VAULT_NAME])
{
    snprintf(out, VAULT_NAME, "l/%02x/%016llx-%016llx", (unsigned)(key->ino % VAULT_FAN),
             (unsigned long long)key->ino, (unsigned long long)key->btime_ns);
}

bool vault_key_parse(const char *name, struct vault_key *out)
{
    static const char digits[] = "0123456789abcdef";

    if (strspn(name, digits) != 16 || name[16] != '-' || strspn(name + 17, digits) != 16 || name[33])
        return false;
    *out = (struct vault_key){strtoull(name, NULL, 16), (int64_t)strtoull(name + 17, NULL, 16)};
    return true;
}

static int open_errno(void)
{
    switch (errno) {
    case ENOSPC:
    case EDQUOT: return MM_ENOSPC;
    case EACCES:
    case EPERM: return MM_EDENIED;
    case EROFS:
    case EOPNOTSUPP: return MM_EUNSUPPORTED;
    default: return mm_from_errno(errno);
    }
}

static int make_folder(int dirfd, const char *name)
{
    return mkdirat(dirfd, name, 0700) && errno != EEXIST ? open_errno() : MM_OK;
}

/* The vault directory: made, ours, locked. */
static int open_dir(struct vault *v, const char *top)
{
    struct stat st;
    int rc;

    v->top = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (v->top < 0)
        return mm_from_errno(errno);
    rc = make_folder(v->top, VAULT_DIR);
    if (rc)
        return rc;
    v->dir = openat(v->top, VAULT_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (v->dir < 0)
        return errno == ENOTDIR || errno == ELOOP ? MM_EDENIED : open_errno();
    if (fstat(v->dir, &st))
        return MM_EIO;
    if (st.st_uid != geteuid() || ((st.st_mode & 07777) != 0700 && fchmod(v->dir, 0700)))
        return MM_EDENIED; /* somebody else laid it there */
    if (flock(v->dir, LOCK_EX | LOCK_NB))
        return MM_ESTATE;
    v->dev = st.st_dev;
    return MM_OK;
}

static int make_tree(struct vault *v)
{
    static const char *const plain[] = {"v", "l", "work", "stash", "evidence"};
    char name[VAULT_NAME];
    int rc = MM_OK;

    for (unsigned i = 0; !rc && i < sizeof plain / sizeof *plain; i++)
        rc = make_folder(v->dir, plain[i]);
    for (unsigned i = 0; !rc && i < 2 * VAULT_FAN; i++) {
        snprintf(name, sizeof name, "%c/%02x", i & 1 ? 'l' : 'v', i / 2);
        rc = make_folder(v->dir, name);
    }
    return rc;
}

/* Try a hard link (must work) and a clone (may work) on two files of our own. */
static int probe(struct vault *v)
{
    static const char block[4096] = "mimamori";
    int a, b, rc = MM_OK;

    (void)unlinkat(v->dir, "work/a", 0);
    (void)unlinkat(v->dir, "work/b", 0);
    (void)unlinkat(v->dir, "work/c", 0);
    a = openat(v->dir, "work/a", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    b = openat(v->dir, "work/b", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (a < 0 || b < 0)
        rc = open_errno();
    else if (linkat(v->dir, "work/a", v->dir, "work/c", 0))
        rc = MM_EUNSUPPORTED;
    else
        v->reflink = write(a, block, sizeof block) == (ssize_t)sizeof block && !ioctl(b, FICLONE, a);
    if (a >= 0)
        close(a);
    if (b >= 0)
        close(b);
    (void)unlinkat(v->dir, "work/a", 0);
    (void)unlinkat(v->dir, "work/b", 0);
    (void)unlinkat(v->dir, "work/c", 0);
    return rc;
}

static void set_limits(struct vault *v, const struct vault_limits *limits)
{
    struct statvfs s;
    uint64_t tenth = LIM_VAULT_BYTES;

    if (limits)
        v->limits = *limits;
    if (!fstatvfs(v->dir, &s))
        tenth = (uint64_t)s.f_blocks * s.f_frsize / 10;
    if (!v->limits.bytes)
        v->limits.bytes = tenth < LIM_VAULT_BYTES ? tenth : LIM_VAULT_BYTES;
    if (!v->limits.age_s)
        v->limits.age_s = LIM_VAULT_AGE_S;
    if (!v->limits.copy_max)
        v->limits.copy_max = LIM_PREIMAGE_COPY;
}

static int open_steps(struct vault *v, const char *top, const struct vault_limits *limits)
{
    int rc = open_dir(v, top);

    if (!rc)
        rc = make_tree(v);
    if (!rc)
        rc = probe(v);
    if (!rc)
        rc = vault_index_init(&v->ix);
    if (rc)
        return rc;
    set_limits(v, limits);
    v->attr_space = malloc(LIM_VAULT_ATTRS);
    if (!v->attr_space)
        return MM_ENOMEM;
    (void)unlinkat(v->dir, "index.new", 0);
    v->log.fd = openat(v->dir, "index", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (v->log.fd < 0)
        return open_errno();
    return vault_load(v);
}

int vault_open_in(struct vault **out, const char *top, const struct vault_limits *limits)
{
    size_t n = strlen(top);
    struct vault *v;
    int rc;

    if (top[0] != '/' || n >= LIM_PATH - sizeof VAULT_DIR)
        return MM_EINVAL;
    v = calloc(1, sizeof *v);
    if (!v)
        return MM_ENOMEM;
    v->top = v->dir = v->log.fd = -1;
    pthread_mutex_init(&v->lock, NULL);
    pthread_mutex_init(&v->attrs, NULL);
    pthread_mutex_init(&v->slow, NULL);
    memcpy(v->top_path, top, n + 1);
    while (n && v->top_path[n - 1] == '/')
        v->top_path[--n] = '\0';
    rc = open_steps(v, top, limits);
    if (rc) {
        vault_close(v);
        return rc;
    }
    *out = v;
    return MM_OK;
}

int vault_open(struct vault **out, const char *folder, const struct vault_limits *limits)
{
    char top[LIM_PATH];
    int rc = vault_top_of(folder, top);

    return rc ? rc : vault_open_in(out, top, limits);
}

void vault_close(struct vault *v)
{
    if (!v)
        return;
    if (v->log.fd >= 0)
        close(v->log.fd);
    if (v->dir >= 0)
        close(v->dir);
    if (v->top >= 0)
        close(v->top);
    vault_index_fini(&v->ix);
    free(v->attr_space);
    pthread_mutex_destroy(&v->lock);
    pthread_mutex_destroy(&v->attrs);
    pthread_mutex_destroy(&v->slow);
    free(v);
}

void vault_stats(struct vault *v, struct vault_stats *out)
{
    size_t n = strlen(v->top_path); /* vault_open_in made sure that both fit */

    out->reflink = v->reflink;
    out->limit = v->limits.bytes;
    out->links = v->links;
    out->evicted = v->evicted;
    out->failed = v->failed;
    if (pthread_mutex_trylock(&v->lock) == 0) { /* else: who has it may wait for the disk */
        v->shown_bytes = v->ix.bytes;
        v->shown_versions = v->ix.versions;
        v->shown_touches = v->ix.touches;
        pthread_mutex_unlock(&v->lock);
    }
    out->bytes = v->shown_bytes;
    out->versions = v->shown_versions;
    out->touches = v->shown_touches;
    memcpy(out->root, v->top_path, n);
    memcpy(out->root + n, "/" VAULT_DIR, sizeof "/" VAULT_DIR);
}

dev_t vault_dev(const struct vault *v)
{
    return v->dev;
}
