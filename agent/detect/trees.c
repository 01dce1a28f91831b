/* Counters per process tree and the gate; see trees.h.
 *
 * Memory: two arrays made once (rows of trees, rows of touches), chained hashes
 * of indices over them, and a small table of those trees that are not calm,
 * readable without the lock.  When rows run out the calmest oldest tree goes;
 * a frozen tree never does. */
#include "agent/detect/trees.h"

#include <stdlib.h>
#include <string.h>

#include "agent/detect/trees_rows.h"
#include "lib/err.h"

static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ x >> 33;
}

/* ---- the table that is read without the lock ------------------------------ */

static void gate_publish(struct trees *t, uint64_t tree, enum tree_gate gate)
{
    struct gate_slot *found = NULL, *room = NULL;

    for (unsigned i = 0; i < GATE_PROBES && !found; i++) {
        struct gate_slot *s = &t->gate[(mix(tree) + i) % GATE_SLOTS];
        uint64_t id = atomic_load_explicit(&s->tree, memory_order_relaxed);

        if (id == tree)
            found = s;
        else if (!room && (id == 0 || (gate == GATE_FROZEN && atomic_load(&s->gate) != GATE_FROZEN)))
            room = s;
    }
    if (!found && gate == GATE_CALM)
        return;
    if (!found)
        found = room;
    if (!found)
        return; /* sixteen frozen trees in one place: the permission path asks under the lock instead */
    if (gate == GATE_CALM) {
        atomic_store_explicit(&found->tree, 0, memory_order_release);
        return;
    }
    atomic_store_explicit(&found->gate, gate, memory_order_release);
    atomic_store_explicit(&found->tree, tree, memory_order_release);
}

enum tree_gate trees_gate(const struct trees *t, uint64_t tree)
{
    for (unsigned i = 0; i < GATE_PROBES; i++) {
        const struct gate_slot *s = &t->gate[(mix(tree) + i) % GATE_SLOTS];

        if (atomic_load_explicit(&s->tree, memory_order_acquire) == tree)
            return (enum tree_gate)atomic_load_explicit(&s->gate, memory_order_acquire);
    }
    return GATE_CALM;
}

/* ---- rows ------------------------------------------------------------------ */

int trees_new(struct trees **out, unsigned max_trees, unsigned max_touches)
{
    struct trees *t = calloc(1, sizeof *t);

    if (!t)
        return MM_ENOMEM;
    t->max_rows = max_trees;
    t->max_touches = max_touches;
    t->row = calloc(max_trees, sizeof *t->row);
    t->touch = calloc(max_touches, sizeof *t->touch);
    t->row_hash = malloc(max_trees * sizeof *t->row_hash);
    t->touch_hash = malloc(max_touches * sizeof *t->touch_hash);
    if (!t->row || !t->touch || !t->row_hash || !t->touch_hash) {
        trees_free(t);
        return MM_ENOMEM;
    }
    memset(t->row_hash, 0xff, max_trees * sizeof *t->row_hash);
    memset(t->touch_hash, 0xff, max_touches * sizeof *t->touch_hash);
    pthread_mutex_init(&t->lock, NULL);
    *out = t;
    return MM_OK;
}

void trees_free(struct trees *t)
{
    if (!t)
        return;
    free(t->row);
    free(t->touch);
    free(t->row_hash);
    free(t->touch_hash);
    free(t);
}

struct tree_row *trees_row(struct trees *t, uint64_t tree)
{
    for (uint32_t i = t->row_hash[mix(tree) % t->max_rows]; i != NONE; i = t->row[i].hash_next)
        if (t->row[i].id == tree)
            return &t->row[i];
    return NULL;
}

/* By file alone: who else touched it is asked for, too. */
static uint32_t *touch_head(struct trees *t, const struct file_id *f)
{
    return &t->touch_hash[mix(mix(f->ino) ^ (uint64_t)f->btime_ns ^ f->fs) % t->max_touches];
}

