/* The process table's view of Linux: /proc, bounded reads (proc(5)). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent/watch/linux/patient.h"
#include "agent/watch/linux/proc_text.h"
#include "agent/watch/procs_os.h"
#include "agent/watch/procs_priv.h"
#include "lib/err.h"

#define KTHREAD 0x00200000u     /* PF_KTHREAD */
#define CMDLINE_US 200000       /* an honest answer takes microseconds; a swapped-out page milliseconds */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct patient *reader;
static long ticks;

static void start_once(void)
{
    ticks = sysconf(_SC_CLK_TCK);
    if (ticks <= 0)
        ticks = 100;
    if (patient_new(&reader))
        reader = NULL;
}

/* Read at most `size` bytes of /proc/PID/NAME. */
static ssize_t read_text(pid_t pid, const char *name, char *out, size_t size)
{
    char path[64];
    size_t n = 0;
    ssize_t got;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    do {
        got = read(fd, out + n, size - n);
        if (got > 0)
            n += (size_t)got;
    } while (got > 0 && n < size);
    close(fd);
    return got < 0 ? -1 : (ssize_t)n;
}

struct netns { uint64_t ino; bool left; };

static struct netns netns_at(const char *path)
{
    struct stat st;

    if (!stat(path, &st))
        return (struct netns){.ino = (uint64_t)st.st_ino};
    return (struct netns){.left = errno == ENOENT};
}

/* A folder of /proc that is a process or a thread; 0 for any other. */
static pid_t number_of(const char *name)
{
    char *end;
    long n = *name >= '1' && *name <= '9' ? strtol(name, &end, 10) : 0;

    return n > 0 && n <= INT32_MAX && !*end ? (pid_t)n : 0;
}

/* Call `fn` for every thread of a process until it returns false. */
static bool each_thread(pid_t tgid, bool (*fn)(void *, pid_t, pid_t), void *context)
{
    char path[64];
    struct dirent *e;
    bool go_on = true;
    DIR *d;

    snprintf(path, sizeof path, "/proc/%d/task", (int)tgid);
    d = opendir(path);
    if (!d)
        return true;
    while (go_on && (e = readdir(d)))
        if (number_of(e->d_name))
            go_on = fn(context, tgid, number_of(e->d_name));
    closedir(d);
    return go_on;
}

static bool netns_of_thread(void *context, pid_t tgid, pid_t tid)
{
    char path[96];

    snprintf(path, sizeof path, "/proc/%d/task/%d/ns/net", (int)tgid, (int)tid);
    *(struct netns *)context = netns_at(path);
    return ((struct netns *)context)->ino == 0;
}

/* The first thread may have ended (a zombie has no namespaces) while others live. */
static struct netns netns_of(pid_t tgid)
{
    char path[64];
    struct netns n;

    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)tgid);
    n = netns_at(path);
    if (!n.ino)
        each_thread(tgid, netns_of_thread, &n);
    return n;
}

static void fill_stat(const struct proc_stat *s, struct procs_os *out)
{
    out->ppid = s->ppid;
    out->session = s->session;
    out->threads = s->threads;
    out->tty = s->tty != 0;
    out->kernel = (s->flags & KTHREAD) != 0;
    out->state = s->state;
    out->start_ns = s->start_ticks * (1000000000ull / (uint64_t)ticks);
    memcpy(out->comm, s->comm, sizeof out->comm);
}

int procs_os_read(pid_t tid, unsigned want, struct procs_os *out)
{
    char text[LIM_PROC_FILE];
    struct procs_os os = {0};
    struct proc_stat s;
    ssize_t n;

    pthread_once(&once, start_once);
    n = read_text(tid, "status", text, sizeof text);
    if (n <= 0 || proc_text_status(text, (size_t)n, &os.tgid, &os.ppid, &os.uid))
        return MM_ENOTFOUND;
    n = read_text(os.tgid, "stat", text, sizeof text);
    if (n <= 0 || proc_text_stat(text, (size_t)n, &s))
        return MM_ENOTFOUND;
    fill_stat(&s, &os);
    if (want & PROCS_OS_NETNS) {
        struct netns in = netns_of(os.tgid);

        os.netns = in.ino;
        os.left = in.left;
    }
    if (want & PROCS_OS_CGROUP) {
        n = read_text(os.tgid, "cgroup", text, sizeof text);
        if (n > 0)
            (void)proc_text_cgroup(text, (size_t)n, os.cgroup, sizeof os.cgroup);
    }
    *out = os;
    return MM_OK;
}

