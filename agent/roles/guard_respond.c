/* From a verdict to an answer: incidents, and the responder thread.
 *
 * guard_verdict (loop thread) decides at once what must not wait: it marks the
 * tree frozen, so that its openers stay, and queues jobs.  The responder
 * thread stops the processes, isolates the host, restores, and tells of each.
 * What must not wait goes first, also between two files of a restore.  One
 * attack is one incident: what the same session does within JOIN_NS joins. */
#include <stdlib.h>
#include <string.h>

#include "agent/respond/freeze.h"
#include "agent/roles/guard_internal.h"
#include "agent/roles/guard_tell.h"
#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/log.h"

#define JOIN_NS (15LL * 60 * 1000000000)
#define FREEZE_MS 2000
#define FREEZE_FIRST_MS 2
#define END_MS 2000        /* a killed process that hangs in the kernel runs no line of its own any more */
#define LATE "too much to do at once: a program is stopped, or files come back, a few seconds late"
#define SETTLE_MS 1000     /* the names thread is done with a stopped tree's last changes long before */

/* ---- incidents --------------------------------------------------------------------- */

static bool has_tree(const struct incident *i, uint64_t tree)
{
    for (unsigned k = 0; k < i->ntrees; k++)
        if (i->tree[k] == tree)
            return true;
    return false;
}

/* The open incident that this belongs to, or a new one.  Lock held. */
static unsigned incident_of(struct guard *g, const struct tree_who *who, const struct process_facts *p, bool *fresh)
{
    unsigned oldest = 0;
    int64_t wall, mono;
    struct incident *i;

    guard_now(&wall, &mono);
    *fresh = false;
    for (unsigned k = 0; k < INCIDENTS; k++) {
        i = &g->incident[k];
        if (i->open && (has_tree(i, who->tree) || (who->session && i->session == who->session && i->uid == p->uid &&
                                                   wall - i->last_wall < JOIN_NS))) {
            i->last_wall = wall;
            if (!has_tree(i, who->tree) && i->ntrees < sizeof i->tree / sizeof i->tree[0])
                i->tree[i->ntrees++] = who->tree;
            return k;
        }
        if (g->incident[k].last_wall < g->incident[oldest].last_wall)
            oldest = k;
    }
    i = &g->incident[oldest];
    *i = (struct incident){.tree = {who->tree}, .ntrees = 1, .session = who->session, .uid = p->uid,
                           .first_wall = wall, .last_wall = wall, .open = true};
    crypto_uuid(i->id);
    *fresh = true;
    return oldest;
}

int guard_incident_find(struct guard *g, const char *id)
{
    size_t n = strlen(id);
    int found = MM_ENOTFOUND;

    pthread_mutex_lock(&g->incident_lock);
    for (int k = 0; n >= 8 && k < INCIDENTS; k++)
        if (g->incident[k].id[0] && !strncmp(g->incident[k].id, id, n))
            found = k;
    pthread_mutex_unlock(&g->incident_lock);
    return found;
}

/* Which independent sources speak against the tree. */
static unsigned signals_of(const struct process_facts *p, const struct burst_facts *b)
{
    unsigned s = 0;

    if (!b)
        return SIGNAL_RULE;
    if (b->encrypted || b->wiped)
        s |= SIGNAL_CONTENT;
    if (b->same_suffix >= 2 || b->notes >= 2)
        s |= SIGNAL_NAMES;
    if (b->canary)
        s |= SIGNAL_CANARY;
    if (!p->packaged)
        s |= SIGNAL_PROGRAM;
    return s;
}

static unsigned count_bits(unsigned x)
{
    unsigned n = 0;

    for (; x; x &= x - 1)
        n++;
    return n;
}

/* Queue what a verdict asks for. */
static void order(struct guard *g, unsigned at, uint64_t tree, bool isolate)
{
    struct job j = {.kind = JOB_FREEZE, .incident = at, .tree = tree, .by = "rule"};

    files_pin(g->files, tree, true);
    if (jobs_put(&g->responder.jobs, &j)) {
        log_error("%s", LATE);
        pthread_mutex_lock(&g->incident_lock);
        g->incident[at].frozen = true; /* upkeep stops it and restores */
        pthread_mutex_unlock(&g->incident_lock);
    }
    j = (struct job){.kind = JOB_QUARANTINE, .incident = at, .of_incident = true, .by = "rule"};
    if (isolate && jobs_put(&g->responder.jobs, &j)) {
        pthread_mutex_lock(&g->incident_lock);
        g->incident[at].isolation = ISOLATION_NONE; /* the next verdict orders it again */
        pthread_mutex_unlock(&g->incident_lock);
    }
}

