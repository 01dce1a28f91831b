#include "agent/roles/probation.h"

void probation_begin(struct probation *p, int64_t now)
{
    *p = (struct probation){.on = true, .since = now};
}

void probation_answer(struct probation *p)
{
    p->answers++;
}

bool probation_death(struct probation *p, int64_t now)
{
    if (!p->on)
        return false;
    p->deaths = now - p->since < PROBATION_NS ? p->deaths + 1 : 1;
    p->since = now;
    p->answers = 0;
    return p->deaths >= PROBATION_DEATHS;
}

bool probation_passed(struct probation *p, int64_t now)
{
    if (!p->on || now - p->since < PROBATION_NS || p->answers < PROBATION_ANSWERS)
        return false;
    p->on = false;
    return true;
}
