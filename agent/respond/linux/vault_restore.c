/* The restore of one tree: collect its touches, plan, undo folder renames,
 * make folders again, put the originals back, move what it made to the
 * evidence.  What is finished is recorded per file, so that a second call
 * goes on where the first was killed. */
#include "agent/respond/linux/vault_restore_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- collecting ------------------------------------------------------------------- */

struct pick { uint64_t off; unsigned done; bool own, bad; };

/* The touches of one file: when the tree came back after an earlier restore, only what is new. */
static uint32_t pick_file(const struct vault_index *ix, uint64_t tree, const struct vault_key *key, struct pick *out)
{
    bool fresh = false;
    uint32_t n = 0;

    for (uint32_t s = ix_touch_first(ix, key); s; s = ix->touch[s].next_key)
        fresh |= vault_key_same(&ix->touch[s].key, key) && ix->tree[ix->touch[s].tree].id == tree && !ix->touch[s].done;
    for (uint32_t s = ix_touch_first(ix, key); s; s = ix->touch[s].next_key) {
        const struct ix_touch *t = &ix->touch[s];
        bool own = ix->tree[t->tree].id == tree;

        if (vault_key_same(&t->key, key) && !(fresh && t->done))
            out[n++] = (struct pick){t->off, t->done, own, own || ix->tree[t->tree].pinned};
    }
    return n;
}

/* True for the touch of `tree` that comes first in its file's chain. */
static bool is_first_own(const struct vault_index *ix, uint32_t slot)
{
    const struct ix_touch *t = &ix->touch[slot];

    for (uint32_t s = ix_touch_first(ix, &t->key); s != slot; s = ix->touch[s].next_key)
        if (ix->touch[s].tree == t->tree && vault_key_same(&ix->touch[s].key, &t->key))
            return false;
    return true;
}

static uint32_t pick_all(struct restore *rs, struct pick *out, uint32_t room)
{
    const struct vault_index *ix = &rs->v->ix;
    uint32_t n = 0, tree;

    pthread_mutex_lock(&rs->v->lock);
    tree = ix_tree_of(ix, rs->tree);
    rs->last = tree ? ix->tree[tree].last : 0;
    if (tree && ix->touches <= room)
        for (uint32_t s = ix->tree[tree].tfirst; s; s = ix->touch[s].next)
            if (is_first_own(ix, s))
                n += pick_file(ix, rs->tree, &ix->touch[s].key, out + n);
    pthread_mutex_unlock(&rs->v->lock);
    return n;
}

static int read_touch(struct restore *rs, const struct pick *p, struct plan_touch *out)
{
    struct vault_rec rec;
    struct rec_touch r;
    int rc = vault_log_read(rs->v->log.fd, p->off, rs->space, RESTORE_SPACE, &rec);

    if (rc)
        return rc;
    if (rec.type != REC_TOUCH || rec.len < sizeof r)
        return MM_EIO;
    memcpy(&r, rec.payload, sizeof r);
    if (r.len1 >= LIM_PATH || r.len2 >= LIM_PATH || rec.len != sizeof r + r.len1 + r.len2)
        return MM_EIO;
    *out = (struct plan_touch){.seq = r.seq, .key = {r.ino, r.btime}, .ref = r.ref, .wall = r.wall, .kind = r.kind,
                               .flags = r.flags, .done = p->done, .own = p->own, .bad = p->bad};
    out->path = strndup((const char *)rec.payload + sizeof r, r.len1);
    out->path2 = r.len2 ? strndup((const char *)rec.payload + sizeof r + r.len1, r.len2) : NULL;
    return out->path && (out->path2 || !r.len2) ? MM_OK : MM_ENOMEM; /* what there is, the caller frees */
}

static int collect(struct restore *rs)
{
    struct pick *pick = malloc(LIM_VAULT_TOUCHES * sizeof *pick);
    struct plan_touch *touch = NULL;
    uint32_t n = pick ? pick_all(rs, pick, LIM_VAULT_TOUCHES) : 0, have = 0;
    int rc = MM_OK;

    if (!pick || !(touch = calloc(n + 1u, sizeof *touch)))
        rc = MM_ENOMEM;
    for (uint32_t i = 0; !rc && i < n; i++) {
        rc = read_touch(rs, &pick[i], &touch[have]);
        if (rc == MM_EIO) { /* one damaged record: the others are restored all the same */
            rs->unreadable++;
            rc = MM_OK;
        } else {
            have++;
        }
    }
    if (!rc)
        rc = plan_build(&rs->plan, touch, have);
    for (uint32_t k = 0; rc && k < have; k++) {
        free(touch[k].path);
        free(touch[k].path2);
    }
    if (rc)
        free(touch);
    free(pick);
    return rc;
}

/* ---- one result ------------------------------------------------------------------- */

/* Record what is finished, once its bytes are on disk: after a power cut the
 * next run looks at the others again (and finds most of them as they should be). */
