/* Making a file what it was before, and giving it its name back. */
#include "agent/respond/linux/vault_restore_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

int open_known(int dirfd, const char *name, int flags, const struct vault_key *key, int *fd)
{
    struct vault_meta m;
    int got, rc = vault_stat_at(dirfd, name, &m, NULL);

    if (rc)
        return rc;
    if (!S_ISREG(m.mode) || (key && !vault_key_same(&m.key, key)))
        return MM_ENOTFOUND;
    got = openat(dirfd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (got < 0)
        return mm_from_errno(errno);
    rc = vault_meta_of(got, &m);
    if (!rc && (!S_ISREG(m.mode) || (key && !vault_key_same(&m.key, key))))
        rc = MM_ENOTFOUND;
    if (rc)
        close(got);
    else
        *fd = got;
    return rc;
}

/* ---- versions ------------------------------------------------------------------ */

int before_open(struct restore *rs, vault_ref ref, struct before *out)
{
    struct vault *v = rs->v;
    struct vault_rec rec;
    struct before b = {.fd = -1, .ref = ref};
    uint64_t off = 0;
    uint32_t slot;
    int rc;

    pthread_mutex_lock(&v->lock);
    slot = ix_version_of(&v->ix, ref);
    if (slot && v->ix.version[slot].kind == VERSION_FILE)
        off = v->ix.version[slot].off;
    else
        slot = 0;
    pthread_mutex_unlock(&v->lock);
    if (!slot)
        return MM_ENOTFOUND;
    rc = vault_log_read(v->log.fd, off, rs->space, RESTORE_SPACE, &rec);
    if (rc)
        return rc;
    if (rec.type != REC_VERSION || rec.len < sizeof b.r)
        return MM_EIO;
    memcpy(&b.r, rec.payload, sizeof b.r);
    if (b.r.ref != ref || rec.len != sizeof b.r + b.r.attr_len)
        return MM_EIO;
    b.attrs = malloc(b.r.attr_len + 1u);
    if (!b.attrs)
        return MM_ENOMEM;
    memcpy(b.attrs, rec.payload + sizeof b.r, b.r.attr_len);
    rc = vault_open_before(v, &(struct vault_key){b.r.ino, b.r.btime}, ref, &b.fd);
    if (rc)
        free(b.attrs);
    else
        *out = b;
    return rc;
}

void before_close(struct before *b)
{
    if (b->fd >= 0)
        close(b->fd);
    free(b->attrs);
    *b = (struct before){.fd = -1};
}

int before_same(const struct before *b, int fd)
{
    return vault_compare(b->fd, fd);
}

int before_apply(struct restore *rs, const struct before *b, int fd, bool *changed)
{
    struct timespec times[2] = {{b->r.atime / 1000000000, b->r.atime % 1000000000},
                                {b->r.mtime / 1000000000, b->r.mtime % 1000000000}};
    uint8_t *now = malloc(LIM_VAULT_ATTRS);
    struct vault_meta m;
    uint32_t n = 0;
    bool cut = false;
    int rc = now ? vault_meta_of(fd, &m) : MM_ENOMEM;

    if (!rc)
        vault_attrs_read(fd, now, LIM_VAULT_ATTRS, &n, &cut);
    if (!rc && m.mode == b->r.mode && m.uid == b->r.uid && m.gid == b->r.gid && m.mtime_ns == b->r.mtime &&
        n == b->r.attr_len && !memcmp(now, b->attrs, n)) {
        free(now);
        return MM_OK;
    }
    free(now);
    if (rc)
        return rc;
    for (unsigned i = 0; i < 2; i++)
        if (times[i].tv_nsec < 0) { /* before 1970 */
            times[i].tv_nsec += 1000000000;
            times[i].tv_sec--;
        }
    *changed = true;
    if (fchown(fd, b->r.uid, b->r.gid) || fchmod(fd, b->r.mode & 07777))
        rc = mm_from_errno(errno);
    if (!rc) /* the bytes matter more: what could not be set is told in the end */
        (void)vault_attrs_write(fd, b->attrs, b->r.attr_len, rs->attr);
    if (!rc && futimens(fd, times))
        rc = mm_from_errno(errno);
    return rc;
}

/* The version's own file becomes the file: it is dropped from the vault when
 * the restore of this file is done. */
static int consume(struct restore *rs, struct before *b, const char *work)
{
    char name[VAULT_NAME];
    bool changed;
    int fd = -1, rc;

    vault_version_name(b->ref, name);
    rc = open_known(rs->v->dir, name, O_RDWR, NULL, &fd);
    if (rc)
        return rc;
    rc = before_apply(rs, b, fd, &changed);
    close(fd);
    if (!rc && linkat(rs->v->dir, name, rs->v->dir, work, 0))
        rc = mm_from_errno(errno);
    return rc;
}

int before_build(struct restore *rs, struct before *b, char work[VAULT_NAME], bool *consumed)
{
    struct vault *v = rs->v;
    bool changed;
    uint64_t kept = 0;
    int fd, rc;

    *consumed = false;
    snprintf(work, VAULT_NAME, "work/%llx", (unsigned long long)++v->serial);
    fd = openat(v->dir, work, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return mm_from_errno(errno);
    rc = vault_copy(b->fd, fd, b->r.size, v->reflink, NULL, &kept);
    if (!rc && kept != b->r.size)
        rc = MM_EIO;
    if (!rc)
        rc = before_apply(rs, b, fd, &changed);
    close(fd);
    if (!rc)
        return MM_OK;
    (void)unlinkat(v->dir, work, 0);
    if (rc != MM_ENOSPC)
        return rc;
    rc = consume(rs, b, work);
    *consumed = !rc;
    return rc;
}

int before_rewrite(struct restore *rs, const struct before *b, int fd)
{
    bool changed;
    uint64_t kept = 0;
    int rc = MM_OK;

    if (!rs->v->reflink || ftruncate(fd, (off_t)b->r.size) || ioctl(fd, FICLONE, b->fd)) {
        if (ftruncate(fd, 0))
            return mm_from_errno(errno);
        rc = vault_copy(b->fd, fd, b->r.size, false, NULL, &kept);
        if (!rc && kept != b->r.size)
            rc = MM_EIO;
    }
    if (!rc)
        rc = before_apply(rs, b, fd, &changed);
    return rc;
}

/* ---- names ---------------------------------------------------------------------- */

int work_link(struct restore *rs, int dirfd, const char *name, char work[VAULT_NAME])
{
    snprintf(work, VAULT_NAME, "work/%llx", (unsigned long long)++rs->v->serial);
    return linkat(dirfd, name, rs->v->dir, work, 0) ? mm_from_errno(errno) : MM_OK;
}

static void stash_name(const struct vault_key *key, char out[VAULT_NAME])
{
    snprintf(out, VAULT_NAME, "stash/%016llx-%016llx", (unsigned long long)key->ino, (unsigned long long)key->btime_ns);
}

/* Make sure that what lies at the spot survives being replaced. */
static int save_occupant(struct restore *rs, struct spot *s, const char *path)
{
    const struct plan_item *it = plan_of(&rs->plan, &s->m.key);
    char name[VAULT_NAME];
    struct vault_meta m;

    if (!it || it->kind != PLAN_ORIGINAL || !S_ISREG(s->m.mode))
        return evidence_take(&rs->ev, s->dirfd, s->name, &s->m, path, it && it->kind == PLAN_CREATED ? "created" : "replaced");
    vault_link_name(&s->m.key, name);
    if (!vault_stat_at(rs->v->dir, name, &m, NULL))
        return MM_OK; /* an original on its way back: its link keeps it */
    stash_name(&s->m.key, name);
    if (linkat(s->dirfd, s->name, rs->v->dir, name, 0) && errno != EEXIST)
        return mm_from_errno(errno);
    return MM_OK;
}

int put_name(struct restore *rs, const char *work, struct spot *to, const char *path)
{
    for (unsigned tries = 0; tries < 4; tries++) {
        int rc = spot_look(to);
        struct vault_key key;
        bool regular;

        if (rc)
            return rc;
        regular = to->there && S_ISREG(to->m.mode);
        key = to->m.key;
        rc = to->there ? save_occupant(rs, to, path) : MM_OK;
        if (rc == MM_EAGAIN)
            continue;
        if (rc)
            return rc;
        if (!renameat2(rs->v->dir, work, to->dirfd, to->name, regular ? 0 : RENAME_NOREPLACE)) {
            if (regular && evidence_has(&rs->ev, &key)) {
                (void)vault_unlink(rs->v, &key); /* the evidence keeps it now */
                evidence_lock(&rs->ev, &key);
            }
            return spot_look(to);
        }
        if (errno != EEXIST && errno != EISDIR)
            return mm_from_errno(errno);
    }
    rs->why = "its name is taken again and again";
    return MM_EAGAIN;
}

/* ---- whose is it? ------------------------------------------------------------------ */

/* Another tree, not under a verdict, touched the file after ours did. */
static uint64_t others_touch(struct restore *rs, const struct vault_key *key, uint64_t after, vault_ref *ref)
{
    uint64_t seq = 0;

    pthread_mutex_lock(&rs->v->lock);
    for (uint32_t s = ix_touch_first(&rs->v->ix, key); s; s = rs->v->ix.touch[s].next_key) {
        const struct ix_touch *t = &rs->v->ix.touch[s];
        const struct ix_tree *tree = &rs->v->ix.tree[t->tree];

        if (!vault_key_same(&t->key, key) || t->seq <= after || tree->pinned || tree->id == rs->tree || t->seq < seq)
            continue;
        seq = t->seq;
        *ref = t->kind == TOUCH_WRITE ? t->ref : 0;
    }
    pthread_mutex_unlock(&rs->v->lock);
    return seq;
}

/* Younger than the tree's last sign: by both clocks of the file, because mtime
 * can be set by anybody and ctime moves when we link it. */
static bool younger(struct restore *rs, const struct vault_meta *m)
{
    int64_t limit = rs->last + LIM_VAULT_SLACK_S * INT64_C(1000000000), now = vault_now();

    return m->mtime_ns > limit && m->mtime_ns <= now && m->ctime_ns > limit;
}

int content_check(struct restore *rs, const struct plan_item *it, const struct vault_meta *m)
{
    vault_ref ref = 0;
    uint32_t slot;
    bool same = false;

    if (others_touch(rs, &it->key, it->last_bad, &ref)) {
        pthread_mutex_lock(&rs->v->lock);
        slot = ix_version_of(&rs->v->ix, ref);
        same = slot && rs->v->ix.version[slot].mtime == m->mtime_ns && rs->v->ix.version[slot].size == m->size;
        pthread_mutex_unlock(&rs->v->lock);
        if (!same) {
            rs->why = "another program changed it since";
            return MM_ESTATE;
        }
        return MM_OK; /* opened by somebody else, but it is as this tree left it */
    }
    if (younger(rs, m)) {
        rs->why = "it was changed after this program's last activity";
        return MM_ESTATE;
    }
    return MM_OK;
}

int occupant_check(struct restore *rs, const struct plan_item *it, const struct spot *s)
{
    const struct plan_item *theirs = plan_of(&rs->plan, &s->m.key);
    vault_ref ref = 0;

    if (!s->there || vault_key_same(&s->m.key, &it->key))
        return MM_OK;
    if (others_touch(rs, &s->m.key, theirs ? theirs->last_bad : 0, &ref)) {
        rs->why = "another program has a file of that name there now";
        return MM_ESTATE;
    }
    if (!theirs && younger(rs, &s->m) &&
        (!s->m.key.btime_ns || s->m.key.btime_ns > rs->last + LIM_VAULT_SLACK_S * INT64_C(1000000000))) {
        rs->why = "a newer file has its name";
        return MM_ESTATE;
    }
    return MM_OK;
}