static struct touch_row *touch_find(struct trees *t, uint64_t tree, const struct file_id *f)
{
    for (uint32_t i = *touch_head(t, f); i != NONE; i = t->touch[i].hash_next) {
        const struct touch_info *x = &t->touch[i].info;

        if (x->who.tree == tree && file_same(&x->file, f))
            return &t->touch[i];
    }
    return NULL;
}

static void unlink_index(struct trees *t, uint32_t *head, uint32_t i, bool by_tree)
{
    while (*head != NONE && *head != i)
        head = by_tree ? &t->touch[*head].tree_next : &t->touch[*head].hash_next;
    if (*head == i)
        *head = by_tree ? t->touch[i].tree_next : t->touch[i].hash_next;
}

bool trees_is_unjudged(const struct touch_row *x)
{
    return x->info.state == TOUCH_OPEN || x->info.state == TOUCH_PENDING;
}

void trees_touch_drop(struct trees *t, struct tree_row *r, uint32_t i)
{
    struct touch_row *x = &t->touch[i];

    if (trees_is_unjudged(x) && r->unjudged)
        r->unjudged--;
    unlink_index(t, touch_head(t, &x->info.file), i, false);
    unlink_index(t, &r->touches, i, true);
    x->used = false;
}

void trees_row_drop(struct trees *t, struct tree_row *r)
{
    uint32_t i = (uint32_t)(r - t->row), *head = &t->row_hash[mix(r->id) % t->max_rows];

    while (r->touches != NONE)
        trees_touch_drop(t, r, r->touches);
    while (*head != NONE && *head != i)
        head = &t->row[*head].hash_next;
    if (*head == i)
        *head = r->hash_next;
    gate_publish(t, r->id, GATE_CALM);
    if (r->frozen)
        t->frozen--;
    memset(r, 0, sizeof *r);
    t->rows--;
}

/* A free row; when there is none the tree that was quiet longest goes. */
static struct tree_row *row_room(struct trees *t)
{
    struct tree_row *oldest = NULL;

    for (unsigned i = 0; i < t->max_rows; i++) {
        struct tree_row *r = &t->row[i];

        if (!r->id)
            return r;
        if (!r->frozen && (!oldest || r->last < oldest->last))
            oldest = r;
    }
    if (oldest)
        trees_row_drop(t, oldest);
    return oldest;
}

struct tree_row *trees_row_make(struct trees *t, const struct tree_who *w, int64_t now)
{
    struct tree_row *r = trees_row(t, w->tree);
    uint32_t *head;

    if (!r) {
        r = row_room(t);
        if (!r)
            return NULL;
        head = &t->row_hash[mix(w->tree) % t->max_rows];
        *r = (struct tree_row){.id = w->tree, .session = w->session, .first = now, .last = now,
                               .touches = NONE, .hash_next = *head};
        *head = (uint32_t)(r - t->row);
        t->rows++;
    }
    if (now > r->last)
        r->last = now;
    for (unsigned i = 0; i < r->npids; i++)
        if (r->pids[i] == w->pid)
            return r;
    if (r->npids < sizeof r->pids / sizeof r->pids[0])
        r->pids[r->npids++] = w->pid;
    return r;
}

/* A free touch row, taking the oldest judged one found in a bounded search. */
static uint32_t touch_room(struct trees *t)
{
    uint32_t best = NONE;

    for (unsigned n = 0; n < 64; n++) {
        uint32_t i = t->touch_clock = (t->touch_clock + 1) % t->max_touches;

        if (!t->touch[i].used)
            return i;
        if (best == NONE || t->touch[i].since < t->touch[best].since)
            best = i;
    }
    trees_touch_drop(t, trees_row(t, t->touch[best].info.who.tree), best);
    return best;
}

static struct touch_row *touch_add(struct trees *t, struct tree_row *r, const struct touch_info *info, int64_t now)
{
    uint32_t i = touch_room(t), *head = touch_head(t, &info->file);
    struct touch_row *x = &t->touch[i];

    *x = (struct touch_row){.info = *info, .since = now, .due = now + STUCK_AFTER, .hash_next = *head, .tree_next = r->touches, .used = true};
    *head = i;
    r->touches = i;
    if (trees_is_unjudged(x))
        r->unjudged++;
    return x;
}

