/* The register out of the store, and what operators say into it: kept, audited
 * and ordered from the devices in one transaction of the caller's. */
#include "console/doors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"

#define KEY_DIGITS 64  /* SHA-256 */
#define CATCH_UP 16 /* statements of which a device is told after one report; the next report brings the next */

/* ---- reading --------------------------------------------------------------------- */

static int merge_device(void *context, const struct store_report *r)
{
    return doors_merge_device(context, r);
}

static int merge_statement(void *context, const struct store_statement *st)
{
    return doors_merge_statement(context, st);
}

int doors_register(struct console *c, int64_t customer, int64_t now, json_t **out)
{
    char name[LIM_TITLE], at[RFC3339_TEXT];
    struct doors_merge *m = NULL;
    int64_t devices = 0;
    json_t *made = NULL;
    int rc = store_customer_name(c->store, customer, name);

    if (!rc)
        rc = store_doors_devices(c->store, customer, &devices);
    if (!rc)
        rc = doors_merge_new(&m, (unsigned)devices, now);
    if (!rc)
        rc = store_doors_reports(c->store, customer, merge_device, m);
    if (!rc)
        rc = store_statements(c->store, customer, merge_statement, m);
    if (!rc)
        made = doors_merge_end(m, DOORS_BYTES);
    doors_merge_free(m);
    if (rc)
        return rc;
    rfc3339_format(now, at);
    if (!made || json_object_set_new(made, "customer", json_pack("{s:I,s:s}", "id", (json_int_t)customer, "name", name)) < 0 ||
        json_object_set_new(made, "generated_at", json_string(at)) < 0) {
        json_decref(made);
        return MM_ENOMEM;
    }
    *out = made;
    return MM_OK;
}

/* ---- acting ------------------------------------------------------------------------ */

/* Who is told, and whether there is such a door at all. */
struct targets { const struct doors_act *act; json_t *devices; int known; };

static int has_door(const char *vpn, const char *id)
{
    json_t *root = vpn[0] ? json_loads(vpn, 0, NULL) : NULL, *door;
    int found = 0;
    size_t i;

    json_array_foreach(json_object_get(root, "doors"), i, door)
        found |= !strcmp(json_string_value(json_object_get(door, "id")), id);
    json_decref(root);
    return found;
}

static int note_target(void *context, const struct store_report *r)
{
    struct targets *t = context;

    if (t->act->device[0] && strcmp(t->act->device, r->agent_id))
        return MM_OK;
    if (!t->known)
        t->known = has_door(r->vpn, t->act->door);
    return json_array_append_new(t->devices, json_string(r->agent_id)) < 0 ? MM_ENOMEM : MM_OK;
}

/* A gateway on the list is known before any device has told of it. */
static int note_listed(void *context, const struct store_statement *st)
{
    struct targets *t = context;
    json_t *args = strcmp(st->what, "policy") ? NULL : json_loads(st->args, 0, NULL), *one;
    size_t i;

    json_array_foreach(json_object_get(args, "gateways"), i, one)
        t->known |= !strncmp(t->act->door, "gateway:", 8) && !strcmp(t->act->door + 8, json_string_value(one));
    json_decref(args);
    return MM_OK;
}

static json_t *act_args(const struct doors_act *a)
{
    union { const json_t *in; json_t *out; } list = {a->gateways}; /* json_pack's O is not const */

    if (a->gateways)
        return json_pack("{s:O}", "gateways", list.out);
    if (a->version)
        return json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", a->door, "by", a->by, "product", a->product, "model", a->model, "version", a->version);
    if (a->certificate)
        return json_pack("{s:s,s:s,s:s}", "id", a->door, "by", a->by, "certificate", a->certificate);
    return json_pack("{s:s,s:s,s:s,s:s}", "id", a->door, "by", a->by, "mitigation", a->mitigation, "reason", a->reason);
}

static enum command_action action_of(const struct store_statement *st)
{
    return strcmp(st->what, "policy") ? COMMAND_DECLARE : COMMAND_POLICY;
}

/* One device is told of one statement. */
static int tell(struct console *c, const char *agent_id, const struct store_statement *st, int64_t now, json_t *orders)
{
    struct console_order o = {.agent_id = agent_id, .action = action_of(st), .incident = "", .hold = -1, .by = st->by, .reason = st->door,
                              .args = st->args};
    char command_id[LIM_ID];
    uint64_t sequence = 0;
    json_t *one;
    int rc = console_order(c, &o, now, command_id, &sequence);

    if (!rc)
        rc = store_statement_ordered(c->store, agent_id, st, command_id);
    if (rc || !orders)
        return rc;
    one = json_pack("{s:s,s:s,s:I}", "agent_id", agent_id, "command_id", command_id, "sequence", (json_int_t)sequence);
    return json_array_append_new(orders, one) < 0 ? MM_ENOMEM : MM_OK;
}

