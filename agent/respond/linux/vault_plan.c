/* See vault_plan.h.  Owns the touches handed to plan_build. */
#include "agent/respond/linux/vault_plan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

#define NAME_LAG_NS 2000000000LL /* the names thread is never later than this */

static int by_seq(const void *a, const void *b)
{
    uint64_t x = ((const struct plan_touch *)a)->seq, y = ((const struct plan_touch *)b)->seq;

    return x < y ? -1 : x > y;
}

static int key_order(const struct vault_key *a, const struct vault_key *b)
{
    if (a->ino != b->ino)
        return a->ino < b->ino ? -1 : 1;
    return a->btime_ns < b->btime_ns ? -1 : a->btime_ns > b->btime_ns;
}

/* Sorting the order array needs the touches: pairs carry what is compared. */
struct keyed { struct vault_key key; uint32_t index; };

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = key_order(&x->key, &y->key);

    return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

static int group(struct plan *p)
{
    struct keyed *k = malloc((p->ntouches + 1) * sizeof *k);

    p->order = malloc((p->ntouches + 1) * sizeof *p->order);
    if (!k || !p->order) {
        free(k);
        return MM_ENOMEM;
    }
    for (uint32_t i = 0; i < p->ntouches; i++)
        k[i] = (struct keyed){p->touch[i].key, i};
    qsort(k, p->ntouches, sizeof *k, by_key);
    for (uint32_t i = 0; i < p->ntouches; i++)
        p->order[i] = k[i].index;
    free(k);
    return MM_OK;
}

static void classify(struct plan_item *it, const struct plan_touch *t)
{
    if (t->flags & TOUCH_FOLDER)
        it->kind = PLAN_FOLDER;
    else if (t->bad && t->kind == TOUCH_CREATED)
        it->kind = PLAN_CREATED;
    else if (t->bad && t->flags & TOUCH_NEW && it->kind == PLAN_ORIGINAL)
        it->kind = PLAN_FOLLOWED;
    if (!t->bad)
        return;
    it->last_bad = t->seq;
    it->taken_away |= t->kind == TOUCH_REMOVED || t->kind == TOUCH_REPLACED || t->kind == TOUCH_RENAMED;
    if (t->own)
        it->done = t->done;
}

/* "/a/b (deleted)" is what the kernel calls an open file whose name is gone. */
static bool deleted_form(const char *path, const char *of)
{
    size_t n = strlen(of);

    return !strncmp(path, of, n) && !strcmp(path + n, " (deleted)");
}

/* One touch after the other: what is this file, where was it?  Opens are
 * recorded at once, names a little later, so the first rename tells the name
 * before even when an open under the new name was recorded first. */
static void take_touch(struct plan_item *it, const struct plan_touch *t, bool *renamed)
{
    bool rename = t->kind == TOUCH_RENAMED;

    classify(it, t);
    if (t->bad && (!it->orig || (rename && !*renamed) || deleted_form(it->orig, t->path))) {
        it->orig = t->path;
        it->orig_seq = t->seq;
    } else if (!t->bad && rename && !*renamed && it->orig && !strcmp(it->orig, t->path)) {
        it->orig = t->path2; /* an honest move before any hostile one */
        it->orig_seq = t->seq;
    }
    /* A removal from a name tells where it was as well as a rename does. */
    *renamed |= t->bad && (rename || t->kind == TOUCH_REMOVED || t->kind == TOUCH_REPLACED);
}

/* The same for a file that was moved to where nobody looks: its removal from
 * the guarded folder is told a moment after the write under its new name. */
static void late_name(const struct plan *p, struct plan_item *it)
{
    const struct plan_touch *first = &p->touch[p->order[it->first]];

    if (first->kind != TOUCH_WRITE || !first->bad || it->orig != first->path)
        return;
    for (uint32_t i = it->first + 1; i < it->first + it->count; i++) {
        const struct plan_touch *t = &p->touch[p->order[i]];

        if (t->kind == TOUCH_WRITE || t->kind == TOUCH_CREATED || !t->bad)
            continue;
        if (t->wall - first->wall < NAME_LAG_NS && strcmp(t->path, first->path)) {
            it->orig = t->path;
            it->orig_seq = t->seq;
        }
        return;
    }
}

static int item_order(const void *a, const void *b)
{
    uint64_t x = ((const struct plan_item *)a)->orig_seq, y = ((const struct plan_item *)b)->orig_seq;

    return x < y ? -1 : x > y;
}

static int make_items(struct plan *p)
{
    p->item = calloc(p->ntouches + 1, sizeof *p->item);
    if (!p->item)
        return MM_ENOMEM;
    for (uint32_t i = 0; i < p->ntouches;) {
        struct plan_item *it = &p->item[p->nitems];
        bool own = false, renamed = false;

        *it = (struct plan_item){.kind = PLAN_ORIGINAL, .key = p->touch[p->order[i]].key, .first = i};
        for (; i < p->ntouches && !key_order(&p->touch[p->order[i]].key, &it->key); i++, it->count++) {
            take_touch(it, &p->touch[p->order[i]], &renamed);
            own |= p->touch[p->order[i]].own;
        }
        if (own && it->orig)
            late_name(p, it);
        p->nitems += own && it->orig;
    }
    qsort(p->item, p->nitems, sizeof *p->item, item_order);
    for (uint32_t i = 0; i < p->nitems; i++)
        if (key_set_add(&p->items, &p->item[i].key, i))
            return MM_ENOMEM;
    return MM_OK;
}

