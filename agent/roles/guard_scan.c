/* The guard's link to the scan process: questions out, answers in, restart.
 *
 * A question is one row of `pending`; its answer, the scan process's death or
 * the time box ends it, in each case exactly once.  No answer means
 * CHANGE_UNKNOWN: never counted against a tree, and the opener goes on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/roles/guard.h"
#include "agent/roles/guard_exec.h"
#include "agent/roles/guard_internal.h"
#include "agent/roles/start.h"
#include "agent/watch/canary.h"
#include "lib/err.h"
#include "lib/log.h"

#define PING_EVERY_NS 1000000000LL
#define SCAN_QUEUE_BYTES (4u << 20) /* SCAN_EXEC_PENDING command lines with their facts, and room for comparisons */

/* A free row, with its id taken.  Lock held. */
static struct pending *row_new(struct scan_link *s, enum question what)
{
    if (s->npending == SCAN_PENDING || s->sock < 0)
        return NULL;
    for (unsigned i = 0; i < SCAN_PENDING; i++) {
        struct pending *p = &s->pending[i];

        if (p->id)
            continue;
        *p = (struct pending){.id = ++s->next_id, .what = what, .sent = guard_mono(), .head = -1};
        s->npending++;
        s->nexec += what == ASK_PROCESS;
        return p;
    }
    return NULL;
}

/* Copy a row out and free it.  Lock held. */
static bool row_take(struct scan_link *s, uint64_t id, enum question what, struct pending *out)
{
    for (unsigned i = 0; id && i < SCAN_PENDING; i++) {
        struct pending *p = &s->pending[i];

        if (p->id != id || (what && p->what != what))
            continue;
        *out = *p;
        p->id = 0;
        s->npending--;
        s->nexec -= p->what == ASK_PROCESS;
        return true;
    }
    return false;
}

/* Somebody's file: the last one to close it may wait for the disk, and this thread must not. */
static void close_later(struct guard *g, int fd)
{
    if (fd >= 0 && g->files)
        files_close(g->files, fd);
    else if (fd >= 0)
        close(fd);
}

static void row_end(struct guard *g, struct pending *p)
{
    close_later(g, p->head);
    free(p->path);
}

/* ---- questions ------------------------------------------------------------------ */

/* By the name it has, or had: what was opened under a name may be judged without one. */
static bool is_canary(const struct guard *g, const struct files_compare *c)
{
    const char *last = strrchr(c->path, '/');

    return canary_named(&g->config->canaries, c->name[0] ? c->name : last ? last + 1 : c->path);
}

int guard_scan_compare(void *guard, const struct files_compare *c)
{
    struct guard *g = guard;
    struct scan_link *s = &g->scan;
    struct scan_compare q = {.before_size = c->before_size, .after_size = c->after_size,
                             .has_before = c->before >= 0, .fresh = c->way == WAY_FRESH || c->way == WAY_REMOVED};
    int fds[2] = {c->after, c->before};
    struct pending *p, taken;
    int rc = MM_EAGAIN;

    memcpy(q.name, c->name, sizeof q.name);
    pthread_mutex_lock(&s->lock);
    p = row_new(s, ASK_COMPARE);
    if (p) {
        uint64_t id = p->id;

        p->who = c->who;
        p->file = c->file;
        p->way = c->way;
        p->canary = c->way != WAY_FRESH && is_canary(g, c);
        p->path = c->way == WAY_FRESH ? strdup(c->path) : NULL;
        rc = frame_send(s->sock, SCAN_COMPARE, id, &q, sizeof q, fds, c->before >= 0 ? 2 : 1);
        if (rc == MM_OK)
            p->head = c->after;
        else if (row_take(s, id, ASK_COMPARE, &taken))
            row_end(g, &taken);
    }
    pthread_mutex_unlock(&s->lock);
    if (rc == MM_OK && c->before >= 0)
        close(c->before);
    return rc;
}

