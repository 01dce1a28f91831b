/* The guard's side of judging executables: questions to scan, answers back, status. */
#include <stdlib.h>
#include <string.h>

#include "agent/roles/guard_internal.h"
#include "agent/watch/execjudge.h"
#include "lib/err.h"

static int ask(void *context, uint64_t ticket, int fd, int pid)
{
    struct guard *g = context;
    struct process_facts facts;

    if (procs_facts(g->procs, pid, &facts))
        memset(&facts, 0, sizeof facts);
    facts.pid = pid;
    return guard_scan_file(g, ticket, fd, &facts);
}

int guard_judge_start(struct guard *g)
{
    struct execjudge_hooks hooks = {.context = g, .ask = ask};
    int rc = execjudge_start(&g->judge, g->procs, &g->config->judge, &hooks);

    if (rc)
        g->judge = NULL;
    return MM_OK; /* status says whether executables are judged */
}

void guard_judge_stop(struct guard *g)
{
    execjudge_stop(g->judge);
    g->judge = NULL;
}

void guard_judge_answer(struct guard *g, uint64_t ticket, const struct rule_verdict *v)
{
    bool deny = v && v->matches && v->response >= RESPOND_FREEZE && g->config->mode >= RESPOND_FREEZE;

    if (g->judge)
        execjudge_verdict(g->judge, ticket, deny);
}

void guard_judge_state(struct guard *g, struct agent_state *s)
{
    s->sensor[SENSOR_EXEC_JUDGE].state = g->judge ? SENSOR_WORKING : g->config->judge.count ? SENSOR_BLIND : SENSOR_OFF;
    snprintf(s->sensor[SENSOR_EXEC_JUDGE].method, sizeof s->sensor[SENSOR_EXEC_JUDGE].method, "%s",
             g->judge ? "fanotify" : "off");
    snprintf(s->sensor[SENSOR_EXEC_JUDGE].reason, sizeof s->sensor[SENSOR_EXEC_JUDGE].reason, "%s",
             g->judge ? "" : g->config->judge.count ? "the mounts of [watch] judge= cannot be marked"
                                                    : "not asked for: [watch] judge= is empty");
}
