/* Rewriting the log without what is dead, while others go on appending.
 *
 * Pass one copies the living records of [0, E) into index.new, asking the
 * index for a few at a time under the lock; pass two, under the lock, adds what
 * was appended meanwhile, renames, and moves every offset.  The new file is
 * fsynced before it takes the old one's name. */
#include "agent/respond/linux/vault_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/durable.h"

#define BATCH 64u
#define CHUNK (128u << 10) /* more than the largest record */

struct move { uint64_t from, to; };

struct compaction {
    struct vault *v;
    int fd;                    /* index.new */
    uint64_t end;              /* of it */
    uint8_t *out;
    size_t used;
    struct move *moves;
    size_t nmoves, room;
};

static int flush_out(struct compaction *c)
{
    int rc = durable_put(c->fd, c->out, c->used);

    c->used = 0;
    return rc;
}

static int keep(struct compaction *c, const uint8_t *log, const struct vault_rec *rec)
{
    int rc = c->used + rec->whole > CHUNK ? flush_out(c) : MM_OK;

    if (rc)
        return rc;
    if (c->nmoves == c->room) {
        size_t room = c->room ? c->room * 2 : 1024;
        struct move *more = realloc(c->moves, room * sizeof *more);

        if (!more)
            return MM_ENOMEM;
        c->moves = more;
        c->room = room;
    }
    c->moves[c->nmoves++] = (struct move){rec->off, c->end};
    memcpy(c->out + c->used, log + rec->off, rec->whole);
    c->used += rec->whole;
    c->end += rec->whole;
    return MM_OK;
}

static int copy_living(struct compaction *c, const uint8_t *log, size_t n)
{
    struct vault_rec rec[BATCH];
    bool live[BATCH];
    uint64_t skipped = 0;
    size_t at = 0;

    for (;;) {
        unsigned got = 0;

        while (got < BATCH && vault_log_next(log, n, &at, &skipped, &rec[got]))
            got++;
        if (!got)
            return flush_out(c);
        pthread_mutex_lock(&c->v->lock);
        for (unsigned i = 0; i < got; i++)
            live[i] = vault_index_offset(&c->v->ix, &rec[i]) || vault_index_live(&c->v->ix, &rec[i]);
        pthread_mutex_unlock(&c->v->lock);
        for (unsigned i = 0; i < got; i++) {
            int rc = live[i] ? keep(c, log, &rec[i]) : MM_OK;

            if (rc)
                return rc;
        }
    }
}

static int copy_tail(struct compaction *c, uint64_t from)
{
    while (from < c->v->log.end) {
        size_t n = c->v->log.end - from < CHUNK ? (size_t)(c->v->log.end - from) : CHUNK;
        ssize_t got = pread(c->v->log.fd, c->out, n, (off_t)from);

        if (got <= 0 || durable_put(c->fd, c->out, (size_t)got))
            return MM_EIO;
        from += (uint64_t)got;
    }
    return MM_OK;
}

static int by_from(const void *key, const void *item)
{
    uint64_t k = *(const uint64_t *)key, from = ((const struct move *)item)->from;

    return k < from ? -1 : k > from;
}

static void move_one(const struct compaction *c, uint64_t border, uint64_t *off)
{
    const struct move *m;

    if (*off >= border) {
        *off = *off - border + c->end;
        return;
    }
    m = bsearch(off, c->moves, c->nmoves, sizeof *m, by_from);
    if (m)
        *off = m->to;
}

static void move_offsets(const struct compaction *c, uint64_t border)
{
    struct vault_index *ix = &c->v->ix;

    for (uint32_t s = 1; s <= ix->version_top; s++)
        if (ix->version[s].state == SLOT_LIVE)
            move_one(c, border, &ix->version[s].off);
    for (uint32_t s = 1; s <= ix->touch_top; s++)
        if (ix->touch[s].state == SLOT_LIVE)
            move_one(c, border, &ix->touch[s].off);
    for (uint32_t s = 1; s <= ix->folder_top; s++)
        move_one(c, border, &ix->folder[s].off);
}

/* Under the lock. */
static int switch_over(struct compaction *c, uint64_t border, uint64_t dead_before)
{
    struct vault *v = c->v;
    uint64_t tail = v->log.end - border;
    int rc = copy_tail(c, border);

    if (!rc && renameat(v->dir, "index.new", v->dir, "index"))
        rc = mm_from_errno(errno);
    if (rc)
        return rc;
    move_offsets(c, border);
    close(v->log.fd);
    v->log = (struct vault_log){.fd = c->fd, .end = c->end + tail};
    v->ix.dead = v->ix.dead > dead_before ? v->ix.dead - dead_before : 0;
    c->fd = -1;
    return MM_OK;
}

static int rewrite(struct compaction *c)
{
    struct vault *v = c->v;
    uint64_t border, dead;
    uint8_t *log = NULL;
    int rc;

    pthread_mutex_lock(&v->lock);
    border = v->log.end;
    dead = v->ix.dead;
    pthread_mutex_unlock(&v->lock);
    if (border) {
        log = mmap(NULL, border, PROT_READ, MAP_SHARED, v->log.fd, 0);
        if (log == MAP_FAILED)
            return MM_ENOMEM;
    }
    rc = log ? copy_living(c, log, border) : MM_OK;
    if (log)
        munmap(log, border);
    if (!rc && fsync(c->fd))
        rc = MM_EIO;
    if (rc)
        return rc;
    pthread_mutex_lock(&v->lock);
    rc = switch_over(c, border, dead);
    pthread_mutex_unlock(&v->lock);
    if (!rc)
        (void)fsync(v->dir);
    return rc;
}

int vault_compact(struct vault *v)
{
    struct compaction c = {.v = v};
    int rc;

    c.fd = openat(v->dir, "index.new", O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (c.fd < 0)
        return mm_from_errno(errno);
    c.out = malloc(CHUNK);
    rc = c.out ? rewrite(&c) : MM_ENOMEM;
    if (c.fd >= 0) {
        close(c.fd);
        (void)unlinkat(v->dir, "index.new", 0);
    }
    free(c.out);
    free(c.moves);
    return rc;
}
