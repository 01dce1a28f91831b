/* One run of the updater from root's side: starts the children, hands bytes from one to the other and to the disk, and
 * lays a release that was brought into a folder of its own.  It looks into no file: what to fetch, to keep and to lay down
 * is the verifying process's word, what is in a release the unpacking one's; where it may lie, and how much of it, is this side's. */
#ifndef MM_UPDATER_HOST_RELAY_H
#define MM_UPDATER_HOST_RELAY_H

#include "updater/host/messages.h"
#include "updater/host/places.h"
#include "updater/store.h"

#define RELAY_PART ".part"        /* behind the name of an artifact that is on its way, in artifacts/ */
#define RELAY_STAGED ".new"       /* below places.folders[kind]: not yet a release */

struct relay_result {
    struct update_done done;
    struct update_plan plan;      /* of what is staged */
    bool staged;                  /* done.result is UPDATE_BROUGHT and its files are all on disk */
    bool space;                   /* this disk is full */
    bool no_authority;            /* the file of [update] ca cannot be read */
    bool bundle;                  /* from a bundle; the caller's word */
    int64_t made;                 /* of an offline bundle, seconds since the epoch; 0: not told */
};

/* Run once.  `bundle`: descriptor of an offline bundle, or -1: the network is asked.  `config_path`: for the children, may be NULL.
 * The store is open.  MM_OK when the run came to its end, whatever that is; errors: a child cannot be started or broke off,
 * and `out->done.detail` says so. */
int relay_run(const struct places *places, struct store *store, const char *config_path, const struct update_host *host, int bundle,
              struct relay_result *out);
/* Remove what a run left staged, for a kind. */
void relay_clear(const struct places *places, enum update_kind kind);

#endif