void guard_verdict(struct guard *g, const struct tree_who *who, const struct rule_verdict *v,
                   const struct burst_facts *b)
{
    enum rule_response may = (enum rule_response)g->config->mode, done = (enum rule_response)v->response;
    struct process_facts *p = calloc(1, sizeof *p);
    struct incident copy;
    int64_t wall, mono;
    unsigned at;
    bool fresh, freeze, isolate, tell;

    if (v->response == RESPOND_OBSERVE) {
        free(p);
        guard_tell_observed(g, who, v, b);
        return;
    }
    if (!p)
        return;
    guard_facts(g, who, p);
    guard_now(&wall, &mono);
    if (done > may)
        done = may;
    pthread_mutex_lock(&g->incident_lock);
    at = incident_of(g, who, p, &fresh);
    g->incident[at].signals |= signals_of(p, b);
    if (fresh || v->severity > g->incident[at].rule.severity ||
        (v->severity == g->incident[at].rule.severity && v->response > g->incident[at].rule.response)) {
        g->incident[at].rule = *v;
        guard_process_of(p, &g->incident[at].process);
    }
    freeze = done >= RESPOND_FREEZE && trees_gate(g->trees, who->tree) != GATE_FROZEN;
    /* A critical attack that had to be frozen closes the network too, when the mode allows
     * it and two independent sources agree. */
    isolate = may >= RESPOND_QUARANTINE && done >= RESPOND_FREEZE && v->severity >= SEV_CRITICAL &&
              count_bits(g->incident[at].signals) >= 2 && g->incident[at].isolation == ISOLATION_NONE;
    if (isolate)
        g->incident[at].isolation = ISOLATION_ORDERED;
    done = isolate ? RESPOND_QUARANTINE : freeze ? RESPOND_FREEZE : done > RESPOND_ALERT ? RESPOND_ALERT : done;
    tell = guard_tell_due(&g->incident[at], v, b, done, fresh || freeze || isolate, mono);
    copy = g->incident[at];
    pthread_mutex_unlock(&g->incident_lock);
    free(p);
    if (freeze)
        trees_freeze(g->trees, who, mono);
    if (freeze || isolate)
        order(g, at, who->tree, isolate);
    if (tell)
        guard_tell_verdict(g, &copy, v, b, done, fresh);
}

/* ---- jobs ------------------------------------------------------------------------------ */

void guard_answer_job(struct guard *g, const struct job *j, const struct op_result *r)
{
    struct op_result out = *r;

    memcpy(out.command, j->command, sizeof out.command);
    out.sequence = j->sequence;
    if (j->reply_id)
        guard_core_result(g, j->reply_id, &out);
}

static struct incident incident_copy(struct guard *g, unsigned at)
{
    struct incident i;

    pthread_mutex_lock(&g->incident_lock);
    i = g->incident[at];
    pthread_mutex_unlock(&g->incident_lock);
    return i;
}

static void add_member(struct incident *i, int32_t pid, uint64_t start_ns)
{
    for (unsigned k = 0; k < i->nmembers; k++)
        if (i->member[k].pid == pid && i->member[k].start_ns == start_ns)
            return;
    if (i->nmembers < MEMBERS)
        i->member[i->nmembers++] = (struct member){.pid = pid, .start_ns = start_ns};
}

/* Remember who is stopped, so that a thaw works after a restart of the guard. */
static void remember_members(struct guard *g, unsigned at, uint64_t tree)
{
    pid_t pid[MEMBERS];
    uint64_t start[MEMBERS];
    unsigned n = procs_tree_members(g->procs, tree, pid, start, MEMBERS);
    struct incident *i = &g->incident[at];

    pthread_mutex_lock(&g->incident_lock);
    for (unsigned k = 0; k < n && k < MEMBERS; k++)
        add_member(i, pid[k], start[k]);
    i->frozen = true;
    i->restored = false; /* another program of an attack that was restored before: its files come back too, also after a kill */
    pthread_mutex_unlock(&g->incident_lock);
}

