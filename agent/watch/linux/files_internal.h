/* Inside of the file guard, shared by its files_*.c only.
 *
 * Threads and what each may touch:
 *   worker   (one per CPU)  perm group, trees, vaults, `wait`
 *   names    (one)          notification group, index, marks, vaults
 *   tend     (one)          `wait`: answers and records openers; vaults
 *   judge    (one)          `wait`, `held`, vaults, to read
 *   sweep    (one)          `held`, vaults: what is too old
 *   watchdog (one)          slots of the workers, `wait`, whether there is a permission group at all (files_beside.c)
 * The index belongs to the names thread alone once files_start returned.
 * Whoever opens a protected file may wait for another program that decides about opens, and that one for us; whoever reads
 * or writes one, or takes a vault's lock, for a disk.  The watchdog does none of it, nor does the guard's loop, and nobody
 * holds a lock that they take while he does. */
#ifndef MM_AGENT_WATCH_LINUX_FILES_INTERNAL_H
#define MM_AGENT_WATCH_LINUX_FILES_INTERNAL_H

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/fanotify.h>

#include "agent/watch/files.h"
#include "agent/watch/linux/beside.h"
#include "agent/watch/linux/files_index.h"
#include "agent/watch/linux/files_wait.h"

#ifndef FAN_PRE_ACCESS
#define FAN_PRE_ACCESS 0x00100000 /* Linux 6.14, include/uapi/linux/fanotify.h */
#define FAN_EVENT_INFO_TYPE_RANGE 6
struct fanotify_event_info_range { struct fanotify_event_info_header hdr; __u32 pad; __u64 offset, count; };
#endif
#ifndef FAN_RENAME
#define FAN_RENAME 0x10000000     /* Linux 5.17 */
#define FAN_EVENT_INFO_TYPE_OLD_DFID_NAME 10
#define FAN_EVENT_INFO_TYPE_NEW_DFID_NAME 12
#endif

#define FILES_MAX_FS 64
#define FILES_MAX_WORKERS 8
#define FILES_OWN_TIDS 32
#define FILES_OUTSIDE 4096
#define FILES_GONE_DIRS 256
#define FILES_HELD 256            /* write-opened files kept at hand; the oldest gives way */
#define FILES_NUDGE SIGRTMIN       /* to one of our threads: give up waiting */
#define FILES_CALM_NS 2000000000LL /* what has not changed for so long is calm: it gets a version */

/* One file system (one subvolume on btrfs) that holds protected folders. */
struct guarded_fs {
    dev_t dev;
    uint64_t fsid;
    int mount_fd;                  /* any folder on it, for open_by_handle_at(2) */
    struct vault *vault;           /* NULL: no pre-images here, notify only */
    bool reflink;
    uint64_t number;               /* os_file_system; 0: not known */
};

struct guarded_folder {
    char path[LIM_PATH];
    uint32_t fs;
    enum folder_state state;
    char reason[128];
    _Atomic uint32_t files;
    uint32_t unmarked;             /* folders or files whose mark was refused */
};

struct worker { /* what it is busy with, for the watchdog */
    struct files *f;
    pthread_t thread;
    unsigned number;
    bool ended;                    /* joined */
    _Atomic int tid;
    _Atomic int fd;                /* event descriptor in work, or OWED_... */
    _Atomic int64_t since;         /* CLOCK_BOOTTIME: since when it reads or works; 0: it waits for events */
    volatile int cancel;           /* give up copying */
};

/* A file that somebody has open for writing: its content can be judged in place, under whatever name it was opened. */
struct held { struct file_id file; int fd; int64_t since, ctime_ns; };

/* Changed files that get a new version when they are calm, and the folders of those that there was no room for. */
struct rebase { uint32_t dir; int64_t when; char name[LIM_NAME]; };
struct rebase_queue {
    struct rebase *ring;
    unsigned head, tail;
    bool folders;                  /* some are to be gone through ... */
    int64_t folders_due;           /* ... from then on ... */
    uint32_t folder, fs;           /* ... this one now; */
    DIR *open;                     /* NULL: none */
};

