/* Inside of the guard role, shared by guard*.c only.
 *
 * Threads: the uv loop (links to scan and core, timers, verdicts), the threads
 * of the file guard and the exec sensor (they call guard_scan_* and
 * guard_event only), and one responder that does what takes long: freeze,
 * restore, quarantine.  Each link and the incident table has its own lock. */
#ifndef MM_AGENT_ROLES_GUARD_INTERNAL_H
#define MM_AGENT_ROLES_GUARD_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

#include "lib/agent_config.h"
#include "agent/detect/pack_dir.h"
#include "agent/detect/trees.h"
#include "agent/messages.h"
#include "agent/respond/quarantine.h"
#include "agent/roles/guard_jobs.h"
#include "agent/roles/guard_rules.h"
#include "agent/watch/exec.h"
#include "agent/watch/files.h"
#include "agent/watch/procs.h"
#include "lib/command.h"
#include "lib/os/frame.h"

#define SCAN_PENDING 512       /* questions on their way to the scan process */
#define SCAN_EXEC_PENDING 128  /* of them about command lines: an exec storm must not starve the comparisons */
#define EXEC_WAITING 8192      /* command lines that wait for their turn, and their bytes */
#define EXEC_WAITING_BYTES (4u << 20)
#define EXEC_SEEN 4096         /* command lines that matched nothing lately are not asked again */
#define EVENTS_WAITING 512     /* events not yet durable at core */
#define INCIDENTS 64
#define MEMBERS 256            /* frozen processes remembered per incident over a restart */

enum question { ASK_COMPARE = 1, ASK_BURST, ASK_PROCESS, ASK_FILE };

struct pending {
    uint64_t id;               /* 0: free */
    enum question what;
    int64_t sent;
    struct tree_who who;
    struct file_id file;
    enum touch_way way;
    int head;                  /* the new content, for the burst rules; -1: none */
    bool canary;               /* ASK_COMPARE of a canary file */
    bool again;                /* ASK_BURST: more was counted meanwhile, ask once more (with `head`) */
    int32_t pid;
    uint64_t exec_key;
    uint64_t ticket;           /* ASK_FILE */
    char *path;                /* ASK_COMPARE of a new file; heap */
};

struct scan_link {
    pthread_mutex_t lock;
    int sock;                  /* -1: no scan process */
    pid_t pid;
    uint64_t next_id;
    struct pending pending[SCAN_PENDING];
    unsigned npending, nexec;
    _Atomic uint64_t exec_seen[EXEC_SEEN];
    struct exec_waiting *exec_first, *exec_last;
    unsigned nexec_waiting;
    size_t exec_waiting_bytes;
    bool pack_ok;              /* rules are loaded */
    uint64_t reload_reply;     /* id of the LOCAL_RELOAD that waits for the answer; 0: none */
    struct scan_packed packed;
    struct pack_skips skips;   /* of the pack that was sent last */
    int64_t last_answer, ping_sent;
    uint64_t restarts, judged, unasked_execs;
    struct rules_link rules;
    uv_poll_t *poll;
    struct frame frame;
};

struct waiting_event { struct event *event; uint64_t id; int64_t sent; };
struct core_link {
    pthread_mutex_t lock;
    int sock;
    pid_t pid;
    uint64_t next_id, lost;
    struct waiting_event waiting[EVENTS_WAITING];
    unsigned nwaiting;
    int64_t started;
    int64_t drained;           /* when core had read everything that was sent to it */
    unsigned restarts;
    uv_poll_t *poll;
    struct net_peer console[16];
    unsigned nconsole;
    _Atomic int reach_wanted;  /* id of the question on its way */
    _Atomic int reached;       /* -1 unknown */
    struct frame frame;
};

/* What an attack showed so far; two sources are needed for the network to close by itself. */
enum signal_source { SIGNAL_CONTENT = 1, SIGNAL_NAMES = 2, SIGNAL_PROGRAM = 4, SIGNAL_RULE = 8, SIGNAL_CANARY = 16 };

struct member { int32_t pid; uint64_t start_ns; };
/* What was told of an incident's burst, and what is newer (guard_tell.c). */
struct incident_told {
    uint32_t touched, destroyed, severity, done;
    int64_t mono, changed_mono;
    bool pending;              /* `newest` was not told */
    struct burst_facts newest;
    struct rule_verdict verdict;
};

enum isolation { ISOLATION_NONE, ISOLATION_ORDERED, ISOLATION_DONE /* tried: a failure is told, and not tried again */ };

struct incident {
    char id[LIM_ID];           /* empty: free */
    uint64_t tree[16];         /* trees that belong to it */
    unsigned ntrees;
    uint32_t session, uid;
    int64_t first_wall, last_wall;
    unsigned signals;          /* enum signal_source bits */
    bool open, frozen, restored, quarantined;
    enum isolation isolation;
    int64_t restored_mono;     /* when the last restore began */
    uint32_t restored_files, failed_files;
    struct rule_verdict rule;
    struct event_process process;
    struct member member[MEMBERS];
    unsigned nmembers;
    struct incident_told told;
};

struct responder {
    pthread_t thread;
    bool started;
    struct jobs jobs;
    struct { bool open; unsigned tries; int result; struct job job; struct quarantine_test test; } proof; /* guard_isolate_prove() */
};
struct helper_process { pid_t pid; int64_t started; /* CLOCK_BOOTTIME, ns */ };

