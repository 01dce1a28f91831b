/* One original: find what is left of it, decide, put it back.
 *
 * The inode it had is reached by the vault's hard link, by its names, or by a
 * stash of an earlier step.  Unharmed: it gets its name (and mode, times) back.
 * Harmed: a new file made from the version takes its name, the harmed inode
 * becomes evidence; a file that has further hard links is rewritten in place.
 * Every step can be repeated after a kill. */
#include "agent/respond/linux/vault_restore_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LATER 16 /* names given to one file, followed at most */

struct job {
    struct restore *rs;
    const struct plan_item *it;
    struct spot p;             /* where it was */
    struct spot later[LATER];  /* names that it still has and was given since */
    unsigned nlater;
    struct before b;           /* fd -1: no version */
    bool wrote;                /* a bad tree could write into it */
    bool lost;                 /* and the content before is not there */
    bool have, linked;         /* the inode is reachable; by the vault's link */
    int hdir;
    char hname[LIM_NAME];      /* the name by which it is reachable */
    struct vault_meta hm;
};

/* ---- what it held before ----------------------------------------------------------- */

static bool same_version(struct restore *rs, vault_ref a, vault_ref b)
{
    struct before x, y;
    bool same = false;

    if (a == b)
        return true;
    if (before_open(rs, a, &x))
        return false;
    if (!before_open(rs, b, &y)) {
        same = before_same(&x, y.fd) == 1;
        before_close(&y);
    }
    before_close(&x);
    return same;
}

/* The version from before the first harm.  When a bad tree had opened the file
 * without changing it and an honest one changed it after that, the honest
 * change is part of what has to come back. */
static vault_ref choose(struct job *j, int64_t *wall)
{
    const struct plan_touch *last = NULL;
    bool harmed = false;
    vault_ref ref = 0;

    for (uint32_t i = 0; i < j->it->count; i++) {
        const struct plan_touch *t = &j->rs->plan.touch[j->rs->plan.order[j->it->first + i]];

        if (t->kind != TOUCH_WRITE) {
            if (!j->wrote && t->bad && t->ref)
                ref = t->ref; /* removed: the caller may have kept a version then */
            continue;
        }
        if (last && last->bad && !harmed)
            harmed = !same_version(j->rs, last->ref, t->ref);
        if (t->bad && !harmed) {
            ref = t->ref;
            *wall = j->wrote ? *wall : t->wall;
            j->wrote = true;
        }
        last = t;
    }
    return ref;
}

/* ---- where it is -------------------------------------------------------------------- */

static bool try_handle(struct job *j, int dirfd, const char *name)
{
    struct vault_meta m;

    if (j->have || dirfd < 0 || vault_stat_at(dirfd, name, &m, NULL) || !vault_key_same(&m.key, &j->it->key) ||
        !S_ISREG(m.mode))
        return false;
    j->have = true;
    j->hdir = dirfd;
    j->hm = m;
    snprintf(j->hname, sizeof j->hname, "%s", name);
    return true;
}

static void stash_path(const struct vault_key *key, char out[VAULT_NAME])
{
    snprintf(out, VAULT_NAME, "stash/%016llx-%016llx", (unsigned long long)key->ino, (unsigned long long)key->btime_ns);
}

static void find_handle(struct job *j)
{
    char name[VAULT_NAME];

    vault_link_name(&j->it->key, name);
    j->linked = try_handle(j, j->rs->v->dir, name);
    stash_path(&j->it->key, name);
    (void)try_handle(j, j->rs->v->dir, name);
    if (j->p.there)
        (void)try_handle(j, j->p.dirfd, j->p.name);
    for (unsigned i = 0; i < j->nlater; i++)
        (void)try_handle(j, j->later[i].dirfd, j->later[i].name);
}

static bool is_it(const struct job *j, const struct spot *s)
{
    return s->there && vault_key_same(&s->m.key, &j->it->key);
}

/* Names of the inode that neither we nor the tree's known touches made. */
static unsigned other_names(struct job *j)
{
    char name[VAULT_NAME];
    struct vault_meta m;
    unsigned known = j->linked + is_it(j, &j->p) + j->nlater;

    stash_path(&j->it->key, name);
    known += !vault_stat_at(j->rs->v->dir, name, &m, NULL) && vault_key_same(&m.key, &j->it->key);
    snprintf(name, sizeof name, "%016llx-%016llx", (unsigned long long)j->it->key.ino,
             (unsigned long long)j->it->key.btime_ns);
    known += !vault_stat_at(j->rs->ev.dir, name, &m, NULL) && vault_key_same(&m.key, &j->it->key);
    return j->hm.nlink > known ? j->hm.nlink - known : 0;
}

/* ---- steps --------------------------------------------------------------------------- */

/* The folder of the original name, made again when it was removed. */
static int reach(struct job *j)
{
    if (j->p.dirfd >= 0)
        return MM_OK;
    return spot_open(j->rs, j->it->home, true, &j->p);
}

