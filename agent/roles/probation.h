/* A new rule pack on probation: it was read without a fault, but whether it can be lived with shows in use.
 * Pure; the caller has the clock (CLOCK_BOOTTIME, ns). */
#ifndef MM_AGENT_ROLES_PROBATION_H
#define MM_AGENT_ROLES_PROBATION_H

#include <stdbool.h>
#include <stdint.h>

#define PROBATION_NS 600000000000LL /* ten minutes without an end of the scan process, */
#define PROBATION_ANSWERS 20        /* in which it was really used: a host where nothing happens proves nothing */
#define PROBATION_DEATHS 3          /* ends of the scan process, each within PROBATION_NS of the one before */

struct probation {
    bool on;
    int64_t since;                  /* begin, or the last end of the scan process */
    uint64_t answers;               /* of the rules since then */
    unsigned deaths;
};

void probation_begin(struct probation *p, int64_t now);
void probation_answer(struct probation *p);
/* The scan process ended or stood still.  True: once too often, the pack fails. */
bool probation_death(struct probation *p, int64_t now);
/* True once, when the time is served. */
bool probation_passed(struct probation *p, int64_t now);

#endif
