/* The workers that answer permission events.
 *
 * Everything here runs while somebody's open(2) waits: no allocation, no log,
 * no lock held over a copy.  An event ends in exactly one of three ways:
 * answered by its worker, handed to `waiting` (files_wait.c answers), or
 * answered by the watchdog when the worker is late (files_watchdog.c).  Whoever
 * swaps the slot's descriptor to -1 owns the answer. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/linux/files_internal.h"
#include "agent/watch/linux/opener.h"
#include "lib/err.h"
#include "lib/log.h"

#define AT_ONCE_NS 200000000LL /* then the watchdog looks at the rest */

static int64_t clock_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t files_now(void)
{
    return clock_ns(CLOCK_BOOTTIME);
}

int64_t files_wall(void)
{
    return clock_ns(CLOCK_REALTIME);
}

bool files_lately(const struct files *f, int64_t btime_ns)
{
    return !btime_ns /* not told by this file system */ || files_wall() - btime_ns < f->config->own * 1000000000;
}

void files_own_thread(struct files *f)
{
    unsigned i;

    if (files_is_own(f, (pid_t)syscall(SYS_gettid)))
        return;
    for (i = 0; i < FILES_OWN_TIDS; i++) {
        int nobody = 0;

        if (atomic_compare_exchange_strong(&f->own_tid[i], &nobody, (int)syscall(SYS_gettid)))
            return;
    }
}

/* The thread has ended: its number will be somebody else's. */
static void disown_thread(struct files *f, pid_t tid)
{
    for (unsigned i = 0; i < FILES_OWN_TIDS; i++)
        if (atomic_load(&f->own_tid[i]) == tid)
            atomic_store(&f->own_tid[i], 0);
}

bool files_is_own(const struct files *f, pid_t tid)
{
    bool own = false;

    for (unsigned i = 0; i < FILES_OWN_TIDS && tid > 0 /* 0: of another PID namespace */ && !own; i++)
        own = atomic_load_explicit(&f->own_tid[i], memory_order_relaxed) == tid;
    return own;
}

int files_perm_open(struct files *f)
{
    unsigned flags = FAN_CLASS_PRE_CONTENT | FAN_REPORT_TID | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS;
    int fd = fanotify_init(flags, O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME);

    if (fd < 0)
        return mm_from_errno(errno);
    if (f->perm < 0) {
        f->perm = fd;
        return MM_OK;
    }
    if (dup3(fd, f->perm, O_CLOEXEC) < 0) {
        close(fd);
        return mm_from_errno(errno);
    }
    close(fd);
    return MM_OK;
}

void files_respond(struct files *f, int fd, bool allow)
{
    struct fanotify_response r = {.fd = fd, .response = allow ? FAN_ALLOW : FAN_DENY};

    /* ENOENT: the opener was killed meanwhile; nothing else can fail here. */
    if (write(f->perm, &r, sizeof r) < 0 && errno != ENOENT)
        atomic_store(&f->broken, true);
}

bool files_give(struct files *f, _Atomic int *owed, int fd, bool allow)
{
    if (!atomic_compare_exchange_strong(owed, &fd, OWED_NOW))
        return false;
    files_respond(f, fd, allow);
    atomic_store(owed, OWED_NONE);
    return true;
}

void files_close_given(const _Atomic int *owed, int fd)
{
    while (atomic_load(owed) != OWED_NONE)
        sched_yield(); /* somebody answers this moment */
    close(fd);
}

void files_nudge(const struct worker *w)
{
    if (atomic_load(&w->fd) == OWED_UNREAD)
        (void)pthread_kill(w->thread, FILES_NUDGE);
}

static void answer(struct files *f, int fd, bool allow)
{
    files_respond(f, fd, allow);
    close(fd);
}

struct vault *files_vault(struct files *f, uint32_t fs)
{
    return fs < atomic_load(&f->nfs) ? f->fs[fs].vault : NULL;
}

void files_path_of(int fd, char *out, size_t n)
{
    char link[40];
    ssize_t got;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    got = readlink(link, out, n - 1);
    out[got > 0 ? got : 0] = '\0';
}