void trees_touch_state(struct tree_row *r, struct touch_row *x, enum touch_state state)
{
    bool before = trees_is_unjudged(x);

    x->info.state = state;
    if (before && !trees_is_unjudged(x) && r->unjudged)
        r->unjudged--;
    else if (!before && trees_is_unjudged(x))
        r->unjudged++;
}

/* ---- counting -------------------------------------------------------------- */

static void count(struct tree_row *r, enum counter c, int64_t now)
{
    window_add(&r->fast[c], now, FAST_WIDTH, 1);
}

static uint16_t tally_add(struct tally *a, unsigned n, uint32_t key, int64_t now)
{
    unsigned at = 0;

    for (unsigned i = 0; i < n; i++) {
        if (a[i].n && a[i].key == key) {
            a[i].last = now;
            if (a[i].n < UINT16_MAX)
                a[i].n++;
            return a[i].n;
        }
        if (a[i].n < a[at].n)
            at = i;
    }
    a[at] = (struct tally){.key = key, .n = 1, .last = now};
    return 1;
}

static void folder_seen(struct tree_row *r, uint32_t folder)
{
    unsigned n = r->folders < FOLDERS ? r->folders : FOLDERS;

    for (unsigned i = 0; i < n; i++)
        if (r->folder[i] == folder)
            return;
    if (n < FOLDERS)
        r->folder[r->folders++] = folder;
}

struct window *trees_session(struct trees *t, uint32_t session, int64_t now)
{
    struct session_row *oldest = &t->session[0];

    for (unsigned i = 0; i < SESSIONS; i++) {
        struct session_row *s = &t->session[i];

        if (s->last && s->session == session) {
            s->last = now;
            return &s->destroyed;
        }
        if (s->last < oldest->last)
            oldest = s;
    }
    *oldest = (struct session_row){.session = session, .last = now ? now : 1};
    return &oldest->destroyed;
}

static void loss(struct trees *t, struct tree_row *r, int64_t now)
{
    count(r, C_DESTROYED, now);
    window_add(&r->hour, now, HOUR_WIDTH, 1);
    window_add(&r->day, now, DAY_WIDTH, 1);
    window_add(&r->recent, now, HOST_WIDTH, 1);
    window_add(trees_session(t, r->session, now), now, HOUR_WIDTH, 1);
    window_add(&t->host, now, HOST_WIDTH, 1);
}

/* Destroyed originals lately, or opaque files that stand where originals went. */
static bool suspicious(const struct tree_row *r, int64_t now)
{
    uint32_t opaque = trees_fast(r, C_OPAQUE, now);

    if (trees_fast(r, C_DESTROYED, now) || trees_fast(r, C_CANARY, now))
        return true;
    return opaque && (trees_fast(r, C_REMOVED, now) || trees_fast(r, C_RENAMED, now) || trees_fast(r, C_READ, now) >= opaque);
}

static uint32_t allowance(const struct tree_row *r, int64_t now)
{
    if (r->asking)
        return 0;
    if (suspicious(r, now))
        return 1;
    return r->good >= GATE_RECORD ? GATE_TRUSTED : GATE_NEW;
}

static enum tree_gate gate_of(const struct tree_row *r, int64_t now)
{
    if (r->frozen)
        return GATE_FROZEN;
    if (r->asking || r->unjudged >= allowance(r, now))
        return GATE_HOLD;
    if (r->unjudged || now - r->last < CALM_AFTER)
        return GATE_WATCH;
    return GATE_CALM;
}

void trees_publish(struct trees *t, const struct tree_row *r, int64_t now)
{
    gate_publish(t, r->id, gate_of(r, now));
}

/* ---- what others saw --------------------------------------------------------- */

