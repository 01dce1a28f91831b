/* Freeze, thaw or end a process tree.
 *
 * SIGSTOP by pidfd to every living member, repeated until two passes in a row
 * find nobody new and everybody stopped: no fork outruns it.  Memory stays for
 * the responder; nothing is killed but by end_*, when somebody said that the
 * memory is not needed any more.  Every signal passes procs_may_signal
 * once more, in the function that sends it.  Guard's loop or worker thread,
 * never a permission thread. */
#ifndef MM_AGENT_RESPOND_FREEZE_H
#define MM_AGENT_RESPOND_FREEZE_H

#include "agent/watch/procs.h"

struct freeze_result {
    unsigned stopped;   /* processes stopped now */
    unsigned refused;   /* members that the scope check kept us from touching */
    unsigned passes;
    int stable;         /* 1: two quiet passes; 0: gave up after the time box */
};

/* Stop the tree; at most `budget_ms`.  MM_OK when stable. */
int freeze_tree(struct procs *p, uint64_t tree, unsigned budget_ms, struct freeze_result *out);
/* Let the tree continue where it stopped. */
int thaw_tree(struct procs *p, uint64_t tree, struct freeze_result *out);
/* Let one process continue (SIGCONT), when it is still the one meant and in scope.  MM_ENOTFOUND, MM_EDENIED. */
int thaw_process(struct procs *p, pid_t tgid, uint64_t start_ns);
/* End every member (SIGKILL) and wait for the ends, at most `budget_ms`; out->stopped counts them.  MM_OK when
 * nobody lives, MM_EDENIED when the scope check kept some (out->refused), MM_ETIMEOUT. */
int end_tree(struct procs *p, uint64_t tree, unsigned budget_ms, struct freeze_result *out);
/* End one process, when it is still the one meant and in scope; does not wait.  MM_ENOTFOUND (ended already), MM_EDENIED. */
int end_process(struct procs *p, pid_t tgid, uint64_t start_ns);
/* True when every living member is stopped (state T in /proc). */
int freeze_holds(struct procs *p, uint64_t tree);

#endif
