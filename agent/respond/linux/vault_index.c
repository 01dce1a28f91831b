/* See vault_index.h.  Owns the address space of the tables. */
#include "agent/respond/linux/vault_index.h"

#include <string.h>
#include <sys/mman.h>

#include "lib/err.h"

#define HEADS 16384u /* chains per hash table; four pages each in a small vault */
#define TREE_HEADS 1024u
#define NOBODY 1u

static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdull;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ull;
    return x ^ x >> 33;
}

static uint32_t key_head(const struct vault_key *k)
{
    return (uint32_t)(mix(k->ino ^ mix((uint64_t)k->btime_ns)) % HEADS);
}

static uint32_t tree_head(uint64_t id)
{
    return (uint32_t)(mix(id) % TREE_HEADS);
}

bool vault_key_same(const struct vault_key *a, const struct vault_key *b)
{
    return a->ino == b->ino && a->btime_ns == b->btime_ns;
}

static void *space(size_t count, size_t each)
{
    void *p = mmap(NULL, count * each, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

static void unspace(void *p, size_t count, size_t each)
{
    if (p)
        munmap(p, count * each);
}

int vault_index_init(struct vault_index *ix)
{
    memset(ix, 0, sizeof *ix);
    ix->version = space(LIM_VAULT_VERSIONS + 1, sizeof *ix->version);
    ix->touch = space(LIM_VAULT_TOUCHES + 1, sizeof *ix->touch);
    ix->tree = space(LIM_TREES + 2, sizeof *ix->tree);
    ix->folder = space(LIM_VAULT_FOLDERS + 1, sizeof *ix->folder);
    ix->version_head = space(HEADS, sizeof(uint32_t));
    ix->touch_head = space(HEADS, sizeof(uint32_t));
    ix->folder_head = space(HEADS, sizeof(uint32_t));
    ix->tree_head = space(TREE_HEADS, sizeof(uint32_t));
    if (!ix->version || !ix->touch || !ix->tree || !ix->folder || !ix->version_head || !ix->touch_head ||
        !ix->folder_head || !ix->tree_head) {
        vault_index_fini(ix);
        return MM_ENOMEM;
    }
    (void)ix_tree_make(ix, 0);
    return MM_OK;
}

void vault_index_fini(struct vault_index *ix)
{
    unspace(ix->version, LIM_VAULT_VERSIONS + 1, sizeof *ix->version);
    unspace(ix->touch, LIM_VAULT_TOUCHES + 1, sizeof *ix->touch);
    unspace(ix->tree, LIM_TREES + 2, sizeof *ix->tree);
    unspace(ix->folder, LIM_VAULT_FOLDERS + 1, sizeof *ix->folder);
    unspace(ix->version_head, HEADS, sizeof(uint32_t));
    unspace(ix->touch_head, HEADS, sizeof(uint32_t));
    unspace(ix->folder_head, HEADS, sizeof(uint32_t));
    unspace(ix->tree_head, TREE_HEADS, sizeof(uint32_t));
    memset(ix, 0, sizeof *ix);
}

/* ---- trees ------------------------------------------------------------- */

uint32_t ix_tree_of(const struct vault_index *ix, uint64_t id)
{
    for (uint32_t t = ix->tree_head[tree_head(id)]; t; t = ix->tree[t].next_hash)
        if (ix->tree[t].id == id)
            return t;
    return 0;
}

static void tree_unhash(struct vault_index *ix, uint32_t slot)
{
    uint32_t *at = &ix->tree_head[tree_head(ix->tree[slot].id)];

    while (*at != slot)
        at = &ix->tree[*at].next_hash;
    *at = ix->tree[slot].next_hash;
}

static void tree_release(struct vault_index *ix, uint32_t slot)
{
    tree_unhash(ix, slot);
    memset(&ix->tree[slot], 0, sizeof ix->tree[slot]);
    ix->tree[slot].next_hash = ix->tree_free;
    ix->tree_free = slot;
}

void ix_tree_tidy(struct vault_index *ix)
{
    for (uint32_t t = NOBODY + 1; t <= ix->tree_top; t++) {
        struct ix_tree *tree = &ix->tree[t];

        if (tree->used && !tree->pinned && !tree->touches && !tree->versions)
            tree_release(ix, t);
    }
}

/* All slots are taken: the calm tree that was silent longest is forgotten. */
static void tree_make_room(struct vault_index *ix)
{
    uint32_t oldest = 0;

    for (uint32_t t = NOBODY + 1; t <= ix->tree_top; t++)
        if (ix->tree[t].used && !ix->tree[t].pinned && (!oldest || ix->tree[t].last < ix->tree[oldest].last))
            oldest = t;
    if (!oldest)
        return;
    ix_tree_forget(ix, oldest);
    tree_release(ix, oldest);
}

uint32_t ix_tree_make(struct vault_index *ix, uint64_t id)
{
    uint32_t slot = ix_tree_of(ix, id);
    struct ix_tree *t;

    if (slot)
        return slot;
    if (!ix->tree_free && ix->tree_top > LIM_TREES)
        tree_make_room(ix);
    slot = ix->tree_free;
    if (slot)
        ix->tree_free = ix->tree[slot].next_hash;
    else if (ix->tree_top <= LIM_TREES)
        slot = ++ix->tree_top;
    else
        return 0;
    t = &ix->tree[slot];
    memset(t, 0, sizeof *t);
    t->id = id;
    t->used = true;
    t->next_hash = ix->tree_head[tree_head(id)];
    ix->tree_head[tree_head(id)] = slot;
    return slot;
}

static void version_pins(struct vault_index *ix, vault_ref ref, bool pinned)
{
    uint32_t v = ix_version_of(ix, ref);

    if (v)
        ix->version[v].pins += pinned ? 1u : -1u;
}

void ix_tree_pin(struct vault_index *ix, uint32_t tree, bool pinned)
{
    struct ix_tree *t = &ix->tree[tree];

    if (tree == NOBODY || t->pinned == pinned)
        return;
    t->pinned = pinned;
    for (uint32_t i = t->tfirst; i; i = ix->touch[i].next)
        if (ix->touch[i].bound)
            version_pins(ix, ix->touch[i].ref, pinned);
}

static void tree_add_version(struct vault_index *ix, uint32_t tree, uint32_t slot)
{
    struct ix_version *v = &ix->version[slot];
    struct ix_tree *t = &ix->tree[tree];

    v->tree = tree;
    v->next = 0;
    v->prev = t->vlast;
    *(t->vlast ? &ix->version[t->vlast].next : &t->vfirst) = slot;
    t->vlast = slot;
    t->versions++;
    t->bytes += v->charge;
}

static void tree_remove_version(struct vault_index *ix, uint32_t slot)
{
    struct ix_version *v = &ix->version[slot];
    struct ix_tree *t = &ix->tree[v->tree];

    *(v->prev ? &ix->version[v->prev].next : &t->vfirst) = v->next;
    *(v->next ? &ix->version[v->next].prev : &t->vlast) = v->prev;
    t->versions--;
    t->bytes -= v->charge;
    v->tree = v->next = v->prev = 0;
}

void ix_tree_forget(struct vault_index *ix, uint32_t tree)
{
    struct ix_tree *t = &ix->tree[tree];

    if (tree == NOBODY || t->pinned)
        return;
    while (t->tfirst)
        ix_touch_drop(ix, t->tfirst);
    while (t->vfirst) {
        uint32_t v = t->vfirst;

        tree_remove_version(ix, v);
        tree_add_version(ix, NOBODY, v);
    }
}

/* ---- versions ---------------------------------------------------------- */

uint32_t ix_version_of(const struct vault_index *ix, vault_ref ref)
{
    uint32_t slot = (uint32_t)(ref & ((1u << VAULT_REF_BITS) - 1));

    if (!slot || slot > ix->version_top || ix->version[slot].state != SLOT_LIVE || ix->version[slot].ref != ref)
        return 0;
    return slot;
}

uint32_t ix_version_first(const struct vault_index *ix, const struct vault_key *key)
{
    return ix->version_head[key_head(key)];
}

uint32_t ix_version_current(const struct vault_index *ix, const struct vault_meta *now)
{
    for (uint32_t s = ix_version_first(ix, &now->key); s; s = ix->version[s].next_key) {
        const struct ix_version *v = &ix->version[s];

        if (v->kind == VERSION_FILE && vault_key_same(&v->key, &now->key) && v->size == now->size &&
            v->mtime == now->mtime_ns && v->ctime == now->ctime_ns && v->stored - LIM_VAULT_GRAIN_NS > now->mtime_ns)
            return s;
    }
    return 0;
}

/* Free slots are a list linked both ways: a replay asks for certain slots. */
static void version_release(struct vault_index *ix, uint32_t slot)
{
    uint64_t ref = ix->version[slot].ref;

    memset(&ix->version[slot], 0, sizeof ix->version[slot]);
    ix->version[slot].ref = ref; /* it never comes back: touches may still name it */
    ix->version[slot].next = ix->version_free;
    if (ix->version_free)
        ix->version[ix->version_free].prev = slot;
    ix->version_free = slot;
}

static void version_grow(struct vault_index *ix, uint32_t top)
{
    while (ix->version_top < top)
        version_release(ix, ++ix->version_top);
}

static void version_busy(struct vault_index *ix, uint32_t slot, uint64_t ref, uint64_t reserve)
{
    struct ix_version *v = &ix->version[slot];

    *(v->prev ? &ix->version[v->prev].next : &ix->version_free) = v->next;
    if (v->next)
        ix->version[v->next].prev = v->prev;
    memset(v, 0, sizeof *v);
    v->ref = ref;
    v->charge = reserve;
    v->state = SLOT_BUSY;
    ix->bytes += reserve;
}

uint32_t ix_version_take(struct vault_index *ix, uint64_t reserve)
{
    uint32_t slot;

    if (!ix->version_free) {
        if (ix->version_top >= LIM_VAULT_VERSIONS)
            return 0;
        version_grow(ix, ix->version_top + 1);
    }
    slot = ix->version_free;
    version_busy(ix, slot, ++ix->generation << VAULT_REF_BITS | slot, reserve);
    return slot;
}

void ix_version_put(struct vault_index *ix, uint32_t slot, const struct rec_version *r, uint64_t off, uint32_t whole)
{
    struct ix_version *v = &ix->version[slot];
    uint32_t tree = ix_tree_make(ix, r->tree);

    ix->bytes += r->charge - v->charge;
    v->charge = r->charge;
    v->size = r->size;
    v->key = (struct vault_key){r->ino, r->btime};
    v->mtime = r->mtime;
    v->ctime = r->ctime;
    v->stored = r->stored;
    v->seen = r->tree ? 0 : r->stored;
    v->kind = (uint8_t)r->kind;
    v->off = off;
    v->whole = whole;
    v->state = SLOT_LIVE;
    v->next_key = ix->version_head[key_head(&v->key)];
    ix->version_head[key_head(&v->key)] = slot;
    tree_add_version(ix, tree ? tree : NOBODY, slot);
    ix->versions++;
}

void ix_version_drop(struct vault_index *ix, uint32_t slot)
{
    struct ix_version *v = &ix->version[slot];

    if (v->state == SLOT_LIVE) {
        uint32_t *at = &ix->version_head[key_head(&v->key)];

        while (*at != slot)
            at = &ix->version[*at].next_key;
        *at = v->next_key;
        tree_remove_version(ix, slot);
        ix->dead += v->whole;
        ix->versions--;
    }
    ix->bytes -= v->charge;
    version_release(ix, slot);
}

bool ix_version_claim(struct vault_index *ix, uint64_t ref)
{
    uint32_t slot = (uint32_t)(ref & ((1u << VAULT_REF_BITS) - 1));

    if (!slot || ref >> 63)
        return false;
    version_grow(ix, slot);
    if (ix->version[slot].state == SLOT_BUSY || ix->version[slot].ref >= ref)
        return false;
    if (ix->version[slot].state == SLOT_LIVE)
        ix_version_drop(ix, slot); /* its DROP record was lost */
    version_busy(ix, slot, ref, 0);
    if (ref >> VAULT_REF_BITS > ix->generation)
        ix->generation = ref >> VAULT_REF_BITS;
    return true;
}

static uint32_t oldest_of(const struct vault_index *ix, uint32_t tree, int64_t fresh)
{
    for (uint32_t s = ix->tree[tree].vfirst; s; s = ix->version[s].next) {
        const struct ix_version *v = &ix->version[s];

        if (!v->pins && (v->refs || v->stored < fresh || tree == NOBODY))
            return s;
    }
    return 0;
}

static uint32_t victim(const struct vault_index *ix, int64_t fresh)
{
    uint32_t best = 0;
    uint64_t most = 0;

    for (uint32_t t = NOBODY + 1; t <= ix->tree_top; t++) {
        uint32_t s;

        if (!ix->tree[t].used || ix->tree[t].pinned || ix->tree[t].bytes < most || !ix->tree[t].versions)
            continue;
        s = oldest_of(ix, t, fresh);
        if (s) {
            best = s;
            most = ix->tree[t].bytes;
        }
    }
    return best;
}

/* Nobody's versions lie in the order in which their files were seen last. */
void ix_version_renew(struct vault_index *ix, uint32_t slot, int64_t now)
{
    struct ix_version *v = &ix->version[slot];

    if (v->seen >= now)
        return;
    v->seen = now;
    if (v->tree == NOBODY) {
        tree_remove_version(ix, slot);
        tree_add_version(ix, NOBODY, slot);
    }
}

uint32_t ix_version_victim(const struct vault_index *ix, int64_t fresh, int64_t alive)
{
    uint32_t baseline = oldest_of(ix, NOBODY, fresh), best;

    if (baseline && ix->version[baseline].seen < alive)
        return baseline;
    best = victim(ix, fresh);
    if (!best)
        best = baseline;
    return best ? best : victim(ix, INT64_MAX);
}

/* ---- touches ----------------------------------------------------------- */

uint32_t ix_touch_first(const struct vault_index *ix, const struct vault_key *key)
{
    return ix->touch_head[key_head(key)];
}

uint32_t ix_touch_of(const struct vault_index *ix, uint64_t tree, const struct vault_key *key, unsigned kind)
{
    uint32_t found = 0;
    uint64_t others = 0;

    for (uint32_t s = ix_touch_first(ix, key); s; s = ix->touch[s].next_key) {
        const struct ix_touch *t = &ix->touch[s];

        if (!vault_key_same(&t->key, key))
            continue;
        if (ix->tree[t->tree].id != tree)
            others = t->seq > others ? t->seq : others;
        else if (t->kind == kind && !t->done && (!found || t->seq > ix->touch[found].seq))
            found = s;
    }
    return found && ix->touch[found].seq > others ? found : 0;
}

void ix_touch_drop(struct vault_index *ix, uint32_t slot)
{
    struct ix_touch *t = &ix->touch[slot];
    struct ix_tree *tree = &ix->tree[t->tree];
    uint32_t *at = &ix->touch_head[key_head(&t->key)], v = t->bound ? ix_version_of(ix, t->ref) : 0;

    while (*at != slot)
        at = &ix->touch[*at].next_key;
    *at = t->next_key;
    *(t->prev ? &ix->touch[t->prev].next : &tree->tfirst) = t->next;
    *(t->next ? &ix->touch[t->next].prev : &tree->tlast) = t->prev;
    tree->touches--;
    if (v) {
        ix->version[v].refs--;
        ix->version[v].pins -= tree->pinned ? 1u : 0u;
    }
    ix->dead += t->whole;
    ix->touches--;
    memset(t, 0, sizeof *t);
    t->next = ix->touch_free;
    ix->touch_free = slot;
}

bool ix_touch_room(struct vault_index *ix)
{
    uint32_t busiest = 0;

    if (ix->touch_free || ix->touch_top < LIM_VAULT_TOUCHES)
        return true;
    for (uint32_t t = NOBODY + 1; t <= ix->tree_top; t++)
        if (ix->tree[t].touches && !ix->tree[t].pinned &&
            (!busiest || ix->tree[t].touches > ix->tree[busiest].touches))
            busiest = t;
    if (!busiest)
        return false;
    ix_touch_drop(ix, ix->tree[busiest].tfirst);
    return true;
}

void ix_touch_put(struct vault_index *ix, const struct rec_touch *r, uint64_t off, uint32_t whole)
{
    uint32_t tree = ix_tree_make(ix, r->tree), v = ix_version_of(ix, r->ref);
    uint32_t slot = ix->touch_free ? ix->touch_free : ++ix->touch_top;
    struct ix_touch *t = &ix->touch[slot];
    struct ix_tree *owner = &ix->tree[tree];

    if (ix->touch_free)
        ix->touch_free = t->next;
    *t = (struct ix_touch){.key = {r->ino, r->btime}, .ref = r->ref, .off = off, .seq = r->seq, .wall = r->wall,
                           .tree = tree, .whole = whole, .kind = (uint8_t)r->kind, .flags = (uint8_t)r->flags,
                           .state = SLOT_LIVE};
    t->next_key = ix->touch_head[key_head(&t->key)];
    ix->touch_head[key_head(&t->key)] = slot;
    t->prev = owner->tlast;
    *(owner->tlast ? &ix->touch[owner->tlast].next : &owner->tfirst) = slot;
    owner->tlast = slot;
    owner->touches++;
    if (r->wall > owner->last)
        owner->last = r->wall;
    if (r->seq > ix->seq)
        ix->seq = r->seq;
    if (r->ref >> VAULT_REF_BITS > ix->generation) /* its version is gone; the number must not be given again */
        ix->generation = r->ref >> VAULT_REF_BITS;
    ix->touches++;
    t->bound = v != 0;
    if (!v)
        return;
    ix->version[v].refs++;
    ix->version[v].pins += owner->pinned ? 1u : 0u;
    if (ix->version[v].tree != tree) {
        tree_remove_version(ix, v);
        tree_add_version(ix, tree, v);
    }
}

void ix_touch_done(struct vault_index *ix, uint64_t tree, const struct vault_key *key, unsigned result)
{
    for (uint32_t s = ix_touch_first(ix, key); s; s = ix->touch[s].next_key) {
        struct ix_touch *t = &ix->touch[s];
        const struct ix_tree *owner = &ix->tree[t->tree];

        if (t->done || !vault_key_same(&t->key, key))
            continue;
        if (owner->id == tree)
            t->done = (uint8_t)result;
        else if (owner->pinned)
            t->done = DONE_UNCHANGED;
    }
}

/* ---- folders ----------------------------------------------------------- */

uint64_t ix_folder_hash(const char *path, size_t n)
{
    uint64_t h = 0xcbf29ce484222325ull; /* FNV-1a; a collision gives a folder another's mode, checked by the path in the log */

    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)path[i]) * 0x100000001b3ull;
    return mix(h);
}

uint32_t ix_folder_of(const struct vault_index *ix, uint64_t hash)
{
    for (uint32_t s = ix->folder_head[hash % HEADS]; s; s = ix->folder[s].next)
        if (ix->folder[s].hash == hash)
            return s;
    return 0;
}

bool ix_folder_put(struct vault_index *ix, uint64_t hash, uint64_t off, uint32_t whole)
{
    uint32_t slot = ix_folder_of(ix, hash);

    if (slot) {
        ix->dead += ix->folder[slot].whole;
    } else {
        if (ix->folder_top >= LIM_VAULT_FOLDERS)
            return false;
        slot = ++ix->folder_top;
        ix->folder[slot].hash = hash;
        ix->folder[slot].next = ix->folder_head[hash % HEADS];
        ix->folder_head[hash % HEADS] = slot;
        ix->folders++;
    }
    ix->folder[slot].off = off;
    ix->folder[slot].whole = whole;
    return true;
}