static int make_renames(struct plan *p)
{
    p->rename = calloc(p->ntouches + 1, sizeof *p->rename);
    if (!p->rename)
        return MM_ENOMEM;
    for (uint32_t i = 0; i < p->ntouches; i++) {
        const struct plan_touch *t = &p->touch[i];

        if (!t->bad || t->kind != TOUCH_RENAMED || !(t->flags & TOUCH_FOLDER))
            continue;
        p->rename[p->nrenames++] = (struct plan_rename){t->path, t->path2, t->seq, t->done == DONE_RESTORED, true, i};
    }
    for (uint32_t i = 0; i < p->nrenames; i++) /* the new name was another folder's before? */
        for (uint32_t k = 0; k < i && p->rename[i].fresh; k++)
            p->rename[i].fresh = strcmp(p->rename[k].from, p->rename[i].to) != 0;
    return MM_OK;
}

static int find_homes(struct plan *p)
{
    char home[LIM_PATH];

    for (uint32_t i = 0; i < p->nitems; i++) {
        struct plan_item *it = &p->item[i];

        /* a hostile tree may have made such names: they must not stop the others */
        it->too_long = plan_map(p, it->orig, it->orig_seq, true, home) != MM_OK;
        it->home = strdup(it->too_long ? it->orig : home);
        if (!it->home)
            return MM_ENOMEM;
    }
    return MM_OK;
}

static int by_name(const void *a, const void *b)
{
    const struct plan_item *x = *(struct plan_item *const *)a, *y = *(struct plan_item *const *)b;
    int order = strcmp(x->home, y->home);

    return order ? order : x->orig_seq < y->orig_seq ? -1 : 1;
}

/* Two originals that had one name after the other: when a bad tree took the
 * earlier one away, the later one is that tree's work; else the later is the
 * honest successor. */
static int settle_names(struct plan *p)
{
    struct plan_item **by = malloc((p->nitems + 1) * sizeof *by);
    uint32_t n = 0;

    if (!by)
        return MM_ENOMEM;
    for (uint32_t i = 0; i < p->nitems; i++)
        if (p->item[i].kind == PLAN_ORIGINAL && !p->item[i].too_long)
            by[n++] = &p->item[i];
    qsort(by, n, sizeof *by, by_name);
    for (uint32_t i = 1; i < n; i++) {
        if (strcmp(by[i - 1]->home, by[i]->home))
            continue;
        if (by[i - 1]->kind == PLAN_CREATED || by[i - 1]->taken_away)
            by[i]->kind = PLAN_CREATED;
        else
            by[i - 1]->outdated = true;
    }
    free(by);
    return MM_OK;
}

int plan_build(struct plan *p, struct plan_touch *touch, uint32_t n)
{
    int rc;

    *p = (struct plan){.touch = touch, .ntouches = n};
    if (n)
        qsort(touch, n, sizeof *touch, by_seq);
    rc = group(p);
    if (!rc)
        rc = make_items(p);
    if (!rc)
        rc = make_renames(p);
    if (!rc)
        rc = find_homes(p);
    if (!rc)
        rc = settle_names(p);
    if (rc) {
        p->touch = NULL;
        p->ntouches = 0;
        plan_free(p);
    }
    return rc;
}

void plan_free(struct plan *p)
{
    for (uint32_t i = 0; i < p->ntouches; i++) {
        free(p->touch[i].path);
        free(p->touch[i].path2);
    }
    for (uint32_t i = 0; i < p->nitems; i++)
        free(p->item[i].home);
    free(p->touch);
    free(p->order);
    free(p->item);
    free(p->rename);
    key_set_fini(&p->items);
    *p = (struct plan){0};
}

const struct plan_item *plan_of(const struct plan *p, const struct vault_key *key)
{
    uint32_t i;

    return key_set_find(&p->items, key, &i) ? &p->item[i] : NULL;
}

const char *plan_later_name(const struct plan *p, const struct plan_item *it, unsigned n, uint64_t *seq)
{
    bool away = false;

    for (uint32_t i = 0; i < it->count; i++) {
        const struct plan_touch *t = &p->touch[p->order[it->first + i]];
        const char *name = t->kind == TOUCH_RENAMED ? t->path2 :
                           away || it->kind == PLAN_CREATED || t->seq < it->orig_seq ? t->path : NULL;

        away |= t->kind == TOUCH_REMOVED || t->kind == TOUCH_REPLACED;
        if (!name || !t->bad || n--)
            continue;
        *seq = t->seq;
        return name;
    }
    return NULL;
}

int plan_map(const struct plan *p, const char *path, uint64_t seq, bool all, char out[LIM_PATH])
{
    size_t n = strlen(path);

    if (n >= LIM_PATH)
        return MM_ELIMIT;
    memcpy(out, path, n + 1);
    for (uint32_t i = p->nrenames; i-- > 0;) {
        const struct plan_rename *r = &p->rename[i];
        size_t to = strlen(r->to), from = strlen(r->from);

        if ((r->seq >= seq && !r->fresh) || !(all || r->undone) || strncmp(out, r->to, to) || (out[to] && out[to] != '/'))
            continue;
        n = strlen(out + to);
        if (from + n >= LIM_PATH)
            return MM_ELIMIT;
        memmove(out + from, out + to, n + 1);
        memcpy(out, r->from, from);
    }
    return MM_OK;
}