struct files {
    const struct agent_config *config;
    struct procs *procs;
    struct trees *trees;
    struct files_hooks hooks;
    int perm, names;               /* the two groups; `perm` is one number for good, /dev/null where there is no group */
    int nobody;                    /* /dev/null */
    int bell;                      /* eventfd: the workers are to look at `leaving` */
    _Atomic bool notify;           /* another program decides about opens here: no permission group */
    _Atomic bool mode_changed;     /* for the names thread: everything is gone through once more */
    _Atomic unsigned taken_up, marked; /* how often the group came back, and for which time of it all marks are there */
    _Atomic int64_t open_to_all;   /* CLOCK_BOOTTIME: when openers went on unseen last, because every worker was stuck */
    struct beside beside;          /* `beside_turn`: of who looks; `beside_lock`: for those who ask meanwhile */
    pthread_mutex_t beside_turn, beside_lock;
    pid_t self;
    bool pre_access, rename_events;
    _Atomic bool stopping, broken, leaving; /* leaving: the workers are to end */
    _Atomic bool touched;          /* an original was, since the names thread looked last */
    _Atomic bool names_idle;       /* the names thread waits for events */

    struct guarded_fs fs[FILES_MAX_FS];
    _Atomic unsigned nfs;
    struct guarded_folder *folder;
    unsigned nfolders;

    struct files_index *index;
    struct rebase_queue rebase;
    uint32_t open_dir;             /* cache of the names thread: folder and its descriptor */
    int open_dir_fd;
    uint32_t gone_dir[FILES_GONE_DIRS]; /* folders that are gone: forgotten when every event of them was read */
    unsigned gone_dirs;
    int64_t renew_due;             /* the versions of what is there are renewed from then on, from `renew_at` */
    uint32_t renew_at;
    bool walks_again;              /* the names thread walks what was walked before */

    struct worker worker[FILES_MAX_WORKERS];
    _Atomic unsigned nworkers;
    struct files_thread { pthread_t id; bool started; } names_thread, tend, judge, sweep, watchdog;
    _Atomic int own_tid[FILES_OWN_TIDS]; /* 0: free */

    _Atomic uint64_t outside[FILES_OUTSIDE]; /* moved out: nobody reports their closes, their opens are looked at; hashes, direct-mapped */

    struct files_waiting wait;
    pthread_mutex_t held_lock;
    struct held held[FILES_HELD];
    unsigned next_held;

    _Atomic uint64_t n_opens, n_reads, n_writes, n_preimages, n_denied, n_parked, n_late, n_lost_opens,
        n_lost_events, n_too_large, n_marks, max_answer_ns;
};

static inline struct file_id files_id_of(uint32_t fs, const struct index_name *e)
{
    return (struct file_id){.fs = fs, .ino = e->ino, .btime_ns = e->btime_ns};
}

int64_t files_now(void);                         /* CLOCK_BOOTTIME, ns */
int64_t files_wall(void);                        /* CLOCK_REALTIME, ns */
/* So lately that the file is still its maker's own ([protect] own=): what a program that runs for weeks wrote is an original. */
bool files_lately(const struct files *f, int64_t btime_ns);
void files_own_thread(struct files *f);          /* this thread's opens are ours */
bool files_is_own(const struct files *f, pid_t tid);

/* files_perm.c */
void files_moved_out(struct files *f, const struct file_id *id);
int files_perm_open(struct files *f);            /* a new group, at the number `perm` when there is one */
int files_workers_start(struct files *f);
void files_workers_stop(struct files *f);        /* close the group, which lets every opener go, and tell the workers to end */
bool files_workers_ended(struct files *f, unsigned ms); /* have they?  Waits for so long; then others can be started */
void files_respond(struct files *f, int fd, bool allow);
bool files_give(struct files *f, _Atomic int *owed, int fd, bool allow); /* the answer, if it is owed still; the descriptor stays */
void files_close_given(const _Atomic int *owed, int fd);                 /* when whoever gives the answer has done so */
void files_nudge(const struct worker *w);        /* out of read(2), where it waits for somebody's lease */
void files_answer_some(struct files *f);         /* of what nobody has read yet: allowed unless frozen, counted as lost */
void files_path_of(int fd, char *out, size_t n); /* of an open file as it is now; empty when it cannot be told */
/* The same as seen from our own mounts: an opener in a mount namespace of its own can make a file appear under any path. */
void files_path_here(struct files *f, const struct file_id *id, int fd, char *out, size_t n);

