/* The vault: what files were before a process tree touched them.
 *
 * One vault per file system (per subvolume on btrfs): a root-only directory
 * ".mimamori-vault" at the top of that mount, so that reflink clones and hard
 * links reach it.  It owns
 *   versions  contents kept as files of the vault: FICLONE where the file
 *             system can, else a copy (copy_file_range/sendfile);
 *   links     one hard link per protected file: keeps what is unlinked or
 *             renamed over without ever having been opened;
 *   touches   "tree T changed file F, whose content before was version V, at
 *             path P": what restore works from;
 *   evidence  the attacker's versions, kept after a restore.
 * The index (append-only log with checksums per record, compacted at open) is
 * written with plain write(2) before the caller goes on, so that it survives
 * kill -9 of the agent; nothing is fsynced on this path (kernel.md), so a
 * power cut may lose the newest records, never corrupt older ones.
 *
 * Bounded: bytes of versions (hard links of living files are free), age, and
 * fair eviction: when full, baselines of files that are gone go first, then the tree that owns most bytes loses its oldest
 * version first, so a flood by one tree cannot evict another's; versions whose
 * tree is under a verdict ("pinned") are never evicted.
 *
 * Thread-safe, one short lock around the index; the copying happens outside
 * it.  vault_store and vault_touch run on permission threads: they allocate
 * nothing after vault_open, and never log. */
#ifndef MM_AGENT_RESPOND_VAULT_H
#define MM_AGENT_RESPOND_VAULT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "lib/limits.h"

#define VAULT_FOLDER ".mimamori-vault"

struct vault;

/* One file of this file system for its whole life. */
struct vault_key {
    uint64_t ino;
    int64_t btime_ns;      /* birth time: inode numbers are reused at once on ext4 */
};

/* What restore needs besides the content. */
struct vault_meta {
    struct vault_key key;
    uint32_t mode, uid, gid, nlink;
    uint64_t size;
    int64_t mtime_ns, ctime_ns, atime_ns;
};

typedef uint64_t vault_ref; /* a version; 0 = none */

struct vault_limits {
    uint64_t bytes;        /* all versions together; 0: a tenth of the file system, 20 GiB at most */
    uint64_t free_reserve; /* never leave less than this free on the file system */
    uint32_t age_s;        /* versions of calm trees are dropped after this; default 86400 */
    uint64_t copy_max;     /* larger files are not copied (LIM_PREIMAGE_COPY); reflink has no limit */
};

enum vault_touch_kind {
    TOUCH_WRITE = 1,   /* opened for writing, truncated: ref holds the content before */
    TOUCH_REMOVED,     /* unlinked: the hard link (or ref) holds it */
    TOUCH_REPLACED,    /* another file was renamed over it: the hard link (or ref) holds it */
    TOUCH_RENAMED,     /* path -> path2, content the same */
    TOUCH_CREATED,     /* made by the tree at path, and restore shall move it to the evidence: recorded
                          only for what the caller judged opaque; may come after the file's RENAMED */
};
/* struct vault_touch.flags */
#define TOUCH_FOLDER 1u /* the touch concerns a folder: RENAMED is undone, REMOVED makes it again (key may be 0) */
#define TOUCH_NEW 2u    /* RENAMED of a file that the tree itself made: it is followed, it is no original */

struct vault_touch {
    uint64_t tree;
    enum vault_touch_kind kind;
    struct vault_key key;  /* the file concerned */
    vault_ref ref;         /* content before; 0: the hard link */
    const char *path;      /* absolute path at that moment */
    const char *path2;     /* TOUCH_RENAMED: the new path; else NULL */
    int64_t wall_ns;
    uint32_t flags;        /* TOUCH_FOLDER, TOUCH_NEW */
};

struct vault_stats {
    bool reflink;          /* this file system clones */
    uint64_t bytes, limit; /* bytes of versions held, bound */
    uint64_t versions, links, touches, evicted, failed;
    char root[LIM_PATH];   /* the vault directory */
};

/* struct vault_meta of an open file (statx on the descriptor). */
int vault_meta_of(int fd, struct vault_meta *out);

/* Open (make) the vault of the file system that `folder` lies on; reads the
 * index back, drops half-written records.  Fails with MM_EUNSUPPORTED where
 * links or the directory cannot be made (read-only, vfat without links ...):
 * the caller degrades and says so.  MM_ESTATE: another process holds it.
 * Keeps three descriptors open.  `limits` may be NULL (all defaults). */
int vault_open(struct vault **out, const char *folder, const struct vault_limits *limits);
/* The same in a folder named by the caller instead of the mount's top (tests
 * without root; a share whose top is not writable).  Restore reaches files
 * below `top` only, which must be an absolute path. */
int vault_open_in(struct vault **out, const char *top, const struct vault_limits *limits);
void vault_close(struct vault *v);
void vault_stats(struct vault *v, struct vault_stats *out);
/* Device number of the file system; true when `dev`,`ino` is the vault directory itself. */
dev_t vault_dev(const struct vault *v);

