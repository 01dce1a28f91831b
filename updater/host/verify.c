/* One run from the verifying side.
 *
 *     refresh ─► look at what each kind offers ─► choose ─► bring it ─► hand it over to be unpacked ─► DONE
 *
 * A release is brought for one kind in a run: rules first, they change what is detected. */
#include "updater/host/verify.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/os/frame.h"
#include "updater/host/channel.h"
#include "updater/host/messages.h"
#include "updater/tuf/metadata.h"
#include "updater/tuf/names.h"

static const struct { const char *role, *survey; } kinds[UPDATE_KINDS] = {
    [UPDATE_RULES] = {"rules", "rules/*"}, [UPDATE_AGENT] = {"agent", "agent/*"},
};

struct verify {
    int sock;
    struct update_host host;
    struct tuf_client *client;
    struct buf bytes;             /* of the last answer; the client may still want them kept */
    enum update_kind kind;        /* that is looked at now */
    struct offer *offers;         /* LIM_UPDATE_OFFERS of it */
    unsigned noffers;
    bool again;                   /* the caches of this network are passed over */
    struct update_done done;
    char trouble[UPDATE_TROUBLE]; /* why the last file did not come */
    struct frame frame;
};

static const unsigned ANSWERS = 1u << UPDATE_START | 1u << UPDATE_BYTES | 1u << UPDATE_END;

/* ---- what the client wants ------------------------------------------------------------------ */

/* The frames of an answer, up to its end. */
static int take_answer(struct verify *v, enum tuf_got *got)
{
    const struct update_end *end;
    bool overlong = false;

    for (;;) {
        int rc = channel_recv(v->sock, &v->frame, ANSWERS, LIM_TUF_ARTIFACT_S + LIM_TUF_FETCH_S);

        if (rc)
            return rc;
        if (v->frame.header.type == UPDATE_END)
            break;
        if (v->frame.header.type == UPDATE_START)
            buf_reset(&v->bytes); /* from the beginning once more */
        else if (!overlong && (rc = buf_add(&v->bytes, v->frame.payload, v->frame.header.length)) == MM_ELIMIT)
            overlong = true;
        if (rc && rc != MM_ELIMIT)
            return rc;
    }
    end = (const struct update_end *)(const void *)v->frame.payload;
    *got = end->got <= TUF_KEPT ? (enum tuf_got)end->got : TUF_BROKEN;
    snprintf(v->trouble, sizeof v->trouble, "%.*s", (int)sizeof end->trouble - 1, end->trouble);
    if (*got == TUF_BYTES && overlong)
        *got = TUF_OVERLONG;
    return MM_OK;
}

static int want(struct verify *v, const struct tuf_step *step, enum tuf_got *got)
{
    struct update_want w = {.fetch = step->want == TUF_FETCH, .place = step->place, .again = v->again, .limit = step->limit};
    int rc;

    buf_fini(&v->bytes);
    buf_init(&v->bytes, step->limit);
    snprintf(w.name, sizeof w.name, "%s", step->name);
    rc = channel_send(v->sock, UPDATE_WANT, &w, sizeof w);
    return rc ? rc : take_answer(v, got);
}

static int keep(struct verify *v, enum tuf_place place, const char *name, const void *bytes, size_t n, enum tuf_got *got)
{
    struct update_want w = {.place = place, .limit = n};
    int rc;

    snprintf(w.name, sizeof w.name, "%s", name);
    rc = channel_send(v->sock, UPDATE_KEEP, &w, sizeof w);
    if (!rc)
        rc = channel_send_bytes(v->sock, bytes, n);
    if (!rc)
        rc = channel_send_end(v->sock, TUF_BYTES, "");
    if (!rc)
        rc = channel_recv(v->sock, &v->frame, 1u << UPDATE_END, LIM_UPDATE_VERIFY_S);
    if (!rc)
        *got = ((const struct update_end *)(const void *)v->frame.payload)->got == TUF_KEPT ? TUF_KEPT : TUF_BROKEN;
    return rc;
}

/* Until the client is ready or has failed; MM_OK in both cases, other errors are of the socket or of memory. */
static int drive(struct verify *v, struct tuf_step *step)
{
    for (;;) {
        struct tuf_answer answer = {.got = TUF_BROKEN};
        int rc;

        tuf_client_step(v->client, step);
        if (step->want == TUF_READY || step->want == TUF_FAILED)
            return MM_OK;
        rc = step->want == TUF_KEEP ? keep(v, step->place, step->name, step->bytes, step->n, &answer.got) : want(v, step, &answer.got);
        if (rc)
            return rc;
        answer.bytes = v->bytes.data ? v->bytes.data : "";
        answer.n = v->bytes.len;
        rc = tuf_client_answer(v->client, &answer);
        if (rc)
            return rc;
    }
}