static long cmdline_job(const void *in, char *out, size_t size)
{
    pid_t pid;
    ssize_t n;

    memcpy(&pid, in, sizeof pid);
    n = read_text(pid, "cmdline", out, size);
    return n < 0 ? MM_ENOTFOUND : n;
}

int procs_os_image(pid_t tgid, struct process_facts *facts)
{
    char link[64], path[LIM_PATH], args[PATIENT_OUT];
    struct patient_task task = {cmdline_job, &tgid, sizeof tgid};
    ssize_t n;
    long got;

    pthread_once(&once, start_once);
    snprintf(link, sizeof link, "/proc/%d/exe", (int)tgid);
    n = readlink(link, path, sizeof path - 1);
    if (n < 0)
        return MM_ENOTFOUND;
    path[n] = '\0';
    memcpy(facts->path, path, (size_t)n + 1);
    procs_name(path, facts->name, sizeof facts->name);
    facts->cut = (size_t)n == sizeof path - 1;
    facts->cmdline[0] = '\0';
    if (!reader)
        return MM_ENOMEM;
    got = patient_run(reader, &task, args, sizeof args, CMDLINE_US);
    if (got < 0)
        return (int)got;
    facts->cut |= (uint32_t)proc_text_argv(args, (size_t)got, facts->cmdline, sizeof facts->cmdline);
    return MM_OK;
}

static bool ended_state(char state)
{
    return state == 'Z' || state == 'X' || state == 'x';
}

/* (The first thread may be a zombie while others live.) */
bool procs_os_ended(const struct procs_os *os)
{
    return ended_state(os->state) && os->threads <= 1;
}

static bool quiet_state(char state)
{
    return state == 'T' || state == 't' || ended_state(state);
}

static bool quiet_thread(void *context, pid_t tgid, pid_t tid)
{
    char name[64], text[LIM_PROC_FILE];
    struct proc_stat s;
    ssize_t n;

    (void)context;
    snprintf(name, sizeof name, "task/%d/stat", (int)tid);
    n = read_text(tgid, name, text, sizeof text);
    return n <= 0 || proc_text_stat(text, (size_t)n, &s) || quiet_state(s.state);
}

bool procs_os_stopped(pid_t tgid)
{
    return each_thread(tgid, quiet_thread, NULL);
}

int procs_os_list(pid_t **out, unsigned *count)
{
    unsigned n = 0, cap = 0;
    struct dirent *e;
    pid_t *list = NULL;
    DIR *d = opendir("/proc");

    if (!d)
        return MM_EIO;
    while ((e = readdir(d))) {
        pid_t pid = number_of(e->d_name);

        if (!pid)
            continue;
        if (n == cap) {
            pid_t *more = realloc(list, (cap = cap ? cap * 2 : 256) * sizeof *list);

            if (!more) {
                free(list);
                closedir(d);
                return MM_ENOMEM;
            }
            list = more;
        }
        list[n++] = pid;
    }
    closedir(d);
    *out = list;
    *count = n;
    return MM_OK;
}

uint64_t procs_os_own_netns(void)
{
    return netns_at("/proc/thread-self/ns/net").ino;
}

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

uint64_t procs_os_boot_ns(void)
{
    return clock_ns(CLOCK_BOOTTIME);
}

uint64_t procs_os_now_ms(void)
{
    return clock_ns(CLOCK_MONOTONIC_COARSE) / 1000000;
}

bool procs_os_same_start(uint64_t a, uint64_t b)
{
    uint64_t apart = a > b ? a - b : b - a;

    return !a || !b || apart <= PROCS_OS_START_SLACK_NS;
}

uint64_t procs_os_boot(void)
{
    char text[64];
    uint64_t h = 14695981039346656037ull;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text);

    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)text[i]) * 1099511628211ull;
    return h;
}