static int keep_and_tell(struct console *c, const struct store_statement *st, json_t *devices, int64_t now, json_t **orders)
{
    json_t *list = json_array(), *one;
    char object[48];
    size_t i;
    int rc = store_statement_put(c->store, st);

    snprintf(object, sizeof object, "customer %lld", (long long)st->customer);
    if (!rc)
        rc = store_audit(c->store, st->by, strcmp(st->what, "policy") ? "door_declare" : "gateways_set", object, st->args, now);
    json_array_foreach(devices, i, one)
        if (!rc)
            rc = tell(c, json_string_value(one), st, now, list);
    if (rc)
        json_decref(list);
    else
        *orders = list;
    return rc;
}

/* The whole key that begins as `begin`, out of what computers were shown at the gateway's address. */
struct whole { const char *door, *begin; char key[KEY_DIGITS + 1]; int several; };

static int note_key(void *context, const struct store_report *r)
{
    struct whole *w = context;
    json_t *root = r->vpn[0] ? json_loads(r->vpn, 0, NULL) : NULL, *door;
    size_t i;

    json_array_foreach(json_object_get(root, "doors"), i, door) {
        const char *seen = json_string_value(json_object_get(json_object_get(door, "certificate"), "seen"));

        if (!seen || strlen(seen) != KEY_DIGITS || strncmp(seen, w->begin, strlen(w->begin)) ||
            strcmp(json_string_value(json_object_get(door, "id")), w->door))
            continue;
        w->several |= w->key[0] && strcmp(w->key, seen);
        memcpy(w->key, seen, sizeof w->key);
    }
    json_decref(root);
    return MM_OK;
}

/* A computer that was not shown the key yet cannot tell it from its beginning: all are told the whole one. */
static int whole_key(struct console *c, const struct doors_act *a, struct whole *w)
{
    int rc;

    *w = (struct whole){.door = a->door, .begin = a->certificate};
    if (!strcmp(a->certificate, "none") || strlen(a->certificate) >= KEY_DIGITS || !command_certificate(a->certificate))
        return MM_OK; /* as it is */
    rc = store_doors_reports(c->store, a->customer, note_key, w);
    if (!rc && (!w->key[0] || w->several))
        rc = MM_EINVAL;
    return rc;
}

int doors_act(struct console *c, const struct doors_act *given, int64_t now, json_t **orders)
{
    struct doors_act whole = *given, *a = &whole;
    struct whole w = {.key = ""};
    int unknown = given->certificate ? whole_key(c, given, &w) : MM_OK;
    struct store_statement st = {.customer = a->customer, .at = now, .agent_id = a->device, .door = a->door, .by = a->by,
                                 .what = a->gateways ? "policy" : a->version ? "version" : a->certificate ? "certificate" : "mitigation"};
    struct targets t = {.act = a, .devices = json_array(), .known = a->gateways != NULL};
    char name[LIM_TITLE], *text = NULL;
    json_t *args;
    int rc = unknown ? unknown : store_customer_name(c->store, a->customer, name);

    if (w.key[0])
        whole.certificate = w.key;
    args = act_args(a);
    text = args ? json_dumps(args, JSON_COMPACT) : NULL;
    json_decref(args);
    if (!rc && (!text || command_args(action_of(&st), text, strlen(text), a->by, NULL)))
        rc = MM_EINVAL;
    if (!rc && !a->gateways && !strncmp(a->door, "gateway:", 8) == (a->device[0] != '\0'))
        rc = MM_EINVAL; /* a gateway is the customer's, everything else one device's */
    if (!rc && a->certificate && strncmp(a->door, "gateway:", 8))
        rc = MM_EINVAL;
    if (!rc)
        rc = store_statements(c->store, a->customer, note_listed, &t);
    if (!rc)
        rc = store_doors_reports(c->store, a->customer, note_target, &t);
    if (!rc && (!t.known || (a->device[0] && !json_array_size(t.devices))))
        rc = MM_ENOTFOUND;
    st.args = text;
    if (!rc)
        rc = keep_and_tell(c, &st, t.devices, now, orders);
    json_decref(t.devices);
    free(text);
    return rc;
}

/* ---- those who were not told ----------------------------------------------------------- */

static int copy_statement(void *context, const struct store_statement *st)
{
    json_t *one = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "agent_id", st->agent_id, "door", st->door, "what", st->what, "by", st->by,
                            "args", st->args, "customer", (json_int_t)st->customer, "at", (json_int_t)st->at);

    return one && json_array_append_new(context, one) == 0 ? MM_OK : MM_ENOMEM;
}

int doors_catch_up(struct console *c, const char *agent_id, int64_t now, unsigned *count)
{
    json_t *list = json_array(), *one;
    size_t i;
    int rc = store_statements_untold(c->store, agent_id, now, CATCH_UP, copy_statement, list);

    *count = 0;
    json_array_foreach(list, i, one) {
        struct store_statement st = {.customer = json_integer_value(json_object_get(one, "customer")),
                                     .at = json_integer_value(json_object_get(one, "at")),
                                     .agent_id = json_string_value(json_object_get(one, "agent_id")),
                                     .door = json_string_value(json_object_get(one, "door")),
                                     .what = json_string_value(json_object_get(one, "what")),
                                     .by = json_string_value(json_object_get(one, "by")),
                                     .args = json_string_value(json_object_get(one, "args"))};

        if (!rc)
            rc = tell(c, agent_id, &st, now, NULL);
        *count += !rc;
    }
    json_decref(list);
    return rc;
}
