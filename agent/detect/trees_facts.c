/* What the counters say and what is decided about a tree: facts for the rules,
 * freeze, thaw, the sweep.  Owns nothing: the rows are those of trees.c. */
#include "agent/detect/trees.h"

#include "agent/detect/trees_rows.h"
#include "lib/err.h"

static uint32_t tally_max(const struct tally *a, unsigned n, int64_t now)
{
    uint32_t max = 0;

    for (unsigned i = 0; i < n; i++)
        if (a[i].n > max && now - a[i].last <= 60 * SECOND)
            max = a[i].n;
    return max;
}

static unsigned bits(uint32_t x)
{
    unsigned n = 0;

    for (; x; x &= x - 1)
        n++;
    return n;
}

int trees_facts(struct trees *t, uint64_t tree, int64_t now, struct burst_facts *out)
{
    struct tree_row *r;
    int rc = MM_ENOTFOUND;

    pthread_mutex_lock(&t->lock);
    r = trees_row(t, tree);
    if (r) {
        *out = (struct burst_facts){
            .touched = trees_fast(r, C_TOUCHED, now),
            .destroyed = trees_fast(r, C_DESTROYED, now),
            .destroyed_hour = window_sum(&r->hour, now, HOUR_WIDTH),
            .destroyed_day = window_sum(&r->day, now, DAY_WIDTH),
            .destroyed_session = window_sum(trees_session(t, r->session, now), now, HOUR_WIDTH),
            .destroyed_host = window_sum(&t->host, now, HOST_WIDTH),
            .encrypted = trees_fast(r, C_ENCRYPTED, now),
            .wiped = trees_fast(r, C_WIPED, now),
            .removed = trees_fast(r, C_REMOVED, now),
            .removed_hour = window_sum(&r->hour_removed, now, HOUR_WIDTH),
            .replaced = trees_fast(r, C_REPLACED, now),
            .inplace = trees_fast(r, C_INPLACE, now),
            .partial = trees_fast(r, C_PARTIAL, now),
            .renamed = trees_fast(r, C_RENAMED, now),
            .same_suffix = tally_max(r->suffix, SUFFIXES, now),
            .opaque_new = trees_fast(r, C_OPAQUE, now),
            .notes = tally_max(r->name, NAMES, now),
            .canary = trees_fast(r, C_CANARY, now),
            .kept = trees_fast(r, C_KEPT, now),
            .read = trees_fast(r, C_READ, now),
            .folders = r->folders,
            .types = bits(r->types),
            .removed_types = bits(r->removed_types),
            .processes = r->npids,
            .seconds = (uint32_t)((now - r->first) / SECOND),
            .entropy_gain = r->gains ? (uint32_t)(r->gain / r->gains) : 0,
        };
        rc = MM_OK;
    }
    pthread_mutex_unlock(&t->lock);
    return rc;
}

void trees_asking(struct trees *t, uint64_t tree, bool on)
{
    struct tree_row *r;

    pthread_mutex_lock(&t->lock);
    r = trees_row(t, tree);
    if (r) {
        if (on)
            r->asking++;
        else if (r->asking)
            r->asking--;
        trees_publish(t, r, r->last);
    }
    pthread_mutex_unlock(&t->lock);
}

int64_t trees_last(struct trees *t, uint64_t tree)
{
    struct tree_row *r;
    int64_t last;

    pthread_mutex_lock(&t->lock);
    r = trees_row(t, tree);
    last = r ? r->last : 0;
    pthread_mutex_unlock(&t->lock);
    return last;
}

void trees_freeze(struct trees *t, const struct tree_who *w, int64_t now)
{
    struct tree_row *r;

    pthread_mutex_lock(&t->lock);
    r = trees_row_make(t, w, now); /* frozen for what it executed: it may have touched nothing yet */
    if (r && !r->frozen) {
        r->frozen = true;
        t->frozen++;
        trees_publish(t, r, r->last);
    }
    pthread_mutex_unlock(&t->lock);
}

/* A false alarm: what the tree did is no evidence any more, against others of its session neither; what it
 * had open when it was stopped is finished without being counted.  Lock held. */
