#include "agent/watch/linux/patient.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/err.h"

enum stage { IDLE, ASKED, DONE, QUIT };

/* Shared by the caller and one helper thread; the last of both frees it. */
struct helper {
    pthread_mutex_t lock;
    pthread_cond_t wake;        /* both directions: only one of the two ever waits */
    enum stage stage;
    int abandoned;              /* the caller has left: the helper frees */
    atomic_uint *stuck;         /* counter of the abandoned; NULL when its owner has gone */
    patient_job *job;
    long result;
    char in[PATIENT_IN];
    char out[PATIENT_OUT];
};

struct patient {
    pthread_mutex_t lock;
    struct helper *helper;
    pthread_t thread;
    atomic_uint *stuck;         /* on the heap: outlives the patient while helpers are stuck */
};

static void helper_free(struct helper *h)
{
    pthread_cond_destroy(&h->wake);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

static void *helper_main(void *context)
{
    struct helper *h = context;
    int left;

    pthread_mutex_lock(&h->lock);
    while (h->stage != QUIT && !h->abandoned) {
        if (h->stage != ASKED) {
            pthread_cond_wait(&h->wake, &h->lock);
            continue;
        }
        pthread_mutex_unlock(&h->lock);
        h->result = h->job(h->in, h->out, sizeof h->out);
        pthread_mutex_lock(&h->lock);
        if (h->abandoned)
            break;
        h->stage = DONE;
        pthread_cond_signal(&h->wake);
    }
    left = h->abandoned;
    pthread_mutex_unlock(&h->lock);
    if (left) {
        atomic_fetch_sub(h->stuck, 1);
        helper_free(h);
    }
    return NULL;
}

/* A thread that takes no signals and little stack. */
static int thread_start(pthread_t *thread, void *(*run)(void *), void *context)
{
    pthread_attr_t attr;
    sigset_t all, old;
    int rc;

    if (pthread_attr_init(&attr))
        return MM_ENOMEM;
    pthread_attr_setstacksize(&attr, 128 * 1024);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(thread, &attr, run, context);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    return rc ? MM_ENOMEM : MM_OK;
}

static int helper_start(struct patient *p)
{
    pthread_condattr_t attr;
    struct helper *h = calloc(1, sizeof *h);

    if (!h)
        return MM_ENOMEM;
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&h->wake, &attr);
    pthread_condattr_destroy(&attr);
    h->stuck = p->stuck;
    if (thread_start(&p->thread, helper_main, h)) {
        helper_free(h);
        return MM_ENOMEM;
    }
    p->helper = h;
    return MM_OK;
}

int patient_new(struct patient **out)
{
    struct patient *p = calloc(1, sizeof *p);

    if (!p)
        return MM_ENOMEM;
    p->stuck = calloc(1, sizeof *p->stuck);
    if (!p->stuck) {
        free(p);
        return MM_ENOMEM;
    }
    pthread_mutex_init(&p->lock, NULL);
    *out = p;
    return MM_OK;
}

void patient_free(struct patient *p)
{
    if (!p)
        return;
    if (p->helper) {
        pthread_mutex_lock(&p->helper->lock);
        p->helper->stage = QUIT;
        pthread_cond_signal(&p->helper->wake);
        pthread_mutex_unlock(&p->helper->lock);
        pthread_join(p->thread, NULL);
        helper_free(p->helper);
    }
    /* A stuck helper still counts down on it: those few bytes are left to it. */
    if (!atomic_load(p->stuck))
        free(p->stuck);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static void deadline(struct timespec *t, unsigned budget_us)
{
    clock_gettime(CLOCK_MONOTONIC, t);
    t->tv_sec += budget_us / 1000000;
    t->tv_nsec += (long)(budget_us % 1000000) * 1000;
    if (t->tv_nsec >= 1000000000) {
        t->tv_sec++;
        t->tv_nsec -= 1000000000;
    }
}

/* Put the question to the helper and wait; MM_ETIMEOUT leaves it abandoned. */
static long ask(struct patient *p, const struct patient_task *task, char *out, size_t out_size,
                unsigned budget_us)
{
    struct helper *h = p->helper;
    struct timespec until;
    long n = MM_ETIMEOUT;
    int rc = 0;

    deadline(&until, budget_us);
    pthread_mutex_lock(&h->lock);
    h->job = task->job;
    memcpy(h->in, task->in, task->in_size);
    h->stage = ASKED;
    pthread_cond_signal(&h->wake);
    while (h->stage != DONE && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&h->wake, &h->lock, &until);
    if (h->stage == DONE) {
        n = h->result;
        if (n > (long)out_size)
            n = (long)out_size;
        if (n > 0)
            memcpy(out, h->out, (size_t)n);
        h->stage = IDLE;
    } else {
        h->abandoned = 1;
        atomic_fetch_add(p->stuck, 1);
        pthread_detach(p->thread);
        p->helper = NULL;
    }
    pthread_mutex_unlock(&h->lock);
    return n;
}

long patient_run(struct patient *p, const struct patient_task *task, char *out, size_t out_size,
                 unsigned budget_us)
{
    long n = MM_OK;

    if (task->in_size > PATIENT_IN)
        return MM_EINVAL;
    pthread_mutex_lock(&p->lock);
    if (atomic_load(p->stuck) >= LIM_STUCK)
        n = MM_ELIMIT;
    else if (!p->helper)
        n = helper_start(p);
    if (!n)
        n = ask(p, task, out, out_size, budget_us);
    pthread_mutex_unlock(&p->lock);
    return n;
}

unsigned patient_stuck(struct patient *p)
{
    return atomic_load(p->stuck);
}
