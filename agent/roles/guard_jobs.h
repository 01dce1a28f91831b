/* What the responder thread has to do, in order.
 *
 * Stopping programs, closing and opening the network and upkeep are urgent: they
 * are taken before everything else, also between two files of a restore, which
 * may take long.  Any thread may put; one thread takes. */
#ifndef MIMAMORI_AGENT_ROLES_GUARD_JOBS_H
#define MIMAMORI_AGENT_ROLES_GUARD_JOBS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/limits.h"

#define JOBS 128

enum job_kind { JOB_FREEZE = 1, JOB_QUARANTINE, JOB_RELEASE, JOB_ALLOW, JOB_RESTORE, JOB_CLOSE, JOB_UPKEEP };
struct job {
    enum job_kind kind;
    unsigned incident;         /* index */
    uint64_t tree;
    bool of_incident;          /* QUARANTINE: ordered by the incident's rule, not by a person */
    bool hold;                 /* QUARANTINE: also without the console */
    uint64_t reply_id;         /* id of the OP_* frame to answer; 0: none */
    char command[LIM_ID];
    uint64_t sequence;
    char by[LIM_TITLE];
    char reason[LIM_TITLE];
};

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct job job[JOBS];
    unsigned head, tail;       /* a ring; equal: empty */
    bool stopping;
};

void jobs_init(struct jobs *q);
/* At the end; an upkeep, or a restore that nobody waits for, is not put twice.  MM_ELIMIT when full. */
int jobs_put(struct jobs *q, const struct job *j);
/* The same before all that wait. */
int jobs_put_first(struct jobs *q, const struct job *j);
/* The first urgent job, else the first.  Waits for one; false: jobs_stop() was called. */
bool jobs_take(struct jobs *q, struct job *out);
/* The first urgent job; false: there is none now. */
bool jobs_take_urgent(struct jobs *q, struct job *out);
/* jobs_take() returns false from now on, whatever waits. */
void jobs_stop(struct jobs *q);

#endif