enum tree_open trees_open_write(struct trees *t, const struct tree_who *w, const struct file_id *f,
                                uint64_t before, uint32_t folder, int64_t now)
{
    enum tree_open answer = OPEN_GO;
    struct tree_row *r;
    struct touch_row *x;

    pthread_mutex_lock(&t->lock);
    r = trees_row_make(t, w, now);
    if (r) {
        x = touch_find(t, w->tree, f);
        if (r->frozen || ((!x || !trees_is_unjudged(x)) && r->unjudged >= allowance(r, now))) {
            answer = OPEN_WAIT;
        } else if (!x) {
            struct touch_info info = {.who = *w, .file = *f, .before = before, .state = TOUCH_OPEN, .way = WAY_INPLACE};

            x = touch_add(t, r, &info, now);
            count(r, C_TOUCHED, now);
            folder_seen(r, folder);
            answer = OPEN_GO_FIRST;
        } else if (x->info.way != WAY_FRESH && !trees_is_unjudged(x)) {
            x->since = now;
            x->due = now + STUCK_AFTER;
            x->forgiven = false;
            trees_touch_state(r, x, TOUCH_OPEN);
        }
        if (answer != OPEN_WAIT)
            x->writing = true;
        trees_publish(t, r, now);
    }
    pthread_mutex_unlock(&t->lock);
    return answer;
}

bool trees_made(struct trees *t, uint64_t tree, const struct file_id *f, bool lately)
{
    struct tree_row *r;
    struct touch_row *x;
    bool made;

    pthread_mutex_lock(&t->lock);
    r = trees_row(t, tree);
    x = r ? touch_find(t, tree, f) : NULL;
    made = x && x->info.way == WAY_FRESH;
    if (made && !lately)
        trees_touch_drop(t, r, (uint32_t)(x - t->touch));
    pthread_mutex_unlock(&t->lock);
    return made && lately;
}

bool trees_touched(struct trees *t, uint64_t tree, const struct file_id *f)
{
    bool found;

    pthread_mutex_lock(&t->lock);
    found = touch_find(t, tree, f) != NULL;
    pthread_mutex_unlock(&t->lock);
    return found;
}

void trees_modified(struct trees *t, uint64_t tree, const struct file_id *f, int64_t now)
{
    pthread_mutex_lock(&t->lock);
    for (uint32_t i = *touch_head(t, f); i != NONE; i = t->touch[i].hash_next) {
        struct touch_row *x = &t->touch[i];
        struct tree_row *r = trees_row(t, x->info.who.tree);

        if (!file_same(&x->info.file, f) || (tree && x->info.who.tree != tree) || x->info.way == WAY_FRESH)
            continue;
        x->again = x->info.state == TOUCH_PENDING;
        x->writing |= tree != 0;
        if (x->info.state == TOUCH_GOOD) {
            x->since = now;
            x->due = now + (REOPENED_AFTER << x->kept);
            trees_touch_state(r, x, TOUCH_OPEN);
            trees_publish(t, r, now);
        }
    }
    pthread_mutex_unlock(&t->lock);
}

unsigned trees_closed(struct trees *t, const struct file_id *f, struct touch_info *out, unsigned max)
{
    unsigned n = 0;

    pthread_mutex_lock(&t->lock);
    for (uint32_t i = *touch_head(t, f); i != NONE && n < max; i = t->touch[i].hash_next) {
        struct touch_row *x = &t->touch[i];

        if (!file_same(&x->info.file, f) || x->info.way == WAY_FRESH || !(x->writing || trees_is_unjudged(x)))
            continue;
        x->writing = false;
        out[n++] = x->info;
    }
    pthread_mutex_unlock(&t->lock);
    return n;
}

bool trees_may_create(struct trees *t, const struct tree_who *w, int64_t now)
{
    struct tree_row *r;
    bool go = true;

    pthread_mutex_lock(&t->lock);
    r = trees_row(t, w->tree);
    if (r)
        go = !r->frozen && r->unjudged < allowance(r, now);
    pthread_mutex_unlock(&t->lock);
    return go;
}

void trees_read(struct trees *t, const struct tree_who *w, int64_t now)
{
    struct tree_row *r;

    pthread_mutex_lock(&t->lock);
    r = trees_row(t, w->tree); /* a pure reader needs no row */
    if (r)
        count(r, C_READ, now);
    pthread_mutex_unlock(&t->lock);
}

