/* The responder's queue. */
#include "agent/roles/guard_jobs.h"

#include <string.h>

#include "lib/err.h"

void jobs_init(struct jobs *q)
{
    memset(q, 0, sizeof *q);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->more, NULL);
}

static unsigned next(unsigned at)
{
    return (at + 1) % JOBS;
}

static unsigned previous(unsigned at)
{
    return (at + JOBS - 1) % JOBS;
}

static bool urgent(const struct job *j)
{
    return j->kind == JOB_FREEZE || j->kind == JOB_QUARANTINE || j->kind == JOB_RELEASE || j->kind == JOB_UPKEEP;
}

/* Lock held.  Upkeep comes every few seconds: while a restore takes minutes it must not fill the queue. */
static bool waits_already(const struct jobs *q, const struct job *j)
{
    if (j->kind != JOB_UPKEEP && (j->kind != JOB_RESTORE || j->reply_id))
        return false;
    for (unsigned at = q->tail; at != q->head; at = next(at))
        if (q->job[at].kind == j->kind && q->job[at].incident == j->incident && !q->job[at].reply_id)
            return true;
    return false;
}

static int put(struct jobs *q, const struct job *j, bool first)
{
    int rc = MM_OK;

    pthread_mutex_lock(&q->lock);
    if (waits_already(q, j)) {
        pthread_mutex_unlock(&q->lock);
        return MM_OK;
    }
    if (next(q->head) == q->tail) {
        rc = MM_ELIMIT;
    } else if (first) {
        q->tail = previous(q->tail);
        q->job[q->tail] = *j;
    } else {
        q->job[q->head] = *j;
        q->head = next(q->head);
    }
    pthread_cond_signal(&q->more);
    pthread_mutex_unlock(&q->lock);
    return rc;
}

int jobs_put(struct jobs *q, const struct job *j)
{
    return put(q, j, false);
}

int jobs_put_first(struct jobs *q, const struct job *j)
{
    return put(q, j, true);
}

/* Lock held. */
static bool take(struct jobs *q, bool only_urgent, struct job *out)
{
    unsigned at = q->tail;

    while (at != q->head && !urgent(&q->job[at]))
        at = next(at);
    if (at == q->head) {
        if (only_urgent || q->head == q->tail)
            return false;
        at = q->tail;
    }
    *out = q->job[at];
    for (; at != q->tail; at = previous(at))
        q->job[at] = q->job[previous(at)];
    q->tail = next(q->tail);
    return true;
}

bool jobs_take(struct jobs *q, struct job *out)
{
    bool some = false;

    pthread_mutex_lock(&q->lock);
    while (!q->stopping && !(some = take(q, false, out)))
        pthread_cond_wait(&q->more, &q->lock);
    pthread_mutex_unlock(&q->lock);
    return some;
}

bool jobs_take_urgent(struct jobs *q, struct job *out)
{
    bool some;

    pthread_mutex_lock(&q->lock);
    some = take(q, true, out);
    pthread_mutex_unlock(&q->lock);
    return some;
}

void jobs_stop(struct jobs *q)
{
    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    pthread_cond_signal(&q->more);
    pthread_mutex_unlock(&q->lock);
}
