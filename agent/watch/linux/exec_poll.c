/* Process sensor by looking at /proc four times a second: what is left when
 * the kernel offers nothing better.  A program is new when its number is, or
 * when its arguments lie elsewhere than at the last look. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/linux/exec_priv.h"
#include "agent/watch/linux/proc_text.h"
#include "lib/err.h"

#define PERIOD_MS 250

struct seen { pid_t pid, ppid; uint64_t start_ticks, arguments; };
struct exec_poll { struct seen *list; unsigned count; uint64_t next_ms; bool first; };

static bool picture(pid_t pid, struct seen *out)
{
    char path[64], text[LIM_PROC_FILE];
    struct proc_stat s;
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    n = read(fd, text, sizeof text);
    close(fd);
    if (n <= 0 || proc_text_stat(text, (size_t)n, &s))
        return false;
    *out = (struct seen){pid, s.ppid, s.start_ticks, s.arguments};
    return s.arguments != 0;    /* kernel threads and zombies have none */
}

static int by_pid(const void *a, const void *b)
{
    pid_t x = ((const struct seen *)a)->pid, y = ((const struct seen *)b)->pid;

    return (x > y) - (x < y);
}

static const struct seen *find(const struct seen *list, unsigned n, pid_t pid)
{
    struct seen key = {.pid = pid};

    return n ? bsearch(&key, list, n, sizeof *list, by_pid) : NULL;
}

/* New against old: report programs, learn forks. */
static void compare(struct exec_sensor *s, const struct seen *now, unsigned n)
{
    const struct exec_poll *p = s->state;

    for (unsigned i = 0; i < n; i++) {
        const struct seen *old = find(p->list, p->count, now[i].pid), *parent = find(now, n, now[i].ppid);
        struct procs_exec more = {0};
        struct proc_brief b;

        if (old && old->start_ticks == now[i].start_ticks && old->arguments == now[i].arguments)
            continue;
        if (old && old->start_ticks != now[i].start_ticks)
            procs_exit_seen(s->procs, now[i].pid, 0);
        if (!old && parent && parent->arguments == now[i].arguments)
            (void)procs_resolve(s->procs, now[i].pid, &b); /* a fork, not a program */
        else if (!exec_read_proc(s, now[i].pid, &more.netns))
            exec_report(s, &more);
    }
}

static int look(struct exec_sensor *s)
{
    struct exec_poll *p = s->state;
    struct seen *now;
    unsigned n, have = 0;
    pid_t *pids;
    int rc = procs_os_list(&pids, &n);

    if (rc)
        return rc;
    now = calloc(n ? n : 1, sizeof *now);
    for (unsigned i = 0; now && i < n; i++)
        have += picture(pids[i], &now[have]);
    free(pids);
    if (!now)
        return MM_ENOMEM;
    qsort(now, have, sizeof *now, by_pid);
    if (!p->first)
        compare(s, now, have);
    p->first = false;
    free(p->list);
    p->list = now;
    p->count = have;
    return procs_rescan(s->procs, false);
}

static int poll_open(struct exec_sensor *s, const char *const *folders)
{
    struct exec_poll *p = calloc(1, sizeof *p);
    int rc;

    (void)folders;
    if (!p)
        return MM_ENOMEM;
    p->first = true;
    s->state = p;
    rc = look(s);
    if (rc) {
        free(p->list);
        free(p);
    }
    return rc;
}

static void poll_close(struct exec_sensor *s)
{
    struct exec_poll *p = s->state;

    free(p->list);
    free(p);
}

static int poll_pump(struct exec_sensor *s, int wait_ms)
{
    struct exec_poll *p = s->state;
    struct pollfd wait = {.fd = s->kick_fd, .events = POLLIN};
    uint64_t now = procs_os_now_ms(), kicks;

    if (now < p->next_ms && wait_ms) {
        int left = (int)(p->next_ms - now);

        if (poll(&wait, 1, left < wait_ms ? left : wait_ms) > 0 && read(s->kick_fd, &kicks, sizeof kicks) < 0 &&
            errno != EAGAIN)
            return MM_EIO;
        now = procs_os_now_ms();
    }
    if (now < p->next_ms && wait_ms)
        return MM_OK;
    p->next_ms = now + PERIOD_MS;
    return look(s) == MM_EIO ? MM_EIO : MM_OK;
}

const struct exec_method_ops exec_poll_ops = {
    .method = EXEC_POLL,
    /* also: which tree a process belongs to when its parent ended between two looks */
    .limits = "programs that run for less than a quarter of a second are missed",
    .open = poll_open, .pump = poll_pump, .close = poll_close,
};