static bool stands_at(struct files *f, const struct file_id *id, const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && st.st_ino == id->ino && files_fs_of(f, st.st_dev) == id->fs;
}

void files_path_here(struct files *f, const struct file_id *id, int fd, char *out, size_t n)
{
    char theirs[LIM_PATH];

    files_path_of(fd, out, n);
    if (stands_at(f, id, out))
        return;
    /* The longest tail of their path that leads to the same file below one of our folders. */
    snprintf(theirs, sizeof theirs, "%s", out);
    for (const char *tail = theirs; (tail = strchr(tail, '/')); tail++)
        for (unsigned i = 0; i < f->nfolders; i++) {
            if (f->folder[i].fs != id->fs || strlen(f->folder[i].path) + strlen(tail) >= n)
                continue;
            snprintf(out, n, "%.*s%s", LIM_PATH - 1, f->folder[i].path, tail);
            if (stands_at(f, id, out))
                return;
        }
    snprintf(out, n, "%s", theirs);
}

/* Parent folder's number for the counters: a hash of the path up to the last slash. */
static uint32_t folder_hash(const char *path)
{
    const char *end = strrchr(path, '/');
    uint32_t h = 2166136261u;

    for (; end && path < end; path++)
        h = (h ^ (unsigned char)*path) * 16777619u;
    return h;
}

static void meta_from(const struct statx *x, struct vault_meta *out)
{
    *out = (struct vault_meta){
        .key = {.ino = x->stx_ino, .btime_ns = x->stx_btime.tv_sec * 1000000000LL + x->stx_btime.tv_nsec},
        .mode = x->stx_mode, .uid = x->stx_uid, .gid = x->stx_gid, .nlink = x->stx_nlink, .size = x->stx_size,
        .mtime_ns = x->stx_mtime.tv_sec * 1000000000LL + x->stx_mtime.tv_nsec,
        .ctime_ns = x->stx_ctime.tv_sec * 1000000000LL + x->stx_ctime.tv_nsec,
        .atime_ns = x->stx_atime.tv_sec * 1000000000LL + x->stx_atime.tv_nsec};
}

struct look {
    struct vault_meta meta;
    struct file_id file;
    struct proc_brief who;
    struct vault *vault;
    enum tree_gate gate;
};

static struct tree_who who_of(const struct proc_brief *b)
{
    return (struct tree_who){.tree = b->tree, .pid = b->tgid, .session = b->session};
}

static uint64_t outside_hash(const struct file_id *id)
{
    uint64_t h = (id->ino ^ ((uint64_t)id->fs << 56)) * 0x9e3779b97f4a7c15ull ^ (uint64_t)id->btime_ns;

    h = (h ^ h >> 31) * 0xbf58476d1ce4e5b9ull;
    return h ? h : 1;
}

void files_moved_out(struct files *f, const struct file_id *id)
{
    uint64_t h = outside_hash(id);

    atomic_store_explicit(&f->outside[h % FILES_OUTSIDE], h, memory_order_relaxed);
}

/* Can the file be opened under a name that nobody reports closes of: another hard
 * link, or a place outside? */
static bool has_other_names(const struct files *f, const struct look *l)
{
    uint64_t h = outside_hash(&l->file);

    return l->meta.nlink > 1 || atomic_load_explicit(&f->outside[h % FILES_OUTSIDE], memory_order_relaxed) == h;
}

/* A read lease is refused while anybody has the file open for writing (fcntl(2)); an opener's own right to write
 * counts before its event is raised.  A third of the price of asking which call it made.  Whoever opens the file
 * for writing in the moment of the lease waits for the answer to an event of its own first. */
static bool open_for_writing(int fd)
{
    if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
        return errno == EAGAIN; /* no leases here: what it writes is told afterwards */
    fcntl(fd, F_SETLEASE, F_UNLCK);
    return false;
}

