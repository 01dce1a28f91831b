/* Quarantine and release as the guard's responder thread does them, with their events. */
#include <stdlib.h>
#include <string.h>

#include "agent/roles/guard_internal.h"
#include "lib/err.h"
#include "lib/log.h"

#define NOT_YET (-2)        /* beside 1, 0 and -1 of struct quarantine_test: tried, and tried again */
#define FIRST_MS 800        /* for the first try; the responder waits for it, who has trees to stop, */
#define FIRST_WAIT_MS 1000  /* for so long */
#define TRY_MS 4000         /* for each other try, shorter than the time between two upkeeps */
#define TRIES 4             /* so many in vain: the console cannot be reached */
#define TAKEN_BACK "the console cannot be reached from inside the quarantine: it was taken back"
#define BEFORE_IT "the console cannot be reached from inside the quarantine: the one before it is in force again"

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
    bool waits = false;

    fill_order(g, j, i, &o);
    out.result = g->quarantine ? quarantine_apply(g->quarantine, &o, &t) : MM_EUNSUPPORTED;
    if (t.in_force) {
        end_proof(g, MM_ETIMEOUT, "another order of quarantine took the place of this one");
        if (o.nallowed && !guard_core_ask_reach(g, FIRST_MS))
            t.console_reachable = guard_core_reached(g, FIRST_WAIT_MS);
        waits = quarantine_console(g->quarantine, t.console_reachable > 0 || !o.nallowed, false) == MM_EAGAIN;
    }
    if (waits) {
        g->responder.proof.open = true;
        g->responder.proof.tries = t.console_reachable == 0;
        g->responder.proof.result = out.result;
        g->responder.proof.job = *j;
        g->responder.proof.test = t;
        t.console_reachable = NOT_YET;
    }
    if (out.result)
        log_error("quarantine: %s", mm_strerror(out.result));
    if (i)
        mark_incident(g, (int)j->incident, t.in_force && out.result != MM_ESTATE);
    tell(g, j, i, ACT_ISOLATE, out.result, &t);
    if (waits)
        return;
    say(&t, &out);
    guard_answer_job(g, j, &out);
}

/* The order in force is `o`, or was: what its last try gave is written down, in its incident too. */
static void tell_proof(struct guard *g, const struct quarantine_order *o, int rc, const struct quarantine_test *t)
{
    int at = o->incident[0] ? guard_incident_find(g, o->incident) : -1;
    struct incident i;

    if (at >= 0) {
        mark_incident(g, at, rc == MM_OK);
        pthread_mutex_lock(&g->incident_lock);
        i = g->incident[at];
        pthread_mutex_unlock(&g->incident_lock);
        guard_incidents_save(g, true);
    }
    tell(g, &g->responder.proof.job, at >= 0 ? &i : NULL, ACT_ISOLATE, rc, t);
}

/* One lost packet, or a computer that an attack keeps busy, is not a console that cannot be reached: several tries say so,
 * each of which core has until the next time.  A question that nobody answered is no try. */
void guard_isolate_prove(struct guard *g)
{
    struct quarantine_test t = g->responder.proof.test;
    struct quarantine_order o = {0};
    struct op_result out = {0};

    if (!g->responder.proof.open)
        return;
    (void)quarantine_active(g->quarantine, &o);
    t.console_reachable = guard_core_reached(g, 0);
    g->responder.proof.tries += t.console_reachable == 0;
    out.result = quarantine_console(g->quarantine, t.console_reachable > 0, t.console_reachable == 0 && g->responder.proof.tries >= TRIES);
    if (out.result == MM_EAGAIN) {
        (void)guard_core_ask_reach(g, TRY_MS); /* not asked: nobody answers */
        return;
    }
    tell_proof(g, &o, out.result, &t);
    guard_state_send(g); /* who asks for the state after our answer finds what it says */
    if (out.result) {
        log_error("quarantine: %s", TAKEN_BACK);
        end_proof(g, out.result, quarantine_active(g->quarantine, NULL) ? BEFORE_IT : TAKEN_BACK);
        return;
    }
    out.result = g->responder.proof.result; /* of the disk */
    say(&t, &out);
    end_proof(g, out.result, out.message);
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
    out.result = quarantine_release(g->quarantine);
    if (out.result == MM_OK)
        end_proof(g, MM_ETIMEOUT, "released before it was known whether the console can be reached");
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
