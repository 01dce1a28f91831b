/* The process table: who is who, whose child, which tree, in scope or not.
 *
 * Owns: one record per process seen, its tree number, its scope flag, its
 * facts.  Sensors (agent/watch/linux/exec_*.c) feed it; the permission
 * threads, the gate and the freezer look things up.  It never signals anybody.
 * A record outlives its process for PROCS_KEEP_S seconds, so that a deletion
 * reported late still finds its tree.
 *
 * Process tree: a process and all its descendants, cut at *launchers*: init,
 * service managers, sshd, cron, login shells on a terminal, desktop sessions,
 * a server's listener (smbd, nmbd, proftpd ...) and the edge of the scope.  A
 * launcher's child starts a tree of its own.  A tree's number is made of the
 * boot, its root's pid and start: unique, and the same after a restart.
 *
 * Thread-safe: every call may come from any thread; look-ups take one short
 * lock and never block on /proc except procs_resolve on a miss. */
#ifndef MM_AGENT_WATCH_PROCS_H
#define MM_AGENT_WATCH_PROCS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/detect/facts.h"

#define PROCS_KEEP_S 30
#define PROCS_SYNC_US 3000      /* longest wait for a sensor that lags behind */

struct procs;

/* A narrow scope is for laboratories: who leaves the namespace or the cgroup
 * (root can, and whoever may make user namespaces) leaves the guard's sight. */
enum scope_kind { SCOPE_HOST = 0, SCOPE_NETNS, SCOPE_CGROUP };
struct scope {
    enum scope_kind kind;
    uint64_t netns;             /* inode number of our network namespace (SCOPE_NETNS) */
    char cgroup[LIM_PATH];      /* path below the cgroup v2 root (SCOPE_CGROUP) */
};

/* What the hot path needs to know of a process. */
struct proc_brief {
    pid_t tgid;
    uint64_t start_ns;          /* CLOCK_BOOTTIME; with tgid it names a process for ever */
    uint64_t tree;
    uint32_t session;
    uint32_t uid;
    bool in_scope;              /* false: never judged, never signalled */
    bool packaged;
    bool ended;                 /* seen to end; its number may belong to somebody else by now */
};

/* scope= of the configuration: "host", "netns", "cgroup:PATH".  MM_EINVAL. */
int scope_parse(const char *text, struct scope *out);

/* New empty table, with the processes that run now read from /proc. */
int procs_new(struct procs **out, const struct scope *scope);
void procs_free(struct procs *p);

/* ---- sensors feed ---- */
/* `child` (a process, not a thread) was forked by `parent`. */
void procs_on_fork(struct procs *p, pid_t parent, pid_t child, uint64_t child_start_ns);
/* A process executed a program.  `seen` has pid, ppid, uid, session, start_ns,
 * path, cmdline, cgroup, netns as far as the sensor knows; the table fills
 * name, parent_*, user, tree, packaged, interactive, age_s and copies the
 * whole into `out` (may be NULL). */
void procs_on_exec(struct procs *p, const struct process_facts *seen, uint64_t netns,
                   struct process_facts *out);
void procs_on_exit(struct procs *p, pid_t tgid);

/* ---- look-ups ---- */
/* Brief of the process that thread `tid` belongs to, from the table alone.
 * False when not known.  An ended process answers with `ended` set, until its
 * number is used again: whoever knows that the thread lives (a permission
 * thread whose opener waits) asks procs_resolve then. */
bool procs_peek(struct procs *p, pid_t tid, struct proc_brief *out);
/* The same; on a miss (or `ended`) reads /proc/TID/{status,stat,ns/net,...}
 * (bounded reads, never cmdline or exe of a process under exec).  Before a
 * process whose parent seems to be a launcher gets a tree of its own, the
 * sensor gets PROCS_SYNC_US to tell what it knows: a process whose parent
 * ended (double fork) belongs to the tree that forked it.  False when the
 * process is gone and was never seen. */
bool procs_resolve(struct procs *p, pid_t tid, struct proc_brief *out);
/* Full facts of a process (living or just ended).  MM_ENOTFOUND. */
int procs_facts(struct procs *p, pid_t tgid, struct process_facts *out);
/* Facts of the tree's root, or of its oldest member still remembered. */
int procs_tree_root(struct procs *p, uint64_t tree, struct process_facts *out);
/* Living members of a tree into `pids` (with start times into `starts`, may be
 * NULL); returns how many there are, also when more than `max`. */
unsigned procs_tree_members(struct procs *p, uint64_t tree, pid_t *pids, uint64_t *starts, unsigned max);
/* Check /proc afresh that the process is the one meant (same start time) and in
 * scope now: the last check before any signal.  MM_OK; MM_ENOTFOUND: it is ending
 * by itself and of no scope any more; MM_EDENIED: hands off. */
int procs_may_signal(struct procs *p, pid_t tgid, uint64_t start_ns);
/* Wait until what happened before this call has been fed by the sensor, at
 * most `budget_us`.  False without a sensor that can tell, or too late. */
bool procs_sync(struct procs *p, unsigned budget_us);
/* Rows in use, living processes; for status. */
void procs_counts(struct procs *p, unsigned *rows, unsigned *living);

#endif
