/* Process sensor by the proc connector (netlink, cn_proc.h): fork, exec and
 * exit come with numbers only; path and argv are read from /proc afterwards,
 * which a short-lived process can outrun.
 *
 * The connector answers in the first network namespace alone, so the socket is
 * made by a thread that enters it and ends. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>

#include "agent/watch/linux/exec_priv.h"
#include "lib/err.h"

#define BUFFER (4 << 20)        /* bytes that may wait in the kernel: about 40,000 events */
#define ACK_MS 300
#define AT_ONCE 512             /* messages handled before the thread looks at anything else */

struct exec_conn { int fd; };

static void *make_socket(void *context)
{
    int *out = context, room = BUFFER;
    struct sockaddr_nl at = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
    int ns = open("/proc/2/ns/net", O_RDONLY | O_CLOEXEC); /* kthreadd never leaves the first namespaces */

    if (ns < 0)
        ns = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
    if (ns >= 0) {
        (void)!setns(ns, CLONE_NEWNET); /* refused: we may be there already */
        close(ns);
    }
    *out = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
    if (*out < 0)
        return NULL;
    if (setsockopt(*out, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room))
        (void)setsockopt(*out, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (bind(*out, (struct sockaddr *)&at, sizeof at)) {
        close(*out);
        *out = -1;
    }
    return NULL;
}

static int subscribe(int fd)
{
    char bytes[NLMSG_SPACE(sizeof(struct cn_msg) + sizeof(enum proc_cn_mcast_op))] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *h = (struct nlmsghdr *)bytes;
    struct cn_msg *m = NLMSG_DATA(h);
    enum proc_cn_mcast_op op = PROC_CN_MCAST_LISTEN;

    memset(bytes, 0, sizeof bytes);
    h->nlmsg_len = NLMSG_LENGTH(sizeof *m + sizeof op);
    h->nlmsg_type = NLMSG_DONE;
    m->id.idx = CN_IDX_PROC;
    m->id.val = CN_VAL_PROC;
    m->len = sizeof op;
    memcpy(m->data, &op, sizeof op);
    return send(fd, bytes, h->nlmsg_len, 0) < 0 ? MM_EUNSUPPORTED : MM_OK;
}

/* Walk one datagram; `fn` gets every event. */
static void each_event(const char *bytes, size_t n, void (*fn)(void *, const struct proc_event *), void *context)
{
    struct proc_event e;
    struct nlmsghdr h;
    struct cn_msg m;

    while (n >= sizeof h) {
        size_t len;

        memcpy(&h, bytes, sizeof h);
        if (h.nlmsg_len < sizeof h || h.nlmsg_len > n)
            return;
        if (h.nlmsg_len >= NLMSG_HDRLEN + sizeof m) {
            memcpy(&m, bytes + NLMSG_HDRLEN, sizeof m);
            len = h.nlmsg_len - NLMSG_HDRLEN - sizeof m;
            if (m.id.idx == CN_IDX_PROC && m.len <= len && m.len >= 16) {
                memset(&e, 0, sizeof e);
                memcpy(&e, bytes + NLMSG_HDRLEN + sizeof m, m.len < sizeof e ? m.len : sizeof e);
                fn(context, &e);
            }
        }
        len = NLMSG_ALIGN(h.nlmsg_len);
        if (len >= n)
            return;
        bytes += len;
        n -= len;
    }
}

static void on_ack(void *context, const struct proc_event *e)
{
    if ((unsigned)e->what == PROC_EVENT_NONE)
        *(int *)context = e->event_data.ack.err ? MM_EDENIED : MM_OK;
}

/* The kernel says nothing at all where the connector is not there for us. */
static int wait_ack(int fd)
{
    char bytes[4096] __attribute__((aligned(8)));
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int rc = MM_EAGAIN;

    for (int i = 0; rc == MM_EAGAIN && i < AT_ONCE && poll(&wait, 1, ACK_MS) > 0; i++) {
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);

        if (n > 0)
            each_event(bytes, (size_t)n, on_ack, &rc);
    }
    return rc ? MM_EUNSUPPORTED : MM_OK;
}

