/* Stopping a process tree with SIGSTOP, or ending it with SIGKILL, by pidfd (pidfd_open(2)).
 *
 * Owns nothing beyond a call.  The one function that sends is signal_one: it
 * opens the pidfd first and then asks procs_may_signal, so the check and the
 * signal mean the same process even when its number is used again. */
#include "agent/respond/freeze.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/procs_os.h"
#include "lib/err.h"

#define QUIET_PASSES 2
#define REST_US 300             /* between passes while somebody still moves */
#define SYNC_US 2000

struct member { pid_t pid; uint64_t start; };

struct herd {
    struct procs *procs;
    uint64_t tree;
    struct member *now, *before;
    pid_t *pids;
    uint64_t *starts;
    unsigned count, count_before, max;
};

enum sent { SENT, REFUSED, GONE };

static enum sent signal_one(struct procs *p, pid_t pid, uint64_t start, int number)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    enum sent result = REFUSED;

    if (fd < 0)
        return errno == ESRCH ? GONE : REFUSED;
    switch (procs_may_signal(p, pid, start)) {
    case MM_OK:
        result = syscall(SYS_pidfd_send_signal, fd, number, NULL, 0) ? (errno == ESRCH ? GONE : REFUSED) : SENT;
        break;
    case MM_ENOTFOUND: result = GONE; break;
    }
    close(fd);
    return result;
}

static void herd_fini(struct herd *h)
{
    free(h->now);
    free(h->before);
    free(h->pids);
    free(h->starts);
}

static int herd_init(struct herd *h, struct procs *p, uint64_t tree, unsigned max)
{
    *h = (struct herd){.procs = p, .tree = tree, .max = max};
    h->now = calloc(max, sizeof *h->now);
    h->before = calloc(max, sizeof *h->before);
    h->pids = calloc(max, sizeof *h->pids);
    h->starts = calloc(max, sizeof *h->starts);
    if (h->now && h->before && h->pids && h->starts)
        return MM_OK;
    herd_fini(h);
    return MM_ENOMEM;
}

static int by_pid(const void *a, const void *b)
{
    const struct member *x = a, *y = b;

    return (x->pid > y->pid) - (x->pid < y->pid);
}

/* Members as the table knows them, sorted; the last ones become `before`. */
static void gather(struct herd *h)
{
    struct member *swap = h->before;
    unsigned n;

    h->before = h->now;
    h->count_before = h->count;
    h->now = swap;
    n = procs_tree_members(h->procs, h->tree, h->pids, h->starts, h->max);
    h->count = n < h->max ? n : h->max;
    for (unsigned i = 0; i < h->count; i++)
        h->now[i] = (struct member){h->pids[i], h->starts[i]};
    qsort(h->now, h->count, sizeof *h->now, by_pid);
}

/* The table catches up.  Without a sensor that can tell, everybody who runs but
 * is not in the table finds his tree now, by his parent. */
static void adopt(struct herd *h)
{
    struct proc_brief b;
    unsigned n;
    pid_t *list;

    if (procs_sync(h->procs, SYNC_US) || procs_os_list(&list, &n))
        return;
    for (unsigned i = 0; i < n; i++)
        if (!procs_peek(h->procs, list[i], &b) || b.ended)
            (void)procs_resolve(h->procs, list[i], &b);
    free(list);
}

static const struct member *known_before(const struct herd *h, pid_t pid)
{
    struct member key = {.pid = pid};

    return h->count_before ? bsearch(&key, h->before, h->count_before, sizeof key, by_pid) : NULL;
}

/* One pass over the tree; true when it was quiet: nobody new, nobody moving.
 * Who may not be touched does not count: he never would be quiet. */
static bool pass(struct herd *h, struct freeze_result *r)
{
    bool quiet = true;

    adopt(h);
    gather(h);
    r->stopped = r->refused = 0;
    for (unsigned i = 0; i < h->count; i++) {
        const struct member *m = &h->now[i], *old = known_before(h, m->pid);
        bool known = old && old->start == m->start, rests = procs_os_stopped(m->pid);

        if (rests && known) {
            r->stopped++;
            continue;
        }
        switch (signal_one(h->procs, m->pid, m->start, SIGSTOP)) {
        case SENT: r->stopped++; quiet = false; break;
        case REFUSED: r->refused++; break;
        case GONE: break;
        }
    }
    r->passes++;
    return quiet;
}

static uint64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

