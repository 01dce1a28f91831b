/* Space: what is counted, what goes first, and the sweep that keeps bounds.
 *
 * A removed file that lives on in its hard link is counted like a version
 * (kind VERSION_LINK), so one rule evicts both. */
#include "agent/respond/linux/vault_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SLICE 1024u       /* slots looked at per turn of the lock: tens of microseconds */
#define SWEEP_EVICT 1024u /* versions evicted by one sweep */

/* Name of the file that a version stands for. */
static void file_of(const struct ix_version *ver, char name[VAULT_NAME])
{
    if (ver->kind == VERSION_LINK)
        vault_link_name(&ver->key, name);
    else
        vault_version_name(ver->ref, name);
}

/* Take a version out of index and log; the caller unlinks `name` after the lock.
 * When the disk is too full for the record, the version's file is missing at
 * the next open, which says the same. */
static void take_out(struct vault *v, uint32_t slot, char name[VAULT_NAME])
{
    file_of(&v->ix.version[slot], name);
    (void)vault_log_drop(v, v->ix.version[slot].ref);
    ix_version_drop(&v->ix, slot);
}

static void remove_file(struct vault *v, const char *name)
{
    if (!unlinkat(v->dir, name, 0) && name[0] == 'l')
        v->links--;
}

bool vault_evict_one(struct vault *v)
{
    int64_t now = vault_now();
    char name[VAULT_NAME];
    uint32_t slot;

    pthread_mutex_lock(&v->lock);
    slot = ix_version_victim(&v->ix, now - VAULT_FRESH_NS, now - (int64_t)v->limits.age_s * 1000000000 / 2);
    if (slot)
        take_out(v, slot, name);
    pthread_mutex_unlock(&v->lock);
    if (!slot)
        return false;
    remove_file(v, name);
    v->evicted++;
    return true;
}

static bool disk_fits(struct vault *v, uint64_t need)
{
    struct statvfs s;

    if (fstatvfs(v->dir, &s))
        return false;
    return (uint64_t)s.f_bavail * s.f_frsize >= need + v->limits.free_reserve;
}

static bool bound_fits(struct vault *v, uint64_t need)
{
    bool fits;

    pthread_mutex_lock(&v->lock);
    fits = v->ix.bytes + need <= v->limits.bytes && (v->ix.version_free || v->ix.version_top < LIM_VAULT_VERSIONS);
    pthread_mutex_unlock(&v->lock);
    return fits;
}

int vault_make_room(struct vault *v, uint64_t need, bool real, unsigned tries)
{
    if (need > v->limits.bytes)
        return MM_ELIMIT;
    while (!bound_fits(v, need) || !disk_fits(v, real ? need : 0))
        if (!tries-- || !vault_evict_one(v))
            return MM_ENOSPC;
    return MM_OK;
}