int guard_scan_rules(struct guard *g, struct pending *row, const struct scan_rules *q, int fd)
{
    struct scan_link *s = &g->scan;
    struct pending *p, taken;
    int rc = MM_EAGAIN;

    pthread_mutex_lock(&s->lock);
    if (row->what != ASK_PROCESS || s->nexec < SCAN_EXEC_PENDING)
        p = row_new(s, row->what);
    else
        p = NULL;
    if (p) {
        row->id = p->id;
        row->sent = p->sent;
        *p = *row;
        rc = frame_send(s->sock, SCAN_RULES, p->id, q, sizeof *q, fd >= 0 ? &fd : NULL, fd >= 0);
        if (rc)
            row_take(s, row->id, row->what, &taken);
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

void guard_facts(struct guard *g, const struct tree_who *who, struct process_facts *out)
{
    int rc = procs_facts(g->procs, who->pid, out);

    /* The sensor hands its records over in batches: a program that just started may lie in one. */
    if ((rc || !out->path[0]) && procs_sync(g->procs, PROCS_SYNC_US))
        rc = procs_facts(g->procs, who->pid, out);
    if (rc && procs_tree_root(g->procs, who->tree, out) == MM_OK)
        out->pid = who->pid;
    out->tree = who->tree;
}

/* One question about a tree at a time: what is counted meanwhile is asked, with the counters
 * of then, when the answer is there.  False: none is on its way. */
static bool ask_later(struct guard *g, const struct tree_who *who, int head)
{
    struct scan_link *s = &g->scan;
    bool found = false;

    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < SCAN_PENDING && !found; i++) {
        struct pending *p = &s->pending[i];

        if (!p->id || p->what != ASK_BURST || p->who.tree != who->tree)
            continue;
        found = p->again = true;
        p->who = *who;
        if (head >= 0) {
            close_later(g, p->head);
            p->head = fcntl(head, F_DUPFD_CLOEXEC, 0);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

void guard_scan_burst(struct guard *g, const struct tree_who *who, int head)
{
    struct pending row = {.what = ASK_BURST, .who = *who, .head = -1, .pid = who->pid};
    struct scan_rules *q;

    if (ask_later(g, who, head))
        return;
    q = calloc(1, sizeof *q);
    if (q && trees_facts(g->trees, who->tree, guard_mono(), &q->burst) == MM_OK) {
        q->family = FAMILY_BURST;
        q->has_fd = head >= 0;
        guard_facts(g, who, &q->process);
        trees_asking(g->trees, who->tree, true);
        if (guard_scan_rules(g, &row, q, head)) {
            trees_asking(g->trees, who->tree, false);
            files_gate_changed(g->files);
        }
    }
    free(q);
}

void guard_scan_ask(void *guard, const struct tree_who *who)
{
    guard_scan_burst(guard, who, -1);
}

int guard_scan_file(struct guard *g, uint64_t ticket, int fd, const struct process_facts *facts)
{
    struct pending row = {.what = ASK_FILE, .head = -1, .pid = facts->pid, .ticket = ticket,
                          .who = {.tree = facts->tree, .pid = facts->pid, .session = facts->session}};
    struct scan_rules *q = calloc(1, sizeof *q);
    int rc;

    if (!q)
        return MM_ENOMEM;
    q->family = FAMILY_FILE;
    q->has_fd = 1;
    q->process = *facts;
    rc = guard_scan_rules(g, &row, q, fd);
    free(q);
    return rc;
}

/* ---- answers --------------------------------------------------------------------- */

static void judged(struct guard *g, struct pending *p, const struct content_verdict *v)
{
    bool opaque = p->way == WAY_FRESH && v->change == CHANGE_ENCRYPTED;
    bool canary = p->canary && (p->way == WAY_REMOVED || (v->change != CHANGE_NONE && v->change != CHANGE_UNKNOWN));
    bool ask;

    if (canary)
        trees_canary(g->trees, &p->who, guard_mono());
    ask = trees_judged(g->trees, &p->who, &p->file, v, guard_mono()) || canary;

    if (p->way == WAY_FRESH && v->note && p->path) {
        const char *name = strrchr(p->path, '/');
        uint32_t h = 2166136261u;

        for (name = name ? name + 1 : p->path; *name; name++)
            h = (h ^ (unsigned char)*name) * 16777619u;
        trees_note(g->trees, &p->who, h, 0, guard_mono());
    }
    if ((opaque || v->note) && p->path)
        files_created(g->files, &p->who, &p->file, p->path);
    if (ask)
        guard_scan_burst(g, &p->who, p->head);
    files_gate_changed(g->files);
}

static int on_compared(void *context, struct frame *f)
{
    struct guard *g = context;
    struct content_verdict v;
    struct pending p;
    bool known;

    memcpy(&v, f->payload, sizeof v);
    pthread_mutex_lock(&g->scan.lock);
    known = row_take(&g->scan, f->header.id, ASK_COMPARE, &p);
    g->scan.judged += known;
    pthread_mutex_unlock(&g->scan.lock);
    if (!known || v.change > CHANGE_WIPED || v.before_type >= TYPE_END || v.after_type >= TYPE_END)
        return MM_EFORMAT;
    judged(g, &p, &v);
    row_end(g, &p);
    return MM_OK;
}

static void clean(struct rule_verdict *v)
{
    FRAME_STR(v->rule);
    FRAME_STR(v->title_ja);
    FRAME_STR(v->title_en);
    FRAME_STR(v->attack);
    FRAME_STR(v->reference);
}

static int on_ruled(void *context, struct frame *f)
{
    struct guard *g = context;
    struct rule_verdict v;
    struct burst_facts burst;
    struct pending p;
    bool known, have;

    memcpy(&v, f->payload, sizeof v);
    clean(&v);
    pthread_mutex_lock(&g->scan.lock);
    known = row_take(&g->scan, f->header.id, 0, &p);
    pthread_mutex_unlock(&g->scan.lock);
    if (!known || p.what == ASK_COMPARE || v.response > RESPOND_QUARANTINE || v.severity > SEV_CRITICAL)
        return MM_EFORMAT;
    probation_answer(&g->scan.rules.trial);
    have = p.what == ASK_BURST && trees_facts(g->trees, p.who.tree, guard_mono(), &burst) == MM_OK;
    if (v.matches)
        guard_verdict(g, &p.who, &v, have ? &burst : NULL);
    else if (p.what == ASK_PROCESS)
        atomic_store(&g->scan.exec_seen[p.exec_key % EXEC_SEEN], p.exec_key);
    if (p.what == ASK_BURST) {
        if (p.again)
            guard_scan_burst(g, &p.who, p.head); /* counts the next question before this one is taken off */
        trees_asking(g->trees, p.who.tree, false);
        files_gate_changed(g->files);
    }
    if (p.what == ASK_FILE)
        guard_judge_answer(g, p.ticket, &v);
    if (p.what == ASK_PROCESS)
        guard_exec_next(g);
    row_end(g, &p);
    return MM_OK;
}

static void answer_reload(struct guard *g, int result, const char *message)
{
    struct op_result r = {.result = result};

    if (!g->scan.reload_reply)
        return;
    snprintf(r.message, sizeof r.message, "%.*s", (int)sizeof r.message - 1, message);
    guard_core_result(g, g->scan.reload_reply, &r);
    g->scan.reload_reply = 0;
}

/* Rules were read again, but not those that somebody wanted. */
static void answer_left(struct guard *g)
{
    const struct rules_refused *r = &g->scan.rules.refused;
    const char *version = r->n ? r->row[r->n - 1].version : "";
    char message[192];

    snprintf(message, sizeof message, "rules %s ended the scan process on this computer and are not tried again; %s judge",
             version, g->scan.packed.version);
    answer_reload(g, MM_EDENIED, message);
}

/* What of the host's own could not even be read belongs to what was left out. */
static void add_skips(struct scan_packed *p, const struct pack_skips *s)
{
    char first[sizeof p->message];

    if (p->result || !s->count)
        return;
    memcpy(first, p->message, sizeof first);
    snprintf(p->message, sizeof p->message, "%.400s%s%.500s", s->first, first[0] ? "; " : "", first);
    if (s->count > 1)
        snprintf(p->message, sizeof p->message, "%.400s (and %u more)%s%.500s", s->first, s->count - 1, first[0] ? "; " : "", first);
    p->left_out += s->count;
}

static int on_packed(void *context, struct frame *f)
{
    struct guard *g = context;
    struct scan_link *s = &g->scan;
    struct event *e;

    memcpy(&s->packed, f->payload, sizeof s->packed);
    FRAME_STR(s->packed.version);
    FRAME_STR(s->packed.message);
    add_skips(&s->packed, &s->skips);
    e = guard_event_new(EV_STATE, ACT_RULES, s->packed.result ? SEV_HIGH : s->packed.left_out ? SEV_MEDIUM : SEV_INFO);
    if (s->packed.result == MM_OK && s->packed.left_out)
        log_warn("own rules left out: %s", s->packed.message);
    if (s->packed.result == MM_OK) {
        s->pack_ok = true;
        for (unsigned i = 0; i < EXEC_SEEN; i++)
            atomic_store(&s->exec_seen[i], 0);
        log_info("rules %s: %u file, %u process, %u burst, %u vpn, %u samples passed", s->packed.version,
                 s->packed.rules[0], s->packed.rules[1], s->packed.rules[2], s->packed.rules[3], s->packed.samples);
    } else {
        log_error("rules refused: %s", s->packed.message);
    }
    if (e) {
        e->outcome = s->packed.result ? OUTCOME_FAILURE : s->packed.left_out ? OUTCOME_PARTIAL : OUTCOME_SUCCESS;
        memcpy(e->subject, "rules", 6);
        memcpy(e->new_state, s->packed.version, sizeof e->new_state);
        memcpy(e->detail, s->packed.message, sizeof e->detail);
        guard_event_send(g, e);
    }
    if (s->packed.result == MM_OK && s->rules.sent.left)
        answer_left(g);
    answer_reload(g, s->packed.result, s->packed.message);
    guard_rules_packed(g);
    return MM_OK;
}

static int on_pong(void *context, struct frame *f)
{
    (void)context;
    (void)f;
    return MM_OK;
}

static const struct frame_rule answers[] = {
    {SCAN_COMPARED, sizeof(struct content_verdict), sizeof(struct content_verdict), 0, 0, on_compared},
    {SCAN_RULED, sizeof(struct rule_verdict), sizeof(struct rule_verdict), 0, 0, on_ruled},
    {SCAN_PACKED, sizeof(struct scan_packed), sizeof(struct scan_packed), 0, 0, on_packed},
    {SCAN_PONG, 0, 0, 0, 0, on_pong},
};

/* ---- life ------------------------------------------------------------------------- */

/* Every question without an answer ends as unknown. */
static void abandon(struct guard *g)
{
    static const struct content_verdict unknown = {.change = CHANGE_UNKNOWN};

    for (unsigned i = 0; i < SCAN_PENDING; i++) {
        struct pending p;
        bool taken;

        pthread_mutex_lock(&g->scan.lock);
        taken = g->scan.pending[i].id && row_take(&g->scan, g->scan.pending[i].id, 0, &p);
        g->scan.unasked_execs += taken && p.what == ASK_PROCESS;
        pthread_mutex_unlock(&g->scan.lock);
        if (!taken)
            continue;
        if (p.what == ASK_COMPARE)
            trees_judged(g->trees, &p.who, &p.file, &unknown, guard_mono());
        else if (p.what == ASK_BURST)
            trees_asking(g->trees, p.who.tree, false);
        else if (p.what == ASK_FILE)
            guard_judge_answer(g, p.ticket, NULL);
        if (g->files)
            files_gate_changed(g->files);
        row_end(g, &p);
    }
}

static void drop_scan(struct guard *g, const char *why, bool stalled)
{
    struct scan_link *s = &g->scan;
    struct event *e = guard_event_new(EV_LIFECYCLE, ACT_RESTART, SEV_MEDIUM);
    int sock;

    log_error("scan process (pid %d) %s; starting it again", (int)s->pid, why);
    guard_unwatch(&s->poll);
    pthread_mutex_lock(&s->lock);
    sock = s->sock;
    s->sock = -1;
    pthread_mutex_unlock(&s->lock);
    if (sock >= 0)
        close(sock);
    guard_end_child(&s->pid);
    s->restarts++;
    guard_rules_died(g, stalled);
    abandon(g);
    answer_reload(g, MM_ECLOSED, "the scan process ended while it read the rules");
    if (e) {
        memcpy(e->subject, "scan", 5);
        snprintf(e->detail, sizeof e->detail, "%s", why);
        guard_event_send(g, e);
    }
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    struct guard *g = handle->data;
    int rc;

    (void)events;
    rc = status < 0 ? MM_ECLOSED
                    : frame_dispatch(g->scan.sock, &g->scan.frame, answers, sizeof answers / sizeof answers[0], g, 64);
    g->scan.last_answer = guard_mono();
    if (rc)
        drop_scan(g, rc == MM_ECLOSED ? "ended" : "sent a frame that makes no sense", false);
}

int guard_scan_start(struct guard *g)
{
    struct scan_link *s = &g->scan;
    int fds[2], rc = frame_pair(fds);

    if (rc)
        return rc;
    rc = role_spawn("scan", g->config_path, fds[1], 0);
    close(fds[1]);
    if (rc < 0) {
        close(fds[0]);
        return rc;
    }
    frame_deepen(fds[0], SCAN_QUEUE_BYTES);
    s->pid = rc;
    s->pack_ok = false;
    s->last_answer = s->ping_sent = guard_mono();
    pthread_mutex_lock(&s->lock);
    s->sock = fds[0];
    pthread_mutex_unlock(&s->lock);
    s->poll = guard_watch(g, fds[0], on_readable);
    if (!s->poll)
        return MM_ENOMEM;
    return guard_rules_load(g);
}

void guard_scan_stop(struct guard *g)
{
    struct scan_link *s = &g->scan;

    guard_unwatch(&s->poll);
    if (s->sock >= 0)
        close(s->sock);
    s->sock = -1;
    guard_end_child(&s->pid);
    abandon(g);
    guard_exec_forget(g);
}

void guard_scan_tick(struct guard *g, int64_t now)
{
    struct scan_link *s = &g->scan;
    bool late = false;

    if (s->sock < 0) {
        guard_scan_start(g);
        return;
    }
    guard_rules_tick(g, now);
    guard_exec_next(g);
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < SCAN_PENDING && !late; i++)
        late = s->pending[i].id && now - s->pending[i].sent > LIM_SCAN_REPLY_MS * 1000000LL &&
               now - s->last_answer > LIM_SCAN_REPLY_MS * 1000000LL;
    pthread_mutex_unlock(&s->lock);
    if (late) {
        drop_scan(g, "does not answer", true);
        guard_scan_start(g);
        return;
    }
    if (now - s->ping_sent > PING_EVERY_NS && now - s->last_answer > PING_EVERY_NS) {
        if (now - s->last_answer > 4 * LIM_SCAN_REPLY_MS * 1000000LL) {
            drop_scan(g, "is silent", true);
            guard_scan_start(g);
            return;
        }
        s->ping_sent = now;
        frame_send(s->sock, SCAN_PING, 0, NULL, 0, NULL, 0);
    }
}