int freeze_tree(struct procs *p, uint64_t tree, unsigned budget_ms, struct freeze_result *out)
{
    uint64_t until = now_us() + (uint64_t)budget_ms * 1000;
    struct freeze_result r = {0};
    unsigned quiet = 0;
    struct herd h;
    int rc = herd_init(&h, p, tree, LIM_PROCS);

    if (rc)
        return rc;
    do {
        quiet = pass(&h, &r) ? quiet + 1 : 0;
        if (quiet >= QUIET_PASSES)
            break;
        if (!quiet)
            usleep(REST_US);
    } while (now_us() < until);
    r.stable = quiet >= QUIET_PASSES;
    if (!h.count)
        rc = MM_ENOTFOUND;
    else
        rc = r.stable ? MM_OK : MM_ETIMEOUT;
    herd_fini(&h);
    *out = r;
    return rc;
}

int thaw_tree(struct procs *p, uint64_t tree, struct freeze_result *out)
{
    struct freeze_result r = {.passes = 1};
    struct herd h;
    int rc = herd_init(&h, p, tree, LIM_PROCS);

    if (rc)
        return rc;
    gather(&h);
    for (unsigned i = 0; i < h.count; i++)
        switch (signal_one(p, h.now[i].pid, h.now[i].start, SIGCONT)) {
        case SENT: r.stopped++; break;
        case REFUSED: r.refused++; break;
        case GONE: break;
        }
    r.stable = !r.refused;
    herd_fini(&h);
    *out = r;
    return h.count ? MM_OK : MM_ENOTFOUND;
}

int thaw_process(struct procs *p, pid_t tgid, uint64_t start_ns)
{
    switch (signal_one(p, tgid, start_ns, SIGCONT)) {
    case SENT: return MM_OK;
    case GONE: return MM_ENOTFOUND;
    default: return MM_EDENIED;
    }
}

static bool has_ended(pid_t pid, uint64_t start)
{
    struct procs_os os;

    return procs_os_read(pid, 0, &os) || procs_os_ended(&os) || !procs_os_same_start(os.start_ns, start);
}

static enum sent end_one(struct procs *p, pid_t pid, uint64_t start)
{
    return has_ended(pid, start) ? GONE : signal_one(p, pid, start, SIGKILL);
}

int end_process(struct procs *p, pid_t tgid, uint64_t start_ns)
{
    switch (end_one(p, tgid, start_ns)) {
    case SENT: return MM_OK;
    case GONE: return MM_ENOTFOUND;
    default: return MM_EDENIED;
    }
}

/* One pass of ending; returns how many still lived when it began and may be ended.  They are
 * counted before the first signal: a child may die of its parent's death (PR_SET_PDEATHSIG). */
static unsigned end_pass(struct herd *h, struct freeze_result *r)
{
    unsigned living = 0;

    r->refused = 0;
    for (unsigned i = 0; i < h->count; i++)
        if (!has_ended(h->now[i].pid, h->now[i].start)) {
            living++;
            r->stopped += !known_before(h, h->now[i].pid);
        }
    for (unsigned i = 0; i < h->count; i++)
        if (end_one(h->procs, h->now[i].pid, h->now[i].start) == REFUSED) {
            r->refused++;
            living--;
            r->stopped -= !known_before(h, h->now[i].pid);
        }
    return living;
}

int end_tree(struct procs *p, uint64_t tree, unsigned budget_ms, struct freeze_result *out)
{
    uint64_t until = now_us() + (uint64_t)budget_ms * 1000;
    struct freeze_result r = {0};
    unsigned living;
    struct herd h;
    int rc = herd_init(&h, p, tree, LIM_PROCS);

    if (rc)
        return rc;
    do {
        if (r.passes++)
            usleep(REST_US);
        adopt(&h);
        gather(&h);
        living = end_pass(&h, &r);
    } while (living && now_us() < until);
    herd_fini(&h);
    r.stable = !living && !r.refused;
    *out = r;
    return r.stable ? MM_OK : r.refused ? MM_EDENIED : MM_ETIMEOUT;
}

int freeze_holds(struct procs *p, uint64_t tree)
{
    struct herd h;
    bool holds = true;

    if (herd_init(&h, p, tree, LIM_PROCS))
        return 0;
    adopt(&h);
    gather(&h);
    for (unsigned i = 0; holds && i < h.count; i++)
        holds = procs_os_stopped(h.now[i].pid);
    herd_fini(&h);
    return holds;
}
