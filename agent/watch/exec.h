/* Process sensors behind one face: eBPF (tp_btf) first, then fanotify
 * FAN_OPEN_EXEC_PERM with the blocked call's argv, the proc connector, /proc
 * polling last.  Chosen at start by trying; the choice and what it loses is
 * told in words.  A sensor runs its own thread, feeds struct procs, then calls
 * `on_exec` on that thread with the completed facts. */
#ifndef MM_AGENT_WATCH_EXEC_H
#define MM_AGENT_WATCH_EXEC_H

#include <stdint.h>

#include "agent/detect/facts.h"
#include "agent/watch/procs.h"

struct exec_sensor;

enum exec_method { EXEC_AUTO = 0, EXEC_BPF, EXEC_FANOTIFY, EXEC_CONNECTOR, EXEC_POLL };

struct exec_hooks {
    void *context;
    /* A process of the scope executed a program.  Sensor thread: copy and
     * return; what waits here waits in front of every later process. */
    void (*on_exec)(void *context, const struct process_facts *facts);
};

/* Start the best sensor that works (or exactly `wish`).  `folders` are mounts
 * or folders that the fanotify method may mark (NULL-terminated, may be NULL:
 * that method is then not tried).  MM_EUNSUPPORTED when none works. */
int exec_sensor_start(struct exec_sensor **out, struct procs *p, enum exec_method wish,
                      const char *const *folders, const struct exec_hooks *hooks);
void exec_sensor_stop(struct exec_sensor *s);
/* Which method runs, and in English what it cannot see ("" when nothing). */
enum exec_method exec_sensor_method(const struct exec_sensor *s, const char **limits);
/* Counted so far: execs seen, records dropped by the kernel buffer. */
void exec_sensor_counts(const struct exec_sensor *s, uint64_t *seen, uint64_t *dropped);
/* False when the kernel side is gone (program detached, thread ended). */
int exec_sensor_alive(const struct exec_sensor *s);

#endif
