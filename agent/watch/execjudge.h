/* Executables judged before they run: FAN_OPEN_EXEC_PERM on the mounts that
 * policy names ([watch] judge=), a verdict cache keyed by the file and its
 * change time, so that a changed file is always judged again.
 *
 * Own fanotify group, own thread, own table of waiting openers; an opener
 * waits at most EXECJUDGE_MS for the rules, then is let go and counted. */
#ifndef MM_AGENT_WATCH_EXECJUDGE_H
#define MM_AGENT_WATCH_EXECJUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/watch/procs.h"
#include "lib/config.h"

#define EXECJUDGE_MS 2000

struct execjudge;

struct execjudge_hooks {
    void *context;
    /* Ask the file rules about `fd` (stays ours) for process `pid`; the answer comes
     * by execjudge_verdict with the same ticket.  Judge's thread; must not block.  MM_OK: under way. */
    int (*ask)(void *context, uint64_t ticket, int fd, int pid);
};

/* Mark the mounts.  MM_ENOTFOUND: none named (nothing is started); MM_EUNSUPPORTED. */
int execjudge_start(struct execjudge **out, struct procs *procs, const struct config_list *mounts,
                    const struct execjudge_hooks *hooks);
void execjudge_stop(struct execjudge *j);
/* The rules' answer: deny or let run.  Any thread. */
void execjudge_verdict(struct execjudge *j, uint64_t ticket, bool deny);
/* Forget every verdict: new rules. */
void execjudge_forget(struct execjudge *j);
/* Does it hold those who start a program?  GIVES_WAY: another one does, whose name (any bytes) is in `beside` (NULL: not wanted).  ENDED: the group is gone. */
enum execjudge_state { EXECJUDGE_HOLDS, EXECJUDGE_GIVES_WAY, EXECJUDGE_ENDED };
enum execjudge_state execjudge_state(struct execjudge *j, char *beside, size_t n);
void execjudge_counts(struct execjudge *j, uint64_t *asked, uint64_t *denied, uint64_t *late);

#endif
