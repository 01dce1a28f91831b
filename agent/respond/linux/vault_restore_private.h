/* What the files of the restore share.  All of it runs on one worker thread
 * under `slow`, never under `lock`. */
#ifndef MM_AGENT_RESPOND_VAULT_RESTORE_PRIVATE_H
#define MM_AGENT_RESPOND_VAULT_RESTORE_PRIVATE_H

#include "agent/respond/linux/vault_plan.h"
#include "agent/respond/linux/vault_private.h"

#define RESTORE_BATCH 256 /* files between two syncs of the file system */

/* A name in a folder that was reached without following a link. */
struct spot {
    int dirfd;             /* -1: the folder is not there */
    char name[LIM_NAME];
    bool there;
    struct vault_meta m;   /* when there */
};

/* The attacker's versions of one incident. */
struct evidence {
    struct vault *v;
    const char *incident;
    int dir, manifest;
    struct key_set kept;   /* listed in the manifest */
};

struct restore {
    struct vault *v;
    uint64_t tree;
    int64_t last;          /* the tree's last sign */
    struct plan plan;
    uint32_t unreadable;   /* records of touches that are damaged */
    struct evidence ev;
    struct restore_report report;
    uint8_t *space;        /* one record, LIM_RECORD bytes */
    void (*progress)(void *context, const struct restore_report *r);
    void *context;
    const char *why;       /* of the failure under way */
    vault_ref consumed;    /* the version whose own file was given back just now */
    struct rec_done done[RESTORE_BATCH]; /* finished, not yet recorded: their bytes are not on disk yet */
    unsigned ndone;
    char attr[LIM_NAME];
};
#define RESTORE_SPACE (VAULT_LOG_PAYLOAD + 64u)

/* --- vault_path.c --- */
/* Reach the folder of `path`, below the vault's top, following no link; `make`:
 * missing folders are made again, like they were; else dirfd is -1 when the
 * folder is missing.  MM_EINVAL: not below the top; MM_EDENIED: a link or another thing is in the way. */
int spot_open(struct restore *rs, const char *path, bool make, struct spot *out);
/* Look again what the name is. */
int spot_look(struct spot *s);
void spot_close(struct spot *s);
/* Make a folder and those above it again. */
int spot_make_folder(struct restore *rs, const char *path);

/* --- vault_evidence.c --- */
int evidence_open(struct evidence *ev, struct vault *v, const char *incident);
/* Lists what a kill left unlisted, makes it durable. */
void evidence_close(struct evidence *ev);
bool evidence_has(const struct evidence *ev, const struct vault_key *key);
/* Keep the file behind (dirfd, name): a link of a regular file (the caller
 * removes the name), anything else is moved.  Idempotent. */
int evidence_take(struct evidence *ev, int dirfd, const char *name, const struct vault_meta *m, const char *path,
                  const char *reason);
/* Keep a copy of what `fd` holds now. */
int evidence_copy(struct evidence *ev, int fd, const struct vault_meta *m, const char *path);
/* The kept file belongs to root alone from now on. */
void evidence_lock(struct evidence *ev, const struct vault_key *key);

/* --- vault_put.c --- */
/* A version ready for use: its bytes and what it was. */
struct before { int fd; struct rec_version r; uint8_t *attrs; vault_ref ref; };
int before_open(struct restore *rs, vault_ref ref, struct before *out);
void before_close(struct before *b);
/* 1: `fd` has the version's bytes, 0: not, negative: unreadable. */
int before_same(const struct before *b, int fd);
/* Give the open file the version's owner, mode, attributes, times; *changed when anything differed. */
int before_apply(struct restore *rs, const struct before *b, int fd, bool *changed);
/* A new file in work/ that equals the version; name out.  On a full disk the
 * version's own file is used, *consumed is set. */
int before_build(struct restore *rs, struct before *b, char work[VAULT_NAME], bool *consumed);
/* Rewrite the open file in place. */
int before_rewrite(struct restore *rs, const struct before *b, int fd);
/* Another name in work/ of the file (dirfd, name). */
int work_link(struct restore *rs, int dirfd, const char *name, char work[VAULT_NAME]);
/* Move work/ to the spot; whatever is there goes to the evidence, or is
 * remembered when it is itself an original on its way back. */
int put_name(struct restore *rs, const char *work, struct spot *to, const char *path);
/* 0: the occupant of the spot is the tree's, or nobody; MM_ESTATE: somebody else's. */
int occupant_check(struct restore *rs, const struct plan_item *it, const struct spot *s);
/* The same for the content of the file itself. */
int content_check(struct restore *rs, const struct plan_item *it, const struct vault_meta *m);
/* Open a regular file of that key by name, nothing else. */
int open_known(int dirfd, const char *name, int flags, const struct vault_key *key, int *fd);

/* --- vault_original.c --- */
/* Put one file back.  DONE_RESTORED, DONE_UNCHANGED, or an error with rs->why. */
int restore_original(struct restore *rs, const struct plan_item *it);

#endif
