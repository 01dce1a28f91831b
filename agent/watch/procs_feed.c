/* What sensors tell the process table, and its own looks at /proc. */
#include <stdlib.h>
#include <string.h>

#include "agent/watch/procs_priv.h"
#include "lib/err.h"

void procs_fork_seen(struct procs *p, const struct procs_fork *f)
{
    struct proc_brief b;
    bool known;

    pthread_mutex_lock(&p->lock);
    known = table_find(&p->table, f->creator) != NULL;
    if (known)
        rows_fork(p, f);
    pthread_mutex_unlock(&p->lock);
    if (known)
        return;
    /* A creator that we never met: ask /proc for it, else for the child. */
    if (f->creator > 0)
        (void)procs_resolve(p, f->creator, &b);
    pthread_mutex_lock(&p->lock);
    known = table_find(&p->table, f->creator) != NULL;
    if (known)
        rows_fork(p, f);
    pthread_mutex_unlock(&p->lock);
    if (known || procs_resolve(p, f->child, &b))
        return;
    pthread_mutex_lock(&p->lock);
    rows_fork(p, f);
    pthread_mutex_unlock(&p->lock);
}

void procs_on_fork(struct procs *p, pid_t parent, pid_t child, uint64_t child_start_ns)
{
    struct procs_fork f = {.creator = parent, .child = child, .start_ns = child_start_ns};

    procs_fork_seen(p, &f);
}

/* The row of a process that executed; one that nobody announced is placed by its parent. */
static bool ensure(struct procs *p, const struct process_facts *seen, const struct procs_exec *more)
{
    struct procs_fork f = {.creator = more->creator > 0 ? more->creator : seen->ppid, .parent = seen->ppid,
                           .child = seen->pid, .start_ns = seen->start_ns, .netns = more->netns};
    const struct row *r;
    bool known;

    pthread_mutex_lock(&p->lock);
    r = rows_living(p, seen->pid);
    known = r && procs_os_same_start(r->start_ns, seen->start_ns);
    pthread_mutex_unlock(&p->lock);
    if (!known)
        procs_fork_seen(p, &f);
    return known;
}

/* Scope of a row after an exec; entering it starts a tree, as behind a launcher. */
static void rescope(struct procs *p, struct row *r, uint64_t netns)
{
    bool was = (r->flags & ROW_SCOPE) != 0;

    if (netns)
        r->netns = netns;
    row_scope(p, r, false);
    if (!was && (r->flags & ROW_SCOPE))
        row_place(p, r, NULL);
}

/* Put the new program into the row; under the lock. */
static void replace_image(struct procs *p, struct row *r, struct process_facts *f)
{
    struct image *old = r->image;

    if (!f->cgroup[0] && old)
        memcpy(f->cgroup, old->text + old->cgroup, strlen(old->text + old->cgroup) + 1);
    r->image = image_new(&p->table, f);
    image_drop(&p->table, old);
    row_bare(p, r, false);
}

bool procs_exec_seen(struct procs *p, const struct process_facts *seen, const struct procs_exec *more,
                     struct process_facts *out)
{
    struct process_facts f = *seen;
    struct row *r;
    bool in_scope = false;

    if (!f.name[0])
        procs_name(f.path, f.name, sizeof f.name);
    f.packaged = !more->foreign && packages_has(p->packages, f.path);
    ensure(p, seen, more);
    pthread_mutex_lock(&p->lock);
    r = rows_living(p, f.pid);
    if (r) {
        r->uid = f.uid;
        if (f.ppid > 0)
            r->ppid = f.ppid;
        if (f.session)
            r->session = f.session;
        if (f.start_ns)
            r->start_ns = f.start_ns;
        r->flags = (r->flags & ~(uint32_t)ROW_TTY) | (f.interactive ? ROW_TTY : 0);
        replace_image(p, r, &f);
        rescope(p, r, more->netns);
        row_launcher(r);
        in_scope = (r->flags & ROW_SCOPE) != 0;
        if (out)
            row_facts(r, out);
    } else if (out) {
        *out = f;               /* table full: what the sensor saw, without a tree */
    }
    pthread_mutex_unlock(&p->lock);
    if (out)
        users_name(p->users, f.uid, out->user);
    return in_scope;
}

void procs_on_exec(struct procs *p, const struct process_facts *seen, uint64_t netns, struct process_facts *out)
{
    struct procs_exec more = {.netns = netns};

    procs_exec_seen(p, seen, &more, out);
}

void procs_exit_seen(struct procs *p, pid_t tgid, uint64_t start_ns)
{
    uint64_t now = procs_os_now_ms();
    struct row *r;

    pthread_mutex_lock(&p->lock);
    table_reap(&p->table, now);
    r = rows_living(p, tgid);
    if (r && procs_os_same_start(r->start_ns, start_ns))
        table_end(&p->table, r, now);
    pthread_mutex_unlock(&p->lock);
}