static void forgive(struct trees *t, struct tree_row *r)
{
    for (unsigned i = 0; i < SESSIONS; i++)
        if (t->session[i].last && t->session[i].session == r->session)
            window_take(&t->session[i].destroyed, &r->hour);
    window_take(&t->host, &r->recent);
    for (uint32_t i = r->touches; i != NONE; i = t->touch[i].tree_next)
        if (trees_is_unjudged(&t->touch[i])) {
            trees_touch_state(r, &t->touch[i], TOUCH_GOOD);
            t->touch[i].forgiven = true;
        }
}

void trees_thaw(struct trees *t, uint64_t tree, bool trusted)
{
    struct tree_row *r;

    pthread_mutex_lock(&t->lock);
    r = trees_row(t, tree);
    if (r) {
        struct tree_row fresh = {.id = r->id, .session = r->session, .hash_next = r->hash_next,
                                 .first = r->last, .last = r->last, .touches = r->touches,
                                 .good = trusted ? GATE_RECORD : 0};

        if (trusted)
            forgive(t, r);
        for (uint32_t i = r->touches, next; i != NONE; i = next) {
            next = t->touch[i].tree_next;
            if (!trusted || !t->touch[i].forgiven)
                trees_touch_drop(t, r, i);
        }
        fresh.touches = r->touches;
        if (r->frozen)
            t->frozen--;
        *r = fresh;
        trees_publish(t, r, r->last);
    }
    pthread_mutex_unlock(&t->lock);
}

unsigned trees_guilty(struct trees *t, uint32_t session, int64_t now, uint64_t *out, unsigned max)
{
    unsigned n = 0;

    pthread_mutex_lock(&t->lock);
    for (unsigned i = 0; i < t->max_rows && n < max; i++)
        if (t->row[i].id && t->row[i].session == session && window_sum(&t->row[i].hour, now, HOUR_WIDTH))
            out[n++] = t->row[i].id;
    pthread_mutex_unlock(&t->lock);
    return n;
}

unsigned trees_unjudged(struct trees *t, uint64_t tree, struct touch_info *out, unsigned max)
{
    struct tree_row *r;
    unsigned n = 0;

    pthread_mutex_lock(&t->lock);
    r = trees_row(t, tree);
    for (uint32_t i = r ? r->touches : NONE; i != NONE && n < max; i = t->touch[i].tree_next)
        if (t->touch[i].info.state == TOUCH_OPEN)
            out[n++] = t->touch[i].info;
    pthread_mutex_unlock(&t->lock);
    return n;
}

unsigned trees_stuck(struct trees *t, int64_t now, struct touch_info *out, unsigned max)
{
    unsigned n = 0;

    pthread_mutex_lock(&t->lock);
    for (unsigned i = 0; i < t->max_rows && n < max; i++) {
        const struct tree_row *r = &t->row[i];

        if (!r->id || r->frozen || !r->unjudged)
            continue;
        for (uint32_t k = r->touches; k != NONE && n < max; k = t->touch[k].tree_next)
            if (t->touch[k].info.state == TOUCH_OPEN && now > t->touch[k].due)
                out[n++] = t->touch[k].info;
    }
    pthread_mutex_unlock(&t->lock);
    return n;
}

void trees_sweep(struct trees *t, int64_t now, int64_t keep_ns)
{
    pthread_mutex_lock(&t->lock);
    for (unsigned i = 0; i < t->max_rows; i++) {
        struct tree_row *r = &t->row[i];

        if (!r->id || r->frozen)
            continue;
        for (uint32_t k = r->touches; k != NONE; k = t->touch[k].tree_next)
            if (t->touch[k].info.state == TOUCH_PENDING && now - t->touch[k].since > STUCK_AFTER)
                trees_touch_state(r, &t->touch[k], TOUCH_OPEN); /* its judgement was lost */
        if (now - r->last > keep_ns)
            trees_row_drop(t, r);
        else
            trees_publish(t, r, now);
    }
    pthread_mutex_unlock(&t->lock);
}

unsigned trees_count(const struct trees *t, unsigned *frozen)
{
    struct trees *m = (struct trees *)(uintptr_t)t;
    unsigned n;

    pthread_mutex_lock(&m->lock);
    n = m->rows;
    if (frozen)
        *frozen = m->frozen;
    pthread_mutex_unlock(&m->lock);
    return n;
}