/* A write-open: pre-image first, then the gate.  Returns false when the opener must wait. */
static bool write_open(struct files *f, struct worker *w, int fd, struct look *l, struct waiting_open *wait)
{
    struct tree_who who = who_of(&l->who);
    char path[LIM_PATH];
    vault_ref before = 0;
    enum tree_open go;
    int rc;

    atomic_fetch_add(&f->n_writes, 1);
    if (trees_made(f->trees, who.tree, &l->file, files_lately(f, l->file.btime_ns)))
        return trees_may_create(f->trees, &who, files_now());
    rc = l->vault ? vault_store(l->vault, fd, &l->meta, who.tree, &w->cancel, &before) : MM_EUNSUPPORTED;
    if (l->vault && has_other_names(f, l))
        vault_link_fd(l->vault, fd, &l->meta.key); /* so that the restore finds the file itself, not only this name */
    if (rc == MM_OK)
        atomic_fetch_add(&f->n_preimages, 1);
    else
        atomic_fetch_add(rc == MM_ELIMIT ? &f->n_too_large : &f->n_lost_opens, 1);
    files_path_here(f, &l->file, fd, path, sizeof path);
    wait->before = before;
    wait->folder = folder_hash(path);
    go = trees_open_write(f->trees, &who, &l->file, before, wait->folder, files_now());
    if (go != OPEN_WAIT) {
        files_touch(f, &who, &l->file, TOUCH_WRITE, before, path, NULL);
        files_hold(f, &l->file, fd);
    }
    return go != OPEN_WAIT;
}

/* Decide one event.  False: the opener must wait (wait is filled). */
static bool decide(struct files *f, struct worker *w, const struct fanotify_event_metadata *m,
                   struct look *l, struct waiting_open *wait)
{
    struct tree_who who = who_of(&l->who);
    bool pre_access = (m->mask & FAN_PRE_ACCESS) != 0;
    enum opener intent;

    if (l->gate == GATE_FROZEN)
        return false;
    if (l->meta.size == 0) {
        wait->create = true;
        return l->gate != GATE_HOLD || trees_may_create(f->trees, &who, files_now());
    }
    /* The content lies in the vault and nobody, this opener neither, could write into it: no closer look is needed. */
    if (l->gate == GATE_CALM && l->vault && !has_other_names(f, l) && vault_current(l->vault, &l->meta) &&
        !open_for_writing(m->fd)) {
        atomic_fetch_add(&f->n_reads, 1);
        return true;
    }
    intent = opener_intent(m->pid, pre_access);
    wait->plain = intent == OPENER_WRITES;
    if (intent == OPENER_READS) {
        atomic_fetch_add(&f->n_reads, 1);
        if (!pre_access && l->gate != GATE_CALM)
            trees_read(f->trees, &who, files_now());
        return true;
    }
    return write_open(f, w, m->fd, l, wait);
}

/* Everything that can be known of the event before deciding; false: let it pass. */
static bool look_at(struct files *f, const struct fanotify_event_metadata *m, struct look *l)
{
    struct statx x;
    uint32_t fs;

    if (statx(m->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &x) < 0 || !S_ISREG(x.stx_mode))
        return false;
    fs = files_fs_of(f, makedev(x.stx_dev_major, x.stx_dev_minor));
    if (fs == INDEX_NONE || !procs_resolve(f->procs, m->pid, &l->who))
        return false;
    if (!l->who.in_scope || l->who.tgid == f->self)
        return false;
    meta_from(&x, &l->meta);
    l->file = (struct file_id){.fs = fs, .ino = l->meta.key.ino, .btime_ns = l->meta.key.btime_ns};
    l->vault = f->fs[fs].vault;
    l->gate = trees_gate(f->trees, l->who.tree);
    return true;
}

static void measure(struct files *f, int64_t since)
{
    uint64_t took = (uint64_t)(files_now() - since), max = atomic_load(&f->max_answer_ns);

    while (took > max && !atomic_compare_exchange_weak(&f->max_answer_ns, &max, took))
        ;
}

/* A part of the file is asked for: a read, or a write through a descriptor whose opening was seen.  What cuts a
 * file off by its path has no length (fsnotify_truncate_perm(), Linux 6.14). */
