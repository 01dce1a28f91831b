/* Inside of the process table; shared by procs*.c and the sensors of
 * agent/watch/linux only.
 *
 * Rows live in one array, found by a hash of the process number; the newest
 * process of a number is the one found.  Texts (image) are shared between a
 * process and the children that it forked, counted by references, and bounded
 * together by LIM_PROCS_TEXT.  Everything below is guarded by procs.lock. */
#ifndef MM_AGENT_WATCH_PROCS_PRIV_H
#define MM_AGENT_WATCH_PROCS_PRIV_H

#include <pthread.h>

#include "agent/watch/packages.h"
#include "agent/watch/procs.h"
#include "agent/watch/procs_os.h"

#define ROW_NONE 0u             /* index 0 is never a row */
#define ROW_BUCKETS 32768u      /* power of two */

/* What a process runs. */
struct image {
    uint32_t refs, size;
    uint16_t path, cmdline, cgroup; /* offsets into text; the name stands at 0 */
    uint8_t packaged, cut;
    char text[];
};

enum row_flag {
    ROW_SCOPE = 1,      /* in scope when last looked at */
    ROW_LAUNCHER = 2,   /* its children start trees of their own */
    ROW_TTY = 4,
    ROW_ROOT = 8,       /* first process of its tree */
    ROW_GUESSED = 16,   /* placed by what /proc said, not by the sensor that saw the fork */
    ROW_BARE = 32,      /* path and command line not read yet */
};

struct row {
    pid_t tgid, ppid;           /* tgid 0: unused */
    uint32_t uid, session;
    uint64_t start_ns, tree, netns;
    uint64_t number;            /* order of arrival */
    uint64_t ended_ms;          /* 0: living */
    uint64_t looked_ms;         /* when /proc last said that it is out of scope */
    struct image *image, *parent; /* parent: what the parent ran at the fork; may be NULL */
    uint32_t next;              /* in the bucket, or of the free list */
    uint32_t older, newer;      /* list of the ended, by time */
    uint32_t flags;
};

struct thread_alias { pid_t tid, tgid; uint64_t at_ms; };

struct procs_table {
    struct row *rows;
    uint32_t *buckets;
    struct thread_alias *aliases;
    uint32_t used, high, free;  /* rows in use; first index never used; free list */
    uint32_t oldest, newest;    /* ended rows */
    uint32_t worded;            /* oldest of them that still has its texts */
    uint32_t ended, bare;       /* how many rows are ended; how many ROW_BARE */
    uint64_t arrivals;
    size_t text;                /* bytes of all images */
    uint64_t refused;           /* processes not remembered because the table was full of living ones */
};

/* One user of /etc/passwd. */
struct users;

typedef bool procs_sync_fn(void *context, unsigned budget_us);

struct procs {
    pthread_mutex_t lock;
    struct procs_table table;
    struct scope scope;
    struct packages *packages;
    struct users *users;
    uint64_t salt;              /* of this boot: tree numbers are the same again after a restart of the agent */
    uint64_t nameless;          /* roots whose start is not known, counted */
    procs_sync_fn *sync;
    void *sync_context;
    unsigned syncing;           /* threads inside sync */
};

/* ---- procs_table.c ---- */
int table_init(struct procs_table *t);
void table_fini(struct procs_table *t);
struct row *table_find(const struct procs_table *t, pid_t tgid);
/* A fresh row for `tgid` (an older one of the same number is dropped); NULL when full of living. */
struct row *table_add(struct procs_table *t, pid_t tgid, uint64_t now_ms);
void table_end(struct procs_table *t, struct row *r, uint64_t now_ms);
void table_drop(struct procs_table *t, struct row *r);
/* Drop a few rows that ended longer than PROCS_KEEP_S ago. */
void table_reap(struct procs_table *t, uint64_t now_ms);
void table_alias(struct procs_table *t, pid_t tid, pid_t tgid, uint64_t now_ms);
/* Process of a thread learned less than two seconds ago, or 0. */
pid_t table_alias_find(const struct procs_table *t, pid_t tid, uint64_t now_ms);
/* A new image (one reference) from name, path, cmdline, cgroup, packaged, cut; NULL without memory. */
struct image *image_new(struct procs_table *t, const struct process_facts *f);
struct image *image_hold(struct image *i);
void image_drop(struct procs_table *t, struct image *i);

/* ---- procs_rows.c: under the lock ---- */
void row_bare(struct procs *p, struct row *r, bool on);
void row_launcher(struct row *r);
/* Give `r` its tree: that of `parent` (may be NULL), or a new one behind a launcher. */
void row_place(struct procs *p, struct row *r, const struct row *parent);
void row_scope(struct procs *p, struct row *r, bool kernel);
void row_brief(const struct row *r, struct proc_brief *out);
struct row *rows_living(const struct procs *p, pid_t tgid);
/* Row for a picture from /proc; the known one when it is the same process; NULL when full. */
struct row *rows_insert(struct procs *p, const struct procs_os *os);
struct procs_fork;
/* Row for a forked process, tree by its creator; NULL when full. */
struct row *rows_fork(struct procs *p, const struct procs_fork *f);
/* Copy the facts of a row, without the user's name. */
void row_facts(const struct row *r, struct process_facts *out);
/* PROCS_OS_* that the scope needs. */
unsigned procs_wants(const struct procs *p);

/* ---- procs_tree.c ---- */
struct launcher_view {
    const char *name, *cmdline, *parent_name;
    pid_t pid;
    uint32_t session;
    bool packaged, tty;
};
/* True when the children of such a process start trees of their own. */
bool procs_is_launcher(const struct launcher_view *v);

/* ---- procs_scope.c ---- */
bool scope_holds(const struct scope *s, uint64_t netns, const char *cgroup);

/* ---- procs_users.c ---- */
int users_new(struct users **out, const char *passwd);
void users_free(struct users *u);
/* Name of `uid`, or its decimal digits.  Thread-safe. */
void users_name(struct users *u, uint32_t uid, char out[LIM_USER]);

/* ---- for the sensors: more than the public header knows ---- */
/* Last part of `path` without a " (deleted)" behind it. */
void procs_name(const char *path, char *out, size_t size);
struct procs_fork {
    pid_t creator;              /* who called fork: decides the tree */
    pid_t parent;               /* whose child it is (CLONE_PARENT: not the creator); 0: the same */
    pid_t child;
    uint64_t start_ns, netns;   /* 0: not known */
};
void procs_fork_seen(struct procs *p, const struct procs_fork *f);
struct procs_exec {
    uint64_t netns;
    pid_t creator;              /* 0: seen->ppid */
    bool foreign;               /* `path` does not name the executable as we see the file system */
};
/* Returns true when the process is in scope; `out` may be NULL. */
bool procs_exec_seen(struct procs *p, const struct process_facts *seen, const struct procs_exec *more,
                     struct process_facts *out);
void procs_exit_seen(struct procs *p, pid_t tgid, uint64_t start_ns);
/* Compare with /proc: learn who is missing, end who is gone; `verify`: also
 * whose number now belongs to somebody else.  MM_EIO, MM_ENOMEM. */
int procs_rescan(struct procs *p, bool verify);
/* Read path and command line of at most `max` processes learned without them. */
unsigned procs_complete(struct procs *p, unsigned max);
/* The sensor that can catch up on demand; NULL takes it back and returns when
 * nobody is inside it any more. */
void procs_set_sync(struct procs *p, procs_sync_fn *sync, void *context);
const struct scope *procs_scope(const struct procs *p);

#endif
