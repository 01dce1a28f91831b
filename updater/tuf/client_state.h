/* The inside of a client, shared by client.c (steps and answers), refresh.c
 * (root, timestamp, snapshot) and search.c (targets, delegated roles,
 * artifacts).  Nobody else includes it. */
#ifndef MM_UPDATER_TUF_CLIENT_STATE_H
#define MM_UPDATER_TUF_CLIENT_STATE_H

#include <jansson.h>

#include "updater/tuf/client.h"
#include "updater/tuf/info.h"
#include "updater/tuf/metadata.h"

enum tuf_state {
    STATE_ROOT_LOAD, STATE_ROOT_FETCH, STATE_ROOT_KEEP,
    STATE_TIMESTAMP_LOAD, STATE_TIMESTAMP_FETCH, STATE_TIMESTAMP_KEEP,
    STATE_SNAPSHOT_LOAD, STATE_SNAPSHOT_FETCH, STATE_SNAPSHOT_KEEP,
    STATE_ROLE_LOAD, STATE_ROLE_FETCH, STATE_ROLE_KEEP,   /* targets or a delegated role */
    STATE_ARTIFACT_LOAD, STATE_ARTIFACT_FETCH, STATE_ARTIFACT_KEEP,
    STATE_READY, STATE_FAILED,
    STATES
};

/* A role and who may sign for it.  Each holder has references of its own. */
struct tuf_speaker { json_t *role, *keys; };

/* One search; zeroed when there is none. */
struct tuf_search {
    char *path;                                   /* the target's; NULL: no search, the top role is refreshed */
    struct tuf_info info;                         /* of the target, when it was found */
    json_t *visited;                              /* names of roles that were looked into */
    tuf_seen seen;                                /* a survey: shown each role, none ends it; NULL: a target is wanted */
    void *context;                                /* for `seen` */
    struct tuf_speaker waiting[LIM_TUF_PENDING];  /* the last one is next */
    size_t nwaiting;
};

struct tuf_client {
    int64_t now;
    enum tuf_state state;
    enum tuf_cause cause;                            /* STATE_FAILED */
    char about[LIM_TUF_PATH];                        /* STATE_FAILED: which file */
    struct tuf_meta root, timestamp, snapshot, targets; /* trusted; `file` NULL: none yet */
    struct tuf_meta next;                            /* verified, trusted when it is kept */
    const void *bytes;                               /* the caller's, of `next` or of an artifact */
    size_t n;
    unsigned roots;                                  /* that this run went through */
    int rotated;                                     /* keys of timestamp or snapshot changed in this run */
    int refreshed;                                   /* targets is current */
    struct tuf_info entry;                           /* of the snapshot or the role that is wanted now */
    const char *role;                                /* name of the role that is wanted now; part of `speaker` */
    struct tuf_speaker speaker;                      /* for that role */
    struct tuf_search search;
};

/* ---- client.c ---- */
/* The end of this run, for `cause`; the name of the present step tells what it is about. */
void tuf_fail(struct tuf_client *c, enum tuf_cause cause);
/* Go to a KEEP state with bytes that have passed. */
void tuf_keep(struct tuf_client *c, enum tuf_state state, const void *bytes, size_t n);
/* The name of the file a state is about, as the step tells it. */
void tuf_state_name(const struct tuf_client *c, char out[LIM_TUF_PATH]);

/* ---- refresh.c: one function for each state and answer ---- */
void tuf_root_loaded(struct tuf_client *c, const void *bytes, size_t n);
void tuf_root_not_here(struct tuf_client *c);
void tuf_root_fetched(struct tuf_client *c, const void *bytes, size_t n);
void tuf_root_newest(struct tuf_client *c);
void tuf_root_kept(struct tuf_client *c);
void tuf_timestamp_loaded(struct tuf_client *c, const void *bytes, size_t n);
void tuf_timestamp_not_here(struct tuf_client *c);
void tuf_timestamp_fetched(struct tuf_client *c, const void *bytes, size_t n);
void tuf_timestamp_kept(struct tuf_client *c);
void tuf_snapshot_loaded(struct tuf_client *c, const void *bytes, size_t n);
void tuf_snapshot_not_here(struct tuf_client *c);
void tuf_snapshot_fetched(struct tuf_client *c, const void *bytes, size_t n);
void tuf_snapshot_kept(struct tuf_client *c);

/* ---- search.c ---- */
/* Begin with a role: its own references are taken over. */
void tuf_role_begin(struct tuf_client *c, struct tuf_speaker speaker, const char *name);
void tuf_role_loaded(struct tuf_client *c, const void *bytes, size_t n);
void tuf_role_not_here(struct tuf_client *c);
void tuf_role_fetched(struct tuf_client *c, const void *bytes, size_t n);
void tuf_role_kept(struct tuf_client *c);
void tuf_artifact_loaded(struct tuf_client *c, const void *bytes, size_t n);
void tuf_artifact_not_here(struct tuf_client *c);
void tuf_artifact_fetched(struct tuf_client *c, const void *bytes, size_t n);
void tuf_artifact_kept(struct tuf_client *c);
/* Free what the last search holds. */
void tuf_search_fini(struct tuf_client *c);

#endif