static void settle(struct restore *rs)
{
    struct vault *v = rs->v;

    if (!rs->ndone)
        return;
    (void)syncfs(v->dir);
    pthread_mutex_lock(&v->lock);
    for (unsigned i = 0; i < rs->ndone; i++) {
        const struct rec_done *r = &rs->done[i];
        struct iovec part = {&rs->done[i], sizeof *r};

        /* without the record (full disk) the next run finds the file as it should be */
        (void)vault_log_append(&v->log, REC_DONE, &part, 1, NULL, NULL);
        ix_touch_done(&v->ix, rs->tree, &(struct vault_key){r->ino, r->btime}, r->result);
    }
    pthread_mutex_unlock(&v->lock);
    rs->ndone = 0;
}

static void drop_version(struct vault *v, vault_ref ref)
{
    char name[VAULT_NAME];
    uint32_t slot;

    vault_version_name(ref, name);
    (void)unlinkat(v->dir, name, 0);
    pthread_mutex_lock(&v->lock);
    slot = ix_version_of(&v->ix, ref);
    if (slot) {
        (void)vault_log_drop(v, ref);
        ix_version_drop(&v->ix, slot);
    }
    pthread_mutex_unlock(&v->lock);
}

static void mark_done(struct restore *rs, const struct vault_key *key, unsigned result)
{
    rs->done[rs->ndone++] = (struct rec_done){.tree = rs->tree, .ino = key->ino, .btime = key->btime_ns, .result = result};
    if (rs->ndone == RESTORE_BATCH || rs->consumed)
        settle(rs);
    if (rs->consumed) /* only now: the next run could not compare with it any more */
        drop_version(rs->v, rs->consumed);
}

static void count(struct restore *rs, unsigned result)
{
    rs->report.restored += result == DONE_RESTORED;
    rs->report.unchanged += result == DONE_UNCHANGED;
    rs->report.evidence = rs->ev.kept.count;
    if (rs->progress)
        rs->progress(rs->context, &rs->report);
}

static void fail(struct restore *rs, const char *path, int rc)
{
    char *out = rs->report.first_failure;
    size_t room = sizeof rs->report.first_failure;

    rs->report.failed++;
    rs->report.evidence = rs->ev.kept.count;
    if (!out[0] && rs->attr[0])
        snprintf(out, room, "%s: the content is back, but not its attribute %s", path, rs->attr);
    else if (!out[0])
        snprintf(out, room, "%s: %s", path, rs->why ? rs->why : mm_strerror(rc));
    if (rs->progress)
        rs->progress(rs->context, &rs->report);
}

/* ---- folders ---------------------------------------------------------------------- */

static int undo_rename(struct restore *rs, const struct plan_rename *r, const struct vault_key *key)
{
    struct spot from, to;
    int rc = spot_open(rs, r->to, false, &from);

    if (rc)
        return rc;
    rc = spot_open(rs, r->from, true, &to);
    if (rc) {
        spot_close(&from);
        return rc;
    }
    if (to.there && vault_key_same(&to.m.key, key))
        rc = MM_OK; /* already, by an earlier run */
    else if (!from.there || !vault_key_same(&from.m.key, key))
        rc = MM_ENOTFOUND;
    else if (renameat2(from.dirfd, from.name, to.dirfd, to.name, RENAME_NOREPLACE))
        rc = mm_from_errno(errno);
    spot_close(&from);
    spot_close(&to);
    return rc;
}

static void undo_renames(struct restore *rs)
{
    for (uint32_t i = rs->plan.nrenames; i-- > 0;) {
        struct plan_rename *r = &rs->plan.rename[i];
        const struct plan_touch *t = &rs->plan.touch[r->touch];
        int rc;

        if (r->undone)
            continue;
        rs->why = NULL;
        rc = undo_rename(rs, r, &t->key);
        r->undone = !rc;
        if (rc)
            fail(rs, r->from, rc);
    }
}

/* Renames are undone above; removed ones are made again. */
static int restore_folder(struct restore *rs, const struct plan_item *it)
{
    bool removed = false, undone = true;

    for (uint32_t i = 0; i < it->count; i++)
        removed |= rs->plan.touch[rs->plan.order[it->first + i]].kind == TOUCH_REMOVED;
    for (uint32_t i = 0; i < rs->plan.nrenames; i++)
        if (vault_key_same(&rs->plan.touch[rs->plan.rename[i].touch].key, &it->key))
            undone &= rs->plan.rename[i].undone;
    if (!undone)
        return DONE_NOT; /* told already */
    if (removed) {
        int rc = spot_make_folder(rs, it->home);

        if (rc)
            return rc;
    }
    return DONE_RESTORED;
}

/* ---- what the tree made --------------------------------------------------------------- */

