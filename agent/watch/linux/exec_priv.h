/* Inside of the process sensors: the table of methods and what they share.
 *
 * A method opens (kernel objects only), then runs on the sensor's thread until
 * stop_fd becomes readable, then closes.  exec.c owns the thread, the counters
 * and the request to catch up (procs_sync). */
#ifndef MM_AGENT_WATCH_LINUX_EXEC_PRIV_H
#define MM_AGENT_WATCH_LINUX_EXEC_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/watch/exec.h"
#include "agent/watch/linux/exec_record.h"
#include "agent/watch/linux/patient.h"
#include "agent/watch/procs_priv.h"

struct exec_method_ops {
    enum exec_method method;
    const char *limits;         /* what it cannot see, in English */
    int (*open)(struct exec_sensor *s, const char *const *folders);
    /* Handle what is there now; wait at most `wait_ms` for more.  Returns an
     * mm_err when the kernel side is gone. */
    int (*pump)(struct exec_sensor *s, int wait_ms);
    int (*alive)(const struct exec_sensor *s); /* may be NULL */
    void (*close)(struct exec_sensor *s);
    bool syncs;                 /* a pump with 0 ms catches up with everything that has happened */
};

struct exec_sensor {
    const struct exec_method_ops *ops;
    void *state;                /* the method's own */
    struct procs *procs;
    struct exec_hooks hooks;
    int kick_fd;                /* eventfd: wakes the thread to catch up or to end */
    pthread_t thread;
    atomic_bool stop, failed;
    atomic_ullong seen, dropped, beat_ms;
    pthread_mutex_t lock;
    pthread_cond_t caught_up;
    uint64_t asked, answered;   /* requests to catch up */
    struct process_facts facts; /* sensor thread only */
    struct process_facts out;
};

extern const struct exec_method_ops exec_bpf_ops, exec_fan_ops, exec_conn_ops, exec_poll_ops;

/* Feed s->facts (filled in by the method) to the table, count it, call the hook when in scope. */
void exec_report(struct exec_sensor *s, const struct procs_exec *more);
/* Fill s->facts for a living process from /proc.  MM_ENOTFOUND. */
int exec_read_proc(struct exec_sensor *s, pid_t pid, uint64_t *netns);

/* ---- exec_record.c: pure ---- */
struct exec_view { struct exec_record r; const char *path, *argv; };
/* Check a record from the ring buffer.  MM_EFORMAT. */
int exec_record_parse(const void *data, size_t size, struct exec_view *out);
/* Path parts, leaf first -> /root/.../leaf; returns 1 when it was cut. */
int exec_record_path(const char *parts, size_t n, char *out, size_t size);

/* ---- exec_cgroup.c: v2 cgroup id -> path ---- */
struct cgroup_names;
int cgroup_names_new(struct cgroup_names **out);
void cgroup_names_free(struct cgroup_names *c);
void cgroup_names_get(struct cgroup_names *c, uint64_t id, char *out, size_t size);

/* ---- exec_conn.c: the proc connector, also used by the fanotify method ---- */
struct exec_conn;
int exec_conn_open(struct exec_conn **out);
void exec_conn_close(struct exec_conn *c);
int exec_conn_fd(const struct exec_conn *c);
/* Handle what waits; `execs`: also report programs.  MM_EIO when the socket is gone. */
int exec_conn_drain(struct exec_sensor *s, struct exec_conn *c, bool execs);

#endif
