/* Versions: contents kept, and opened again.  The copy is made outside the
 * lock under a slot that is reserved first; a version exists when its record
 * is in the log. */
#include "agent/respond/linux/vault_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

vault_ref vault_current(struct vault *v, const struct vault_meta *now)
{
    vault_ref ref;
    uint32_t slot;

    pthread_mutex_lock(&v->lock);
    slot = ix_version_current(&v->ix, now);
    ref = slot ? v->ix.version[slot].ref : 0;
    pthread_mutex_unlock(&v->lock);
    return ref;
}

/* Lock held. */
static struct ix_version *newest(struct vault *v, const struct vault_key *key)
{
    struct ix_version *best = NULL;

    for (uint32_t s = ix_version_first(&v->ix, key); s; s = v->ix.version[s].next_key) {
        struct ix_version *x = &v->ix.version[s];

        if (x->state == SLOT_LIVE && vault_key_same(&x->key, key) && (!best || x->stored > best->stored))
            best = x;
    }
    return best;
}

vault_ref vault_latest(struct vault *v, const struct vault_key *key)
{
    const struct ix_version *best;
    vault_ref ref;

    pthread_mutex_lock(&v->lock);
    best = newest(v, key);
    ref = best ? best->ref : 0;
    pthread_mutex_unlock(&v->lock);
    return ref;
}

void vault_renew(struct vault *v, const struct vault_key *key, int64_t now_wall_ns)
{
    struct ix_version *best;

    pthread_mutex_lock(&v->lock);
    best = newest(v, key);
    if (best)
        ix_version_renew(&v->ix, (uint32_t)(best - v->ix.version), now_wall_ns);
    pthread_mutex_unlock(&v->lock);
}

