/* Whom the probe asks: the gateways that the configuration or the console's
 * signed policy names as the company's own, and nobody else.  Names are looked
 * up here (the probe has no resolver), a few at a time in libuv's pool. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/roles/core_internal.h"
#include "agent/roles/core_round.h"
#include "lib/err.h"
#include "lib/log.h"

#define HTTPS_PORT 443

unsigned gateways_named(const struct core *c)
{
    return c->config->gateways.count + c->policy_gateways;
}

static const char *named(const struct core *c, unsigned i)
{
    return i < c->config->gateways.count ? c->config->gateways.item[i] : c->policy_gateway[i - c->config->gateways.count];
}

/* "host", "host:port", "[v6]:port", a bare IPv6 address.  MM_OK or MM_EFORMAT. */
static int split(const char *text, struct probe_target *t)
{
    const char *colon = strrchr(text, ':'), *end = text + strlen(text);
    bool bracket = text[0] == '[', v6 = !bracket && colon && strchr(text, ':') != colon;
    unsigned long port = HTTPS_PORT;
    char *stop;

    if (bracket) {
        end = strchr(text, ']');
        colon = end && end[1] == ':' ? end + 1 : NULL;
        text++;
        if (!end || (end[1] && !colon))
            return MM_EFORMAT;
    } else if (v6) {
        colon = NULL;
    } else if (colon) {
        end = colon;
    }
    if (colon) {
        port = strtoul(colon + 1, &stop, 10);
        if (*stop || !port || port > UINT16_MAX)
            return MM_EFORMAT;
    }
    if (end == text || (size_t)(end - text) >= sizeof t->host)
        return MM_EFORMAT;
    memcpy(t->host, text, (size_t)(end - text));
    t->host[end - text] = '\0';
    t->port = (uint16_t)port;
    return MM_OK;
}

void gateways_id(const struct probe_target *t, char id[LIM_DOOR_ID])
{
    snprintf(id, LIM_DOOR_ID, "gateway:%s:%u", t->host, t->port);
}

/* Its door, made when it is not there; NULL when `text` names none or there is no room. */
static struct door *door_of(struct doors *d, const char *text, struct probe_target *t)
{
    char id[LIM_DOOR_ID], name[LIM_NAME];

    memset(t, 0, sizeof *t);
    if (split(text, t)) {
        log_warn("[vpn] gateways: %s is not HOST or HOST:PORT", text);
        return NULL;
    }
    gateways_id(t, id);
    if (strchr(t->host, ':'))
        snprintf(name, sizeof name, "[%.245s]:%u", t->host, t->port);
    else
        snprintf(name, sizeof name, "%.248s:%u", t->host, t->port);
    return doors_add(d, id, DOOR_GATEWAY, name);
}

void gateways_doors(const struct core *c, struct doors *d)
{
    struct probe_target t;

    for (unsigned i = 0; i < gateways_named(c); i++)
        (void)door_of(d, named(c, i), &t);
}

static bool numeric(const char *host)
{
    unsigned char address[16];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static void add_target(struct round *r, const char *text)
{
    struct core *c = r->core;
    struct probe_target *t = &r->target[r->targets];
    unsigned before = r->fresh.count;

    if (!door_of(&r->fresh, text, t) || r->fresh.count == before)
        return; /* not a gateway, or named twice */
    t->number = r->targets++;
    if (numeric(t->host)) { /* not looked up */
        memcpy(t->address[t->addresses++], t->host, sizeof t->address[0] - 1); /* as long as an address is */
        r->resolved++;
    }
    memcpy(t->community, c->config->community, sizeof t->community);
}

/* ---- names ---------------------------------------------------------------------------------- */

static void look_up_names(struct round *r);

static void take_addresses(struct probe_target *t, const struct addrinfo *list)
{
    for (; list && t->addresses < LIM_GATEWAY_ADDRESSES; list = list->ai_next)
        if (getnameinfo(list->ai_addr, list->ai_addrlen, t->address[t->addresses], sizeof t->address[0], NULL, 0, NI_NUMERICHOST) == 0)
            t->addresses++;
}

static void on_looked_up(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
    struct look_up *l = req->data;
    struct round *r = l->round;
    bool late = !r->running || r->resolved == r->targets;

    l->running = false;
    r->looking_up--;
    if (status == 0 && !late)
        take_addresses(&r->target[l->target], list);
    uv_freeaddrinfo(list);
    if (late)
        return;
    r->resolved++;
    look_up_names(r);
    round_step(r);
}

/* Begin with the next name; false: there is none. */
static bool look_up(struct round *r, struct look_up *l)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};

    while (r->next_name < r->targets) {
        l->target = r->next_name++;
        if (r->target[l->target].addresses)
            continue; /* an address, no name */
        l->round = r;
        l->req.data = l;
        l->running = uv_getaddrinfo(&r->core->loop, &l->req, on_looked_up, r->target[l->target].host, NULL, &hints) == 0;
        if (l->running)
            return true;
        r->resolved++;
    }
    return false;
}

static void look_up_names(struct round *r)
{
    for (unsigned i = 0; i < ROUND_LOOK_UPS; i++)
        if (!r->look_up[i].running && look_up(r, &r->look_up[i]))
            r->looking_up++;
}

void gateways_give_up(struct round *r)
{
    if (r->resolved < r->targets)
        log_warn("names of gateways are not looked up in time: %u of %u", r->targets - r->resolved, r->targets);
    r->resolved = r->targets;
}

void gateways_begin(struct round *r)
{
    struct core *c = r->core;

    for (unsigned i = 0; i < gateways_named(c) && r->targets < LIM_GATEWAYS; i++)
        add_target(r, named(c, i));
    if (c->have_state && c->state.quarantined) {
        r->resolved = r->targets; /* the network is closed: nobody is asked */
        return;
    }
    if (!r->targets && !c->config->upnp)
        return;
    helper_start(&r->probe, r, HELPER_PROBE);
    look_up_names(r);
}

void gateways_probe(struct round *r)
{
    const struct probe_go go = {.upnp = r->core->config->upnp != 0};

    for (unsigned i = 0; i < r->targets && !r->probe.over; i++) {
        struct door *d;
        char id[LIM_DOOR_ID];

        if (r->target[i].addresses) {
            helper_send(&r->probe, PROBE_TARGET, 0, &r->target[i], sizeof r->target[i], -1);
            continue;
        }
        gateways_id(&r->target[i], id);
        d = doors_find(&r->fresh, id);
        if (d) {
            d->answer = ANSWER_SILENT;
            snprintf(d->evidence, sizeof d->evidence, "its name could not be looked up");
        }
    }
    for (unsigned i = 0; i < r->asks && !r->probe.over; i++)
        helper_send(&r->probe, PROBE_ASK, 0, &r->ask[i], sizeof r->ask[i], -1);
    if (!r->probe.over)
        helper_send(&r->probe, PROBE_GO, 0, &go, sizeof go, -1);
}
