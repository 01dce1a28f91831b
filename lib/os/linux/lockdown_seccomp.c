/* Three lists.  Scan: what computing needs, plus its one socket; all else kills,
 * because nothing else is ever honest there - but for looking at paths, which
 * libraries try for their configuration: that finds nothing (ENOENT).  Core: an allow-list too, written from
 * what libcurl, OpenSSL, the resolver, SQLite and libuv are known to call, and
 * tried by tests/unit/roles/test_lockdown_core.c (not with systemd-resolved, nor
 * with a TLS peer that answers); calls outside it fail with EPERM, clone3 with
 * ENOSYS so that glibc takes clone, and what only an intruder would call kills.
 * Survey: computing, and reading files; no socket can be made.  Probe takes core's list. */
#include "lib/os/lockdown_seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "lib/err.h"

/* Names, because libseccomp resolves them per architecture; unknown ones are skipped. */
static const char *const COMPUTE[] = {
    "brk", "munmap", "mremap", "madvise", "futex", "futex_waitv", "sched_yield", "sched_getaffinity", "getrandom",
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getpid", "gettid",
    "getuid", "geteuid", "getgid", "getegid", "rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigaltstack",
    "restart_syscall", "exit", "exit_group", "close", "read", "write", "writev", "pread64", "fstat", "newfstatat",
    "lseek", "poll", "ppoll", "recvmsg", "sendmsg", "rseq", "set_robust_list", "membarrier", "getrusage", "sysinfo",
};

static const char *const SCAN_NOTHING_THERE[] = {
    "open", "openat", "openat2", "access", "faccessat", "faccessat2", "stat", "lstat", "statx", "readlink", "readlinkat",
};

static const char *const CORE_MORE[] = {
    /* files: state and journal, certificates, resolver's configuration */
    "open", "openat", "openat2", "stat", "lstat", "statx", "access", "faccessat", "faccessat2", "readlink",
    "readlinkat", "getdents64", "getcwd", "chdir", "mkdir", "mkdirat", "unlink", "unlinkat", "rmdir", "rename",
    "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "ftruncate", "truncate", "fallocate", "fsync",
    "fdatasync", "sync_file_range", "fchmod", "chmod", "fchmodat", "fchown", "chown", "fchownat", "umask", "utimensat",
    "flock", "fcntl", "dup", "dup2", "dup3", "pwrite64", "readv", "preadv", "pwritev", "preadv2", "pwritev2",
    "copy_file_range", "sendfile", "statfs", "fstatfs", "fadvise64", "memfd_create", "close_range", "mlock", "munlock",
    "mlock2", "msync", "mincore", "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "readahead",
    /* sockets: uplink, control, resolver (inet, unix, netlink) */
    "connect", "bind", "listen", "accept", "accept4", "getsockname", "getpeername", "getsockopt", "setsockopt",
    "recvfrom", "sendto", "recvmmsg", "sendmmsg", "shutdown", "socketpair",
    /* loop, threads, time */
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd2", "pipe2", "pipe", "select",
    "pselect6", "timerfd_create", "timerfd_settime", "timerfd_gettime", "signalfd4", "set_tid_address", "tgkill",
    "rt_sigpending", "rt_sigtimedwait", "rt_sigsuspend", "getppid", "getpgrp", "getpgid", "getsid", "getgroups",
    "getresuid", "getresgid", "getpriority", "setpriority", "sched_getparam", "sched_getscheduler",
    "sched_get_priority_max", "sched_get_priority_min", "sched_setaffinity", "prlimit64", "getrlimit", "uname",
    "times", "capget", "getcpu", "get_robust_list", "arch_prctl", "pidfd_open", "wait4", "waitid",
};

/* Reading a host: no write to a path, no socket.  open and openat for reading only (add_reading); the flags of
 * openat2 lie in memory that a filter cannot see: the read-only view refuses what would write (lockdown_survey). */
static const char *const SURVEY_MORE[] = {
    "openat2", "stat", "lstat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
    "getdents64", "getcwd", "fcntl", "dup", "statfs", "fstatfs", "fadvise64", "readahead", "memfd_create", "ftruncate",
    "prlimit64", "getrlimit", "uname", "times", "getpgrp", "getppid", "getresuid", "getresgid", "capget", "getcpu", "arch_prctl",
    "set_tid_address", "tgkill",
};

/* No honest core calls these; a program that tries has been taken over. */
static const char *const CORE_KILL[] = {
    "ptrace", "process_vm_readv", "process_vm_writev", "bpf", "perf_event_open", "execve", "execveat", "fork", "vfork",
    "mount", "umount2", "move_mount", "open_tree", "fsopen", "fsmount", "fspick", "mount_setattr", "pivot_root",
    "chroot", "setns", "unshare", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "reboot", "swapon", "swapoff", "fanotify_init", "fanotify_mark", "open_by_handle_at", "name_to_handle_at",
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups",
    "capset", "keyctl", "add_key", "request_key", "userfaultfd", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "pidfd_getfd", "pidfd_send_signal", "iopl", "ioperm", "settimeofday", "clock_settime",
    "adjtimex", "clock_adjtime", "acct", "quotactl", "syslog", "sethostname", "setdomainname", "vhangup",
    "modify_ldt", "personality", "mknod", "mknodat", "lookup_dcookie", "kcmp", "process_madvise",
};

