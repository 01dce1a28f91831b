/* What came back from gateways and from the router: whether an answer is the
 * gateway's own, what the answers to one gateway mean together, where forwarded
 * ports lead.  Handlers take in; answers_weigh and answers_ports conclude. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/roles/core_internal.h"
#include "agent/roles/core_round.h"
#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/os/memory.h"

/* ---- one gateway -------------------------------------------------------------------------------------- */

/* How the questions to one gateway went; what it means is decided when all of them did. */
static void note_answer(struct heard *h, struct door *d, const struct probe_answer *a)
{
    bool strange = a->result == MM_EFORMAT || a->result == MM_ECRYPTO || a->result == MM_ELIMIT;

    if (a->source == SOURCE_TLS)
        h->tls |= a->result == MM_OK;
    else if (a->result == MM_OK)
        h->answers++;
    h->strange += strange;
    if (a->result && (!d->evidence[0] || (strange && h->strange == 1)))
        snprintf(d->evidence, sizeof d->evidence, "%.200s: %s", a->path[0] ? a->path : "connection", a->note[0] ? a->note : mm_strerror(a->result));
}

/* Nothing but answers that make no sense, or a TLS server that never comes to the point: invalid.  `key`: the one that the gateway
 * is known by; who answers and does not show it is a stranger, whatever the answer. */
static enum door_answer meaning(const struct heard *h, const struct door *d, const char *key, bool unfinished, bool judge_failed)
{
    if (key[0] && !h->known && (h->stranger || h->answers || h->strange || h->tls))
        return ANSWER_STRANGER;
    if (d->product[0] || (h->answers && !judge_failed))
        return ANSWER_GIVEN;
    if (unfinished && (!h->strange || judge_failed))
        return ANSWER_FAILED; /* what was still to come is not known */
    if (!h->any)
        return ANSWER_NOT_ASKED;
    return h->strange || h->tls ? ANSWER_INVALID : ANSWER_SILENT;
}

void answers_weigh(struct round *r)
{
    char id[LIM_DOOR_ID];

    for (unsigned i = 0; i < r->targets; i++) {
        const struct door *before;
        struct door *d;

        gateways_id(&r->target[i], id);
        d = doors_find(&r->fresh, id);
        before = doors_find(&r->core->doors, id);
        if (!d || d->answer != ANSWER_NOT_ASKED)
            continue;
        d->answer = meaning(&r->heard[i], d, before ? before->key : "", r->probe.failed || r->judge.failed, r->judge.failed);
        if (d->answer != ANSWER_GIVEN)
            door_disown(d); /* SNMP, IKE and SSH prove nothing: alone they do not speak for a gateway that has a key */
        if (d->answer == ANSWER_STRANGER && !r->heard[i].stranger)
            snprintf(d->evidence, sizeof d->evidence, "who answered there did not show the gateway's key");
    }
}

/* Is this the gateway's own answer, as far as it can be known? */
static bool recognise(struct round *r, struct door *d, const struct probe_answer *a)
{
    struct heard *h = &r->heard[a->target];
    char key[DOOR_KEY];

    if (a->key_state == KEY_NONE)
        return true; /* for now: answers_weigh */
    crypto_hex(a->key, sizeof a->key, key);
    if (door_recognise(d, doors_find(&r->core->doors, d->id), key, a->key_state == KEY_PROVED, (int64_t)time(NULL))) {
        h->known = true;
        return true;
    }
    h->stranger = true;
    snprintf(d->evidence, sizeof d->evidence, "who answered there holds another key (%.16s...) than the gateway", key);
    return false;
}

/* ---- from the probe ------------------------------------------------------------------------------- */

