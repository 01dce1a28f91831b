/* Touches, links, trees and folders: what is recorded about a change. */
#include "agent/respond/linux/vault_private.h"

#include <errno.h>
#include <stdio.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void *unconst(const void *p)
{
    void *q;

    memcpy(&q, &p, sizeof q);
    return q;
}

/* ---- links ------------------------------------------------------------------ */

static int link_from(struct vault *v, int dirfd, const char *name, int flags, const struct vault_key *key)
{
    char to[VAULT_NAME];
    struct vault_meta m;
    int rc;

    vault_link_name(key, to);
    if (linkat(dirfd, name, v->dir, to, flags))
        return errno == EEXIST ? MM_OK : errno == EMLINK ? MM_ELIMIT : mm_from_errno(errno);
    rc = vault_stat_at(v->dir, to, &m, NULL);
    if (!rc && vault_key_same(&m.key, key) && S_ISREG(m.mode)) {
        v->links++;
        return MM_OK;
    }
    (void)unlinkat(v->dir, to, 0); /* the name has another file by now */
    return rc ? rc : MM_ENOTFOUND;
}

int vault_link(struct vault *v, int dirfd, const char *name, const struct vault_key *key)
{
    return link_from(v, dirfd, name, 0, key);
}

int vault_link_fd(struct vault *v, int fd, const struct vault_key *key)
{
    char name[40];

    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    return link_from(v, AT_FDCWD, name, AT_SYMLINK_FOLLOW, key);
}

int vault_unlink(struct vault *v, const struct vault_key *key)
{
    char name[VAULT_NAME];

    vault_link_name(key, name);
    if (unlinkat(v->dir, name, 0))
        return mm_from_errno(errno);
    v->links--;
    return MM_OK;
}

/* ---- touches ---------------------------------------------------------------- */

int vault_log_drop(struct vault *v, vault_ref ref)
{
    struct rec_drop r = {ref};

    return vault_log_append(&v->log, REC_DROP, &(struct iovec){&r, sizeof r}, 1, NULL, NULL);
}

int vault_log_tree(struct vault *v, uint64_t tree, enum tree_op op, int64_t wall)
{
    struct rec_tree r = {.tree = tree, .wall = wall, .op = op};

    return vault_log_append(&v->log, REC_TREE, &(struct iovec){&r, sizeof r}, 1, NULL, NULL);
}

vault_ref vault_adopt_link(struct vault *v, struct rec_version *r)
{
    struct vault_key key = {r->ino, r->btime};
    struct iovec part = {r, sizeof *r};
    uint32_t slot, whole;
    uint64_t off;

    for (slot = ix_version_first(&v->ix, &key); slot; slot = v->ix.version[slot].next_key)
        if (v->ix.version[slot].kind == VERSION_LINK && vault_key_same(&v->ix.version[slot].key, &key))
            return v->ix.version[slot].ref;
    slot = ix_version_take(&v->ix, r->charge);
    if (!slot)
        return 0;
    r->ref = v->ix.version[slot].ref;
    if (vault_log_append(&v->log, REC_VERSION, &part, 1, &off, &whole)) {
        ix_version_drop(&v->ix, slot);
        return 0;
    }
    ix_version_put(&v->ix, slot, r, off, whole);
    return r->ref;
}

/* Describe the hard link of a file that is gone everywhere else; false when it is not. */
static bool dead_link(struct vault *v, const struct vault_touch *t, struct rec_version *r)
{
    char name[VAULT_NAME];
    struct vault_meta m;
    uint64_t blocks;

    if (t->ref || t->flags & TOUCH_FOLDER || (t->kind != TOUCH_REMOVED && t->kind != TOUCH_REPLACED))
        return false;
    vault_link_name(&t->key, name);
    if (vault_stat_at(v->dir, name, &m, &blocks) || m.nlink != 1)
        return false;
    *r = (struct rec_version){.tree = t->tree, .ino = m.key.ino, .btime = m.key.btime_ns, .size = m.size,
                              .charge = blocks + 4096, .mtime = m.mtime_ns, .ctime = m.ctime_ns, .atime = m.atime_ns,
                              .stored = vault_now(), .mode = m.mode, .uid = m.uid, .gid = m.gid, .nlink = 1,
                              .kind = VERSION_LINK};
    return true;
}

