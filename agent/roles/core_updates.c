/* The files are the updater's, root's; they may be missing, half written, or hold anything.  What was told is
 * remembered in the journal with the events themselves (JOURNAL_KEY), so that a core that ends in between tells
 * nothing twice and nothing never. */
#include "agent/roles/core_updates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/report/update_event.h"
#include "agent/roles/core_internal.h"
#include "lib/err.h"
#include "lib/log.h"

#define JOURNAL_KEY "updates"
#define AT_ONCE 64 /* events of one look */

/* ---- files ------------------------------------------------------------------------------ */

/* The last `out->max` bytes of a file that changed since it was read; MM_EAGAIN: it did not.  *cut: its first line is not whole. */
static int read_changed(const struct core *c, const char *name, struct core_updates_seen *seen, struct buf *out, bool *cut)
{
    char path[LIM_PATH + 32], chunk[8192];
    struct stat st;
    off_t at;
    ssize_t n = 0;
    int fd, rc = MM_OK;

    snprintf(path, sizeof path, "%s/updates/%s", c->config->state, name);
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return mm_from_errno(errno);
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        rc = MM_EFORMAT;
    if (rc == MM_OK) {
        const struct core_updates_seen now = {st.st_dev, st.st_ino, st.st_size, st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec};

        rc = !memcmp(&now, seen, sizeof now) ? MM_EAGAIN : MM_OK;
        *seen = now;
    }
    at = rc == MM_OK && (size_t)st.st_size > out->max ? st.st_size - (off_t)out->max : 0;
    *cut = at > 0;
    while (rc == MM_OK && (n = pread(fd, chunk, sizeof chunk, at)) > 0) {
        rc = buf_add(out, chunk, (size_t)n);
        at += n;
    }
    close(fd);
    return n < 0 ? MM_EIO : rc == MM_ELIMIT ? MM_OK : rc; /* it grew meanwhile: what fits is enough */
}

static void look_at_status(struct core *c)
{
    struct core_updates *u = &c->updates;
    bool cut, was = u->known;
    struct buf b;
    int rc;

    buf_init(&b, LIM_UPDATE_RECORD);
    rc = read_changed(c, "status.json", &u->status, &b, &cut);
    if (rc == MM_OK)
        rc = cut ? MM_ELIMIT : update_record_read(b.data ? b.data : "", b.len, &u->record);
    buf_fini(&b);
    if (rc == MM_EAGAIN)
        return;
    u->known = rc == MM_OK;
    c->beat_wanted |= u->known || was;
    if (rc && rc != MM_ENOTFOUND && rc != u->complained)
        log_warn("the updater's status.json cannot be read: %s", mm_strerror(rc));
    u->complained = rc;
}

/* ---- the history ------------------------------------------------------------------------- */

struct telling {
    struct core *c;
    uint64_t cursor, told, highest;
    unsigned failures[TOLD_KINDS], events;
};

static void forget_left(struct heartbeat_left *left, const char *version)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < left->n; i++)
        if (strcmp(left->version[i], version) != 0)
            memmove(left->version[kept++], left->version[i], LIM_TAG);
    left->n = kept;
}

/* The version that the host went back from, "": none.  An agent that did not start here, or that a person took back, is one
 * that went wrong; a pack is judged by what the scan process did with it. */
static const char *gone_back_from(const struct update_entry *e)
{
    if (e->act == TOLD_DID_RETURN || (e->act == TOLD_DID_ROLL_BACK && e->kind == TOLD_AGENT))
        return e->from;
    return e->act == TOLD_DID_REFUSE && e->kind == TOLD_AGENT ? e->to : "";
}

static void note_left(struct core_updates *u, const struct update_entry *e)
{
    const char *gone = gone_back_from(e);
    struct heartbeat_left *left;

    if (e->kind >= TOLD_METADATA)
        return;
    left = &u->left[e->kind];
    if (e->act == TOLD_DID_APPLY)
        forget_left(left, e->to);
    if (!gone[0])
        return;
    forget_left(left, gone);
    if (left->n == HEARTBEAT_LEFT)
        memmove(left->version[0], left->version[1], (size_t)--left->n * LIM_TAG);
    memcpy(left->version[left->n++], gone, LIM_TAG);
}