/* Whoever asks is told also that nothing was needed; what is done again by itself is not news then. */
static void tell_restored(struct guard *g, const struct job *j, const struct incident *i, const struct op_result *out)
{
    bool again = i->restored_mono && (j->kind != JOB_RESTORE || !strcmp(j->by, "rule"));
    struct event *e;

    if (again && !out->files_restored && !out->files_failed)
        return;
    e = guard_event_of(i, EV_FILE_REMEDIATION, ACT_RESTORE, out->files_failed ? SEV_HIGH : SEV_INFO);
    if (!e)
        return;
    e->outcome = out->files_failed ? OUTCOME_PARTIAL : OUTCOME_SUCCESS;
    e->files_restored = out->files_restored;
    e->files_failed = out->files_failed;
    memcpy(e->command, j->command, sizeof e->command);
    memcpy(e->actor, j->by, sizeof e->actor);
    snprintf(e->detail, sizeof e->detail, "%.*s", (int)sizeof e->detail - 1, out->message);
    guard_event_send(g, e);
}

static void do_job(struct guard *g, const struct job *j);

/* Between two files of a restore. */
static void meanwhile(void *guard, const struct restore_report *r)
{
    struct guard *g = guard;
    struct job j;

    (void)r;
    while (jobs_take_urgent(&g->responder.jobs, &j))
        do_job(g, &j);
}

static void restore(struct guard *g, const struct job *j, struct op_result *out)
{
    struct incident i = incident_copy(g, j->incident);
    int64_t wall, mono;

    guard_now(&wall, &mono);
    files_settle(g->files, SETTLE_MS);
    for (unsigned k = 0; k < i.ntrees; k++) {
        struct restore_report r;

        if (files_restore(g->files, i.tree[k], i.id, &r, meanwhile, g) && !out->result)
            out->result = MM_EIO;
        out->files_restored += r.restored;
        out->files_failed += r.failed;
        if (r.first_failure[0] && !out->message[0])
            snprintf(out->message, sizeof out->message, "%.*s", (int)sizeof out->message - 1, r.first_failure);
    }
    pthread_mutex_lock(&g->incident_lock);
    g->incident[j->incident].restored = true;
    g->incident[j->incident].restored_mono = mono;
    g->incident[j->incident].restored_files += out->files_restored;
    g->incident[j->incident].failed_files = out->files_failed;
    pthread_mutex_unlock(&g->incident_lock);
    tell_restored(g, j, &i, out);
}

static void do_freeze(struct guard *g, const struct job *j)
{
    struct freeze_result f = {0};
    struct job next = {.kind = JOB_RESTORE, .incident = j->incident, .by = "rule"};
    struct incident i;
    struct event *e;
    int rc;

    /* A guard that is killed right here leaves a successor that knows whom it stopped. */
    remember_members(g, j->incident, j->tree);
    guard_incidents_save(g, false);
    /* First the signals, then its openers return into the stop, then until nobody moves. */
    freeze_tree(g->procs, j->tree, FREEZE_FIRST_MS, &f);
    files_frozen(g->files, j->tree);
    rc = freeze_tree(g->procs, j->tree, FREEZE_MS, &f);

    remember_members(g, j->incident, j->tree);
    i = incident_copy(g, j->incident);
    e = guard_event_of(&i, EV_PROCESS_REMEDIATION, ACT_FREEZE, SEV_HIGH);
    if (e) {
        e->outcome = rc == MM_OK && f.stable ? OUTCOME_SUCCESS : OUTCOME_PARTIAL;
        e->processes = f.stopped;
        snprintf(e->detail, sizeof e->detail, "%u processes stopped in %u passes, %u outside the scope left alone",
                 f.stopped, f.passes, f.refused);
        guard_event_send(g, e);
    }
    guard_incidents_save(g, false);
    if (jobs_put_first(&g->responder.jobs, &next))
        log_error("%s", LATE); /* upkeep does it */
}

static void end_incident(struct guard *g, const struct job *j)
{
    guard_tell_pending(g, j->incident, true);
    pthread_mutex_lock(&g->incident_lock);
    g->incident[j->incident].open = g->incident[j->incident].frozen = false;
    pthread_mutex_unlock(&g->incident_lock);
}

static void tell_closed(struct guard *g, const struct job *j, const struct incident *i, const char *how)
{
    struct event *e = guard_event_of(i, EV_DETECTION, ACT_CLOSE, SEV_INFO);

    if (!e)
        return;
    memcpy(e->actor, j->by, sizeof e->actor);
    snprintf(e->detail, sizeof e->detail, "%s%s", how, j->reason);
    guard_event_send(g, e);
}

