/* Rows, images and thread aliases: storage only, no policy, no locks. */
#include <stdlib.h>
#include <string.h>

#include "agent/watch/procs_priv.h"
#include "lib/err.h"

#define ALIAS_MS 2000
#define REAP_AT_ONCE 4

int table_init(struct procs_table *t)
{
    struct procs_table n = {.high = 1};

    /* calloc gives untouched pages: memory is used as rows are. */
    n.rows = calloc(LIM_PROCS + 1, sizeof *n.rows);
    n.buckets = calloc(ROW_BUCKETS, sizeof *n.buckets);
    n.aliases = calloc(LIM_THREADS, sizeof *n.aliases);
    if (!n.rows || !n.buckets || !n.aliases) {
        free(n.rows);
        free(n.buckets);
        free(n.aliases);
        return MM_ENOMEM;
    }
    *t = n;
    return MM_OK;
}

void table_fini(struct procs_table *t)
{
    for (uint32_t i = 1; t->rows && i < t->high; i++) {
        image_drop(t, t->rows[i].image);
        image_drop(t, t->rows[i].parent);
    }
    free(t->rows);
    free(t->buckets);
    free(t->aliases);
    *t = (struct procs_table){.high = 1};
}

static uint32_t bucket_of(pid_t tgid)
{
    return (uint32_t)tgid & (ROW_BUCKETS - 1); /* process numbers are handed out in turn */
}

struct row *table_find(const struct procs_table *t, pid_t tgid)
{
    uint32_t i = tgid > 0 ? t->buckets[bucket_of(tgid)] : ROW_NONE;

    while (i && t->rows[i].tgid != tgid)
        i = t->rows[i].next;
    return i ? &t->rows[i] : NULL;
}

static void unlink_ended(struct procs_table *t, struct row *r)
{
    if (t->worded == (uint32_t)(r - t->rows))
        t->worded = r->newer;
    if (r->older)
        t->rows[r->older].newer = r->newer;
    else
        t->oldest = r->newer;
    if (r->newer)
        t->rows[r->newer].older = r->older;
    else
        t->newest = r->older;
    t->ended--;
}

void table_drop(struct procs_table *t, struct row *r)
{
    uint32_t index = (uint32_t)(r - t->rows), *link = &t->buckets[bucket_of(r->tgid)];

    while (*link != index)
        link = &t->rows[*link].next;
    *link = r->next;
    if (r->ended_ms)
        unlink_ended(t, r);
    image_drop(t, r->image);
    image_drop(t, r->parent);
    t->bare -= (r->flags & ROW_BARE) != 0;
    *r = (struct row){.next = t->free};
    t->free = index;
    t->used--;
}

void table_end(struct procs_table *t, struct row *r, uint64_t now_ms)
{
    uint32_t index = (uint32_t)(r - t->rows);

    if (r->ended_ms)
        return;
    r->ended_ms = now_ms ? now_ms : 1;
    r->older = t->newest;
    r->newer = ROW_NONE;
    if (t->newest)
        t->rows[t->newest].newer = index;
    else
        t->oldest = index;
    t->newest = index;
    if (!t->worded)
        t->worded = index;
    t->ended++;
}

void table_reap(struct procs_table *t, uint64_t now_ms)
{
    for (unsigned n = 0; n < REAP_AT_ONCE && t->oldest; n++) {
        struct row *r = &t->rows[t->oldest];

        if (now_ms < r->ended_ms + PROCS_KEEP_S * 1000ull)
            return;
        table_drop(t, r);
    }
}

struct row *table_add(struct procs_table *t, pid_t tgid, uint64_t now_ms)
{
    struct row *r = table_find(t, tgid);
    uint32_t index;

    if (tgid <= 0)
        return NULL;
    if (r)
        table_drop(t, r);
    table_reap(t, now_ms);
    if (!t->free && t->high > LIM_PROCS && t->oldest)
        table_drop(t, &t->rows[t->oldest]);
    if (t->free) {
        index = t->free;
        t->free = t->rows[index].next;
    } else if (t->high <= LIM_PROCS) {
        index = t->high++;
    } else {
        t->refused++;
        return NULL;
    }
    r = &t->rows[index];
    *r = (struct row){.tgid = tgid, .number = ++t->arrivals, .next = t->buckets[bucket_of(tgid)]};
    t->buckets[bucket_of(tgid)] = index;
    t->used++;
    t->aliases[(uint32_t)tgid % LIM_THREADS].tid = 0; /* the number now names a process */
    return r;
}

void table_alias(struct procs_table *t, pid_t tid, pid_t tgid, uint64_t now_ms)
{
    if (tid > 0)
        t->aliases[(uint32_t)tid % LIM_THREADS] = (struct thread_alias){tid, tgid, now_ms};
}

pid_t table_alias_find(const struct procs_table *t, pid_t tid, uint64_t now_ms)
{
    const struct thread_alias *a = &t->aliases[(uint32_t)tid % LIM_THREADS];

    return tid > 0 && a->tid == tid && now_ms - a->at_ms < ALIAS_MS ? a->tgid : 0;
}

/* Make room for `want` bytes: the longest-ended forget their texts first. */
static bool text_room(struct procs_table *t, size_t want)
{
    while (t->text + want > LIM_PROCS_TEXT && t->worded) {
        struct row *r = &t->rows[t->worded];

        image_drop(t, r->image);
        image_drop(t, r->parent);
        r->image = r->parent = NULL;
        t->worded = r->newer;
    }
    return t->text + want <= LIM_PROCS_TEXT;
}

static uint16_t put(struct image *i, uint16_t at, const char *text, size_t n)
{
    memcpy(i->text + at, text, n);
    i->text[at + n] = '\0';
    return (uint16_t)(at + n + 1);
}

struct image *image_new(struct procs_table *t, const struct process_facts *f)
{
    size_t name = strlen(f->name), path = strlen(f->path), args = strlen(f->cmdline), group = strlen(f->cgroup);
    size_t size = sizeof(struct image) + name + path + args + group + 4;
    uint8_t cut = f->cut != 0;
    struct image *i;

    if (!text_room(t, size) && args > LIM_NAME) {
        size -= args - LIM_NAME;
        args = LIM_NAME;
        cut = 1;
    }
    if (!text_room(t, size))
        return NULL;
    i = malloc(size);
    if (!i)
        return NULL;
    *i = (struct image){.refs = 1, .size = (uint32_t)size, .packaged = f->packaged != 0, .cut = cut};
    i->path = put(i, 0, f->name, name);
    i->cmdline = put(i, i->path, f->path, path);
    i->cgroup = put(i, i->cmdline, f->cmdline, args);
    put(i, i->cgroup, f->cgroup, group);
    t->text += size;
    return i;
}

struct image *image_hold(struct image *i)
{
    if (i)
        i->refs++;
    return i;
}

void image_drop(struct procs_table *t, struct image *i)
{
    if (!i || --i->refs)
        return;
    t->text -= i->size;
    free(i);
}
