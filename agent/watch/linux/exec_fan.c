/* Process sensor by fanotify FAN_OPEN_EXEC_PERM on the folders and mounts that
 * policy names.  The opener waits in execve(2) until we answer; its argv is
 * read meanwhile from its memory, where the blocked call's registers say.
 *
 * Every event is answered by this thread, FAN_ALLOW always, at the latest after
 * ARGV_US: memory that its owner keeps from being read costs that time once and
 * the argv, never the opener or those behind it.  The death of this process
 * closes the group and lets everybody go.  Forks and exits come from the proc
 * connector where it is there. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/watch/linux/exec_priv.h"
#include "agent/watch/linux/proc_text.h"
#include "lib/err.h"

#define ARGV_US 20000
#define SETTLE 1000             /* looks at /proc/TID/syscall until the opener sleeps: a tenth of a second */
#define RECENT 256
#define RECENT_MS 1000
#define RESCAN_MS 1000
#define POINTERS 256            /* argv entries looked at; LIM_CMDLINE is full long before */
#define I386_EXECVE 11          /* no x86-64 call of these numbers executes anything */
#define I386_EXECVEAT 358

/* The last exec of a thread: its interpreter and loader raise events of the same call. */
struct recent { pid_t tid; uint32_t call; uint64_t at_ms; };

struct exec_fan {
    int fd;
    struct exec_conn *conn;     /* NULL: not there */
    struct patient *reader;
    uint64_t rescan_ms;
    struct recent recent[RECENT];
};

struct argv_job { pid_t tid; unsigned width; uint64_t at; };

static ssize_t peek_memory(pid_t tid, uint64_t at, void *out, size_t n)
{
    struct iovec here = {out, n}, there = {(void *)(uintptr_t)at, n};

    return process_vm_readv(tid, &here, 1, &there, 1, 0);
}

/* A string of another process, page by page: the next page may not be there. */
static size_t peek_string(pid_t tid, uint64_t at, char *out, size_t size)
{
    size_t have = 0;

    while (have + 1 < size) {
        size_t n = 4096 - (size_t)((at + have) & 4095);
        ssize_t got;
        char *end;

        if (n > size - 1 - have)
            n = size - 1 - have;
        got = peek_memory(tid, at + have, out + have, n);
        if (got <= 0)
            break;
        end = memchr(out + have, '\0', (size_t)got);
        if (end)
            return (size_t)(end - out) + 1;
        have += (size_t)got;
    }
    out[have] = '\0';
    return have + 1;
}

/* patient_job: argv of the blocked call as NUL-separated bytes. */
static long argv_job(const void *in, char *out, size_t size)
{
    struct argv_job job;
    size_t have = 0;

    memcpy(&job, in, sizeof job);
    for (unsigned i = 0; i < POINTERS && have + 1 < size; i++) {
        uint64_t pointer = 0;

        if (peek_memory(job.tid, job.at + (uint64_t)i * job.width, &pointer, job.width) != (ssize_t)job.width || !pointer)
            break;
        have += peek_string(job.tid, pointer, out + have, size - have);
    }
    return (long)have;
}

/* The blocked call, once its thread sleeps.  False: it is none, or never slept. */
static bool blocked_call(pid_t tid, struct proc_syscall *call, uint32_t *hash)
{
    char path[64], text[256];
    ssize_t n = 0;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/syscall", (int)tid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    call->running = 1;
    for (int i = 0; i < SETTLE && call->running; i++) {
        if (i > 4)
            i < 40 ? (void)sched_yield() : (void)usleep(50);
        n = pread(fd, text, sizeof text, 0);
        if (n <= 0 || proc_text_syscall(text, (size_t)n, call))
            break;
    }
    close(fd);
    *hash = 2166136261u;
    for (ssize_t i = 0; i < n; i++)
        *hash = (*hash ^ (unsigned char)text[i]) * 16777619u;
    return n > 0 && !call->running;
}

