/* What an incident says to the record, and when.
 *
 * An attack that is not stopped crosses a gate with every file.  It is one
 * incident all the same: told when it begins, when something is done about it,
 * when it is judged more severe, when its numbers have doubled, and at last -
 * when it has been calm for CALM_NS, or every LONG_NS - with the newest numbers.
 * Ownership: what was told stands in struct incident, under the incident lock. */
#include "agent/roles/guard_tell.h"

#include <stdlib.h>
#include <string.h>

#define CALM_NS (3LL * 1000000000)
#define LONG_NS (60LL * 1000000000)

void guard_process_of(const struct process_facts *f, struct event_process *out)
{
    *out = (struct event_process){.pid = f->pid, .ppid = f->ppid, .uid = f->uid, .start_ns = f->start_ns};
    memcpy(out->name, f->name, sizeof out->name);
    memcpy(out->path, f->path, sizeof out->path);
    memcpy(out->cmdline, f->cmdline, sizeof out->cmdline);
    memcpy(out->parent_name, f->parent_name, sizeof out->parent_name);
    memcpy(out->user, f->user, sizeof out->user);
}

static void put_rule(struct event *e, const struct rule_verdict *v)
{
    memcpy(e->rule, v->rule, sizeof e->rule);
    memcpy(e->title_ja, v->title_ja, sizeof e->title_ja);
    memcpy(e->title_en, v->title_en, sizeof e->title_en);
    memcpy(e->attack, v->attack, sizeof e->attack);
    memcpy(e->reference, v->reference, sizeof e->reference);
}

/* An event of an incident, with what all of them carry. */
struct event *guard_event_of(const struct incident *i, enum event_kind kind, enum event_activity act,
                             enum event_severity sev)
{
    struct event *e = guard_event_new(kind, act, sev);

    if (!e)
        return NULL;
    memcpy(e->incident, i->id, sizeof e->incident);
    put_rule(e, &i->rule);
    e->process = i->process;
    e->first_ns = i->first_wall;
    return e;
}

/* Judgements are counted, files are touched: one that was judged twice is one destroyed file. */
static void fill_counts(struct event *e, const struct burst_facts *b)
{
    e->files_touched = b->touched;
    e->files_destroyed = b->destroyed < b->touched ? b->destroyed : b->touched;
    e->processes = b->processes;
}

void guard_tell_verdict(struct guard *g, const struct incident *i, const struct rule_verdict *v,
                        const struct burst_facts *b, enum rule_response done, bool fresh)
{
    struct event *e = guard_event_of(i, EV_DETECTION, fresh ? ACT_CREATE : ACT_UPDATE, (enum event_severity)v->severity);

    if (!e)
        return;
    put_rule(e, v);
    snprintf(e->response, sizeof e->response, "%s", word_response(done));
    if (b) {
        fill_counts(e, b);
        snprintf(e->detail, sizeof e->detail,
                 "touched %u, destroyed %u (encrypted %u, wiped %u, replaced %u, partial %u), removed %u, renamed %u, "
                 "same ending %u, new opaque %u, notes %u, folders %u, kept %u",
                 b->touched, b->destroyed, b->encrypted, b->wiped, b->replaced, b->partial, b->removed, b->renamed,
                 b->same_suffix, b->opaque_new, b->notes, b->folders, b->kept);
    }
    guard_event_send(g, e);
    if (!b)
        return;
    e = guard_event_of(i, EV_FILE_BURST, b->encrypted >= b->removed ? ACT_ENCRYPT : ACT_DELETE, (enum event_severity)v->severity);
    if (e) {
        fill_counts(e, b);
        guard_event_send(g, e);
    }
}

/* "observe": written down for whoever looks later, no incident, no alarm. */
void guard_tell_observed(struct guard *g, const struct tree_who *who, const struct rule_verdict *v,
                         const struct burst_facts *b)
{
    struct event *e = guard_event_new(b ? EV_FILE_BURST : EV_PROCESS, b ? ACT_DELETE : ACT_LAUNCH, SEV_INFO);
    struct process_facts *p = calloc(1, sizeof *p);

    if (e && p) {
        guard_facts(g, who, p);
        guard_process_of(p, &e->process);
        put_rule(e, v);
        snprintf(e->response, sizeof e->response, "observe");
        e->files_touched = b ? b->touched : 0;
        guard_event_send(g, e);
    } else {
        free(e);
    }
    free(p);
}

/* ---- when ---------------------------------------------------------------------------- */

static bool doubled(uint32_t now, uint32_t told)
{
    return now && now >= 2 * (uint64_t)told;
}

bool guard_tell_due(struct incident *i, const struct rule_verdict *v, const struct burst_facts *b, enum rule_response done,
                    bool now, int64_t mono)
{
    struct incident_told *t = &i->told;

    if (!b) /* a command line is never the same news */
        return true;
    now |= v->severity > t->severity || (uint32_t)done > t->done || doubled(b->touched, t->touched) || doubled(b->destroyed, t->destroyed);
    if (!now && b->touched + b->destroyed < t->newest.touched + t->newest.destroyed)
        return false; /* a smaller part of it */
    t->newest = *b;
    t->verdict = *v;
    t->changed_mono = mono;
    t->pending = !now;
    if (!now)
        return false;
    t->touched = b->touched > t->touched ? b->touched : t->touched;
    t->destroyed = b->destroyed > t->destroyed ? b->destroyed : t->destroyed;
    t->severity = v->severity > t->severity ? v->severity : t->severity;
    t->done = (uint32_t)done > t->done ? (uint32_t)done : t->done;
    t->mono = mono;
    return true;
}

void guard_tell_pending(struct guard *g, unsigned at, bool at_once)
{
    int64_t mono = guard_mono();
    struct incident_told *t = &g->incident[at].told;
    struct incident copy;
    bool due;

    pthread_mutex_lock(&g->incident_lock);
    due = t->pending && (at_once || mono - t->changed_mono >= CALM_NS || mono - t->mono >= LONG_NS);
    if (due) {
        t->pending = false;
        t->touched = t->newest.touched;
        t->destroyed = t->newest.destroyed;
        t->mono = mono;
        copy = g->incident[at];
    }
    pthread_mutex_unlock(&g->incident_lock);
    if (due)
        guard_tell_verdict(g, &copy, &copy.told.verdict, &copy.told.newest, (enum rule_response)copy.told.done, false);
}
