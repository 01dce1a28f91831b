/* The process table: feeding, look-ups, trees.  Storage is procs_table.c, what
 * a launcher is procs_tree.c, the scope procs_scope.c, /proc procs_os.h.
 *
 * The lock is never held while /proc, the package list or the user list is
 * asked, so a permission thread waits for memory copies at most. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/procs_priv.h"
#include "lib/crypto.h"
#include "lib/err.h"

#define OUTSIDER_MS 2000        /* how long /proc's "out of scope" holds: nobody tells us of its end */

/* ---- start and end ---- */

int procs_new(struct procs **out, const struct scope *scope)
{
    struct procs *p = calloc(1, sizeof *p);
    int rc;

    if (!p)
        return MM_ENOMEM;
    pthread_mutex_init(&p->lock, NULL);
    p->scope = *scope;
    p->salt = procs_os_boot();
    rc = table_init(&p->table);
    if (!rc)
        rc = packages_new(&p->packages, NULL);
    if (!rc)
        rc = users_new(&p->users, NULL);
    if (!rc)
        rc = procs_rescan(p, true);
    if (rc) {
        procs_free(p);
        return rc;
    }
    *out = p;
    return MM_OK;
}

void procs_free(struct procs *p)
{
    if (!p)
        return;
    table_fini(&p->table);
    packages_free(p->packages);
    users_free(p->users);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

const struct scope *procs_scope(const struct procs *p)
{
    return &p->scope;
}

void procs_set_sync(struct procs *p, procs_sync_fn *sync, void *context)
{
    const struct timespec rest = {.tv_nsec = 200000};

    pthread_mutex_lock(&p->lock);
    p->sync = sync;
    p->sync_context = context;
    while (!sync && p->syncing) {       /* each of them leaves within its own budget */
        pthread_mutex_unlock(&p->lock);
        nanosleep(&rest, NULL);
        pthread_mutex_lock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
}

bool procs_sync(struct procs *p, unsigned budget_us)
{
    procs_sync_fn *sync;
    void *context;
    bool done;

    pthread_mutex_lock(&p->lock);
    sync = p->sync;
    context = p->sync_context;
    p->syncing += sync != NULL;
    pthread_mutex_unlock(&p->lock);
    if (!sync)
        return false;
    done = sync(context, budget_us);
    pthread_mutex_lock(&p->lock);
    p->syncing--;
    pthread_mutex_unlock(&p->lock);
    return done;
}

/* ---- look-ups ---- */

static bool stale_outsider(const struct procs *p, const struct row *r)
{
    return p->scope.kind != SCOPE_HOST && !(r->flags & ROW_SCOPE) && !r->ended_ms &&
           procs_os_now_ms() - r->looked_ms > OUTSIDER_MS;
}

bool procs_peek(struct procs *p, pid_t tid, struct proc_brief *out)
{
    const struct row *r;
    bool found;
    pid_t tgid;

    pthread_mutex_lock(&p->lock);
    r = table_find(&p->table, tid);
    if (!r || r->ended_ms) {
        tgid = table_alias_find(&p->table, tid, procs_os_now_ms());
        if (tgid && rows_living(p, tgid))
            r = rows_living(p, tgid);
    }
    found = r && !stale_outsider(p, r);
    if (found)
        row_brief(r, out);
    pthread_mutex_unlock(&p->lock);
    return found;
}

/* Pictures of `tid`'s process and of its ancestors that are not known yet, child first. */
static unsigned climb(struct procs *p, pid_t tid, struct procs_os *chain, unsigned max, bool *cut_above)
{
    unsigned n = 0;
    bool known = false;

    *cut_above = true;
    while (n < max && !known && tid > 0) {
        struct row *r;

        if (procs_os_read(tid, procs_wants(p), &chain[n]))
            break;
        if (n && chain[n].start_ns > chain[n - 1].start_ns + PROCS_OS_START_SLACK_NS)
            break;              /* the parent's number has been used again */
        tid = chain[n++].ppid;
        pthread_mutex_lock(&p->lock);
        r = rows_living(p, tid);
        known = r != NULL;
        if (r)
            *cut_above = (r->flags & ROW_LAUNCHER) || !(r->flags & ROW_SCOPE);
        pthread_mutex_unlock(&p->lock);
    }
    return n;
}

bool procs_resolve(struct procs *p, pid_t tid, struct proc_brief *out)
{
    struct procs_os chain[LIM_ANCESTRY];
    struct row *r = NULL;
    bool seen = procs_peek(p, tid, out), cut_above;
    unsigned n;

    if (seen && !out->ended)
        return true;
    n = climb(p, tid, chain, LIM_ANCESTRY, &cut_above);
    if (!n)
        return seen;
    /* Launched, or left behind by a parent that ended?  Ended itself, and so without a
     * trace of where it belonged?  The sensor knows. */
    pthread_mutex_lock(&p->lock);
    r = rows_living(p, chain[0].tgid);
    pthread_mutex_unlock(&p->lock);
    if (!r && (cut_above || procs_os_ended(&chain[0]) || ((procs_wants(p) & PROCS_OS_NETNS) && !chain[0].netns)))
        (void)procs_sync(p, PROCS_SYNC_US);
    pthread_mutex_lock(&p->lock);
    while (n-- > 0)
        r = rows_insert(p, &chain[n]);
    if (r) {
        if (tid != r->tgid)
            table_alias(&p->table, tid, r->tgid, procs_os_now_ms());
        row_brief(r, out);
    }
    pthread_mutex_unlock(&p->lock);
    return r != NULL || seen;
}

int procs_facts(struct procs *p, pid_t tgid, struct process_facts *out)
{
    const struct row *r;

    pthread_mutex_lock(&p->lock);
    r = table_find(&p->table, tgid);
    if (r)
        row_facts(r, out);
    pthread_mutex_unlock(&p->lock);
    if (!r)
        return MM_ENOTFOUND;
    users_name(p->users, out->uid, out->user);
    return MM_OK;
}

int procs_tree_root(struct procs *p, uint64_t tree, struct process_facts *out)
{
    const struct row *best = NULL;

    pthread_mutex_lock(&p->lock);
    for (uint32_t i = 1; i < p->table.high; i++) {
        const struct row *r = &p->table.rows[i];

        if (r->tgid && r->tree == tree && (!best || r->number < best->number))
            best = r;
    }
    if (best)
        row_facts(best, out);
    pthread_mutex_unlock(&p->lock);
    if (!best)
        return MM_ENOTFOUND;
    users_name(p->users, out->uid, out->user);
    return MM_OK;
}

unsigned procs_tree_members(struct procs *p, uint64_t tree, pid_t *pids, uint64_t *starts, unsigned max)
{
    unsigned n = 0;

    pthread_mutex_lock(&p->lock);
    for (uint32_t i = 1; i < p->table.high; i++) {
        const struct row *r = &p->table.rows[i];

        if (!r->tgid || r->tree != tree || r->ended_ms)
            continue;
        if (n < max) {
            pids[n] = r->tgid;
            if (starts)
                starts[n] = r->start_ns;
        }
        n++;
    }
    pthread_mutex_unlock(&p->lock);
    return n;
}

int procs_may_signal(struct procs *p, pid_t tgid, uint64_t start_ns)
{
    struct procs_os os;

    if (tgid <= 1 || !start_ns || tgid == getpid())
        return MM_EDENIED;
    if (procs_os_read(tgid, procs_wants(p), &os) || os.tgid != tgid || os.kernel)
        return MM_EDENIED;
    if (!procs_os_same_start(start_ns, os.start_ns))
        return MM_EDENIED;
    if (procs_os_ended(&os) || os.left)
        return MM_ENOTFOUND;
    return scope_holds(&p->scope, os.netns, os.cgroup) ? MM_OK : MM_EDENIED;
}

void procs_counts(struct procs *p, unsigned *rows, unsigned *living)
{
    pthread_mutex_lock(&p->lock);
    *rows = p->table.used;
    *living = p->table.used - p->table.ended;
    pthread_mutex_unlock(&p->lock);
}