/* files_held.c */
void files_held_init(struct files *f);
void files_hold(struct files *f, const struct file_id *id, int fd); /* keeps a duplicate */
int files_held(struct files *f, const struct file_id *id);          /* a duplicate, the caller's; -1 */
void files_unhold(struct files *f, const struct file_id *id);
void files_held_expire(struct files *f, int64_t before);            /* close what is older */
/* Was it changed since the last look, through a mapping or a name that nobody reports of?  The trees hear of it. */
void files_held_look(struct files *f);

void *files_watchdog(void *arg);                         /* files_watchdog.c */
void *files_tend(void *arg);                             /* files_tend.c */
void *files_judge_in_place(void *arg);
void *files_sweep(void *arg);

/* files_mark.c: walking and marking */
uint32_t files_fs_of(struct files *f, dev_t dev);        /* INDEX_NONE when unknown; any thread */
uint32_t files_fs_add(struct files *f, int dirfd, const char *path, char *reason, size_t n);
/* `baseline`: what stands there is worth keeping as the newest version (not: a tree that changes originals made the folder). */
int files_mark_tree(struct files *f, struct guarded_folder *g, int dirfd, const char *path, bool baseline);
void files_walk_again(struct files *f, bool baseline); /* everything once more (files.c) */
/* Mark, link and index the file under a name. */
struct take_in {
    uint32_t dir;                  /* the folder's number in the index */
    int dirfd;
    const char *name;
    const struct file_id *only;    /* this file and no other: the name may have been given away meanwhile; NULL: any */
    uint64_t creator;              /* tree that made it; 0: an original */
    bool baseline;                 /* keep a version of it */
    bool later, large;             /* by the rebase queue, which gets it back when it is not calm; of a larger file, too */
};
void files_take_in(struct files *f, const struct take_in *t);
bool files_excluded(const struct files *f, const char *path);
void files_mark_pre_access(struct files *f, int dirfd, const char *name, bool on);

/* files_names.c */
int files_names_open(struct files *f);
void *files_names_thread(void *arg);
/* O_PATH descriptor of folder number `dir` (or of the handle, when it has none), kept until the next one is asked for; -1: gone. */
int files_dir_fd(struct files *f, uint32_t fs, uint32_t dir, const struct file_handle *handle);

/* files_beside.c: beside another program that decides about opens there is no permission group; any thread */
void files_beside_look(struct files *f, bool wait); /* wait: also when another thread is at it */
bool files_gives_way(const struct files *f); /* also until all marks are there again */
bool files_beside(struct files *f, char *name, size_t n); /* is it so now, and beside whom; any thread */

/* files_rebase.c, names thread: changed files get a version when they are calm */
int files_rebase_init(struct files *f);
void files_rebase_free(struct files *f);
void files_rebase_later(struct files *f, uint32_t dir, const char *name);
void files_rebase_folder(struct files *f, uint32_t dir); /* all that it holds; INDEX_NONE: of every folder */
bool files_rebase_waits(const struct files *f);
void files_rebase_some(struct files *f, bool busy); /* a bounded number of them; few while events wait (busy) */

/* files_judge.c: contents to the scan process */
void files_judge(struct files *f, const struct tree_who *who, const struct file_id *id, enum touch_way way,
                 uint64_t before, const char *name, int dirfd);
void files_judge_open(struct files *f, uint64_t tree); /* what the tree holds open, judged in place */
void files_judge_stuck(struct files *f);               /* the same for what any tree holds open too long */
/* An original was closed after writing: judged for all who had it open but for its closer (0: somebody else); how many, it included. */
unsigned files_judge_closed(struct files *f, uint64_t closer, const struct file_id *id, const char *name, int dirfd);
void files_touch(struct files *f, const struct tree_who *who, const struct file_id *id, int kind,
                 uint64_t before, const char *path, const char *path2);
/* The same for a folder, or a rename of what the tree itself made (TOUCH_FOLDER, TOUCH_NEW). */
void files_touch_flagged(struct files *f, uint64_t tree, uint32_t flags, const struct file_id *id, int kind,
                         const char *path, const char *path2);
struct vault *files_vault(struct files *f, uint32_t fs);

#endif