bool vault_ballast(struct vault *v, bool keep)
{
    struct statvfs s;
    bool made;
    int fd;

    if (!keep)
        return !unlinkat(v->dir, "ballast", 0);
    if (!faccessat(v->dir, "ballast", F_OK, 0) || fstatvfs(v->dir, &s) ||
        (uint64_t)s.f_bavail * s.f_frsize < v->limits.free_reserve + 4 * LIM_VAULT_BALLAST)
        return false;
    fd = openat(v->dir, "ballast", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    made = !fallocate(fd, 0, 0, LIM_VAULT_BALLAST);
    if (!made)
        (void)unlinkat(v->dir, "ballast", 0);
    close(fd);
    return made;
}

bool vault_relieve(struct vault *v)
{
    unsigned gone = 0;

    if (vault_ballast(v, false))
        return true;
    while (gone < LIM_VAULT_EVICT / 4 && vault_evict_one(v))
        gone++;
    return gone > 0;
}

/* ---- the sweep ----------------------------------------------------------- */

/* Drop old versions and touches of calm trees in slots [from, from + SLICE); *more: there are slots behind. */
static unsigned age_slice(struct vault *v, uint32_t from, int64_t before, char (*names)[VAULT_NAME], bool *more)
{
    struct vault_index *ix = &v->ix;
    unsigned n = 0;

    pthread_mutex_lock(&v->lock);
    for (uint32_t s = from; s < from + SLICE && s <= ix->touch_top; s++)
        if (ix->touch[s].state == SLOT_LIVE && ix->touch[s].wall < before && !ix->tree[ix->touch[s].tree].pinned)
            ix_touch_drop(ix, s);
    for (uint32_t s = from; s < from + SLICE && s <= ix->version_top; s++) {
        const struct ix_version *ver = &ix->version[s];

        if (ver->state == SLOT_LIVE && ver->stored < before && ver->seen < before && !ver->pins && !ix->tree[ver->tree].pinned)
            take_out(v, s, names[n++]);
    }
    *more = from + SLICE <= ix->touch_top || from + SLICE <= ix->version_top;
    pthread_mutex_unlock(&v->lock);
    return n;
}

static void sweep_age(struct vault *v, int64_t now)
{
    char (*names)[VAULT_NAME] = malloc(SLICE * sizeof *names); /* too large for a thread's stack */
    int64_t before = now - (int64_t)v->limits.age_s * 1000000000;
    bool more = names != NULL;

    for (uint32_t from = 1; more; from += SLICE) {
        unsigned n = age_slice(v, from, before, names, &more);

        for (unsigned i = 0; i < n; i++)
            remove_file(v, names[i]);
        v->evicted += n;
    }
    free(names);
    pthread_mutex_lock(&v->lock);
    ix_tree_tidy(&v->ix);
    pthread_mutex_unlock(&v->lock);
}

/* A link whose file is gone everywhere else and of which nobody told us. */
static void adopt_dead(struct vault *v, const struct vault_meta *m, uint64_t blocks)
{
    struct rec_version r = {.ino = m->key.ino, .btime = m->key.btime_ns, .size = m->size, .charge = blocks + 4096,
                            .mtime = m->mtime_ns, .ctime = m->ctime_ns, .atime = m->atime_ns, .stored = m->ctime_ns,
                            .mode = m->mode, .uid = m->uid, .gid = m->gid, .nlink = 1, .kind = VERSION_LINK};

    pthread_mutex_lock(&v->lock);
    (void)vault_adopt_link(v, &r);
    pthread_mutex_unlock(&v->lock);
}

/* Look at one sub-folder of l/ per sweep. */
static void sweep_links(struct vault *v)
{
    char name[VAULT_NAME];
    struct dirent *e;
    DIR *d;
    int fd;

    snprintf(name, sizeof name, "l/%02x", v->walk++ % VAULT_FAN);
    fd = openat(v->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((e = readdir(d))) {
        struct vault_key key;
        struct vault_meta m;
        uint64_t blocks;

        if (vault_key_parse(e->d_name, &key) && !vault_stat_at(fd, e->d_name, &m, &blocks) && m.nlink == 1)
            adopt_dead(v, &m, blocks);
    }
    closedir(d);
}

void vault_sweep(struct vault *v, int64_t now_wall_ns)
{
    uint64_t dead, end;

    if (pthread_mutex_trylock(&v->slow))
        return; /* a restore is under way: what it needs stays */
    sweep_age(v, now_wall_ns);
    sweep_links(v);
    (void)vault_make_room(v, 0, true, SWEEP_EVICT);
    (void)vault_ballast(v, true);
    pthread_mutex_lock(&v->lock);
    vault_log_reserve(&v->log);
    dead = v->ix.dead;
    end = v->log.end;
    pthread_mutex_unlock(&v->lock);
    if (dead > (1u << 20) && dead > end / 2)
        (void)vault_compact(v);
    pthread_mutex_unlock(&v->slow);
}