struct guard {
    const struct agent_config *config;
    const char *config_path;
    unsigned restarts;
    int64_t started_ms;        /* CLOCK_BOOTTIME */
    int64_t group;             /* gid of [roles] group=; -1: none */
    int beat_fd;
    uv_loop_t loop;
    uv_timer_t beat, tick;
    uv_signal_t sigterm, sigint, sighup, sigusr2;
    enum stop_reason stop_reason; pthread_t why; bool why_asked; /* a thread asks for it */
    struct procs *procs;
    struct trees *trees;
    struct files *files;
    struct exec_sensor *exec;
    struct execjudge *judge;
    struct quarantine *quarantine;
    struct scan_link scan;
    struct core_link core;
    struct responder responder;
    struct helper_process helper[HELPER_COUNT];
    pthread_mutex_t incident_lock;
    struct incident incident[INCIDENTS];
    struct { struct command_key key[8]; unsigned n; char agent_id[LIM_ID]; uint64_t sequence; } trust;
    char files_error[128];     /* why the file guard did not start; empty: it runs */
    char exec_error[128];
    enum sensor_state last_sensor[SENSOR_COUNT];
    uint64_t lost_told;
    char ring[LIM_TAG];        /* STATE/guard/ring; empty: none was ordered */
};

/* guard.c */
void guard_now(int64_t *wall_ns, int64_t *mono_ns);
int64_t guard_mono(void); /* CLOCK_BOOTTIME, ns */
/* End a child of ours (a role that is stopped or lost) and forget it; 0: there is none. */
void guard_end_child(pid_t *pid);
/* Watch a socket on the loop; NULL without memory.  guard_unwatch ends it and sets the pointer to NULL. */
uv_poll_t *guard_watch(struct guard *g, int sock, uv_poll_cb on_readable);
void guard_unwatch(uv_poll_t **poll);

/* 1 when the scope is its own network namespace but that is the host's: then nothing is done to or asked of a network. */
bool guard_keeps_to_its_network(const struct guard *g);

/* guard_helper.c */
/* OP_HELPER: start one and hand its socket to core.  MM_OK, MM_EFORMAT: no such helper. */
int guard_helper_ask(struct guard *g, uint64_t id, uint32_t which);
void guard_helper_tick(struct guard *g, int64_t now);
void guard_helper_stop(struct guard *g);

/* guard_scan.c */
int guard_scan_start(struct guard *g);
void guard_scan_stop(struct guard *g);
int guard_scan_compare(void *guard, const struct files_compare *c); /* any thread */
/* Facts of the process that did it, or of its tree's root. */
void guard_facts(struct guard *g, const struct tree_who *who, struct process_facts *out);
void guard_scan_burst(struct guard *g, const struct tree_who *who, int head);
void guard_scan_ask(void *guard, const struct tree_who *who);       /* any thread */
/* Ask the rules; the row is kept until the answer.  MM_EAGAIN when too much is on its way, MM_ECLOSED.  Any thread. */
int guard_scan_rules(struct guard *g, struct pending *row, const struct scan_rules *q, int fd);
void guard_scan_tick(struct guard *g, int64_t now);

/* guard_core.c */
int guard_core_start(struct guard *g);
void guard_core_stop(struct guard *g);
void guard_core_tick(struct guard *g, int64_t now);
void guard_core_result(struct guard *g, uint64_t id, const struct op_result *r);
/* A new event with times, uid and severity filled; heap, NULL without memory. */
struct event *guard_event_new(enum event_kind kind, enum event_activity act, enum event_severity sev);
/* Hand an event to core; takes it.  Any thread.  Kept until core says it is durable. */
void guard_event_send(struct guard *g, struct event *e);
int guard_core_ask_reach(struct guard *g, unsigned ms);     /* within ms: core tries the console.  Responder thread */
int guard_core_reached(struct guard *g, unsigned wait_ms);  /* the answer to the last question, once; -1: there is none */
void guard_trust_load(struct guard *g);

/* guard_respond.c */
int guard_respond_start(struct guard *g);
void guard_respond_stop(struct guard *g);
/* A rule matched on what a tree does, or on what it executed.  Loop thread. */
void guard_verdict(struct guard *g, const struct tree_who *who, const struct rule_verdict *v,
                   const struct burst_facts *burst);
int guard_incident_find(struct guard *g, const char *id_or_prefix); /* index or MM_ENOTFOUND */
/* Isolate or let go as an operator or a rule ordered; responder thread. */
void guard_isolate(struct guard *g, const struct job *j, const struct incident *i);
void guard_release(struct guard *g, const struct job *j);
void guard_isolate_prove(struct guard *g); /* from time to time: try the console again for a quarantine that waits for it */
void guard_answer_job(struct guard *g, const struct job *j, const struct op_result *r);

/* guard_incident.c: survive a restart */
void guard_incidents_save(struct guard *g, bool durable);
void guard_incidents_load(struct guard *g);
/* After a restart, once the process table is filled: who was frozen and lives is marked frozen again, and what
 * an earlier guard did not get to restore is restored now. */
void guard_incidents_resume(struct guard *g);

/* Ask the file rules about an executable; the answer goes to guard_judge_answer.  Any thread. */
int guard_scan_file(struct guard *g, uint64_t ticket, int fd, const struct process_facts *facts);

/* guard_judge.c */
int guard_judge_start(struct guard *g);
void guard_judge_stop(struct guard *g);
void guard_judge_answer(struct guard *g, uint64_t ticket, const struct rule_verdict *v); /* NULL: no answer came */
bool guard_judge_ended(struct guard *g);
void guard_judge_state(struct guard *g, struct agent_state *s);

/* guard_policy.c */
void guard_policy_load(struct guard *g);
/* Keep the ring of a verified policy, durably, when it names one; *more: there is more in it, for core.  MM_OK, or an error of the disk. */
int guard_policy_take(struct guard *g, const struct command *c, bool *more);

/* guard_state.c */
void guard_sensor(struct agent_state *s, enum sensor which, enum sensor_state state, const char *method, const char *reason);
void guard_state_send(struct guard *g);

#endif