static bool is_access(const struct fanotify_event_metadata *m)
{
    const struct fanotify_event_info_range *r = (const void *)(m + 1);

    return (m->mask & FAN_PRE_ACCESS) && m->event_len >= sizeof *m + sizeof *r &&
           r->hdr.info_type == FAN_EVENT_INFO_TYPE_RANGE && r->count > 0;
}

/* No room to wait: a frozen tree is refused, an undecided one let through. */
static void no_room(struct worker *w, const struct waiting_open *wait, bool frozen)
{
    struct files *f = w->f;

    if (frozen) { /* at once: nobody may let it go meanwhile */
        atomic_fetch_add(&f->n_denied, 1);
        answer(f, wait->fd, false);
        return;
    }
    atomic_store(&w->fd, wait->fd); /* recording may take its time: the watchdog answers */
    files_let_go(f, wait, wait->fd);
    if (files_give(f, &w->fd, wait->fd, true))
        atomic_fetch_add(&f->n_late, 1);
    files_close_given(&w->fd, wait->fd);
}

static void look_and_answer(struct worker *w, const struct fanotify_event_metadata *m, int64_t since)
{
    struct files *f = w->f;
    struct waiting_open wait = {.fd = m->fd};
    struct look l = {.gate = GATE_CALM};
    bool go = true;
    int mine = m->fd;

    if (look_at(f, m, &l))
        go = decide(f, w, m, &l, &wait);
    wait.who = who_of(&l.who);
    wait.file = l.file;
    if (!atomic_compare_exchange_strong(&w->fd, &mine, OWED_NONE)) { /* the watchdog answers; the descriptor stayed ours */
        if (!go)
            files_let_go(f, &wait, m->fd); /* it would have had to wait; what was let go by us is recorded */
        files_close_given(&w->fd, m->fd);
        return;
    }
    if (go) {
        answer(f, m->fd, true);
        measure(f, since);
        return;
    }
    wait.since = files_now();
    atomic_fetch_add(&f->n_parked, 1);
    if (!files_wait_add(f, &wait))
        no_room(w, &wait, trees_gate(f->trees, l.who.tree) == GATE_FROZEN);
}

static void one_event(struct worker *w, const struct fanotify_event_metadata *m)
{
    struct files *f = w->f;
    int64_t since;

    atomic_fetch_add(&f->n_opens, 1);
    if (m->fd < 0) { /* no descriptor was left: the opener got EPERM */
        atomic_fetch_add(&f->n_lost_opens, 1);
    } else if (is_access(m) || files_is_own(f, m->pid)) {
        answer(f, m->fd, true);
    } else {
        since = files_now();
        w->cancel = 0;
        atomic_store(&w->since, since); /* before the descriptor: whoever sees that must not take it for late */
        atomic_store(&w->fd, m->fd);
        look_and_answer(w, m, since);
    }
}

static void wait_for_events(struct worker *w)
{
    struct pollfd p[] = {{.fd = w->f->perm, .events = POLLIN}, {.fd = w->f->bell, .events = POLLIN}};

    atomic_store(&w->since, 0);
    (void)poll(p, sizeof p / sizeof *p, -1);
}

/* The file of an event is opened by this call, which waits for whoever has a write lease on it (fcntl(2)). */
static ssize_t read_events(struct worker *w, void *buffer, size_t n)
{
    ssize_t got;

    atomic_store(&w->since, files_now());
    atomic_store(&w->fd, OWED_UNREAD);
    got = read(w->f->perm, buffer, n);
    atomic_store(&w->fd, OWED_NONE);
    return got;
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct files *f = w->f;
    _Alignas(8) char buffer[sizeof(struct fanotify_event_metadata) + 64];
    cpu_set_t cpu;

    CPU_ZERO(&cpu);
    CPU_SET(w->number, &cpu);
    pthread_setaffinity_np(pthread_self(), sizeof cpu, &cpu); /* the near worker answers: kernel.md, Q7 */
    atomic_store(&w->tid, (int)syscall(SYS_gettid));
    files_own_thread(f);
    while (!atomic_load(&f->stopping) && !atomic_load(&f->leaving)) {
        struct fanotify_event_metadata *m = (struct fanotify_event_metadata *)(void *)buffer;
        ssize_t n = read_events(w, buffer, sizeof buffer);

        if (n < 0 && errno == EAGAIN) {
            wait_for_events(w);
            continue;
        }
        if (n < 0 && errno != EBADF && errno != EINVAL) { /* no descriptor for this one file: its opener got the error */
            atomic_fetch_add(&f->n_lost_opens, 1);
            continue;
        }
        if (n <= 0) {
            if (!atomic_load(&f->stopping) && !atomic_load(&f->leaving))
                atomic_store(&f->broken, true);
            break;
        }
        for (; FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n))
            one_event(w, m);
    }
    return NULL;
}

