/* Modes that go round the usual system calls: io_uring (raw, no library) and a
 * descriptor handed to another process.  s->own is the ring or the helper. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "tests/lab/attack/attack.h"

enum { RING_ENTRIES = 8, RING_IDLE_MS = 100 };

struct ring {
    int fd;
    unsigned flags;             /* of each entry */
    bool polled;                /* a kernel thread picks the entries up */
    unsigned *sq_head, *sq_tail, *sq_mask, *sq_flags, *sq_array, *cq_head, *cq_tail, *cq_mask;
    struct io_uring_sqe *sqe;
    struct io_uring_cqe *cqe;
};

static int ring_map(struct ring *r, const struct io_uring_params *p)
{
    size_t size = p->sq_off.array + p->sq_entries * sizeof(unsigned);
    size_t cq = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
    size = size > cq ? size : cq; /* one mapping serves both: IORING_FEAT_SINGLE_MMAP, Linux 5.4 */
    if (!(p->features & IORING_FEAT_SINGLE_MMAP))
        return -ENOSYS;
    char *m = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, IORING_OFF_SQ_RING);
    void *e = mmap(NULL, p->sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                   r->fd, IORING_OFF_SQES);
    if (m == MAP_FAILED || e == MAP_FAILED)
        return -errno;
    r->sqe = e;
    r->sq_head = (unsigned *)(void *)(m + p->sq_off.head);
    r->sq_tail = (unsigned *)(void *)(m + p->sq_off.tail);
    r->sq_mask = (unsigned *)(void *)(m + p->sq_off.ring_mask);
    r->sq_flags = (unsigned *)(void *)(m + p->sq_off.flags);
    r->sq_array = (unsigned *)(void *)(m + p->sq_off.array);
    r->cq_head = (unsigned *)(void *)(m + p->cq_off.head);
    r->cq_tail = (unsigned *)(void *)(m + p->cq_off.tail);
    r->cq_mask = (unsigned *)(void *)(m + p->cq_off.ring_mask);
    r->cqe = (struct io_uring_cqe *)(void *)(m + p->cq_off.cqes);
    return 0;
}

static int ring_open(struct sim *s, unsigned setup, unsigned flags)
{
    struct io_uring_params p = { .flags = setup, .sq_thread_idle = RING_IDLE_MS };
    struct ring *r = calloc(1, sizeof *r);
    if (r == NULL)
        return -ENOMEM;
    r->fd = (int)syscall(SYS_io_uring_setup, RING_ENTRIES, &p);
    r->flags = flags;
    r->polled = (setup & IORING_SETUP_SQPOLL) != 0;
    int err = r->fd < 0 ? -errno : ring_map(r, &p);
    if (err != 0) {
        if (r->fd >= 0)
            close(r->fd);
        free(r);
        return err;
    }
    s->own = r;
    return 0;
}

static int start_ring(struct sim *s) { return ring_open(s, 0, 0); }
static int start_ring_async(struct sim *s) { return ring_open(s, 0, IOSQE_ASYNC); }
static int start_ring_polled(struct sim *s) { return ring_open(s, IORING_SETUP_SQPOLL, 0); }

static void stop_ring(struct sim *s)
{
    struct ring *r = s->own;
    if (r != NULL)
        close(r->fd); /* the mappings go with the process */
    free(r);
    s->own = NULL;
}

/* One entry, waited for; its result. */
static int ring_do(struct ring *r, struct io_uring_sqe e)
{
    unsigned tail = *r->sq_tail, at = tail & *r->sq_mask;
    e.flags |= (unsigned char)r->flags;
    r->sqe[at] = e;
    r->sq_array[at] = at;
    __atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_SEQ_CST);
    unsigned how = IORING_ENTER_GETEVENTS;
    if (r->polled && (__atomic_load_n(r->sq_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP))
        how |= IORING_ENTER_SQ_WAKEUP;
    while (__atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) == *r->cq_head) {
        long n = syscall(SYS_io_uring_enter, r->fd, r->polled || how == 0 ? 0 : 1, 1, how, NULL, 0);
        if (n < 0 && errno != EINTR)
            return -errno;
    }
    int res = r->cqe[*r->cq_head & *r->cq_mask].res;
    __atomic_store_n(r->cq_head, *r->cq_head + 1, __ATOMIC_RELEASE);
    return res;
}

static int ring_open_file(struct ring *r, const char *path, int flags)
{
    return ring_do(r, (struct io_uring_sqe){ .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)path,
                                             .open_flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW) });
}