static void failed(struct verify *v, const struct tuf_step *step)
{
    v->done.result = UPDATE_FAILED;
    v->done.cause = step->cause;
    snprintf(v->done.about, sizeof v->done.about, "%s", step->name);
    if (step->cause == TUF_UNREACHABLE && v->trouble[0])
        snprintf(v->done.detail, sizeof v->done.detail, "%.100s: %.150s", tuf_cause_text(step->cause), v->trouble);
    else
        snprintf(v->done.detail, sizeof v->done.detail, "%s", tuf_cause_text(step->cause));
}

/* ---- choosing ------------------------------------------------------------------------------------- */

static void seen(void *context, const char *role, const json_t *body)
{
    const char *floor = json_string_value(json_object_get(body, "x-mimamori-floor")), *name;
    struct verify *v = context;
    json_t *target;

    if (strcmp(role, kinds[v->kind].role) != 0)
        return; /* only the role of the kind says what there is of it */
    if (floor && choose_number(floor, &v->done.floor[v->kind]))
        v->done.floor[v->kind] = INT64_MAX; /* a floor that is not understood is above everything */
    json_object_foreach(json_object_get(body, "targets"), name, target)
        if (v->noffers < LIM_UPDATE_OFFERS && choose_read(v->kind, name, target, &v->offers[v->noffers]) == MM_OK)
            v->noffers++;
}

static struct chooser chooser_of(const struct verify *v)
{
    const struct update_host *h = &v->host;
    struct chooser c = {.now = h->now, .ring = (enum update_ring)h->ring, .bucket = h->bucket, .schema = h->schema,
                        .running = h->running[v->kind].number, .agent = h->running[UPDATE_AGENT].number,
                        .floor = v->done.floor[v->kind], .refused = h->refused, .nrefused = h->nrefused};

    memcpy(c.platform, h->platform, sizeof c.platform);
    return c;
}

/* The delta that leads from what runs to `o`, when there is one and its base is here. */
static const struct offer *delta_to(const struct verify *v, const struct offer *o)
{
    const struct update_running *r = &v->host.running[v->kind];

    for (unsigned i = 0; i < v->noffers && r->artifact[0]; i++) {
        const struct offer *d = &v->offers[i];

        if (d->from[0] && d->number == o->number && !strcmp(d->from, r->version) && !strcmp(d->platform, o->platform) &&
            !strcmp(d->content, o->content) && !d->halted)
            return d;
    }
    return NULL;
}

/* ---- bringing it ------------------------------------------------------------------------------------- */

/* The artifact of a target into v->bytes.  True when it is here. */
static bool bring(struct verify *v, const char *name, struct tuf_step *step, int *rc)
{
    for (v->again = false;; v->again = true) {
        *rc = tuf_client_find(v->client, name);
        if (!*rc)
            *rc = drive(v, step);
        if (*rc || step->want == TUF_READY)
            break;
        /* wrong bytes may be a cache's doing: once more, from the repository itself */
        if (v->again || (step->cause != TUF_WRONG_FILE && step->cause != TUF_ENDLESS))
            break;
    }
    v->again = false;
    return !*rc && step->want == TUF_READY;
}

/* The artifact in v->bytes, to be unpacked and laid down. */
static int hand_over(struct verify *v, const struct update_plan *plan)
{
    const struct update_end *end = (const struct update_end *)(const void *)v->frame.payload;
    int rc = channel_send(v->sock, UPDATE_PLAN, plan, sizeof *plan);

    if (!rc)
        rc = channel_send_bytes(v->sock, v->bytes.data, v->bytes.len);
    if (!rc)
        rc = channel_send_end(v->sock, TUF_BYTES, "");
    if (!rc)
        rc = channel_recv(v->sock, &v->frame, 1u << UPDATE_END, LIM_UPDATE_VERIFY_S);
    if (rc)
        return rc;
    v->done.result = end->got == TUF_KEPT ? UPDATE_BROUGHT : end->got == TUF_BROKEN ? UPDATE_INVALID : UPDATE_FAILED;
    if (v->done.result == UPDATE_BROUGHT)
        return MM_OK; /* cause and detail may be those of the other kind */
    v->done.cause = v->done.result == UPDATE_FAILED ? TUF_STORE : TUF_FINE;
    snprintf(v->done.detail, sizeof v->done.detail, "%.*s", (int)sizeof end->trouble - 1, end->trouble);
    return MM_OK;
}