static int on_probe_answer(void *context, struct frame *f)
{
    struct round *r = ((struct helper_link *)context)->round;
    struct probe_answer *a = (struct probe_answer *)(void *)f->payload;
    struct question q = {.type = JUDGE_ANSWER, .fd = -1, .proven = a->key_state != KEY_NONE};
    struct door *d;

    FRAME_STR(a->path);
    FRAME_STR(a->note);
    if (a->target >= r->targets || a->source >= SOURCE_END || a->key_state > KEY_PROVED)
        return MM_EFORMAT;
    gateways_id(&r->target[a->target], q.door);
    d = doors_find(&r->fresh, q.door);
    if (!d)
        return MM_OK;
    d->checked_at = (int64_t)time(NULL);
    r->heard[a->target].any = true;
    if (!recognise(r, d, a))
        return MM_OK;
    note_answer(&r->heard[a->target], d, a);
    if (f->nfds != 1)
        return MM_OK;
    if (!os_memory_sealed(f->fds[0]))
        return MM_EFORMAT;
    q.answer.source = a->source;
    q.answer.status = a->status;
    memcpy(q.answer.path, a->path, sizeof q.answer.path);
    q.fd = f->fds[0];
    f->fds[0] = -1;
    round_ask(r, &q);
    return MM_OK;
}

/* A port of the internet that the router hands to a machine inside. */
static int on_probe_port(void *context, struct frame *f)
{
    struct round *r = ((struct helper_link *)context)->round;
    struct probe_port *p = (struct probe_port *)(void *)f->payload;

    FRAME_STR(p->protocol);
    FRAME_STR(p->client);
    FRAME_STR(p->description);
    if (r->ports < ROUND_PORTS)
        r->port[r->ports++] = *p;
    else
        r->fresh.lost++;
    return MM_OK;
}

static int on_probe_done(void *context, struct frame *f)
{
    struct helper_link *h = context;
    const struct probe_done *done = (const struct probe_done *)(const void *)f->payload;

    h->round->fresh.upnp = done->upnp == 1;
    h->done = true;
    return MM_ECLOSED;
}

const struct frame_rule round_probe_rules[] = {
    {PROBE_ANSWER, sizeof(struct probe_answer), sizeof(struct probe_answer), 0, 1, on_probe_answer},
    {PROBE_PORT, sizeof(struct probe_port), sizeof(struct probe_port), 0, 0, on_probe_port},
    {PROBE_DONE, sizeof(struct probe_done), sizeof(struct probe_done), 0, 0, on_probe_done},
};
const size_t round_probe_rule_count = sizeof round_probe_rules / sizeof *round_probe_rules;

/* ---- forwarded ports ---------------------------------------------------------------------------------- */

/* The listener of this host that the router forwards to: the id ends with protocol and port; NULL: it is none. */
static struct door *own_listener(const struct round *r, const struct probe_port *p)
{
    char end[32];

    snprintf(end, sizeof end, ":%.7s:%u", p->protocol, p->internal);
    for (unsigned k = 0; p->own && r->fresh.door && k < r->fresh.count; k++) {
        struct door *d = &r->fresh.door[k];
        const char *at = strstr(d->id, end);

        if (d->kind == DOOR_LISTENER && at && !at[strlen(end)])
            return d;
    }
    return NULL;
}

/* A port that is forwarded to another machine, or to a socket that the survey did not see, is a door of its own; NULL: no room. */
static struct door *forwarded_door(struct round *r, const struct probe_port *p)
{
    char id[LIM_DOOR_ID], name[LIM_NAME];
    struct door *d;

    snprintf(id, sizeof id, "listener:upnp:%.7s:%u:%.40s", p->protocol, p->external, p->client);
    snprintf(name, sizeof name, "UPnP %.7s/%u %.100s", p->protocol, p->external, p->description);
    d = doors_add(&r->fresh, id, DOOR_LISTENER, name);
    if (!d)
        return NULL;
    d->firewall = FIREWALL_OPEN; /* of the router: it was asked to let this in */
    d->port = p->internal;
    snprintf(d->service, sizeof d->service, "%s", "other");
    d->checked_at = (int64_t)time(NULL);
    return d;
}

void answers_ports(struct round *r)
{
    for (unsigned i = 0; i < r->ports; i++) {
        const struct probe_port *p = &r->port[i];
        struct door *d = own_listener(r, p);

        if (!d)
            d = forwarded_door(r, p);
        if (!d)
            continue;
        d->mapped_port = p->external;
        memcpy(d->mapped_to, p->client, sizeof d->mapped_to);
    }
}