static int one_ring(struct sim *s, unsigned i, const char *path)
{
    struct ring *r = s->own;
    int fd = ring_open_file(r, path, O_RDWR);
    if (fd < 0)
        return fd;
    ssize_t n = sim_read(s, fd);
    int err = n < 0 ? (int)n : 0;
    if (err == 0) {
        sim_encrypt_part(s, (size_t)n, s->o->percent);
        err = sim_begin(s, i) ? 0 : -ECANCELED;
    }
    for (ssize_t at = 0; err == 0 && at < n;) {
        int w = !sim_go(s) ? -ECANCELED
                           : ring_do(r, (struct io_uring_sqe){ .opcode = IORING_OP_WRITE, .fd = fd,
                                                               .addr = (uintptr_t)(s->out + at),
                                                               .len = (unsigned)(n - at), .off = (uint64_t)at });
        if (w <= 0) {
            err = w < 0 ? w : -EIO;
        } else {
            sim_touched(s, i);
            at += w;
        }
    }
    close(fd);
    return err;
}

static int one_ring_unlink(struct sim *s, unsigned i, const char *path)
{
    if (!sim_begin(s, i))
        return -ECANCELED;
    int err = ring_do(s->own, (struct io_uring_sqe){ .opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD,
                                                     .addr = (uintptr_t)path });
    if (err == 0)
        sim_touched(s, i);
    return err;
}

/* ---- a helper that never opened anything writes through what it is handed ---- */
struct helper { int sock; pid_t pid; };

static void helper_main(struct sim *s, int sock)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        unsigned i = 0;
        union { struct cmsghdr head; char space[CMSG_SPACE(sizeof(int))]; } c;
        struct iovec v = { &i, sizeof i };
        struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c };
        if (recvmsg(sock, &m, 0) != (ssize_t)sizeof i)
            _exit(0);
        struct cmsghdr *h = CMSG_FIRSTHDR(&m);
        if (h == NULL || h->cmsg_type != SCM_RIGHTS)
            _exit(1);
        int fd = -1;
        memcpy(&fd, CMSG_DATA(h), sizeof fd);
        ssize_t n = sim_read(s, fd);
        int err = n < 0 ? (int)n : 0;
        if (err == 0) {
            sim_encrypt_part(s, (size_t)n, s->o->percent);
            err = sim_begin(s, i) ? sim_write(s, fd, (size_t)n, 0, i) : -ECANCELED;
        }
        close(fd);
        if (send(sock, &err, sizeof err, MSG_NOSIGNAL) != (ssize_t)sizeof err)
            _exit(1);
    }
}

static int start_helper(struct sim *s)
{
    int pair[2];
    struct helper *h = malloc(sizeof *h);
    if (h == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        free(h);
        return -errno;
    }
    h->pid = fork();
    if (h->pid == 0) {
        close(pair[0]);
        helper_main(s, pair[1]);
    }
    close(pair[1]);
    h->sock = pair[0];
    s->own = h;
    return h->pid < 0 ? -EAGAIN : 0;
}

static void stop_helper(struct sim *s)
{
    struct helper *h = s->own;
    if (h != NULL) {
        close(h->sock);
        waitpid(h->pid, NULL, 0);
    }
    free(h);
    s->own = NULL;
}

static int one_fdpass(struct sim *s, unsigned i, const char *path)
{
    struct helper *h = s->own;
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC), err = 0;
    if (fd < 0)
        return -errno;
    union { struct cmsghdr head; char space[CMSG_SPACE(sizeof(int))]; } c;
    memset(&c, 0, sizeof c);
    struct iovec v = { &i, sizeof i };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c };
    struct cmsghdr *head = CMSG_FIRSTHDR(&m);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    if (sendmsg(h->sock, &m, MSG_NOSIGNAL) != (ssize_t)sizeof i || recv(h->sock, &err, sizeof err, 0) != (ssize_t)sizeof err)
        err = -EPIPE;
    close(fd);
    return err;
}

const struct sim_mode sim_odd_modes[] = {
    { "iouring", one_ring, start_ring, stop_ring, false, "opened and written by io_uring" },
    { "iouringasync", one_ring, start_ring_async, stop_ring, false, "the same by the kernel's worker threads" },
    { "iouringsqpoll", one_ring, start_ring_polled, stop_ring, false, "the same by the kernel's polling thread" },
    { "iouringunlink", one_ring_unlink, start_ring, stop_ring, false, "unlinked by io_uring, never opened" },
    { "fdpass", one_fdpass, start_helper, stop_helper, false, "descriptor passed to a helper that writes" },
    { NULL, NULL, NULL, NULL, false, NULL },
};