/* New files are looked at until the tree is known, then sampled, unless it is suspicious. */
static bool fresh_wanted(struct tree_row *r, int64_t now)
{
    r->fresh_seen++;
    if (r->fresh_judged < GATE_FRESH || suspicious(r, now) || trees_fast(r, C_REMOVED, now) || trees_fast(r, C_RENAMED, now) ||
        r->fresh_seen % GATE_SAMPLE == 0) {
        if (r->fresh_judged < UINT16_MAX)
            r->fresh_judged++;
        return true;
    }
    return false;
}

/* Was it a document?  Only asked while it can matter: of the first few that a tree
 * removes, and of all once it made something opaque.  What the tree wrote into is
 * judged by what it wrote, not by what it was. */
static bool removed_wanted(const struct tree_row *r, const struct touch_row *x, int64_t now)
{
    if (x)
        return false;
    return trees_fast(r, C_OPAQUE, now) || r->opaque_unpaired || trees_fast(r, C_REMOVED, now) <= REMOVED_JUDGED;
}

bool trees_judging(struct trees *t, const struct tree_who *w, const struct file_id *f,
                   enum touch_way way, uint64_t before, int64_t now)
{
    struct tree_row *r;
    struct touch_row *x;
    bool wanted = false;

    pthread_mutex_lock(&t->lock);
    r = trees_row_make(t, w, now);
    if (r) {
        x = touch_find(t, w->tree, f);
        wanted = x ? x->info.state != TOUCH_PENDING || x->again : true;
        if (wanted && way == WAY_FRESH)
            wanted = fresh_wanted(r, now);
        else if (wanted && way == WAY_REMOVED)
            wanted = removed_wanted(r, x, now);
        if (wanted && x) {
            x->info.way = way;
            x->again = false;
            trees_touch_state(r, x, TOUCH_PENDING);
        } else if (wanted) {
            struct touch_info info = {.who = *w, .file = *f, .before = before, .state = TOUCH_PENDING, .way = way};

            x = touch_add(t, r, &info, now);
            if (way == WAY_INPLACE || way == WAY_REPLACED)
                count(r, C_TOUCHED, now);
        }
        if (x)
            x->since = now;
        trees_publish(t, r, now);
    }
    pthread_mutex_unlock(&t->lock);
    return wanted;
}

/* A new opaque file and an original that went away are one destroyed original. */
static bool pair(struct trees *t, struct tree_row *r, int64_t now)
{
    bool rose = false;

    while (r->opaque_unpaired && r->removed_unpaired) {
        r->opaque_unpaired--;
        r->removed_unpaired--;
        count(r, C_ENCRYPTED, now);
        loss(t, r, now);
        rose = true;
    }
    return rose;
}

/* Removal alone is mostly honest: after the first REMOVED_EACH, where an unknown program
 * is told from a clean-up, the rules are asked at growing steps, not per file. */
static bool removals_worth_asking(struct tree_row *r, int64_t now)
{
    uint32_t n = trees_fast(r, C_REMOVED, now);

    if (n < REMOVED_FIRST)
        r->removed_next = REMOVED_FIRST;
    if (n < r->removed_next)
        return false;
    r->removed_next = n < REMOVED_EACH ? n + 1 : n + n / 4;
    return true;
}

bool trees_removed(struct trees *t, const struct tree_who *w, const struct file_id *f,
                   uint32_t folder, int64_t now)
{
    struct tree_row *r;
    bool ask = false;

    pthread_mutex_lock(&t->lock);
    r = trees_row_make(t, w, now);
    if (r) {
        struct touch_row *x = touch_find(t, w->tree, f);

        if (x && x->info.state == TOUCH_OPEN)
            trees_touch_state(r, x, TOUCH_GOOD);
        if (!x)
            count(r, C_TOUCHED, now);
        folder_seen(r, folder);
        count(r, C_REMOVED, now);
        window_add(&r->hour_removed, now, HOUR_WIDTH, 1);
        ask = removals_worth_asking(r, now);
        trees_publish(t, r, now);
    }
    pthread_mutex_unlock(&t->lock);
    return ask;
}