/* The names that it was given since lead to it still, and its own name is back. */
static int drop_later_names(struct job *j, bool *changed)
{
    for (unsigned i = 0; i < j->nlater; i++) {
        struct spot *s = &j->later[i];

        if (spot_look(s) || !is_it(j, s))
            continue;
        if (unlinkat(s->dirfd, s->name, 0))
            return mm_from_errno(errno);
        *changed = true;
    }
    return MM_OK;
}

/* What the vault held for this file only is not needed any more. */
static void release(struct job *j, bool drop_link)
{
    struct vault *v = j->rs->v;
    char name[VAULT_NAME];
    vault_ref dead = 0;

    pthread_mutex_lock(&v->lock);
    for (uint32_t s = ix_version_first(&v->ix, &j->it->key); s && !dead; s = v->ix.version[s].next_key)
        if (v->ix.version[s].kind == VERSION_LINK && vault_key_same(&v->ix.version[s].key, &j->it->key))
            dead = v->ix.version[s].ref; /* it has a name again, or is evidence */
    if (dead) {
        (void)vault_log_drop(v, dead);
        ix_version_drop(&v->ix, ix_version_of(&v->ix, dead));
    }
    pthread_mutex_unlock(&v->lock);
    stash_path(&j->it->key, name);
    (void)unlinkat(v->dir, name, 0);
    if (drop_link) {
        (void)vault_unlink(v, &j->it->key);
        evidence_lock(&j->rs->ev, &j->it->key);
    }
}

/* Bring the inode back to its name. */
static int bring_name(struct job *j, bool *changed)
{
    char work[VAULT_NAME];
    int rc;

    if (is_it(j, &j->p))
        return drop_later_names(j, changed);
    rc = occupant_check(j->rs, j->it, &j->p);
    if (!rc)
        rc = reach(j);
    if (!rc)
        rc = work_link(j->rs, j->hdir, j->hname, work);
    if (rc)
        return rc;
    rc = put_name(j->rs, work, &j->p, j->it->home);
    if (rc) {
        (void)unlinkat(j->rs->v->dir, work, 0);
        return rc;
    }
    *changed = true;
    return drop_later_names(j, changed);
}

/* The inode is as it was; its name, mode, owner, times may not be. */
static int unharmed(struct job *j)
{
    bool changed = evidence_has(&j->rs->ev, &j->it->key); /* rewritten in place before a kill */
    int fd, rc = MM_OK;

    if (j->b.fd >= 0) {
        rc = open_known(j->hdir, j->hname, O_RDONLY, &j->it->key, &fd);
        if (rc)
            return rc;
        rc = before_apply(j->rs, &j->b, fd, &changed);
        close(fd);
    }
    if (!rc)
        rc = bring_name(j, &changed);
    if (rc)
        return rc;
    release(j, false);
    return changed ? DONE_RESTORED : DONE_UNCHANGED;
}

static int in_place(struct job *j)
{
    bool changed = true;
    int fd, rc = content_check(j->rs, j->it, &j->hm);

    if (!rc)
        rc = open_known(j->hdir, j->hname, O_RDWR, &j->it->key, &fd);
    if (rc)
        return rc;
    rc = evidence_copy(&j->rs->ev, fd, &j->hm, j->it->home);
    if (!rc)
        rc = before_rewrite(j->rs, &j->b, fd);
    close(fd);
    if (!rc)
        rc = bring_name(j, &changed);
    if (rc)
        return rc;
    release(j, false);
    return DONE_RESTORED;
}

/* A kill came after the new file had the name: it is there, equal, and nobody else's. */
static bool is_back(struct job *j)
{
    bool same;
    int fd;

    if (!j->p.there || is_it(j, &j->p) || j->p.m.size != j->b.r.size || j->p.m.mtime_ns != j->b.r.mtime ||
        open_known(j->p.dirfd, j->p.name, O_RDONLY, &j->p.m.key, &fd))
        return false;
    same = before_same(&j->b, fd) == 1;
    close(fd);
    return same;
}

static int put_new(struct job *j, bool *consumed)
{
    struct restore *rs = j->rs;
    char work[VAULT_NAME], link[VAULT_NAME] = "";
    struct vault_meta m;
    int rc = occupant_check(rs, j->it, &j->p);

    if (!rc && (is_it(j, &j->p) || j->nlater))
        rc = content_check(rs, j->it, &j->hm);
    if (!rc)
        rc = reach(j);
    if (!rc)
        rc = before_build(rs, &j->b, work, consumed);
    if (rc)
        return rc;
    if (j->have)
        rc = evidence_take(&rs->ev, j->hdir, j->hname, &j->hm, j->it->home, "overwritten");
    if (!rc && !*consumed && !vault_stat_at(rs->v->dir, work, &m, NULL)) { /* protected from the first moment */
        vault_link_name(&m.key, link);
        if (!linkat(rs->v->dir, work, rs->v->dir, link, 0))
            rs->v->links++;
        else
            link[0] = '\0';
    }
    if (!rc)
        rc = put_name(rs, work, &j->p, j->it->home);
    if (!rc)
        return MM_OK;
    (void)unlinkat(rs->v->dir, work, 0);
    if (link[0])
        (void)vault_unlink(rs->v, &m.key);
    return rc;
}