static void tell(struct telling *t, const struct update_entry *e)
{
    struct event event;

    note_left(&t->c->updates, e);
    t->failures[e->kind] = e->act == TOLD_DID_FAIL ? t->failures[e->kind] + 1 : 0;
    if (e->sequence > t->highest)
        t->highest = e->sequence;
    if (e->sequence <= t->told)
        return;
    if (t->events == AT_ONCE) {
        t->c->updates.more = true;
        return;
    }
    update_event(e, t->failures[e->kind], &event);
    if (e->time > 0 && e->time < INT64_MAX / 1000000000)
        event.wall_ns = e->time * 1000000000;
    recorder_add(t->c->recorder, &event, 0);
    t->events++;
    t->told = e->sequence;
}

static void each_line(struct telling *t, const char *text, size_t n, bool cut)
{
    const char *end = text + n, *stop;
    struct update_entry e;

    for (; text < end; text = stop + 1, cut = false) {
        stop = memchr(text, '\n', (size_t)(end - text));
        if (!stop)
            stop = end;
        if (!cut && update_entry_read(text, (size_t)(stop - text), &e) == MM_OK)
            tell(t, &e);
    }
}

/* Lower than what was told: the history was begun anew, and all of it is new. */
static uint64_t highest(const char *text, size_t n, bool cut)
{
    const char *end = text + n, *stop;
    struct update_entry e;
    uint64_t top = 0;

    for (; text < end; text = stop + 1, cut = false) {
        stop = memchr(text, '\n', (size_t)(end - text));
        if (!stop)
            stop = end;
        if (!cut && update_entry_read(text, (size_t)(stop - text), &e) == MM_OK && e.sequence > top)
            top = e.sequence;
    }
    return top;
}

static void tell_history(struct core *c, const char *text, size_t n, bool cut)
{
    struct telling t = {.c = c, .cursor = journal_number(c->journal, JOURNAL_KEY)};
    uint64_t top = highest(text, n, cut);

    t.told = top && top < t.cursor ? 0 : t.cursor;
    memset(c->updates.left, 0, sizeof c->updates.left);
    c->updates.more = false;
    recorder_begin(c->recorder);
    each_line(&t, text, n, cut);
    if (t.events)
        (void)journal_set_number(c->journal, JOURNAL_KEY, t.told);
    if (!recorder_end(c->recorder))
        c->updates.more = true; /* nothing of it is in the journal: again */
}

static void look_at_history(struct core *c)
{
    struct buf b;
    bool cut;

    if (c->updates.more)
        c->updates.history = (struct core_updates_seen){.size = -1};
    buf_init(&b, LIM_UPDATE_TAIL);
    if (read_changed(c, "history", &c->updates.history, &b, &cut) == MM_OK) {
        tell_history(c, b.data ? b.data : "", b.len, cut);
        c->beat_wanted = true;
    }
    buf_fini(&b);
}

/* ---- contract ------------------------------------------------------------------------------ */

void core_updates_look(struct core *c)
{
    if (!c->updates.since)
        c->updates.since = (int64_t)time(NULL);
    look_at_status(c);
    look_at_history(c);
}

static const char *ring(const struct core *c)
{
    if (c->have_state && update_ring(c->state.ring))
        return c->state.ring;
    return c->updates.known && c->updates.record.ring[0] ? c->updates.record.ring : "broad";
}

void core_updates_status(const struct core *c, struct control_updates *out)
{
    const struct core_updates *u = &c->updates;

    memset(out, 0, sizeof *out);
    out->configured = c->config->update_url[0] != '\0';
    out->since = u->since;
    out->known = u->known;
    if (u->known)
        out->record = u->record;
    snprintf(out->ring, sizeof out->ring, "%s", ring(c));
}

void core_updates_beat(const struct core *c, struct heartbeat_updates *out)
{
    const struct core_updates *u = &c->updates;

    *out = (struct heartbeat_updates){.configured = c->config->update_url[0] != '\0', .record = u->known ? &u->record : NULL, .ring = ring(c),
                                      .rules_left = &u->left[TOLD_RULES], .agent_left = &u->left[TOLD_AGENT]};
}