int exec_conn_open(struct exec_conn **out)
{
    struct exec_conn *c = calloc(1, sizeof *c);
    pthread_t thread;
    int rc;

    if (!c)
        return MM_ENOMEM;
    c->fd = -1;
    if (!pthread_create(&thread, NULL, make_socket, &c->fd))
        pthread_join(thread, NULL);
    rc = c->fd < 0 ? MM_EUNSUPPORTED : subscribe(c->fd);
    if (!rc)
        rc = wait_ack(c->fd);
    if (rc) {
        exec_conn_close(c);
        return rc;
    }
    *out = c;
    return MM_OK;
}

void exec_conn_close(struct exec_conn *c)
{
    if (!c)
        return;
    if (c->fd >= 0)
        close(c->fd);
    free(c);
}

int exec_conn_fd(const struct exec_conn *c)
{
    return c->fd;
}

static uint64_t boottime_of(uint64_t monotonic)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return monotonic + procs_os_boot_ns() - ((uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec);
}

struct draining { struct exec_sensor *s; bool execs; };

static void on_event(void *context, const struct proc_event *e)
{
    const struct draining *d = context;
    struct procs_exec more = {0};
    struct procs_fork f = {0};

    switch ((unsigned)e->what) {
    case PROC_EVENT_FORK:
        if (e->event_data.fork.child_pid != e->event_data.fork.child_tgid)
            return;
        f.creator = e->event_data.fork.parent_tgid;
        f.child = e->event_data.fork.child_tgid;
        f.start_ns = boottime_of(e->timestamp_ns);
        procs_fork_seen(d->s->procs, &f);
        return;
    case PROC_EVENT_EXIT:
        if (e->event_data.exit.process_pid == e->event_data.exit.process_tgid)
            procs_exit_seen(d->s->procs, e->event_data.exit.process_tgid, 0);
        return;
    case PROC_EVENT_EXEC:
        if (!d->execs)
            return;
        if (exec_read_proc(d->s, e->event_data.exec.process_tgid, &more.netns))
            atomic_fetch_add(&d->s->dropped, 1); /* ended before we could look */
        else
            exec_report(d->s, &more);
        return;
    default:
        return;
    }
}

int exec_conn_drain(struct exec_sensor *s, struct exec_conn *c, bool execs)
{
    char bytes[8192] __attribute__((aligned(8)));
    struct draining d = {s, execs};

    for (int i = 0; i < AT_ONCE; i++) {
        ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);

        if (n > 0)
            each_event(bytes, (size_t)n, on_event, &d);
        else if (n < 0 && errno == ENOBUFS)
            atomic_fetch_add(&s->dropped, 1);
        else if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return MM_OK;
        else
            return MM_EIO;
    }
    return MM_OK;
}

static int conn_open(struct exec_sensor *s, const char *const *folders)
{
    struct exec_conn *c;
    int rc = exec_conn_open(&c);

    (void)folders;
    if (!rc)
        s->state = c;
    return rc;
}

static void conn_close(struct exec_sensor *s)
{
    exec_conn_close(s->state);
}

static int conn_pump(struct exec_sensor *s, int wait_ms)
{
    struct exec_conn *c = s->state;
    struct pollfd wait[2] = {{.fd = c->fd, .events = POLLIN}, {.fd = s->kick_fd, .events = POLLIN}};
    uint64_t kicks;

    if (wait_ms && poll(wait, 2, wait_ms) < 0 && errno != EINTR)
        return MM_EIO;
    if (wait[1].revents && read(s->kick_fd, &kicks, sizeof kicks) < 0 && errno != EAGAIN)
        return MM_EIO;
    return exec_conn_drain(s, c, true);
}

const struct exec_method_ops exec_conn_ops = {
    .method = EXEC_CONNECTOR,
    /* also: a process that asks to be its creator's sibling (CLONE_PARENT) leaves its tree */
    .limits = "command lines of programs that end within a millisecond are mostly missed",
    .open = conn_open, .pump = conn_pump, .close = conn_close, .syncs = true,
};
