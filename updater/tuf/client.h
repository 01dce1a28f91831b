/* The workflow of a TUF client (specification 1.0.34, section 5) as a state
 * machine.  Pure: no file, no network, no clock, no log; it says what it wants
 * next and is told what came of it.
 *
 *     struct tuf_client *c = tuf_client_new(now);
 *     for (;;) {
 *         struct tuf_step step;
 *         tuf_client_step(c, &step);          what is wanted
 *         ... do it ...
 *         tuf_client_answer(c, &answer);      what came of it
 *     }
 *
 * It owns what is trusted, from the root that is loaded first down to the role
 * that names a target, and every decision.  It must not own how bytes come and
 * go: the caller loads, fetches and keeps them and decides nothing.  Steps and
 * answers are plain structs, so that the two sides can be two processes.
 *
 * After TUF_READY the metadata is up to date and tuf_client_find may be called,
 * as often as wanted; each target ends in TUF_READY or TUF_FAILED again. */
#ifndef MM_UPDATER_TUF_CLIENT_H
#define MM_UPDATER_TUF_CLIENT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/limits.h"
#include "updater/tuf/cause.h"

enum tuf_want {
    TUF_LOAD,    /* read a file of the store */
    TUF_FETCH,   /* get a file of the repository, once, without following it elsewhere */
    TUF_KEEP,    /* replace a file of the store by `bytes`, durably; they have passed every check */
    TUF_READY,   /* all is done and current */
    TUF_FAILED,  /* refused; what was kept stays good, and a later run goes on from there */
};
enum tuf_place { TUF_METADATA, TUF_ARTIFACTS };  /* which folder, and which address */

struct tuf_step {
    enum tuf_want want;
    enum tuf_place place;
    char name[LIM_TUF_PATH];  /* LOAD, KEEP: of a file in the store, without folders; FETCH: below the address, ready
                                 for use in it; FAILED: what it was about */
    size_t limit;             /* LOAD, FETCH: bytes at most */
    const void *bytes;        /* KEEP: what the last TUF_BYTES gave; the caller's */
    size_t n;
    enum tuf_cause cause;     /* FAILED */
};

enum tuf_got {
    TUF_BYTES,      /* LOAD, FETCH: here they are */
    TUF_ABSENT,     /* LOAD: no such file; FETCH: the repository says so (404, 403) */
    TUF_OVERLONG,   /* LOAD, FETCH: it has more than `limit` bytes */
    TUF_TIMED_OUT,  /* FETCH: too slow */
    TUF_BROKEN,     /* LOAD, FETCH, KEEP: anything else that went wrong */
    TUF_KEPT,       /* KEEP: it would survive a power cut now */
};

struct tuf_answer {
    enum tuf_got got;
    const void *bytes;  /* BYTES; the caller leaves them alone until KEEP, when that is the next step, is answered */
    size_t n;
};

struct tuf_client;

/* A client at its first step.  `now`: seconds since the epoch, taken once; every expiry is judged by it.  The caller
 * frees it.  NULL: no memory. */
struct tuf_client *tuf_client_new(int64_t now);
/* Free it and all that it holds; NULL is fine. */
void tuf_client_free(struct tuf_client *c);
/* What is wanted now.  Changes nothing; may be asked twice. */
void tuf_client_step(const struct tuf_client *c, struct tuf_step *out);
/* What came of the step.  MM_OK, also when it makes the client fail; MM_ESTATE: no answer to this step, nothing changes. */
int tuf_client_answer(struct tuf_client *c, const struct tuf_answer *answer);
/* When the trusted file of a kind (enum tuf_kind) expires, seconds since the epoch; 0: there is none yet. */
int64_t tuf_client_expires(const struct tuf_client *c, int kind);
/* Look for a target by its path and bring its artifact.  MM_ESTATE: the metadata is not up to date; MM_ENOMEM. */
int tuf_client_find(struct tuf_client *c, const char *path);

/* A verified role that may speak for the path of a survey: its name and its `targets`, and what it says beside them; good during the call. */
typedef void (*tuf_seen)(void *context, const char *role, const json_t *signed_part);
/* Show every role that may speak for `path`, in the order in which a search looks into them, and then be ready: for who
 * does not know yet which target to ask for.  What is seen is a hint; tuf_client_find decides.  Errors as above. */
int tuf_client_survey(struct tuf_client *c, const char *path, tuf_seen seen, void *context);

#endif
