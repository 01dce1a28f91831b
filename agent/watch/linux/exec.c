/* Choosing, running and ending the process sensor. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/linux/exec_priv.h"
#include "lib/err.h"

#define WAIT_MS 250             /* forks and exits without an exec are read at least so often */
#define STALE_MS 5000           /* a thread silent for longer is not alive */
#define VERIFY_MS 60000         /* comparison with /proc: a lost exit is found then */

/* Best first. */
static const struct exec_method_ops *const methods[] = {&exec_bpf_ops, &exec_fan_ops, &exec_conn_ops, &exec_poll_ops};

void exec_report(struct exec_sensor *s, const struct procs_exec *more)
{
    atomic_fetch_add_explicit(&s->seen, 1, memory_order_relaxed);
    if (procs_exec_seen(s->procs, &s->facts, more, &s->out) && s->hooks.on_exec)
        s->hooks.on_exec(s->hooks.context, &s->out);
}

int exec_read_proc(struct exec_sensor *s, pid_t pid, uint64_t *netns)
{
    struct process_facts *f = &s->facts;
    struct procs_os os;
    int rc;

    memset(f, 0, sizeof *f);
    rc = procs_os_image(pid, f);
    if (rc == MM_ENOTFOUND || procs_os_read(pid, PROCS_OS_NETNS | PROCS_OS_CGROUP, &os))
        return MM_ENOTFOUND;
    f->pid = os.tgid;
    f->ppid = os.ppid;
    f->uid = os.uid;
    f->session = os.session;
    f->start_ns = os.start_ns;
    f->interactive = os.tty;
    memcpy(f->cgroup, os.cgroup, sizeof f->cgroup);
    *netns = os.netns;
    return MM_OK;
}

/* Answer whoever waits in sync_wait; everything that happened before they asked has been read. */
static void answer(struct exec_sensor *s)
{
    uint64_t asked;

    pthread_mutex_lock(&s->lock);
    asked = s->asked;
    pthread_mutex_unlock(&s->lock);
    if (asked == s->answered)
        return;
    for (int i = 0; i < 2; i++) /* twice: the first stops at a record still being written */
        if (s->ops->pump(s, 0))
            return;
    pthread_mutex_lock(&s->lock);
    s->answered = asked;
    pthread_cond_broadcast(&s->caught_up);
    pthread_mutex_unlock(&s->lock);
}

static bool sync_wait(void *context, unsigned budget_us)
{
    struct exec_sensor *s = context;
    struct timespec until;
    uint64_t one = 1, mine;
    bool done;
    int rc = 0;

    if (pthread_equal(pthread_self(), s->thread) || atomic_load(&s->failed))
        return false;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)budget_us * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&s->lock);
    mine = ++s->asked;
    if (write(s->kick_fd, &one, sizeof one) < 0)
        rc = ETIMEDOUT;         /* the counter is full: it is awake anyway */
    while (s->answered < mine && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&s->caught_up, &s->lock, &until);
    done = s->answered >= mine;
    pthread_mutex_unlock(&s->lock);
    return done;
}

/* Lost records leave processes that never end; look after them. */
static void upkeep(struct exec_sensor *s, uint64_t *verified_ms, uint64_t *dropped)
{
    uint64_t now = procs_os_now_ms(), lost = atomic_load(&s->dropped);

    atomic_store(&s->beat_ms, now);
    procs_complete(s->procs, 8);
    if (lost == *dropped && now - *verified_ms < VERIFY_MS)
        return;
    *verified_ms = now;
    *dropped = lost;
    (void)procs_rescan(s->procs, true);
}

static void *sensor_main(void *context)
{
    struct exec_sensor *s = context;
    uint64_t verified = procs_os_now_ms(), dropped = 0;

    (void)procs_rescan(s->procs, true); /* who came between the table's first look and our opening */
    while (!atomic_load(&s->stop)) {
        if (s->ops->pump(s, WAIT_MS)) {
            atomic_store(&s->failed, true);
            break;
        }
        answer(s);
        upkeep(s, &verified, &dropped);
    }
    return NULL;
}

static void sensor_free(struct exec_sensor *s)
{
    if (s->kick_fd >= 0)
        close(s->kick_fd);
    pthread_cond_destroy(&s->caught_up);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static struct exec_sensor *sensor_new(struct procs *p, const struct exec_hooks *hooks)
{
    struct exec_sensor *s = calloc(1, sizeof *s);
    pthread_condattr_t attr;

    if (!s)
        return NULL;
    s->procs = p;
    if (hooks)
        s->hooks = *hooks;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->caught_up, &attr);
    pthread_condattr_destroy(&attr);
    s->kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->kick_fd < 0) {
        sensor_free(s);
        return NULL;
    }
    return s;
}

static int start_thread(struct exec_sensor *s)
{
    sigset_t all, old;
    int rc;

    atomic_store(&s->beat_ms, procs_os_now_ms());
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    rc = pthread_create(&s->thread, NULL, sensor_main, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc ? MM_ENOMEM : MM_OK;
}

int exec_sensor_start(struct exec_sensor **out, struct procs *p, enum exec_method wish,
                      const char *const *folders, const struct exec_hooks *hooks)
{
    struct exec_sensor *s = sensor_new(p, hooks);
    int rc = MM_EUNSUPPORTED;

    if (!s)
        return MM_ENOMEM;
    for (size_t i = 0; rc && i < sizeof methods / sizeof methods[0]; i++) {
        if (wish != EXEC_AUTO && wish != methods[i]->method)
            continue;
        s->ops = methods[i];
        rc = s->ops->open(s, folders);
    }
    if (!rc && (rc = start_thread(s)))
        s->ops->close(s);
    if (rc) {
        sensor_free(s);
        return rc == MM_ENOMEM ? rc : MM_EUNSUPPORTED;
    }
    if (s->ops->syncs)
        procs_set_sync(p, sync_wait, s);
    *out = s;
    return MM_OK;
}

void exec_sensor_stop(struct exec_sensor *s)
{
    uint64_t one = 1;

    if (!s)
        return;
    procs_set_sync(s->procs, NULL, NULL);
    atomic_store(&s->stop, true);
    if (write(s->kick_fd, &one, sizeof one) < 0) {
        /* full: it wakes all the same */
    }
    pthread_join(s->thread, NULL);
    s->ops->close(s);
    sensor_free(s);
}

enum exec_method exec_sensor_method(const struct exec_sensor *s, const char **limits)
{
    if (limits)
        *limits = s->ops->limits;
    return s->ops->method;
}

void exec_sensor_counts(const struct exec_sensor *s, uint64_t *seen, uint64_t *dropped)
{
    *seen = atomic_load(&s->seen);
    *dropped = atomic_load(&s->dropped);
}

int exec_sensor_alive(const struct exec_sensor *s)
{
    if (atomic_load(&s->failed) || procs_os_now_ms() - atomic_load(&s->beat_ms) > STALE_MS)
        return 0;
    return !s->ops->alive || s->ops->alive(s);
}
