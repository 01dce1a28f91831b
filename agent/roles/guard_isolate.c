/* Quarantine and release as the guard's responder thread does them, with their events. */
#include <stdlib.h>
#include <string.h>

#include "agent/roles/guard_internal.h"
#include "lib/err.h"
#include "lib/log.h"

#define NOT_YET (-2)        /* beside 1, 0 and -1 of struct quarantine_test: tried, and tried again */
#define REACH_MS 1000       /* a try: what the responder may wait for, who has trees to stop */
#define TAKEN_BACK "the console cannot be reached from inside the quarantine: it was taken back"
#define PROOF_MS 15000      /* a console that has not answered a fresh connection for so long cannot be reached */

static void fill_order(struct guard *g, const struct job *j, const struct incident *i, struct quarantine_order *o)
{
    int64_t mono;

    memset(o, 0, sizeof *o);
    guard_now(&o->since_wall_ns, &mono);
    if (i)
        memcpy(o->incident, i->id, sizeof o->incident);
    memcpy(o->command, j->command, sizeof o->command);
    if (i && !j->by[0])
        snprintf(o->by, sizeof o->by, "rule");
    else
        memcpy(o->by, j->by, sizeof o->by);
    o->hold_without_console = i ? g->config->hold : j->hold;
    pthread_mutex_lock(&g->core.lock);
    o->nallowed = g->core.nconsole;
    memcpy(o->allowed, g->core.console, sizeof o->allowed);
    pthread_mutex_unlock(&g->core.lock);
}

static const char *tri(int x)
{
    return x > 0 ? "yes" : x == 0 ? "no" : x == NOT_YET ? "not yet" : "not tried";
}

static void tell(struct guard *g, const struct job *j, const struct incident *i, enum event_activity act,
                 int rc, const struct quarantine_test *t)
{
    struct event *e = guard_event_new(EV_QUARANTINE, act, act == ACT_ISOLATE || rc ? SEV_HIGH : SEV_INFO);

    if (!e)
        return;
    e->outcome = rc == MM_OK ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
    if (i) {
        memcpy(e->incident, i->id, sizeof e->incident);
        memcpy(e->rule, i->rule.rule, sizeof e->rule);
        memcpy(e->title_ja, i->rule.title_ja, sizeof e->title_ja);
        memcpy(e->title_en, i->rule.title_en, sizeof e->title_en);
    }
    memcpy(e->command, j->command, sizeof e->command);
    memcpy(e->actor, j->by, sizeof e->actor);
    if (t)
        snprintf(e->detail, sizeof e->detail, "%s; console reachable: %s, canary blocked on IPv4: %s, on IPv6: %s",
                 mm_strerror(rc), tri(t->console_reachable), tri(t->canary_v4_blocked), tri(t->canary_v6_blocked));
    else
        snprintf(e->detail, sizeof e->detail, "%s", mm_strerror(rc));
    guard_event_send(g, e);
}

static void say(const struct quarantine_test *t, struct op_result *out)
{
    snprintf(out->message, sizeof out->message, "console reachable: %s, IPv4 closed: %s, IPv6 closed: %s",
             tri(t->console_reachable), tri(t->canary_v4_blocked), tri(t->canary_v6_blocked));
}

static void mark_incident(struct guard *g, int at, bool quarantined)
{
    pthread_mutex_lock(&g->incident_lock);
    g->incident[at].quarantined = quarantined;
    g->incident[at].isolation = ISOLATION_DONE;
    pthread_mutex_unlock(&g->incident_lock);
}

/* The quarantine is in force and waits for the console no longer: who ordered it hears how it ended. */
static void end_proof(struct guard *g, int result, const char *message)
{
    struct op_result out = {.result = result};

    if (!g->responder.proof.open)
        return;
    g->responder.proof.open = false;
    snprintf(out.message, sizeof out.message, "%s", message);
    guard_answer_job(g, &g->responder.proof.job, &out);
}