/* Where the argv pointers stand and how wide they are; false when it is no exec. */
static bool argv_place(const struct proc_syscall *call, struct argv_job *job)
{
    static const struct { long number; unsigned arg, width; } calls[] = {
        {SYS_execve, 1, sizeof(void *)}, {SYS_execveat, 2, sizeof(void *)},
        {I386_EXECVE, 1, 4}, {I386_EXECVEAT, 2, 4},
    };

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (call->number == calls[i].number) {
            job->at = call->args[calls[i].arg];
            job->width = calls[i].width;
            return true;
        }
    return false;
}

/* True for the first event of a call; its interpreter and loader come behind it. */
static bool first_of_call(struct exec_fan *f, pid_t tid, uint32_t hash)
{
    struct recent *r = &f->recent[(unsigned)tid % RECENT];
    uint64_t now = procs_os_now_ms();
    bool same = r->tid == tid && r->call == hash && now - r->at_ms < RECENT_MS;

    *r = (struct recent){tid, hash, now};
    return !same;
}

/* Path of the event's file; `foreign` when we would find another file there. */
static void file_path(int fd, struct process_facts *f, bool *foreign)
{
    char link[64];
    struct stat a, b;
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, f->path, sizeof f->path - 1);
    f->path[n > 0 ? n : 0] = '\0';
    f->cut = n == (ssize_t)sizeof f->path - 1;
    procs_name(f->path, f->name, sizeof f->name);
    *foreign = strncmp(f->path, "/usr/", 5) || fstat(fd, &a) || stat(f->path, &b) ||
               a.st_ino != b.st_ino || a.st_dev != b.st_dev;
}

/* Fill s->facts while the opener waits; false: nothing to report. */
static bool gather(struct exec_sensor *s, const struct fanotify_event_metadata *e, struct procs_exec *more)
{
    struct exec_fan *fan = s->state;
    struct process_facts *f = &s->facts;
    struct patient_task task = {argv_job, NULL, sizeof(struct argv_job)};
    struct argv_job job = {.tid = e->pid};
    struct proc_syscall call;
    char args[PATIENT_OUT];
    struct procs_os os;
    uint32_t hash;
    long n = 0;

    if (!blocked_call(e->pid, &call, &hash)) {
        atomic_fetch_add(&s->dropped, 1);
        return false;
    }
    if (!argv_place(&call, &job) || !first_of_call(fan, e->pid, hash) ||
        procs_os_read(e->pid, procs_wants(s->procs), &os)) /* cgroup else: as at the fork */
        return false;
    memset(f, 0, sizeof *f);
    f->pid = os.tgid;
    f->ppid = os.ppid;
    f->uid = os.uid;
    f->session = os.session;
    f->start_ns = os.start_ns;
    f->interactive = os.tty;
    memcpy(f->cgroup, os.cgroup, sizeof f->cgroup);
    more->netns = os.netns;
    file_path(e->fd, f, &more->foreign);
    task.in = &job;
    n = patient_run(fan->reader, &task, args, sizeof args, ARGV_US);
    if (n > 0)
        f->cut |= (uint32_t)proc_text_argv(args, (size_t)n, f->cmdline, sizeof f->cmdline);
    else
        f->cut = 1;
    return true;
}

static void handle(struct exec_sensor *s, const struct fanotify_event_metadata *e)
{
    struct exec_fan *fan = s->state;
    struct fanotify_response answer = {.fd = e->fd, .response = FAN_ALLOW};
    struct procs_exec more = {0};
    bool report;

    if (e->fd < 0) {            /* overflow */
        atomic_fetch_add(&s->dropped, 1);
        return;
    }
    report = e->pid != getpid() && gather(s, e, &more);
    if (write(fan->fd, &answer, sizeof answer) < 0)
        atomic_fetch_add(&s->dropped, 1);
    close(e->fd);
    if (report)
        exec_report(s, &more);
}

