/* The ring of updates that hosts belong to: a customer's, or one device's own. */
#ifndef MM_CONSOLE_RINGS_H
#define MM_CONSOLE_RINGS_H

#include <jansson.h>

#include "console/console.h"

struct ring_act {
    int64_t customer;
    const char *device;        /* "": the customer's default */
    const char *ring;          /* "canary", "early", "broad"; "": none of its own any more */
    const char *by;
};
/* Keep it, audit it, order it (policy) from those whose ring changes by it; inside a transaction.  `orders`: as doors_act makes them;
 * the caller frees.  MM_EINVAL: no such ring; MM_ENOTFOUND. */
int rings_act(struct console *c, const struct ring_act *a, int64_t now, json_t **orders);
/* Order it from a device that was not told: it came later, or its order ran out.  `count`: orders made. */
int rings_catch_up(struct console *c, const char *agent_id, int64_t now, unsigned *count);

#endif