void trees_renamed(struct trees *t, const struct tree_who *w, uint32_t suffix, int64_t now)
{
    struct tree_row *r;

    pthread_mutex_lock(&t->lock);
    r = trees_row_make(t, w, now);
    if (r && suffix) {
        count(r, C_RENAMED, now);
        tally_add(r->suffix, SUFFIXES, suffix, now);
        trees_publish(t, r, now);
    }
    pthread_mutex_unlock(&t->lock);
}

void trees_note(struct trees *t, const struct tree_who *w, uint32_t name, uint32_t folder, int64_t now)
{
    struct tree_row *r;

    (void)folder;
    pthread_mutex_lock(&t->lock);
    r = trees_row_make(t, w, now);
    if (r)
        tally_add(r->name, NAMES, name, now);
    pthread_mutex_unlock(&t->lock);
}

void trees_canary(struct trees *t, const struct tree_who *w, int64_t now)
{
    struct tree_row *r;

    pthread_mutex_lock(&t->lock);
    r = trees_row_make(t, w, now);
    if (r) {
        count(r, C_CANARY, now);
        trees_publish(t, r, now);
    }
    pthread_mutex_unlock(&t->lock);
}

/* What one judgement adds.  True when a loss was counted. */
static bool count_verdict(struct trees *t, struct tree_row *r, enum touch_way way,
                          const struct content_verdict *v, int64_t now)
{
    bool gone = v->change == CHANGE_ENCRYPTED || v->change == CHANGE_WIPED;

    if (way == WAY_REMOVED) {
        /* A backup's old segment or a lock file is no document that somebody could miss. */
        if (v->change == CHANGE_ENCRYPTED || v->change == CHANGE_UNKNOWN || v->after_type == TYPE_EMPTY)
            return false;
        if (r->removed_unpaired < UINT16_MAX)
            r->removed_unpaired++;
        if (v->after_type < 32)
            r->removed_types |= 1u << v->after_type;
        return pair(t, r, now);
    }
    if (way == WAY_FRESH) {
        if (v->change != CHANGE_ENCRYPTED)
            return false;
        count(r, C_OPAQUE, now);
        if (r->opaque_unpaired < UINT16_MAX)
            r->opaque_unpaired++;
        return pair(t, r, now);
    }
    if (v->change == CHANGE_KEPT) {
        count(r, C_KEPT, now);
        r->good++;
    }
    if (!gone)
        return false;
    r->good = 0;
    count(r, v->change == CHANGE_WIPED ? C_WIPED : C_ENCRYPTED, now);
    count(r, way == WAY_REPLACED ? C_REPLACED : C_INPLACE, now);
    if (v->change == CHANGE_ENCRYPTED && v->partial)
        count(r, C_PARTIAL, now);
    if (v->before_type < 32)
        r->types |= 1u << v->before_type;
    if (v->after_entropy > v->before_entropy) {
        r->gain += v->after_entropy - v->before_entropy;
        r->gains++;
    }
    loss(t, r, now);
    return true;
}

bool trees_judged(struct trees *t, const struct tree_who *w, const struct file_id *f,
                  const struct content_verdict *v, int64_t now)
{
    struct tree_row *r;
    struct touch_row *x;
    bool ask = false;

    pthread_mutex_lock(&t->lock);
    r = trees_row(t, w->tree);
    x = r ? touch_find(t, w->tree, f) : NULL;
    if (x) {
        bool bad = x->info.way != WAY_REMOVED && (v->change == CHANGE_ENCRYPTED || v->change == CHANGE_WIPED);
        bool again = x->info.state == TOUCH_BAD || x->forgiven;

        trees_touch_state(r, x, bad ? TOUCH_BAD : x->again ? TOUCH_OPEN : TOUCH_GOOD);
        x->due = now + (REOPENED_AFTER << x->kept);
        x->again = false;
        if (v->change == CHANGE_KEPT && x->kept < REOPENED_DOUBLED)
            x->kept++;
        if (!again)
            ask = count_verdict(t, r, x->info.way, v, now);
        trees_publish(t, r, now);
    }
    pthread_mutex_unlock(&t->lock);
    return ask;
}