/* Under the lock: room is there, the record goes to the log, then to the index. */
static int record(struct vault *v, const struct vault_touch *t, vault_ref ref)
{
    struct rec_touch r = {.seq = v->ix.seq + 1, .tree = t->tree, .ino = t->key.ino, .btime = t->key.btime_ns,
                          .ref = ref, .wall = t->wall_ns, .kind = t->kind, .flags = t->flags,
                          .len1 = (uint32_t)strlen(t->path), .len2 = t->path2 ? (uint32_t)strlen(t->path2) : 0};
    struct iovec part[3] = {{&r, sizeof r}, {unconst(t->path), r.len1}, {unconst(t->path2), r.len2}};
    uint32_t whole;
    uint64_t off;
    int rc;

    if (!ix_tree_make(&v->ix, t->tree) || !ix_touch_room(&v->ix))
        return MM_ELIMIT;
    rc = vault_log_append(&v->log, REC_TOUCH, part, r.len2 ? 3 : 2, &off, &whole);
    if (!rc)
        ix_touch_put(&v->ix, &r, off, whole);
    return rc;
}

/* A removed folder has no inode any more that could be asked: its path names it. */
static struct vault_key folder_key(const struct vault_touch *t)
{
    if (!(t->flags & TOUCH_FOLDER) || t->key.ino)
        return t->key;
    return (struct vault_key){ix_folder_hash(t->path, strlen(t->path)), -1};
}

static bool acceptable(const struct vault_touch *t)
{
    if (!t->tree || t->kind < TOUCH_WRITE || t->kind > TOUCH_CREATED || t->flags & ~(TOUCH_FOLDER | TOUCH_NEW) || !t->path ||
        t->path[0] != '/' || strlen(t->path) >= LIM_PATH)
        return false;
    if (t->kind != TOUCH_RENAMED)
        return !t->path2;
    return t->path2 && t->path2[0] == '/' && strlen(t->path2) < LIM_PATH;
}

/* Under the lock. */
static int touch_once(struct vault *v, const struct vault_touch *t, struct rec_version *dead)
{
    vault_ref ref = t->ref;
    struct ix_tree *tree;

    if (ref && !ix_version_of(&v->ix, ref))
        return MM_ENOTFOUND;
    if (dead)
        ref = vault_adopt_link(v, dead);
    if (t->kind == TOUCH_RENAMED || t->kind == TOUCH_CREATED || !ix_touch_of(&v->ix, t->tree, &t->key, t->kind))
        return record(v, t, ref);
    tree = &v->ix.tree[ix_tree_of(&v->ix, t->tree)];
    if (tree->last < t->wall_ns)
        tree->last = t->wall_ns;
    return MM_OK;
}

int vault_touch(struct vault *v, const struct vault_touch *given)
{
    struct vault_touch t;
    struct rec_version dead;
    bool is_dead;
    int rc = MM_ENOSPC;

    if (!acceptable(given))
        return MM_EINVAL;
    t = *given;
    t.key = folder_key(given);
    is_dead = dead_link(v, &t, &dead);
    for (unsigned tries = 0; rc == MM_ENOSPC && tries < 2; tries++) {
        if (tries && !vault_relieve(v))
            break;
        pthread_mutex_lock(&v->lock);
        rc = touch_once(v, &t, is_dead ? &dead : NULL);
        pthread_mutex_unlock(&v->lock);
    }
    if (rc)
        v->failed++;
    return rc;
}

bool vault_touched(struct vault *v, uint64_t tree, const struct vault_key *key, enum vault_touch_kind kind)
{
    bool found;

    pthread_mutex_lock(&v->lock);
    found = ix_touch_of(&v->ix, tree, key, kind) != 0;
    pthread_mutex_unlock(&v->lock);
    return found;
}

