/* The guard's side of judging executables: questions to scan, answers back, status. */
#include <stdio.h>
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

bool guard_judge_ended(struct guard *g)
{
    return g->judge && execjudge_state(g->judge, NULL, 0) == EXECJUDGE_ENDED;
}

void guard_judge_state(struct guard *g, struct agent_state *s)
{
    char name[64] = "", text[sizeof s->sensor[0].reason];
    enum execjudge_state state = g->judge ? execjudge_state(g->judge, name, sizeof name) : EXECJUDGE_ENDED;

    if (!g->config->judge.count)
        guard_sensor(s, SENSOR_EXEC_JUDGE, SENSOR_OFF, "off", "not asked for: [watch] judge= is empty");
    else if (!g->judge)
        guard_sensor(s, SENSOR_EXEC_JUDGE, SENSOR_BLIND, "off", "the mounts of [watch] judge= cannot be marked");
    else if (state == EXECJUDGE_ENDED)
        guard_sensor(s, SENSOR_EXEC_JUDGE, SENSOR_BLIND, "fanotify", "the permission group failed");
    else if (state == EXECJUDGE_GIVES_WAY) {
        snprintf(text, sizeof text, "another program decides about opens: %.40s", name);
        guard_sensor(s, SENSOR_EXEC_JUDGE, SENSOR_BLIND, "off", text);
    } else {
        guard_sensor(s, SENSOR_EXEC_JUDGE, SENSOR_WORKING, "fanotify", "");
    }
}