static int harmed(struct job *j)
{
    bool consumed = false, changed;
    struct vault_meta m;
    int rc = MM_OK;

    if (!is_back(j))
        rc = put_new(j, &consumed);
    else if (j->have)
        rc = evidence_take(&j->rs->ev, j->hdir, j->hname, &j->hm, j->it->home, "overwritten");
    if (!rc)
        rc = drop_later_names(j, &changed);
    if (rc)
        return rc;
    if (!vault_meta_of(j->b.fd, &m) && vault_key_same(&m.key, &j->p.m.key))
        j->rs->consumed = j->b.ref; /* its file is the user's now */
    release(j, j->have && evidence_has(&j->rs->ev, &j->it->key));
    return DONE_RESTORED;
}

/* Nothing to compare with: the inode gets its name back, but nobody can say that it is what it was. */
static int unknown(struct job *j)
{
    bool changed;

    if (j->have && !j->p.there)
        (void)bring_name(j, &changed);
    j->rs->why = j->wrote ? "its content before was not kept" : "nothing of it was kept";
    return MM_ENOTFOUND;
}

static int decide(struct job *j)
{
    int fd, same;

    if (!j->have)
        return j->b.fd >= 0 ? harmed(j) : unknown(j);
    if (!j->wrote)
        return unharmed(j);
    if (j->lost)
        return unknown(j);
    if (j->b.fd < 0)
        return unharmed(j);
    same = open_known(j->hdir, j->hname, O_RDONLY, &j->it->key, &fd);
    if (same)
        return same;
    same = before_same(&j->b, fd);
    close(fd);
    if (same < 0)
        return same;
    if (same)
        return unharmed(j);
    return other_names(j) ? in_place(j) : harmed(j);
}

/* Same folder, same name. */
static bool same_spot(const struct spot *a, const struct spot *b)
{
    struct stat x, y;

    return !strcmp(a->name, b->name) && a->dirfd >= 0 && b->dirfd >= 0 && !fstat(a->dirfd, &x) && !fstat(b->dirfd, &y) &&
           x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

/* Keep the spot when it is one more name of the file. */
static void note_later(struct job *j, const char *path)
{
    struct spot *s = &j->later[j->nlater];
    bool new;

    if (j->nlater == LATER || spot_open(j->rs, path, false, s))
        return; /* it went where we cannot look: the vault's link finds it */
    new = is_it(j, s) && !same_spot(s, &j->p);
    for (unsigned i = 0; new && i < j->nlater; i++)
        new = !same_spot(s, &j->later[i]);
    if (new)
        j->nlater++;
    else
        spot_close(s);
}

static int look_around(struct job *j)
{
    int rc = spot_open(j->rs, j->it->home, false, &j->p);
    char path[LIM_PATH];
    const char *name;
    uint64_t seq;

    if (rc) {
        j->rs->why = rc == MM_EINVAL ? "it is not below this vault's folder" :
                     rc == MM_EDENIED ? "a link or another thing is on the way to it" : NULL;
        return rc;
    }
    for (unsigned n = 0; (name = plan_later_name(&j->rs->plan, j->it, n, &seq)); n++)
        if (!plan_map(&j->rs->plan, name, seq, false, path))
            note_later(j, path);
    return MM_OK;
}

int restore_original(struct restore *rs, const struct plan_item *it)
{
    struct job j = {.rs = rs, .it = it, .p = {.dirfd = -1}, .b = {.fd = -1}};
    int64_t wall = 0;
    vault_ref ref;
    int rc;

    if (it->outdated) {
        rs->why = "an honest change gave its name to another file";
        return MM_ESTATE;
    }
    rc = look_around(&j);
    if (rc)
        goto out;
    ref = choose(&j, &wall);
    find_handle(&j);
    if (ref && !before_open(rs, ref, &j.b) && !vault_key_same(&(struct vault_key){j.b.r.ino, j.b.r.btime}, &it->key))
        before_close(&j.b); /* a damaged record must not bring another file's content */
    /* not kept, but not written to either: ctime cannot be set by anybody */
    j.lost = j.wrote && j.b.fd < 0 && !(j.have && j.hm.ctime_ns < wall);
    rc = decide(&j);
out:
    before_close(&j.b);
    spot_close(&j.p);
    while (j.nlater)
        spot_close(&j.later[--j.nlater]);
    return rc;
}