int files_workers_start(struct files *f)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned n = cpus < 1 ? 1 : cpus > FILES_MAX_WORKERS ? FILES_MAX_WORKERS : (unsigned)cpus;

    for (unsigned i = 0; i < n; i++) {
        f->worker[i] = (struct worker){.f = f, .number = i, .fd = OWED_NONE};
        if (pthread_create(&f->worker[i].thread, NULL, worker_main, &f->worker[i]))
            return MM_ENOMEM;
        atomic_store(&f->nworkers, i + 1);
    }
    return MM_OK;
}

void files_answer_some(struct files *f)
{
    _Alignas(8) char buffer[1024];
    struct fanotify_event_metadata *m;
    ssize_t n;

    for (int64_t until = files_now() + AT_ONCE_NS; files_now() < until;) {
        n = read(f->perm, buffer, sizeof buffer);
        if (n < 0 && errno != EAGAIN)
            atomic_fetch_add(&f->n_lost_opens, 1); /* its opener got the error */
        if (n <= 0)
            return;
        for (m = (struct fanotify_event_metadata *)(void *)buffer; FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n)) {
            struct proc_brief who;
            bool frozen = procs_peek(f->procs, m->pid, &who) && trees_gate(f->trees, who.tree) == GATE_FROZEN;

            atomic_fetch_add(frozen ? &f->n_denied : &f->n_lost_opens, 1);
            if (m->fd < 0)
                continue;
            files_respond(f, m->fd, !frozen);
            files_close(f, m->fd);
        }
    }
}

void files_workers_stop(struct files *f)
{
    int unread = 0;

    atomic_store(&f->leaving, true);
    if (ioctl(f->perm, FIONREAD, &unread) == 0 && unread > 0)
        atomic_fetch_add(&f->n_lost_opens, (uint64_t)unread / FAN_EVENT_METADATA_LEN);
    /* First the group goes: then the kernel lets every opener go, whatever a worker waits for - it may be another
     * program that waits for one of them.  The idle ones are called out of poll(2), where they still hold it. */
    if (f->perm >= 0)
        (void)dup3(f->nobody, f->perm, O_CLOEXEC);
    (void)eventfd_write(f->bell, 1);
    files_wait_wake(f, true); /* who waited is recorded */
}

/* In read(2) for somebody's lease it keeps the group, and everybody in it; what it copies is not needed any more. */
static void hurry(struct worker *w)
{
    w->cancel = 1;
    files_nudge(w);
}

bool files_workers_ended(struct files *f, unsigned ms)
{
    int64_t until = files_now() + ms * 1000000LL;
    unsigned n = atomic_load(&f->nworkers), left;
    eventfd_t rung;

    for (;;) {
        left = 0;
        for (unsigned i = 0; i < n; i++) {
            struct worker *w = &f->worker[i];

            if (w->ended)
                continue;
            w->ended = pthread_tryjoin_np(w->thread, NULL) == 0;
            if (w->ended) {
                disown_thread(f, atomic_load(&w->tid));
            } else {
                hurry(w);
                left++;
            }
        }
        if (!left || files_now() >= until)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    if (left)
        return false;
    atomic_store(&f->nworkers, 0);
    (void)eventfd_read(f->bell, &rung);
    atomic_store(&f->leaving, false);
    return true;
}