static int add_names(scmp_filter_ctx f, uint32_t action, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int nr = seccomp_syscall_resolve_name(names[i]), rc;

        if (nr == __NR_SCMP_ERROR)
            continue;
        rc = seccomp_rule_add(f, action, nr, 0);
        if (rc && rc != -EDOM && rc != -EEXIST)
            return MM_EUNSUPPORTED;
    }
    return MM_OK;
}

/* Memory may be written or executed, never both, and code never comes new. */
static int add_memory(scmp_filter_ctx f)
{
    int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return rc ? MM_EUNSUPPORTED : MM_OK;
}

/* Loads the list that was built with `rc`, or gives it up and returns that. */
static int load(scmp_filter_ctx f, int rc)
{
    if (rc) {
        seccomp_release(f);
        return rc;
    }
    rc = seccomp_load(f);
    seccomp_release(f);
    return rc == -ENOMEM ? MM_ENOMEM : rc ? MM_EUNSUPPORTED : MM_OK;
}

int lockdown_filter_scan(void)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int rc;

    if (!f)
        return MM_ENOMEM;
    rc = add_names(f, SCMP_ACT_ALLOW, COMPUTE, sizeof COMPUTE / sizeof *COMPUTE);
    if (!rc)
        rc = add_names(f, SCMP_ACT_ERRNO(ENOENT), SCAN_NOTHING_THERE, sizeof SCAN_NOTHING_THERE / sizeof *SCAN_NOTHING_THERE);
    if (!rc)
        rc = add_memory(f);
    return load(f, rc);
}

/* Threads yes, processes no: clone(2) with CLONE_THREAD; clone3 says ENOSYS, so
 * that glibc takes clone.  Sockets: unix, inet, inet6, netlink route only. */
static int add_core_special(scmp_filter_ctx f)
{
    static const int FAMILIES[] = {AF_UNIX, AF_INET, AF_INET6};
    static const unsigned long IOCTLS[] = {FIONBIO, FIONREAD, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ};
    int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, 0x10000, 0x10000));

    rc |= seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, 0x10000, 0));
    rc |= seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    for (size_t i = 0; i < sizeof FAMILIES / sizeof *FAMILIES; i++)
        rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)FAMILIES[i]));
    rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK), SCMP_A2(SCMP_CMP_EQ, 0));
    for (size_t i = 0; i < sizeof IOCTLS / sizeof *IOCTLS; i++)
        rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, IOCTLS[i]));
    for (int op = 3; op <= 59; op++) /* prctl: GET_/SET_DUMPABLE and neighbours are not needed, names and VMA names are */
        if (op == 15 || op == 16 || op == 38 || op == 39)
            rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)op));
    return rc ? MM_EUNSUPPORTED : MM_OK;
}

/* open(2) and openat(2) that neither write nor make anything. */
static int add_reading(scmp_filter_ctx f)
{
    const scmp_datum_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
    int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, writing, 0));

    if (seccomp_syscall_resolve_name("open") != __NR_SCMP_ERROR) /* not on every architecture */
        rc |= seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, writing, 0));
    return rc ? MM_EUNSUPPORTED : MM_OK;
}

/* The list of the host's reader: reading and one memory file. */
int lockdown_filter_survey(void)
{
    static const char *const NO_THREADS[] = {"clone", "clone3"};
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int rc;

    if (!f)
        return MM_ENOMEM;
    rc = add_names(f, SCMP_ACT_ALLOW, COMPUTE, sizeof COMPUTE / sizeof *COMPUTE);
    if (!rc)
        rc = add_names(f, SCMP_ACT_ALLOW, SURVEY_MORE, sizeof SURVEY_MORE / sizeof *SURVEY_MORE);
    if (!rc)
        rc = add_names(f, SCMP_ACT_KILL_PROCESS, CORE_KILL, sizeof CORE_KILL / sizeof *CORE_KILL);
    if (!rc)
        rc = add_names(f, SCMP_ACT_KILL_PROCESS, NO_THREADS, sizeof NO_THREADS / sizeof *NO_THREADS);
    if (!rc)
        rc = add_reading(f);
    if (!rc)
        rc = add_memory(f);
    return load(f, rc);
}

int lockdown_filter_core(void)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int rc;

    if (!f)
        return MM_ENOMEM;
    rc = add_names(f, SCMP_ACT_ALLOW, COMPUTE, sizeof COMPUTE / sizeof *COMPUTE);
    if (!rc)
        rc = add_names(f, SCMP_ACT_ALLOW, CORE_MORE, sizeof CORE_MORE / sizeof *CORE_MORE);
    if (!rc)
        rc = add_names(f, SCMP_ACT_KILL_PROCESS, CORE_KILL, sizeof CORE_KILL / sizeof *CORE_KILL);
    if (!rc)
        rc = add_core_special(f);
    if (!rc) /* nss modules are loaded when first asked: code may be mapped, but only from files */
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0)) |
             seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) |
             seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return load(f, rc < MM_OK ? MM_EUNSUPPORTED : rc);
}