/* An incident ends once: what was closed as an attack cannot be told to have been allowed.  Answers when it has. */
static bool still_open(struct guard *g, const struct job *j, const struct incident *i)
{
    struct op_result out = {.result = MM_ESTATE};

    if (i->open)
        return true;
    snprintf(out.message, sizeof out.message, "this incident is closed already");
    guard_answer_job(g, j, &out);
    return false;
}

static void do_allow(struct guard *g, const struct job *j)
{
    struct incident i = incident_copy(g, j->incident);
    struct op_result out = {0};
    struct event *e;

    if (!still_open(g, j, &i))
        return;
    end_incident(g, j); /* first: what a program does once it goes on is an incident of its own */
    for (unsigned k = 0; k < i.ntrees; k++) {
        struct freeze_result f = {0};

        trees_thaw(g->trees, i.tree[k], true);
        thaw_tree(g->procs, i.tree[k], &f);
        files_gate_changed(g->files);
        files_pin(g->files, i.tree[k], false);
    }
    for (unsigned k = 0; k < i.nmembers; k++)
        thaw_process(g->procs, i.member[k].pid, i.member[k].start_ns); /* also after a restart, when trees are forgotten */
    e = guard_event_of(&i, EV_PROCESS_REMEDIATION, ACT_THAW, SEV_INFO);
    if (e) {
        e->outcome = OUTCOME_SUCCESS;
        memcpy(e->actor, j->by, sizeof e->actor);
        memcpy(e->command, j->command, sizeof e->command);
        snprintf(e->detail, sizeof e->detail, "%.*s", (int)sizeof e->detail - 1, j->reason);
        guard_event_send(g, e);
    }
    tell_closed(g, j, &i, "");
    guard_incidents_save(g, true); /* not before it is told: the disk takes its time, the program does not */
    guard_answer_job(g, j, &out);
}

/* True when something of a tree was changed after the last restore began: its kernel workers (io_uring) finished late. */
static bool changed_since_restore(struct guard *g, const struct incident *i)
{
    bool changed = false;

    for (unsigned t = 0; t < i->ntrees; t++)
        changed |= i->restored && i->restored_mono && trees_last(g->trees, i->tree[t]) > i->restored_mono;
    return changed;
}

/* End the frozen trees of an incident, and no other: what only alerted lives on. */
static struct freeze_result end_frozen(struct guard *g, const struct incident *i)
{
    struct freeze_result all = {.stable = 1};

    for (unsigned t = 0; t < i->ntrees; t++) {
        struct freeze_result r = {0};

        if (trees_gate(g->trees, i->tree[t]) != GATE_FROZEN)
            continue;
        all.stable &= end_tree(g->procs, i->tree[t], END_MS, &r) == MM_OK;
        all.stopped += r.stopped;
        all.refused += r.refused;
    }
    for (unsigned k = 0; k < i->nmembers; k++) /* whom the process table has lost meanwhile */
        switch (end_process(g->procs, i->member[k].pid, i->member[k].start_ns)) {
        case MM_OK: all.stopped++; break;
        case MM_EDENIED: all.refused++; break;
        }
    return all;
}

/* The attack is over: who is still stopped is ended, the counters of his tree with him. */
static void close_attack(struct guard *g, const struct job *j, const struct incident *i, struct op_result *out)
{
    struct freeze_result ended = end_frozen(g, i);
    struct event *e = ended.stopped || ended.refused ? guard_event_of(i, EV_PROCESS_REMEDIATION, ACT_TERMINATE, SEV_MEDIUM) : NULL;

    if (e) {
        e->outcome = ended.refused ? OUTCOME_PARTIAL : OUTCOME_SUCCESS;
        e->processes = ended.stopped;
        memcpy(e->actor, j->by, sizeof e->actor);
        memcpy(e->command, j->command, sizeof e->command);
        snprintf(e->detail, sizeof e->detail, "%u processes ended, their memory is gone; %u outside the scope left alone. %s",
                 ended.stopped, ended.refused, j->reason);
        guard_event_send(g, e);
    }
    if (ended.refused) {
        out->result = MM_EDENIED;
        snprintf(out->message, sizeof out->message, "%u processes outside the scope were not ended: still open", ended.refused);
        return;
    }
    if (changed_since_restore(g, i))
        restore(g, j, out);
    for (unsigned t = 0; t < i->ntrees; t++) {
        if (trees_gate(g->trees, i->tree[t]) == GATE_FROZEN)
            trees_thaw(g->trees, i->tree[t], false);
        files_gate_changed(g->files);
        files_pin(g->files, i->tree[t], false);
    }
    end_incident(g, j);
    guard_incidents_save(g, true);
    tell_closed(g, j, i, "closed as a real attack. ");
    if (!out->message[0])
        snprintf(out->message, sizeof out->message, "%u processes ended", ended.stopped);
}