/* Find what the tree made under the newest name that it still has. */
static bool find_created(struct restore *rs, const struct plan_item *it, struct spot *s, char path[LIM_PATH])
{
    const char *name;
    uint64_t seq;
    bool found = false;

    for (unsigned n = 0; (name = plan_later_name(&rs->plan, it, n, &seq)); n++) {
        struct spot here;
        char mapped[LIM_PATH];

        if (plan_map(&rs->plan, name, seq, false, mapped) || spot_open(rs, mapped, false, &here))
            continue;
        if (!here.there || !vault_key_same(&here.m.key, &it->key)) {
            spot_close(&here);
            continue;
        }
        if (found)
            spot_close(s);
        *s = here;
        found = true;
        memcpy(path, mapped, strlen(mapped) + 1);
    }
    return found;
}

static int restore_created(struct restore *rs, const struct plan_item *it)
{
    char path[LIM_PATH];
    struct spot s;
    int rc;

    if (!find_created(rs, it, &s, path)) /* moved already, or removed meanwhile */
        return evidence_has(&rs->ev, &it->key) ? DONE_EVIDENCE : DONE_UNCHANGED;
    rc = content_check(rs, it, &s.m);
    if (!rc)
        rc = evidence_take(&rs->ev, s.dirfd, s.name, &s.m, path, "created");
    if (!rc && S_ISREG(s.m.mode) && unlinkat(s.dirfd, s.name, 0) && errno != ENOENT)
        rc = mm_from_errno(errno);
    spot_close(&s);
    if (rc)
        return rc;
    (void)vault_unlink(rs->v, &it->key);
    evidence_lock(&rs->ev, &it->key);
    return DONE_EVIDENCE;
}

static void run_kind(struct restore *rs, enum plan_kind kind)
{
    static int (*const restore_one[])(struct restore *, const struct plan_item *) = {
        [PLAN_ORIGINAL] = restore_original, [PLAN_CREATED] = restore_created, [PLAN_FOLDER] = restore_folder,
    };

    for (uint32_t i = 0; i < rs->plan.nitems; i++) {
        const struct plan_item *it = &rs->plan.item[i];
        int result = (int)it->done;

        if (it->kind != kind)
            continue;
        rs->why = NULL;
        rs->attr[0] = '\0';
        rs->consumed = 0;
        if (result == DONE_NOT)
            result = it->too_long && kind != PLAN_CREATED ? MM_ELIMIT : restore_one[kind](rs, it);
        if (result < 0 || rs->attr[0]) {
            fail(rs, it->home, result);
            continue;
        }
        if (it->done == DONE_NOT && result != DONE_NOT)
            mark_done(rs, &it->key, (unsigned)result);
        if (kind != PLAN_FOLDER)
            count(rs, (unsigned)result);
    }
}

/* ---- the whole ------------------------------------------------------------------------- */

static bool pinned(struct vault *v, uint64_t tree)
{
    uint32_t t;
    bool is;

    pthread_mutex_lock(&v->lock);
    t = ix_tree_of(&v->ix, tree);
    is = t && v->ix.tree[t].pinned;
    pthread_mutex_unlock(&v->lock);
    return is;
}

static int run(struct restore *rs, const char *incident)
{
    int rc = evidence_open(&rs->ev, rs->v, incident);

    if (rc == MM_ENOSPC || vault_make_room(rs->v, LIM_VAULT_BALLAST, true, LIM_VAULT_EVICT)) {
        (void)vault_ballast(rs->v, false); /* names and lines need a little space; the next sweep takes it back */
        rc = rc ? evidence_open(&rs->ev, rs->v, incident) : MM_OK;
    }
    if (rc)
        return rc;
    for (uint32_t i = 0; i < rs->unreadable; i++)
        fail(rs, "a record of the vault", MM_EIO);
    undo_renames(rs);
    run_kind(rs, PLAN_FOLDER);
    run_kind(rs, PLAN_ORIGINAL);
    run_kind(rs, PLAN_CREATED);
    rs->report.evidence = rs->ev.kept.count;
    evidence_close(&rs->ev);
    settle(rs);
    return MM_OK;
}

int vault_restore(struct vault *v, uint64_t tree, const char *incident, struct restore_report *out,
                  void (*progress)(void *context, const struct restore_report *r), void *context)
{
    struct restore *rs = calloc(1, sizeof *rs);
    bool was;
    int rc;

    if (!rs)
        return MM_ENOMEM;
    *rs = (struct restore){.v = v, .tree = tree, .progress = progress, .context = context, .ev = {.dir = -1}};
    rs->space = malloc(RESTORE_SPACE);
    pthread_mutex_lock(&v->slow);
    was = pinned(v, tree);
    rc = tree && rs->space ? collect(rs) : tree ? MM_ENOMEM : MM_EINVAL;
    if (!rc && (rs->plan.nitems || rs->unreadable)) {
        vault_pin(v, tree, true); /* a store meanwhile must not evict what is needed here */
        rc = run(rs, incident);
        vault_pin(v, tree, was);
    }
    pthread_mutex_unlock(&v->slow);
    if (!rc)
        *out = rs->report;
    plan_free(&rs->plan);
    free(rs->space);
    free(rs);
    return rc;
}
