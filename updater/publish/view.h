/* The repository as a client sees it: the client core of updater/tuf, fed from
 * the folders, with what is about to be published laid over them.
 *
 * The desk publishes nothing that this client does not accept.  Nothing is
 * written; what the client wants kept stays in memory. */
#ifndef MM_UPDATER_PUBLISH_VIEW_H
#define MM_UPDATER_PUBLISH_VIEW_H

#include <jansson.h>

#include "lib/buf.h"
#include "updater/tuf/client.h"

struct view_file { char name[LIM_TUF_FILE]; struct buf bytes; };

struct view {
    const char *dir;                   /* the repository; the caller's */
    const json_t *over;                /* texts by name below metadata/; the caller's; may be NULL */
    int64_t now;                       /* the clock of this client */
    struct tuf_client *client;
    struct view_file kept[LIM_TUF_ROLES + 4];
    size_t nkept;
    struct buf bytes;                  /* of the last file that it fetched: after view_target the artifact */
    enum tuf_cause cause;              /* why the last call failed, and what it was about */
    char about[LIM_TUF_PATH];
};

/* A client that knows root 1 only.  The expiry of nothing is minded when `now` is 0. */
void view_init(struct view *v, const char *dir, const json_t *over, int64_t now);
/* Free what it holds. */
void view_fini(struct view *v);
/* Bring the metadata up to date.  MM_ECRYPTO: refused, see `cause`; MM_ENOMEM ... */
int view_refresh(struct view *v);
/* Look for a target and take its artifact; with `role_only` a role that does not list it is fine. */
int view_target(struct view *v, const char *path, int role_only);
/* Refresh, then look into every role that targets delegates to. */
int view_roles(struct view *v);
/* Append a file of the repository, as it is. */
int view_read(const struct view *v, enum tuf_place place, const char *name, struct buf *out);
/* The file that was kept under a role's name; NULL: none. */
const struct buf *view_kept(const struct view *v, const char *role);

#endif
