/* What the process table asks of the operating system: a picture of one
 * process, the list of all, the clock.  linux/procs_proc.c answers from /proc.
 *
 * Stateless apart from the patient reader of procs_os_image; every call opens,
 * reads a bounded number of bytes and closes.  Any thread. */
#ifndef MM_AGENT_WATCH_PROCS_OS_H
#define MM_AGENT_WATCH_PROCS_OS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/detect/facts.h"

#define PROCS_OS_COMM 64
/* Start times from /proc are whole clock ticks; the estimate of a sensor may be
 * later by the time that a fork takes. */
#define PROCS_OS_START_SLACK_NS 30000000ull

struct procs_os {
    pid_t tgid, ppid;
    uint32_t uid, session;      /* effective user; POSIX session */
    uint32_t threads;
    uint64_t start_ns;          /* CLOCK_BOOTTIME, rounded down to a tick */
    uint64_t netns;             /* 0: not readable */
    bool left;                  /* because it is ending: it has left its namespaces, and may not be a zombie yet */
    bool tty;                   /* has a controlling terminal */
    bool kernel;                /* a kernel thread */
    char state;                 /* R S D T t Z X ... of the first thread */
    char comm[PROCS_OS_COMM];
    char cgroup[LIM_NAME];      /* cgroup v2 path; "" where there is none */
};

enum procs_os_want { PROCS_OS_CGROUP = 1, PROCS_OS_NETNS = 2 };

/* Picture of the process that thread `tid` belongs to.  `want`: the dearer
 * fields.  Never touches the memory of the process, so it cannot be made to
 * wait by it.  MM_ENOTFOUND. */
int procs_os_read(pid_t tid, unsigned want, struct procs_os *out);
/* Path and command line (path, name, cmdline, cut of `facts`) of a process.
 * The memory of a process can make its reader wait for ever, so a patient
 * reader thread does it; not for permission threads.  MM_ENOTFOUND, MM_ETIMEOUT
 * (path and name are filled in all the same). */
int procs_os_image(pid_t tgid, struct process_facts *facts);
/* True when every thread of the process is stopped, or it has ended. */
bool procs_os_stopped(pid_t tgid);
/* Numbers of all processes, in no order; the caller frees `out`.  MM_ENOMEM, MM_EIO. */
int procs_os_list(pid_t **out, unsigned *count);
uint64_t procs_os_own_netns(void);
/* CLOCK_BOOTTIME and a monotonic clock in milliseconds. */
uint64_t procs_os_boot_ns(void);
uint64_t procs_os_now_ms(void);
/* True when the picture is of a process that has ended and waits for its parent:
 * it has no namespaces, no memory and no descriptors any more. */
bool procs_os_ended(const struct procs_os *os);
/* True when both name the same start of the same process number. */
bool procs_os_same_start(uint64_t a, uint64_t b);

/* A number that is this boot's own (a hash of /proc/sys/kernel/random/boot_id). */
uint64_t procs_os_boot(void);

#endif
