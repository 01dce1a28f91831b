/* Quarantine and release as the guard's responder thread does them, with their events. */
#include <stdlib.h>
#include <string.h>

#include "agent/roles/guard_internal.h"
#include "lib/err.h"
#include "lib/log.h"

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
    return x > 0 ? "yes" : x == 0 ? "no" : "not tried";
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

void guard_isolate(struct guard *g, const struct job *j, const struct incident *i)
{
    struct quarantine_test t = {.console_reachable = -1, .canary_v4_blocked = -1, .canary_v6_blocked = -1};
    struct quarantine_order o;
    struct op_result out = {0};

    fill_order(g, j, i, &o);
    if (!g->quarantine)
        out.result = MM_EUNSUPPORTED;
    else
        out.result = quarantine_apply(g->quarantine, &o, guard_core_reach, g, &t);
    if (out.result)
        log_error("quarantine: %s", mm_strerror(out.result));
    if (i) {
        pthread_mutex_lock(&g->incident_lock);
        g->incident[j->incident].quarantined = out.result == MM_OK;
        g->incident[j->incident].isolation = ISOLATION_DONE;
        pthread_mutex_unlock(&g->incident_lock);
    }
    tell(g, j, i, ACT_ISOLATE, out.result, &t);
    snprintf(out.message, sizeof out.message, "console reachable: %s, IPv4 closed: %s, IPv6 closed: %s",
             tri(t.console_reachable), tri(t.canary_v4_blocked), tri(t.canary_v6_blocked));
    guard_answer_job(g, j, &out);
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
