/* The file guard: sees every open in the protected folders before it
 * succeeds, keeps what the files were, and tells what was changed.
 *
 * Threads of its own: one worker per CPU that answers permission events (fixed
 * memory, hard deadline), one that reads names (new folders, closes, renames,
 * removals), one watchdog that answers what is late, one that lets
 * openers go and records them, one that judges in place, one that sweeps.  It owns the fanotify
 * groups, the marks, the index of protected names, the vaults and the openers
 * that wait.  It does not judge: content goes out by `compare`, losses by
 * `ask`; answers go to the trees, then files_gate_changed.
 *
 * Where another program holds openers too, it does not: see files_beside.c for what is left then.
 *
 * Mechanism and measurements: kernel.md of the project's design papers;
 * fanotify(7), fanotify_mark(2). */
#ifndef MM_AGENT_WATCH_FILES_H
#define MM_AGENT_WATCH_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/agent_config.h"
#include "agent/detect/trees.h"
#include "agent/messages.h"
#include "agent/respond/vault.h"
#include "agent/watch/procs.h"

struct files;

/* One content to compare; descriptors belong to the callee. */
struct files_compare {
    struct tree_who who;
    struct file_id file;
    enum touch_way way;
    int after, before;            /* before is -1 for a new file */
    uint64_t after_size, before_size;
    char name[LIM_NAME];          /* last part of the name after the change */
    char path[LIM_PATH];          /* absolute, as far as it could be known */
};

struct files_hooks {
    void *context;
    /* Hand a content to the scan process.  Threads `names` and `judge`; must not
     * block.  MM_OK: an answer will come by files_judged. */
    int (*compare)(void *context, const struct files_compare *c);
    /* A loss was counted without a comparison: ask the rules about the tree. */
    void (*ask)(void *context, const struct tree_who *who);
    /* Some times a second from the watchdog: openers are answered.  Must not block. */
    void (*alive)(void *context);
    /* Events were lost or a folder's state changed: status must be told anew. */
    void (*changed)(void *context);
};

struct files_counts {
    uint64_t opens, reads, writes, preimages, denied, parked, late, lost_opens, lost_events;
    uint64_t files, folders, kernel_bytes, too_large;
    unsigned waiting;
    bool pre_access, rename_events, reflink_everywhere;
    bool notify;                  /* another program decides about opens on one of the file systems: ours only looks on */
    char beside[64];              /* its name, any bytes; "" otherwise */
    bool open_to_all;             /* whoever opens a file goes on unseen: nobody could look, for the disk or another program holds us */
    uint64_t max_answer_us;
};

/* Open the groups, mark the folders (walks them), start the threads.  A folder
 * that cannot be guarded is reported by files_folder_status, not an error;
 * MM_EUNSUPPORTED when this kernel has no fanotify permission events at all. */
int files_start(struct files **out, const struct agent_config *config, struct procs *procs,
                struct trees *trees, const struct files_hooks *hooks);
/* Release every opener, remove the marks, stop the threads, close the vaults. */
void files_stop(struct files *f);

/* The comparison of a touch is done: tell the trees before this call, then
 * those are let go that waited for it.  Never waits. */
void files_gate_changed(struct files *f);
/* Every process of the tree was sent SIGSTOP: its waiting openers return from
 * the kernel into the stop (refused where the call itself would cut a file). */
void files_frozen(struct files *f, uint64_t tree);

/* Wait until everything that was reported so far is written down (a frozen tree's
 * last renames and removals), at most `ms`.  Worker thread. */
void files_settle(struct files *f, unsigned ms);
/* Restore everything `tree` touched, over all vaults.  Worker thread. */
int files_restore(struct files *f, uint64_t tree, const char *incident, struct restore_report *out,
                  void (*progress)(void *context, const struct restore_report *r), void *context);
/* A new file turned out to be opaque or a ransom note: the restore moves it to evidence.  Never waits: written down a
 * moment later, before anybody is let go by a files_gate_changed that follows. */
void files_created(struct files *f, const struct tree_who *who, const struct file_id *id, const char *path);
/* Close a file that somebody had open: the last one to do so may wait for the disk.  Never waits. */
void files_close(struct files *f, int fd);
/* The tree's versions stay in the vaults, whatever their age and size, until `pinned` is false.  Never waits. */
void files_pin(struct files *f, uint64_t tree, bool pinned);

/* What happened since the start, and what there is now; from any thread. */
void files_counts(struct files *f, struct files_counts *out);
/* Fill up to `max` rows, the worst first; returns how many folders there are. */
unsigned files_folder_status(struct files *f, struct folder_status *out, unsigned max);
/* Sum of the vaults. */
void files_vault_status(struct files *f, uint64_t *bytes, uint64_t *limit, uint64_t *evicted);
/* Whether the permission group and its threads work. */
bool files_alive(struct files *f);

#endif