static void do_close(struct guard *g, const struct job *j)
{
    struct incident i = incident_copy(g, j->incident);
    struct op_result out = {0};

    if (!still_open(g, j, &i))
        return;
    close_attack(g, j, &i, &out);
    guard_answer_job(g, j, &out);
}

static void do_restore(struct guard *g, const struct job *j)
{
    struct op_result out = {0};

    restore(g, j, &out);
    guard_incidents_save(g, true);
    guard_answer_job(g, j, &out);
}

/* A frozen tree is still stopped; what came after the restore is restored too. */
static void keep_frozen(struct guard *g, unsigned at, const struct incident *i)
{
    struct job j = {.kind = JOB_RESTORE, .incident = at, .by = "rule"};

    for (unsigned t = 0; t < i->ntrees; t++) {
        struct freeze_result f;

        if (trees_gate(g->trees, i->tree[t]) == GATE_FROZEN && !freeze_holds(g->procs, i->tree[t]))
            freeze_tree(g->procs, i->tree[t], FREEZE_MS, &f);
    }
    if ((!i->restored || changed_since_restore(g, i)) && jobs_put_first(&g->responder.jobs, &j))
        log_error("%s", LATE); /* the next upkeep tries again */
}

static void do_quarantine(struct guard *g, const struct job *j)
{
    struct incident i;

    if (!j->of_incident) {
        guard_isolate(g, j, NULL);
        return;
    }
    i = incident_copy(g, j->incident);
    guard_isolate(g, j, &i);
    guard_incidents_save(g, true);
}

/* Every few seconds: the quarantine is as it was applied, frozen trees are still frozen. */
static void do_upkeep(struct guard *g)
{
    int rc;

    guard_isolate_prove(g);
    rc = g->quarantine ? quarantine_repair(g->quarantine) : 0;
    if (rc != 0) {
        struct event *e = guard_event_new(EV_STATE, ACT_DRIFT, SEV_HIGH);

        if (e) {
            e->outcome = rc > 0 ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
            memcpy(e->subject, "quarantine", 11);
            snprintf(e->detail, sizeof e->detail, "%s",
                     rc > 0 ? "the quarantine's rules had been changed and were put back" : mm_strerror(rc));
            guard_event_send(g, e);
        }
    }
    for (unsigned k = 0; k < INCIDENTS; k++) {
        struct incident i = incident_copy(g, k);

        if (i.open && i.frozen)
            keep_frozen(g, k, &i);
        if (i.open)
            guard_tell_pending(g, k, false);
    }
}

static void do_job(struct guard *g, const struct job *j)
{
    switch (j->kind) {
    case JOB_FREEZE: do_freeze(g, j); break;
    case JOB_QUARANTINE: do_quarantine(g, j); break;
    case JOB_RELEASE: guard_release(g, j); break;
    case JOB_ALLOW: do_allow(g, j); break;
    case JOB_RESTORE: do_restore(g, j); break;
    case JOB_CLOSE: do_close(g, j); break;
    case JOB_UPKEEP: do_upkeep(g); return;
    }
    guard_state_send(g);
}

static void *responder_main(void *arg)
{
    struct guard *g = arg;
    struct job j;

    while (jobs_take(&g->responder.jobs, &j))
        do_job(g, &j);
    return NULL;
}

int guard_respond_start(struct guard *g)
{
    struct responder *r = &g->responder;

    jobs_init(&r->jobs);
    if (pthread_create(&r->thread, NULL, responder_main, g))
        return MM_ENOMEM;
    r->started = true;
    return MM_OK;
}

void guard_respond_stop(struct guard *g)
{
    struct responder *r = &g->responder;

    if (!r->started)
        return;
    jobs_stop(&r->jobs);
    pthread_join(r->thread, NULL);
    r->started = false;
}