static int bring_release(struct verify *v, const struct offer *o, enum choice choice)
{
    struct update_plan plan = {.kind = v->kind, .choice = choice, .content_length = o->content_length, .schema = o->schema};
    const struct offer *delta = delta_to(v, o);
    struct tuf_step step = {0};
    int rc = tuf_target_file(o->name, plan.artifact);

    memcpy(plan.version, o->version, sizeof plan.version);
    memcpy(plan.content, o->content, sizeof plan.content);
    if (!rc && delta && bring(v, delta->name, &step, &rc)) {
        plan.from_delta = 1;
        rc = hand_over(v, &plan);
        if (rc || v->done.result == UPDATE_BROUGHT)
            return rc;
        plan.from_delta = 0; /* the base is gone or is another one: the whole release */
    }
    if (!rc && bring(v, o->name, &step, &rc))
        return hand_over(v, &plan);
    if (!rc)
        failed(v, &step);
    return rc;
}

/* ---- one run ---------------------------------------------------------------------------------------------- */

/* What a kind offers, and the release that was chosen of it. */
static int one_kind(struct verify *v)
{
    struct tuf_step step = {0};
    struct chooser c;
    enum choice choice;
    unsigned at;
    int rc;

    v->noffers = 0;
    rc = tuf_client_survey(v->client, kinds[v->kind].survey, seen, v);
    if (!rc)
        rc = drive(v, &step);
    if (!rc && step.want == TUF_FAILED)
        failed(v, &step);
    if (rc || step.want == TUF_FAILED)
        return rc;
    v->done.surveyed |= 1u << v->kind;
    c = chooser_of(v);
    for (unsigned i = 0; i < v->noffers; i++)
        v->done.halted[v->kind] |= v->offers[i].halted && v->offers[i].number == c.running;
    choice = choose(&c, v->offers, v->noffers, &at);
    if (choice == CHOICE_NONE)
        return MM_OK;
    memcpy(v->done.newest[v->kind], v->offers[at].version, sizeof v->done.newest[v->kind]);
    v->done.result = UPDATE_AVAILABLE;
    if (v->host.look_only || !(v->host.wanted & 1u << v->kind))
        return MM_OK;
    return bring_release(v, &v->offers[at], choice);
}

static int run(struct verify *v)
{
    enum update_result so_far = UPDATE_CURRENT;
    struct tuf_step step = {0};
    int rc = drive(v, &step);

    for (int kind = 0; kind <= TUF_TARGETS; kind++)
        v->done.expires[kind] = tuf_client_expires(v->client, kind);
    if (rc)
        return rc;
    if (step.want == TUF_FAILED) {
        failed(v, &step);
        return MM_OK;
    }
    v->done.verified = 1;
    /* what is wrong with one kind does not keep the other away; a release is brought for one kind in a run */
    for (int kind = 0; kind < UPDATE_KINDS && !rc && so_far != UPDATE_BROUGHT && so_far != UPDATE_INVALID; kind++) {
        v->kind = (enum update_kind)kind;
        v->done.result = UPDATE_CURRENT;
        rc = one_kind(v);
        if (v->done.result == UPDATE_FAILED)
            v->done.failed |= 1u << kind;
        if (so_far == UPDATE_CURRENT || v->done.result == UPDATE_BROUGHT || v->done.result == UPDATE_INVALID || v->done.result == UPDATE_FAILED)
            so_far = (enum update_result)v->done.result;
        v->done.result = so_far;
    }
    return rc;
}

static int begin(struct verify *v)
{
    int rc = channel_recv(v->sock, &v->frame, 1u << UPDATE_BEGIN, LIM_UPDATE_VERIFY_S);

    if (rc)
        return rc;
    memcpy(&v->host, v->frame.payload, sizeof v->host);
    v->client = tuf_client_new(v->host.now);
    v->offers = calloc(LIM_UPDATE_OFFERS, sizeof *v->offers);
    return v->client && v->offers ? MM_OK : MM_ENOMEM;
}

int verify_serve(int sock)
{
    struct verify *v = calloc(1, sizeof *v);
    int rc;

    if (!v)
        return MM_ENOMEM;
    v->sock = sock;
    buf_init(&v->bytes, 0);
    rc = begin(v);
    if (!rc)
        rc = run(v);
    if (rc && rc != MM_ECLOSED) {
        v->done.result = UPDATE_FAILED;
        v->done.cause = rc == MM_ENOMEM ? TUF_MEMORY : TUF_STORE;
        snprintf(v->done.detail, sizeof v->done.detail, "%s", mm_strerror(rc));
    }
    if (rc != MM_ECLOSED)
        rc = channel_send(sock, UPDATE_DONE, &v->done, sizeof v->done);
    tuf_client_free(v->client);
    buf_fini(&v->bytes);
    free(v->offers);
    free(v);
    return rc;
}