void guard_isolate(struct guard *g, const struct job *j, const struct incident *i)
{
    struct quarantine_test t = {.console_reachable = -1, .canary_v4_blocked = -1, .canary_v6_blocked = -1};
    struct quarantine_order o;
    struct op_result out = {0};
    bool waits;

    fill_order(g, j, i, &o);
    end_proof(g, MM_OK, "another order of quarantine took the place of this one");
    out.result = g->quarantine ? quarantine_apply(g->quarantine, &o, &t) : MM_EUNSUPPORTED;
    if (out.result == MM_OK && o.nallowed)
        t.console_reachable = guard_core_reach(g, REACH_MS);
    waits = out.result == MM_OK && quarantine_console(g->quarantine, t.console_reachable != 0, false) == MM_EAGAIN;
    if (waits)
        t.console_reachable = NOT_YET;
    if (out.result)
        log_error("quarantine: %s", mm_strerror(out.result));
    if (i)
        mark_incident(g, (int)j->incident, out.result == MM_OK);
    tell(g, j, i, ACT_ISOLATE, out.result, &t);
    if (waits) {
        g->responder.proof.open = true;
        g->responder.proof.until = guard_mono() + PROOF_MS * 1000000LL;
        g->responder.proof.job = *j;
        g->responder.proof.test = t;
        return;
    }
    say(&t, &out);
    guard_answer_job(g, j, &out);
}

/* One lost packet, or a computer that an attack keeps busy, is not a console that cannot be reached: several tries say so. */
void guard_isolate_prove(struct guard *g)
{
    struct quarantine_test t = g->responder.proof.test;
    struct quarantine_order o = {0};
    struct op_result out = {0};
    struct incident i;
    bool last;
    int at;

    if (!g->responder.proof.open)
        return;
    (void)quarantine_active(g->quarantine, &o);
    t.console_reachable = guard_core_reach(g, REACH_MS);
    last = guard_mono() > g->responder.proof.until;
    if (t.console_reachable < 0 && !last) /* core is not there: nobody tried */
        return;
    out.result = quarantine_console(g->quarantine, t.console_reachable != 0, last);
    if (out.result == MM_EAGAIN)
        return;
    if (out.result) {
        log_error("quarantine: %s", TAKEN_BACK);
        at = o.incident[0] ? guard_incident_find(g, o.incident) : -1;
        if (at >= 0) {
            mark_incident(g, at, false);
            pthread_mutex_lock(&g->incident_lock);
            i = g->incident[at];
            pthread_mutex_unlock(&g->incident_lock);
            guard_incidents_save(g, true);
        }
        tell(g, &g->responder.proof.job, at >= 0 ? &i : NULL, ACT_ISOLATE, out.result, &t);
    }
    say(&t, &out);
    guard_state_send(g); /* who asks for the state after our answer finds what it says */
    end_proof(g, out.result, out.result ? TAKEN_BACK : out.message);
}

void guard_release(struct guard *g, const struct job *j)
{
    struct quarantine_order o;
    struct op_result out = {0};
    bool was = g->quarantine && quarantine_active(g->quarantine, &o);
    int at = was && o.incident[0] ? guard_incident_find(g, o.incident) : -1;
    struct incident i;

    if (!was) {
        out.result = MM_ESTATE;
        snprintf(out.message, sizeof out.message, "this host is not in quarantine");
        guard_answer_job(g, j, &out);
        return;
    }
    end_proof(g, MM_ETIMEOUT, "released before it was known whether the console can be reached");
    out.result = quarantine_release(g->quarantine);
    if (at >= 0) {
        pthread_mutex_lock(&g->incident_lock);
        if (out.result == MM_OK)
            g->incident[at].quarantined = false;
        i = g->incident[at];
        pthread_mutex_unlock(&g->incident_lock);
    }
    tell(g, j, at >= 0 ? &i : NULL, ACT_RESTORE, out.result, NULL);
    guard_answer_job(g, j, &out);
}