void procs_on_exit(struct procs *p, pid_t tgid)
{
    procs_exit_seen(p, tgid, 0);
}

/* ---- comparing with /proc ---- */

static int by_pid(const void *a, const void *b)
{
    pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

    return (x > y) - (x < y);
}

/* End the living rows that arrived before `number` and are not in the sorted list. */
static void end_missing(struct procs *p, const pid_t *list, unsigned n, uint64_t number)
{
    uint64_t now = procs_os_now_ms();

    pthread_mutex_lock(&p->lock);
    table_reap(&p->table, now);
    for (uint32_t i = 1; i < p->table.high; i++) {
        struct row *r = &p->table.rows[i];

        if (r->tgid && !r->ended_ms && r->number <= number && !bsearch(&r->tgid, list, n, sizeof *list, by_pid))
            table_end(&p->table, r, now);
    }
    pthread_mutex_unlock(&p->lock);
}

static int by_start(const void *a, const void *b)
{
    const struct procs_os *x = a, *y = b;

    if (x->start_ns != y->start_ns)
        return x->start_ns < y->start_ns ? -1 : 1;
    return (x->tgid > y->tgid) - (x->tgid < y->tgid);
}

/* Pictures of the processes in `list` that the table does not know (verify: of all), oldest first. */
static int look(struct procs *p, const pid_t *list, unsigned n, bool verify, struct procs_os **out)
{
    struct procs_os *found = calloc(n ? n : 1, sizeof *found);
    unsigned have = 0;

    if (!found)
        return MM_ENOMEM;
    for (unsigned i = 0; i < n; i++) {
        bool known;

        pthread_mutex_lock(&p->lock);
        known = rows_living(p, list[i]) != NULL;
        pthread_mutex_unlock(&p->lock);
        if (known && !verify)
            continue;
        /* Outsiders are looked up when they touch something, and soon forgotten. */
        if (!procs_os_read(list[i], procs_wants(p), &found[have]) && !found[have].kernel &&
            scope_holds(&p->scope, found[have].netns, found[have].cgroup))
            have++;
    }
    qsort(found, have, sizeof *found, by_start);
    *out = found;
    return (int)have;
}

/* Read one bare row's program; under no lock while reading. */
static void complete(struct procs *p, pid_t tgid, uint64_t start_ns, struct process_facts *f)
{
    struct procs_os os;
    struct row *r;
    bool have;

    memset(f, 0, sizeof *f);
    have = procs_os_image(tgid, f) != MM_ENOTFOUND && !procs_os_read(tgid, PROCS_OS_CGROUP, &os);
    if (have) {
        f->packaged = packages_has(p->packages, f->path);
        memcpy(f->cgroup, os.cgroup, sizeof f->cgroup);
    }
    pthread_mutex_lock(&p->lock);
    r = rows_living(p, tgid);
    if (r && (r->flags & ROW_BARE) && procs_os_same_start(r->start_ns, start_ns)) {
        if (have) {
            replace_image(p, r, f);
            row_launcher(r);
        }
        row_bare(p, r, false);
    }
    pthread_mutex_unlock(&p->lock);
}

int procs_rescan(struct procs *p, bool verify)
{
    struct process_facts f;
    struct procs_os *found;
    uint64_t number;
    unsigned n;
    pid_t *list;
    int have, rc;

    pthread_mutex_lock(&p->lock);
    number = p->table.arrivals;
    pthread_mutex_unlock(&p->lock);
    rc = procs_os_list(&list, &n);
    if (rc)
        return rc;
    qsort(list, n, sizeof *list, by_pid);
    end_missing(p, list, n, number);
    have = look(p, list, n, verify, &found);
    free(list);
    if (have < 0)
        return have;
    for (int i = 0; i < have; i++) {
        bool bare;
        struct row *r;

        pthread_mutex_lock(&p->lock);
        r = rows_insert(p, &found[i]);
        bare = r && (r->flags & ROW_BARE);
        pthread_mutex_unlock(&p->lock);
        if (bare)
            complete(p, found[i].tgid, found[i].start_ns, &f);
    }
    free(found);
    return MM_OK;
}

unsigned procs_complete(struct procs *p, unsigned max)
{
    enum { AT_ONCE = 32 };
    struct { pid_t tgid; uint64_t start; } todo[AT_ONCE];
    struct process_facts f;
    unsigned n = 0;

    if (max > AT_ONCE)
        max = AT_ONCE;
    pthread_mutex_lock(&p->lock);
    for (uint32_t i = 1; p->table.bare && n < max && i < p->table.high; i++) {
        const struct row *r = &p->table.rows[i];

        if (r->tgid && !r->ended_ms && (r->flags & ROW_BARE)) {
            todo[n].tgid = r->tgid;
            todo[n++].start = r->start_ns;
        }
    }
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < n; i++)
        complete(p, todo[i].tgid, todo[i].start, &f);
    return n;
}
