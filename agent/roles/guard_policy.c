/* The guard's own parts of the console's signed policy: the ring of updates, kept for the updater in STATE/guard/ring, and the
 * code with which this agent may be removed, kept for the installer in STATE/guard/removal. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "agent/roles/guard_internal.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/removal_code.h"
#include "lib/update_record.h"

#define FILE_BYTES 4096 /* a word; what a newer agent adds on further lines is passed over */

static void path_of(const struct guard *g, char path[LIM_PATH + 32])
{
    snprintf(path, LIM_PATH + 32, "%s/guard/ring", g->config->state);
}

void guard_policy_load(struct guard *g)
{
    char path[LIM_PATH + 32];
    struct buf b;

    buf_init(&b, FILE_BYTES);
    path_of(g, path);
    g->ring[0] = '\0';
    if (durable_read(path, &b) == MM_OK && b.len) {
        b.data[strcspn(b.data, "\n")] = '\0';
        if (update_ring(b.data))
            snprintf(g->ring, sizeof g->ring, "%s", b.data);
    }
    buf_fini(&b);
}

static int keep(struct guard *g, const char *ring)
{
    char path[LIM_PATH + 32], line[LIM_TAG + 1];
    int n = snprintf(line, sizeof line, "%s\n", ring), rc;

    path_of(g, path);
    rc = durable_write(path, line, (size_t)n, 0600);
    if (rc == MM_OK) {
        snprintf(g->ring, sizeof g->ring, "%s", ring);
        log_info("ring of updates: %s", ring);
    }
    return rc;
}

/* Good for as long as the order is. */
static int keep_removal(const struct guard *g, const char *hash, int64_t until)
{
    struct removal r = {.until = until};

    if (strlen(hash) != sizeof r.hash - 1)
        return MM_EFORMAT;
    memcpy(r.hash, hash, sizeof r.hash);
    return removal_write(g->config->state, &r);
}

int guard_policy_take(struct guard *g, const struct command *c, bool *more)
{
    json_t *o = json_loads(c->args, JSON_REJECT_DUPLICATES, NULL);
    const char *ring = json_string_value(json_object_get(o, "ring")), *removal = json_string_value(json_object_get(o, "removal"));
    int rc = o ? MM_OK : MM_EFORMAT;

    *more = json_object_get(o, "gateways") != NULL;
    if (ring)
        rc = update_ring(ring) ? keep(g, ring) : MM_EFORMAT;
    if (removal && !rc)
        rc = keep_removal(g, removal, c->not_after);
    json_decref(o);
    return rc;
}
