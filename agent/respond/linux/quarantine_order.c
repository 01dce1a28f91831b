#include "agent/respond/linux/quarantine_order.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

static int print_peers(const struct quarantine_order *o, json_t *peers)
{
    for (unsigned i = 0; i < o->nallowed; i++) {
        const struct net_peer *p = &o->allowed[i];
        char address[INET6_ADDRSTRLEN];

        if (inet_ntop(p->family == 6 ? AF_INET6 : AF_INET, p->address, address, sizeof address) &&
            json_array_append_new(peers, json_pack("{s:s, s:i}", "address", address, "port", p->port)))
            return MM_ENOMEM;
    }
    return MM_OK;
}

int quarantine_order_print(const struct quarantine_order *o, struct buf *out)
{
    json_t *peers = json_array();
    /* takes `peers`, also when it fails; a text that is not UTF-8 is left out: the order counts, not its labels */
    json_t *root = json_pack("{s:i, s:I, s:b, s:o}", "version", 1, "since", (json_int_t)o->since_wall_ns, "hold",
                             o->hold_without_console, "allowed", peers);
    char *text = NULL;
    int rc = root ? print_peers(o, peers) : MM_ENOMEM;

    if (!rc) {
        (void)json_object_set_new(root, "incident", json_string(o->incident));
        (void)json_object_set_new(root, "command", json_string(o->command));
        (void)json_object_set_new(root, "by", json_string(o->by));
        text = json_dumps(root, JSON_COMPACT);
        rc = text ? buf_adds(out, text) : MM_ENOMEM;
    }
    json_decref(root);
    free(text);
    return rc;
}

static void copy(const json_t *o, const char *key, char *out, size_t n)
{
    const char *s = json_string_value(json_object_get(o, key));

    if (s && strlen(s) < n)
        memcpy(out, s, strlen(s) + 1);
}

int quarantine_order_parse(const char *text, size_t n, struct quarantine_order *out)
{
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL), *peer;
    struct quarantine_order o = {.hold_without_console = json_is_true(json_object_get(root, "hold"))};
    size_t i;

    if (!json_is_object(root) || json_integer_value(json_object_get(root, "version")) != 1) {
        json_decref(root);
        return MM_EFORMAT;
    }
    copy(root, "incident", o.incident, sizeof o.incident);
    copy(root, "command", o.command, sizeof o.command);
    copy(root, "by", o.by, sizeof o.by);
    o.since_wall_ns = json_integer_value(json_object_get(root, "since"));
    json_array_foreach(json_object_get(root, "allowed"), i, peer) {
        const char *a = json_string_value(json_object_get(peer, "address"));
        json_int_t port = json_integer_value(json_object_get(peer, "port"));
        struct net_peer *p = &o.allowed[o.nallowed];

        if (!a || port < 1 || port > 65535 || o.nallowed == sizeof o.allowed / sizeof o.allowed[0])
            continue;
        p->family = strchr(a, ':') ? 6 : 4;
        p->port = (uint16_t)port;
        o.nallowed += inet_pton(p->family == 6 ? AF_INET6 : AF_INET, a, p->address) == 1;
    }
    json_decref(root);
    *out = o;
    return MM_OK;
}
