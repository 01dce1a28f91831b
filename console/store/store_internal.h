/* What the store's files share. */
#ifndef MM_CONSOLE_STORE_INTERNAL_H
#define MM_CONSOLE_STORE_INTERNAL_H

#include "console/store/db.h"
#include "console/store/store.h"

struct store {
    struct db *db;
    int64_t seen_version;
};

/* Does the host of incident i (device d) still hold something of it?  Programs are stopped - its
 * heartbeat names the incident - or its network is closed because of it. */
#define STORE_HELD \
    "((i.response IN ('freeze', 'quarantine') AND coalesce(d.heartbeat, '') LIKE '%' || i.uid || '%')" \
    " OR (i.quarantine = 'on' AND d.quarantine = 'on'))"
/* An incident is over when it was judged and nothing of it is held. */
#define STORE_OPEN "(i.state = 'open' OR " STORE_HELD ")"

/* The ring that device d belongs to: its own, else its customer's. */
#define STORE_RING \
    "coalesce((SELECT r.ring FROM ring r WHERE r.customer = d.customer AND r.agent_id IN ('', d.agent_id)" \
    " ORDER BY r.agent_id DESC LIMIT 1), 'broad')"

/* Row callbacks: keep column 0. */
int store_keep_int(void *context /* int64_t */, const struct db_row *row);
/* Copy a column into a fixed array, cut if need be. */
void store_copy(char *out, size_t size, const struct db_row *row, int column);
/* The first element of a list as an object of its own; MM_ENOTFOUND when the list is empty. */
int store_only(json_t *list, json_t **out);

/* Does the row fit to the one before it (fresh), or to the one stored already?  If not an incident of kind
 * journal is raised. */
int store_chain_check(struct store *s, const struct store_batch *b, const struct ingest_event *e, int fresh, int64_t now);

#endif
