/* Parsers of the texts in /proc (proc(5)): bytes in, numbers out.
 *
 * Pure functions over a byte range that need not end with NUL.  A process
 * chooses its own comm, so a ')' or a newline in it must not shift a field. */
#ifndef MM_AGENT_WATCH_LINUX_PROC_TEXT_H
#define MM_AGENT_WATCH_LINUX_PROC_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/watch/procs_os.h"

struct proc_stat {
    pid_t pid, ppid;
    uint32_t session, threads;
    int32_t tty;
    uint32_t flags;         /* PF_* of the kernel */
    uint64_t start_ticks;
    uint64_t arguments;     /* address of argv; 0 for kernel threads, or when not shown */
    char state;
    char comm[PROCS_OS_COMM];
};

struct proc_syscall {
    int running;            /* 1: the thread was on a CPU, nothing else is known */
    long number;
    uint64_t args[6];
};

/* /proc/PID/stat.  MM_EFORMAT. */
int proc_text_stat(const char *text, size_t n, struct proc_stat *out);
/* /proc/PID/status: Tgid, PPid, effective Uid.  MM_EFORMAT. */
int proc_text_status(const char *text, size_t n, pid_t *tgid, pid_t *ppid, uint32_t *uid);
/* /proc/PID/cgroup: path of the v2 hierarchy ("0::PATH"), cut to `size`.  MM_ENOTFOUND. */
int proc_text_cgroup(const char *text, size_t n, char *out, size_t size);
/* /proc/TID/syscall.  MM_EFORMAT. */
int proc_text_syscall(const char *text, size_t n, struct proc_syscall *out);
/* argv as NUL-separated bytes -> one line, single spaces; returns 1 when it was cut. */
int proc_text_argv(const char *bytes, size_t n, char *out, size_t size);

#endif
