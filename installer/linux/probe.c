/* The probes set inode marks on one empty folder that they made, never on a mount or a file system, and a group is closed
 * before anything else is done: whoever waits for it goes on then. */
#include "installer/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/limits.h"

#ifndef FAN_PRE_ACCESS
#define FAN_PRE_ACCESS 0x00100000
#endif

#define HOLD_MS 900
#define CHILD_S 2

/* An empty folder on a disk, else in memory; its path is in `path`. */
static int make_folder(char path[64])
{
    static const char *const places[] = {"/var/lib", "/var/tmp", "/run"};
    int error = ENOENT;

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, 64, "%s/.mimamori-doctor-XXXXXX", places[i]);
        if (mkdtemp(path))
            return MM_OK;
        error = errno;
    }
    return mm_from_errno(error);
}

/* What the kernel does not know, and what it does not do on that file system. */
static int by_errno(int number)
{
    if (number == EINVAL || number == ENOSYS)
        return MM_EUNSUPPORTED;
    return number == EOPNOTSUPP || number == ENODEV || number == EXDEV ? MM_ENOTFOUND : mm_from_errno(number);
}

/* A group of that class with one mark on a new folder: its descriptor, or an error. */
static int group_on(char path[64], unsigned class, uint64_t mask)
{
    int group = fanotify_init(class | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_LARGEFILE | O_CLOEXEC), rc;

    if (group < 0)
        return by_errno(errno);
    rc = make_folder(path);
    if (!rc && fanotify_mark(group, FAN_MARK_ADD, mask, AT_FDCWD, path) < 0) {
        rc = by_errno(errno);
        (void)rmdir(path);
    }
    if (rc)
        close(group);
    return rc ? rc : group;
}

/* A child that opens the folder; it waits until it is answered. */
static pid_t opener(const char *path)
{
    pid_t pid = fork();
    int fd;

    if (pid)
        return pid;
    alarm(CHILD_S);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _exit(fd < 0 ? 1 : 0);
}

/* Let everybody go on who waits for the group.  True: somebody did. */
static bool answer(int group)
{
    _Alignas(struct fanotify_event_metadata) char room[4096];
    ssize_t n = read(group, room, sizeof room);
    struct fanotify_event_metadata *m = (struct fanotify_event_metadata *)(void *)room;
    bool any = false;

    for (; n > 0 && FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n)) {
        struct fanotify_response r = {.fd = m->fd, .response = FAN_ALLOW};

        if (m->fd < 0)
            continue;
        any = (write(group, &r, sizeof r) == (ssize_t)sizeof r && m->mask & FAN_OPEN_PERM) || any;
        close(m->fd);
    }
    return any;
}

int probe_hold(void)
{
    char path[64];
    struct pollfd p = {.events = POLLIN};
    int group = group_on(path, FAN_CLASS_PRE_CONTENT | FAN_REPORT_TID, FAN_OPEN_PERM | FAN_ONDIR), rc = MM_ETIMEOUT;
    pid_t pid;

    if (group < 0)
        return group;
    pid = opener(path);
    p.fd = group;
    if (pid > 0 && poll(&p, 1, HOLD_MS) > 0 && answer(group))
        rc = MM_OK;
    close(group); /* from here on nobody waits */
    if (pid > 0) {
        if (rc)
            kill(pid, SIGKILL); /* our own child */
        waitpid(pid, NULL, 0);
    }
    (void)rmdir(path);
    return rc;
}

int probe_names(bool *renames)
{
    char path[64];
    int group = group_on(path, FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME, FAN_CREATE | FAN_DELETE | FAN_CLOSE_WRITE | FAN_MODIFY | FAN_ONDIR | FAN_EVENT_ON_CHILD);

    if (group < 0)
        return group;
    *renames = fanotify_mark(group, FAN_MARK_ADD, FAN_RENAME, AT_FDCWD, path) == 0;
    close(group);
    (void)rmdir(path);
    return MM_OK;
}

int probe_before_access(void)
{
    char path[64];
    int group = group_on(path, FAN_CLASS_PRE_CONTENT | FAN_REPORT_TID, FAN_PRE_ACCESS | FAN_EVENT_ON_CHILD);

    if (group < 0)
        return group;
    close(group);
    (void)rmdir(path);
    return MM_OK;
}

int probe_bpf(void)
{
    static const char licence[] = "Dual MIT/GPL";
    const struct bpf_insn program[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}}; /* return 0 */
    union bpf_attr a;
    long fd;

    memset(&a, 0, sizeof a);
    a.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
    a.insns = (uint64_t)(uintptr_t)program;
    a.insn_cnt = sizeof program / sizeof *program;
    a.license = (uint64_t)(uintptr_t)licence;
    fd = syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof a);
    if (fd < 0)
        return by_errno(errno);
    close((int)fd);
    return MM_OK;
}

static const struct { int flag; const char *word; } kinds[] = {
    {CLONE_NEWNS, "mnt"}, {CLONE_NEWNET, "net"}, {CLONE_NEWIPC, "ipc"}, {CLONE_NEWUTS, "uts"},
};

void probe_namespaces(char *refused, size_t n)
{
    pid_t pid = fork();
    int status = 0;
    size_t len = 0;

    *refused = '\0';
    if (pid == 0) {
        int bits = 0;

        alarm(CHILD_S);
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            bits |= (unshare(kinds[i].flag) < 0) << i;
        _exit(bits);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (WEXITSTATUS(status) >> i & 1 && len < n)
            len += (size_t)snprintf(refused + len, n - len, "%s%s", len ? " " : "", kinds[i].word);
}

int probe_mount(const char *path, char *folder, size_t n, bool *read_only)
{
    char at[LIM_PATH], *slash;
    struct statvfs v;
    struct statx x;

    if (!realpath(path, at) || statvfs(at, &v) < 0)
        return mm_from_errno(errno);
    while (strcmp(at, "/") != 0) {
        if (statx(AT_FDCWD, at, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &x) < 0)
            return mm_from_errno(errno);
        if (x.stx_attributes & STATX_ATTR_MOUNT_ROOT)
            break;
        slash = strrchr(at, '/');
        slash[slash == at] = '\0';
    }
    snprintf(folder, n, "%s", at);
    *read_only = v.f_flag & ST_RDONLY;
    return MM_OK;
}
