#include "console/rings.h"

#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/update_record.h"

static int note(void *context, const char *agent_id, const char *ring)
{
    json_t *one = json_pack("{s:s,s:s}", "agent_id", agent_id, "ring", ring);

    return json_array_append_new(context, one) < 0 ? MM_ENOMEM : MM_OK;
}

static int tell(struct console *c, const char *agent_id, const char *ring, const char *by, int64_t now, json_t *orders)
{
    struct console_order o = {.agent_id = agent_id, .action = COMMAND_POLICY, .incident = "", .hold = -1, .by = by, .reason = ring};
    char command_id[LIM_ID], args[64];
    uint64_t sequence = 0;
    json_t *one;
    int rc;

    snprintf(args, sizeof args, "{\"ring\":\"%s\"}", ring);
    o.args = args;
    rc = console_order(c, &o, now, command_id, &sequence);
    if (!rc)
        rc = store_ring_ordered(c->store, agent_id, ring, command_id);
    if (rc)
        return rc;
    one = json_pack("{s:s,s:s,s:I}", "agent_id", agent_id, "command_id", command_id, "sequence", (json_int_t)sequence);
    return json_array_append_new(orders, one) < 0 ? MM_ENOMEM : MM_OK;
}

/* Those of the customer, or the one device, that know another ring than they belong to. */
static int tell_untold(struct console *c, int64_t customer, const char *agent_id, const char *by, int64_t now, json_t **orders)
{
    json_t *untold = json_array(), *list = json_array(), *one;
    size_t i;
    int rc = untold && list ? store_rings_untold(c->store, customer, agent_id, now, note, untold) : MM_ENOMEM;

    json_array_foreach(untold, i, one)
        if (!rc)
            rc = tell(c, json_string_value(json_object_get(one, "agent_id")), json_string_value(json_object_get(one, "ring")), by, now, list);
    json_decref(untold);
    if (rc)
        json_decref(list);
    else
        *orders = list;
    return rc;
}

int rings_act(struct console *c, const struct ring_act *a, int64_t now, json_t **orders)
{
    struct store_device d = {.customer = a->customer};
    char name[LIM_TITLE], object[48];
    int rc;

    if (a->ring[0] && !update_ring(a->ring))
        return MM_EINVAL;
    rc = a->device[0] ? store_device_get(c->store, a->device, &d) : store_customer_name(c->store, a->customer, name);
    if (!rc && d.revoked)
        rc = MM_ENOTFOUND;
    if (a->device[0])
        snprintf(object, sizeof object, "%s", a->device);
    else
        snprintf(object, sizeof object, "customer %lld", (long long)d.customer);
    if (!rc)
        rc = store_ring_set(c->store, d.customer, a->device, a->ring, a->by, now);
    if (!rc)
        rc = store_audit(c->store, a->by, "ring_set", object, a->ring[0] ? a->ring : "none", now);
    return rc ? rc : tell_untold(c, d.customer, a->device, a->by, now, orders);
}

int rings_catch_up(struct console *c, const char *agent_id, int64_t now, unsigned *count)
{
    json_t *orders = NULL;
    int rc = tell_untold(c, 0, agent_id, "console", now, &orders);

    *count = rc ? 0 : (unsigned)json_array_size(orders);
    json_decref(orders);
    return rc;
}
