/* Openers that wait for a verdict, and what else waits for the thread that tends to them.
 *
 * `lock` is held for moments only, never while a file is opened, read, written or closed: the watchdog takes it.  Who has
 * taken an opener out of the table's hands (`taken`) records it, answers and closes; when that takes too long the watchdog
 * answers: whoever swaps `owed` away from the descriptor owns the answer. */
#ifndef MM_AGENT_WATCH_LINUX_FILES_WAIT_H
#define MM_AGENT_WATCH_LINUX_FILES_WAIT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/watch/files.h"

#define FILES_WAITING 128          /* openers of frozen trees wait here too; beyond: denied */
#define FILES_LATER_MOST 4096
#define OWED_NONE (-1)             /* answered */
#define OWED_NOW (-2)              /* is being answered: the descriptor must not be closed yet */
#define OWED_UNREAD (-3)           /* a worker's only: it is being read */

struct files;

struct waiting_open {
    int fd;                        /* event descriptor; -1: free */
    struct tree_who who;
    struct file_id file;
    uint64_t before;
    int64_t since;                 /* CLOCK_BOOTTIME */
    uint32_t folder;
    bool create;
    bool plain;                    /* an open for writing that itself changes nothing */
    bool asked;                    /* its tree's open files were sent to be judged */
};

struct waiting_slot { struct waiting_open o; _Atomic int owed; bool taken; };

/* Something for the vaults or a disk that must not wait in the thread that has it. */
enum later { LATER_PIN, LATER_UNPIN, LATER_CREATED, LATER_CLOSE };
struct later_task { struct later_task *next; enum later what; struct tree_who who; struct file_id file; int fd; char path[]; };

struct files_waiting {
    pthread_mutex_t lock;
    pthread_cond_t more;
    unsigned rung;                 /* how often somebody had something for `tend` or `judge` */
    struct waiting_slot slot[FILES_WAITING];
    _Atomic unsigned n;            /* slots in use */
    struct later_task *first, **last;
    _Atomic unsigned tasks;        /* listed, or being done */
    pthread_mutex_t turn;          /* of who does them, in their order */
};

void files_wait_init(struct files_waiting *w);
bool files_wait_add(struct files *f, const struct waiting_open *o);   /* false: no room */
/* It goes on, `fd` open: the restore must know of it, and what it writes must be found. */
void files_let_go(struct files *f, const struct waiting_open *o, int fd);
void files_wait_wake(struct files *f, bool also_idle);                /* a verdict may have come; also_idle: though nobody waits */
void files_wait_frozen(struct files *f, uint64_t tree);
/* Answer all that somebody could decide or that have waited long enough; when the group is gone: all. */
void files_wait_decide(struct files *f, int64_t now);
void files_wait_judge(struct files *f, int64_t now);   /* judge what the trees of those who wait have open */
void files_wait_overdue(struct files *f, int64_t now); /* the watchdog's: answer for whoever should have by now */
/* Until somebody wakes us; 2 ms while an opener waits, else `idle_ns`, at the most.  *seen: the caller's, 0 at first. */
void files_wait_sleep(struct files *f, int64_t idle_ns, unsigned *seen);
/* In the order of these calls, by `tend` or files_do_tasks(); `t` without its list and path.  Of LATER_CREATED no more than
 * FILES_LATER_MOST wait, what is more is counted as lost. */
void files_later(struct files *f, const struct later_task *t, const char *path);
void files_do_tasks(struct files *f, int64_t patience_ns); /* all that there are now, unless somebody else is at it for longer; may wait */

#endif