bool vault_any_touch(struct vault *v, const struct vault_key *key)
{
    bool found = false;

    pthread_mutex_lock(&v->lock);
    for (uint32_t s = ix_touch_first(&v->ix, key); s && !found; s = v->ix.touch[s].next_key)
        found = vault_key_same(&v->ix.touch[s].key, key);
    pthread_mutex_unlock(&v->lock);
    return found;
}

/* ---- trees -------------------------------------------------------------------- */

void vault_seen(struct vault *v, uint64_t tree, int64_t wall_ns)
{
    uint32_t t;

    pthread_mutex_lock(&v->lock);
    t = tree ? ix_tree_of(&v->ix, tree) : 0;
    if (t && v->ix.tree[t].last < wall_ns)
        v->ix.tree[t].last = wall_ns;
    pthread_mutex_unlock(&v->lock);
}

void vault_pin(struct vault *v, uint64_t tree, bool pinned)
{
    int64_t now = vault_now();
    uint32_t t;

    if (!tree)
        return;
    pthread_mutex_lock(&v->lock);
    t = pinned ? ix_tree_make(&v->ix, tree) : ix_tree_of(&v->ix, tree);
    if (t && v->ix.tree[t].pinned != pinned) {
        /* a full disk does not undo a verdict: the pin holds until a restart at least */
        if (vault_log_tree(v, tree, pinned ? TREE_PIN : TREE_UNPIN, now))
            v->failed++;
        ix_tree_pin(&v->ix, t, pinned);
        if (pinned && v->ix.tree[t].last < now)
            v->ix.tree[t].last = now;
    }
    pthread_mutex_unlock(&v->lock);
}

void vault_forget(struct vault *v, uint64_t tree)
{
    uint32_t t;

    pthread_mutex_lock(&v->lock);
    t = tree ? ix_tree_of(&v->ix, tree) : 0;
    if (t && !v->ix.tree[t].pinned) {
        (void)vault_log_tree(v, tree, TREE_FORGET, 0);
        ix_tree_forget(&v->ix, t);
    }
    pthread_mutex_unlock(&v->lock);
}

/* ---- folders ------------------------------------------------------------------ */

/* Whether the record in the log says the same: length and checksum tell. */
static bool folder_known(struct vault *v, uint32_t slot, const struct iovec part[3])
{
    struct vault_rec_head now;

    if (pread(v->log.fd, &now, sizeof now, (off_t)v->ix.folder[slot].off) != (ssize_t)sizeof now)
        return false;
    return now.type == REC_FOLDER && now.len == part[0].iov_len + part[1].iov_len + part[2].iov_len &&
           now.crc == vault_log_sum(REC_FOLDER, part, 3);
}

int vault_folder(struct vault *v, int dirfd, const char *path)
{
    size_t n = strlen(path);
    struct vault_meta m;
    struct rec_folder r;
    struct iovec part[3];
    uint32_t slot, whole;
    uint64_t off, hash;
    bool cut;
    int rc = vault_meta_of(dirfd, &m);

    if (rc)
        return rc;
    if (path[0] != '/' || n >= LIM_PATH || !S_ISDIR(m.mode))
        return MM_EINVAL;
    hash = ix_folder_hash(path, n);
    r = (struct rec_folder){.mode = m.mode, .uid = m.uid, .gid = m.gid, .path_len = (uint32_t)n};
    pthread_mutex_lock(&v->attrs);
    vault_attrs_read(dirfd, v->attr_space, LIM_VAULT_ATTRS, &r.attr_len, &cut);
    part[0] = (struct iovec){&r, sizeof r};
    part[1] = (struct iovec){unconst(path), n};
    part[2] = (struct iovec){v->attr_space, r.attr_len};
    pthread_mutex_lock(&v->lock);
    slot = ix_folder_of(&v->ix, hash);
    if (!slot || !folder_known(v, slot, part)) {
        rc = !slot && v->ix.folder_top >= LIM_VAULT_FOLDERS ? MM_ELIMIT :
             vault_log_append(&v->log, REC_FOLDER, part, 3, &off, &whole);
        if (!rc)
            (void)ix_folder_put(&v->ix, hash, off, whole);
    }
    pthread_mutex_unlock(&v->lock);
    pthread_mutex_unlock(&v->attrs);
    return rc;
}