vault_ref vault_holds(struct vault *v, const struct vault_key *key)
{
    char name[VAULT_NAME];

    vault_link_name(key, name);
    return faccessat(v->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : vault_latest(v, key);
}

static void cancel_slot(struct vault *v, uint32_t slot)
{
    pthread_mutex_lock(&v->lock);
    ix_version_drop(&v->ix, slot);
    pthread_mutex_unlock(&v->lock);
}

/* Baselines of the same file that nobody refers to are superseded by the new one. */
static unsigned superseded(struct vault *v, uint32_t newest, vault_ref out[4])
{
    const struct ix_version *n = &v->ix.version[newest];
    unsigned found = 0;

    for (uint32_t s = ix_version_first(&v->ix, &n->key); s && found < 4; s = v->ix.version[s].next_key) {
        const struct ix_version *o = &v->ix.version[s];

        if (s != newest && o->kind == VERSION_FILE && vault_key_same(&o->key, &n->key) && !o->refs && !o->pins &&
            o->stored < n->stored - 10 * (int64_t)VAULT_FRESH_NS)
            out[found++] = o->ref;
    }
    for (unsigned i = 0; i < found; i++) {
        (void)vault_log_drop(v, out[i]);
        ix_version_drop(&v->ix, ix_version_of(&v->ix, out[i]));
    }
    return found;
}

/* Write the record and make the version live. */
static int finish(struct vault *v, uint32_t slot, struct rec_version *r, int fd)
{
    struct iovec part[2] = {{r, sizeof *r}, {v->attr_space, 0}};
    vault_ref old[4];
    char name[VAULT_NAME];
    unsigned n = 0;
    uint32_t whole;
    uint64_t off;
    bool cut;
    int rc;

    pthread_mutex_lock(&v->attrs);
    vault_attrs_read(fd, v->attr_space, LIM_VAULT_ATTRS, &r->attr_len, &cut);
    part[1].iov_len = r->attr_len;
    pthread_mutex_lock(&v->lock);
    rc = vault_log_append(&v->log, REC_VERSION, part, 2, &off, &whole);
    if (!rc) {
        ix_version_put(&v->ix, slot, r, off, whole);
        n = superseded(v, slot, old);
    }
    pthread_mutex_unlock(&v->lock);
    pthread_mutex_unlock(&v->attrs);
    for (unsigned i = 0; i < n; i++) {
        vault_version_name(old[i], name);
        (void)unlinkat(v->dir, name, 0);
    }
    return rc;
}

/* Make the version's file; the half of it is removed when that fails. */
static int keep_content(struct vault *v, int fd, const char *name, const volatile int *cancel, struct rec_version *r)
{
    int to = openat(v->dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat st;
    int rc;

    if (to < 0)
        return errno == ENOSPC || errno == EDQUOT ? MM_ENOSPC : MM_EIO;
    rc = vault_copy(fd, to, r->size, v->reflink, cancel, &r->size);
    if (!rc && fstat(to, &st))
        rc = MM_EIO;
    if (!rc) /* an inode costs something too: a flood of empty files must be bounded */
        r->charge = (uint64_t)st.st_blocks * 512 + 4096;
    close(to);
    if (rc)
        (void)unlinkat(v->dir, name, 0);
    return rc;
}

static int store_new(struct vault *v, int fd, struct rec_version *r, const volatile int *cancel)
{
    uint64_t need = r->size + 4096;
    char name[VAULT_NAME];
    uint32_t slot;
    int rc;

    if (r->size > v->limits.copy_max && !v->reflink)
        return MM_ELIMIT;
    rc = vault_make_room(v, need, !v->reflink, r->tree ? LIM_VAULT_EVICT : 0);
    if (rc)
        return rc;
    pthread_mutex_lock(&v->lock);
    slot = ix_version_take(&v->ix, need);
    r->ref = slot ? v->ix.version[slot].ref : 0;
    pthread_mutex_unlock(&v->lock);
    if (!slot)
        return MM_ENOSPC;
    vault_version_name(r->ref, name);
    rc = keep_content(v, fd, name, cancel, r);
    if (!rc) {
        rc = finish(v, slot, r, fd);
        if (rc)
            (void)unlinkat(v->dir, name, 0);
    }
    if (rc)
        cancel_slot(v, slot);
    return rc;
}

int vault_store(struct vault *v, int fd, const struct vault_meta *now, uint64_t tree,
                const volatile int *cancel, vault_ref *out)
{
    struct rec_version r = {.tree = tree, .ino = now->key.ino, .btime = now->key.btime_ns, .size = now->size,
                            .mtime = now->mtime_ns, .ctime = now->ctime_ns, .atime = now->atime_ns,
                            .stored = vault_now(), .mode = now->mode, .uid = now->uid, .gid = now->gid,
                            .nlink = now->nlink, .kind = VERSION_FILE};
    vault_ref have = vault_current(v, now);
    int rc;

    if (have) {
        vault_renew(v, &now->key, r.stored);
        *out = have;
        return MM_OK;
    }
    rc = store_new(v, fd, &r, cancel);
    if (rc == MM_ENOSPC && tree && vault_relieve(v)) {
        r.size = now->size;
        rc = store_new(v, fd, &r, cancel);
    }
    if (rc)
        v->failed++;
    else
        *out = r.ref;
    return rc;
}

int vault_open_before(struct vault *v, const struct vault_key *key, vault_ref ref, int *fd)
{
    char name[VAULT_NAME];
    uint32_t slot = 0;
    int got;

    vault_link_name(key, name);
    if (ref) {
        pthread_mutex_lock(&v->lock);
        slot = ix_version_of(&v->ix, ref);
        if (slot && v->ix.version[slot].kind == VERSION_FILE)
            vault_version_name(ref, name);
        pthread_mutex_unlock(&v->lock);
        if (!slot)
            return MM_ENOTFOUND;
    }
    got = openat(v->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME);
    if (got < 0 && errno == EPERM) /* O_NOATIME is for the owner and root */
        got = openat(v->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (got < 0)
        return mm_from_errno(errno);
    *fd = got;
    return MM_OK;
}