/* Keep a hard link of the file (dirfd, name), unless there is one.  MM_EEXIST is MM_OK. */
int vault_link(struct vault *v, int dirfd, const char *name, const struct vault_key *key);
/* The same for an open file, under whatever name it was opened (linkat(2) by
 * /proc/self/fd; MM_EUNSUPPORTED when it was opened through another mount). */
int vault_link_fd(struct vault *v, int fd, const struct vault_key *key);
/* Drop the hard link (the file left the protected folders with the owner's will, or is too old). */
int vault_unlink(struct vault *v, const struct vault_key *key);

/* The version that equals the file's content now (same key, size, mtime, and
 * the mtime is older than the stored moment by more than the clock's grain);
 * 0 when there is none.  Permission thread. */
vault_ref vault_current(struct vault *v, const struct vault_meta *now);
/* The file is still there: its newest version does not age (the only copy of a calm
 * document may be a version; what was removed ages from when it was last seen). */
void vault_renew(struct vault *v, const struct vault_key *key, int64_t now_wall_ns);
/* The newest version of this file, whether or not it equals the content now; 0: none. */
vault_ref vault_latest(struct vault *v, const struct vault_key *key);
/* What holds the file's present content for a restore: 0 when its hard link is
 * kept, else its newest version (0 too when there is none). */
vault_ref vault_holds(struct vault *v, const struct vault_key *key);
/* Store the content of `fd` (file described by `now`) as a version owned by
 * `tree` (0: a baseline that belongs to nobody and evicts nothing; the last to go while its file is seen).  Returns an existing one when
 * vault_current finds it.  `cancel`, may be NULL: looked at between chunks; when it becomes
 * non-zero the copy is given up.  MM_ELIMIT (too large to copy), MM_ENOSPC,
 * MM_ETIMEOUT (cancelled), MM_EIO.  Permission thread. */
int vault_store(struct vault *v, int fd, const struct vault_meta *now, uint64_t tree,
                const volatile int *cancel, vault_ref *out);
/* Record a touch (first one per tree, file and kind counts; later ones are MM_OK and ignored
 * unless another tree touched the file in between; RENAMED and CREATED are all kept in order).  MM_ENOTFOUND: `ref` was
 * evicted since (store again, the opener still waits); MM_ENOSPC, MM_EIO: not recorded. */
int vault_touch(struct vault *v, const struct vault_touch *t);
/* True when `tree` has touched the file this way already, so that what it was
 * before is kept and need not be stored again.  Permission thread. */
bool vault_touched(struct vault *v, uint64_t tree, const struct vault_key *key, enum vault_touch_kind kind);
/* True when any tree's touch of this file is kept. */
bool vault_any_touch(struct vault *v, const struct vault_key *key);
/* The tree was still changing files at this moment (a close after writing, a
 * frozen tree's last sign): what is younger than a tree's last sign by more
 * than LIM_VAULT_SLACK_S is taken for somebody else's by restore.  Memory only. */
void vault_seen(struct vault *v, uint64_t tree, int64_t wall_ns);
/* Remember a folder's mode, owner and attributes, so that restore can make it
 * again; called when a folder becomes protected and when its mode changes.
 * Unchanged ones cost no write. */
int vault_folder(struct vault *v, int dirfd, const char *path);
/* Open the content before: the version, else the hard link.  Read-only fd, caller closes. */
int vault_open_before(struct vault *v, const struct vault_key *key, vault_ref ref, int *fd);

/* A tree's records are needed (verdict) or not any more. */
void vault_pin(struct vault *v, uint64_t tree, bool pinned);
/* Forget a calm tree's touches; its versions become evictable by age. */
void vault_forget(struct vault *v, uint64_t tree);
/* Evict by age and space; call every few seconds from a worker thread. */
void vault_sweep(struct vault *v, int64_t now_wall_ns);

struct restore_report {
    uint32_t restored, unchanged, failed, evidence;
    char first_failure[LIM_PATH + 128]; /* path: reason; empty when none failed */
};
/* Put every original that `tree` touched back byte for byte, with mode, owner,
 * times, extended attributes and its path before; the attacker's versions move
 * to evidence/INCIDENT/ with a manifest (JSON lines: original path, sha256,
 * kept name).  In place (same inode) where the file has other hard links;
 * otherwise a new file renamed over.  Missing folders are made again.  Never
 * follows a symbolic link on the way (openat2 RESOLVE_NO_SYMLINKS|RESOLVE_BENEATH
 * from the mount's root, else a walk with O_NOFOLLOW).  Files somebody else
 * changed since are left alone and reported as failed.  May be called again
 * after a kill -9: it goes on where it stopped.  Worker thread, may take long;
 * `progress` (may be NULL) is called after each file. */
int vault_restore(struct vault *v, uint64_t tree, const char *incident, struct restore_report *out,
                  void (*progress)(void *context, const struct restore_report *r), void *context);

#endif
