/* What a blocked opener is about to do, read from /proc/TID/syscall (proc(5)).
 *
 * Measured (kernel.md, Q2): exact for open, openat, creat, open_by_handle_at and
 * their i386 numbers; openat2's flags lie in user memory where another thread
 * can flip them, and io_uring shows stale registers: both count as writing. */
#ifndef MM_AGENT_WATCH_LINUX_OPENER_H
#define MM_AGENT_WATCH_LINUX_OPENER_H

#include <stdbool.h>
#include <sys/types.h>

enum opener {
    OPENER_READS = 0,
    OPENER_WRITES,    /* surely, and the call itself changes no content */
    OPENER_CUTS,      /* the call itself cuts the content off (O_TRUNC, truncate), or may: unknown calls, io_uring */
};

/* What the blocked call of `tid` does.  `pre_access`: the event is
 * FAN_PRE_ACCESS, where only truncate(2) by path counts, because a
 * descriptor's own open was seen before. */
enum opener opener_intent(pid_t tid, bool pre_access);

/* The same decision from the text of /proc/TID/syscall; pure. */
enum opener opener_text_intent(const char *text, bool pre_access);

#endif