static int drain(struct exec_sensor *s)
{
    struct exec_fan *fan = s->state;
    char bytes[4096] __attribute__((aligned(8)));
    ssize_t n = read(fan->fd, bytes, sizeof bytes);
    struct fanotify_event_metadata *e = (void *)bytes;

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? MM_OK : MM_EIO;
    for (; FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n)) {
        if (e->vers != FANOTIFY_METADATA_VERSION)
            return MM_EIO;
        handle(s, e);
    }
    return MM_OK;
}

/* A mount's root gets a mark on its file system, a folder one on itself and its children. */
static int mark(int fd, const char *folder)
{
    char above[LIM_PATH];
    struct stat here, up;
    unsigned flags = FAN_MARK_ADD;

    if (snprintf(above, sizeof above, "%s/..", folder) >= (int)sizeof above || stat(folder, &here) || stat(above, &up))
        return MM_ENOTFOUND;
    if (here.st_dev != up.st_dev || here.st_ino == up.st_ino)
        flags |= FAN_MARK_FILESYSTEM;
    return fanotify_mark(fd, flags, FAN_OPEN_EXEC_PERM | (flags & FAN_MARK_FILESYSTEM ? 0 : FAN_EVENT_ON_CHILD),
                         AT_FDCWD, folder) ? mm_from_errno(errno) : MM_OK;
}

static void fan_close(struct exec_sensor *s)
{
    struct exec_fan *f = s->state;

    if (f->fd >= 0)
        close(f->fd);
    exec_conn_close(f->conn);
    patient_free(f->reader);
    free(f);
    s->state = NULL;
}

static int fan_open(struct exec_sensor *s, const char *const *folders)
{
    struct exec_fan *f;
    int rc = MM_OK;

    if (!folders || !folders[0])
        return MM_EUNSUPPORTED;
    f = calloc(1, sizeof *f);
    if (!f)
        return MM_ENOMEM;
    s->state = f;
    f->fd = fanotify_init(FAN_CLASS_CONTENT | FAN_REPORT_TID | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_MARKS,
                          O_RDONLY | O_LARGEFILE | O_CLOEXEC);
    if (f->fd < 0)
        rc = mm_from_errno(errno);
    if (!rc)
        rc = patient_new(&f->reader);
    for (; !rc && *folders; folders++)
        rc = mark(f->fd, *folders);
    if (rc) {
        fan_close(s);
        return rc;
    }
    (void)exec_conn_open(&f->conn);
    return MM_OK;
}

static int fan_pump(struct exec_sensor *s, int wait_ms)
{
    struct exec_fan *f = s->state;
    struct pollfd wait[3] = {{.fd = f->fd, .events = POLLIN}, {.fd = s->kick_fd, .events = POLLIN},
                             {.fd = f->conn ? exec_conn_fd(f->conn) : -1, .events = POLLIN}};
    uint64_t now = procs_os_now_ms(), kicks;
    int rc;

    if (wait_ms && poll(wait, 3, wait_ms) < 0 && errno != EINTR)
        return MM_EIO;
    if (wait[1].revents && read(s->kick_fd, &kicks, sizeof kicks) < 0 && errno != EAGAIN)
        return MM_EIO;
    rc = f->conn ? exec_conn_drain(s, f->conn, false) : MM_OK; /* the fork comes before its exec */
    if (!rc)
        rc = drain(s);
    if (!rc && !f->conn && now - f->rescan_ms > RESCAN_MS) {
        f->rescan_ms = now;
        (void)procs_rescan(s->procs, false);
    }
    return rc;
}

const struct exec_method_ops exec_fan_ops = {
    .method = EXEC_FANOTIFY,
    /* also: arguments that another thread of the caller changes while it waits; a script shows under its own name */
    .limits = "only programs in the places of [watch] judge= are seen, forks and exits up to a second late",
    .open = fan_open, .pump = fan_pump, .close = fan_close, .syncs = true,
};
