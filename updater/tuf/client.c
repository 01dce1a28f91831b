/* Steps out, answers in, by one table.  What an answer means is decided in
 * refresh.c and search.c; what kind of answer a step can have, here. */
#include "updater/tuf/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "updater/tuf/client_state.h"
#include "updater/tuf/names.h"

static const struct stage {
    enum tuf_want want;
    enum tuf_place place;
    enum tuf_kind kind;      /* of metadata */
    void (*on_bytes)(struct tuf_client *, const void *, size_t);
    void (*on_other)(struct tuf_client *);  /* LOAD, FETCH: absent; KEEP: kept; NULL: a file that must be there */
} stages[STATES] = {
    [STATE_ROOT_LOAD] = {TUF_LOAD, TUF_METADATA, TUF_ROOT, tuf_root_loaded, tuf_root_not_here},
    [STATE_ROOT_FETCH] = {TUF_FETCH, TUF_METADATA, TUF_ROOT, tuf_root_fetched, tuf_root_newest},
    [STATE_ROOT_KEEP] = {TUF_KEEP, TUF_METADATA, TUF_ROOT, NULL, tuf_root_kept},
    [STATE_TIMESTAMP_LOAD] = {TUF_LOAD, TUF_METADATA, TUF_TIMESTAMP, tuf_timestamp_loaded, tuf_timestamp_not_here},
    [STATE_TIMESTAMP_FETCH] = {TUF_FETCH, TUF_METADATA, TUF_TIMESTAMP, tuf_timestamp_fetched, NULL},
    [STATE_TIMESTAMP_KEEP] = {TUF_KEEP, TUF_METADATA, TUF_TIMESTAMP, NULL, tuf_timestamp_kept},
    [STATE_SNAPSHOT_LOAD] = {TUF_LOAD, TUF_METADATA, TUF_SNAPSHOT, tuf_snapshot_loaded, tuf_snapshot_not_here},
    [STATE_SNAPSHOT_FETCH] = {TUF_FETCH, TUF_METADATA, TUF_SNAPSHOT, tuf_snapshot_fetched, NULL},
    [STATE_SNAPSHOT_KEEP] = {TUF_KEEP, TUF_METADATA, TUF_SNAPSHOT, NULL, tuf_snapshot_kept},
    [STATE_ROLE_LOAD] = {TUF_LOAD, TUF_METADATA, TUF_TARGETS, tuf_role_loaded, tuf_role_not_here},
    [STATE_ROLE_FETCH] = {TUF_FETCH, TUF_METADATA, TUF_TARGETS, tuf_role_fetched, NULL},
    [STATE_ROLE_KEEP] = {TUF_KEEP, TUF_METADATA, TUF_TARGETS, NULL, tuf_role_kept},
    [STATE_ARTIFACT_LOAD] = {TUF_LOAD, TUF_ARTIFACTS, TUF_TARGETS, tuf_artifact_loaded, tuf_artifact_not_here},
    [STATE_ARTIFACT_FETCH] = {TUF_FETCH, TUF_ARTIFACTS, TUF_TARGETS, tuf_artifact_fetched, NULL},
    [STATE_ARTIFACT_KEEP] = {TUF_KEEP, TUF_ARTIFACTS, TUF_TARGETS, NULL, tuf_artifact_kept},
    [STATE_READY] = {TUF_READY, TUF_METADATA, TUF_TARGETS, NULL, NULL},
    [STATE_FAILED] = {TUF_FAILED, TUF_METADATA, TUF_TARGETS, NULL, NULL},
};

struct tuf_client *tuf_client_new(int64_t now)
{
    struct tuf_client *c = calloc(1, sizeof *c);

    if (c)
        c->now = now;
    return c;
}

void tuf_client_free(struct tuf_client *c)
{
    if (!c)
        return;
    tuf_search_fini(c);
    tuf_meta_fini(&c->next);
    tuf_meta_fini(&c->targets);
    tuf_meta_fini(&c->snapshot);
    tuf_meta_fini(&c->timestamp);
    tuf_meta_fini(&c->root);
    free(c);
}

/* ---- what is wanted -------------------------------------------------------- */

/* The role whose metadata the state is about. */
static const char *role_name(const struct tuf_client *c, const struct stage *stage)
{
    return stage->kind == TUF_TARGETS ? c->role : tuf_kind_name(stage->kind);
}

/* The version in the address: roots always have one, a timestamp never, others in consistent snapshots. */
static int64_t address_version(const struct tuf_client *c, const struct stage *stage)
{
    if (stage->kind == TUF_ROOT)
        return c->root.version + 1;
    return stage->kind != TUF_TIMESTAMP && tuf_root_consistent(&c->root) ? c->entry.version : 0;
}

static const char *address_hash(const struct tuf_client *c)
{
    if (!tuf_root_consistent(&c->root))
        return NULL;
    return c->search.info.sha256[0] ? c->search.info.sha256 : c->search.info.sha512;
}

/* Names were tried before the state was entered: nothing here fails. */
void tuf_state_name(const struct tuf_client *c, char out[LIM_TUF_PATH])
{
    const struct stage *stage = &stages[c->state];
    char file[LIM_TUF_FILE] = "";

    out[0] = '\0';
    if (stage->want > TUF_KEEP)
        return;
    if (stage->want == TUF_FETCH && stage->place == TUF_ARTIFACTS)
        (void)tuf_target_address(c->search.path, address_hash(c), out);
    else if (stage->want == TUF_FETCH)
        (void)tuf_role_address(role_name(c, stage), address_version(c, stage), out);
    else if (stage->place == TUF_ARTIFACTS)
        (void)tuf_target_file(c->search.path, file);
    else
        (void)tuf_role_file(role_name(c, stage), file);
    if (file[0])
        memcpy(out, file, sizeof file);
}

static size_t limit_of(const struct tuf_client *c, const struct stage *stage)
{
    size_t most = tuf_kind_limit(stage->kind);

    if (stage->place == TUF_ARTIFACTS)
        return (size_t)c->search.info.length;
    if (stage->want == TUF_FETCH && (stage->kind == TUF_SNAPSHOT || stage->kind == TUF_TARGETS) &&
        c->entry.length >= 0 && (uint64_t)c->entry.length < most)
        most = (size_t)c->entry.length;
    return most;
}

void tuf_client_step(const struct tuf_client *c, struct tuf_step *out)
{
    const struct stage *stage = &stages[c->state];
    struct tuf_step step = {.want = stage->want, .place = stage->place};

    tuf_state_name(c, step.name);
    if (stage->want == TUF_LOAD || stage->want == TUF_FETCH)
        step.limit = limit_of(c, stage);
    if (stage->want == TUF_KEEP) {
        step.bytes = c->bytes;
        step.n = c->n;
    }
    if (stage->want == TUF_FAILED) {
        step.cause = c->cause;
        memcpy(step.name, c->about, sizeof step.name);
    }
    *out = step;
}

/* ---- what came of it -------------------------------------------------------- */

void tuf_fail(struct tuf_client *c, enum tuf_cause cause)
{
    tuf_state_name(c, c->about);
    tuf_meta_fini(&c->next);
    c->bytes = NULL;
    c->n = 0;
    c->cause = cause;
    c->state = STATE_FAILED;
}

void tuf_keep(struct tuf_client *c, enum tuf_state state, const void *bytes, size_t n)
{
    c->bytes = bytes;
    c->n = n;
    c->state = state;
}

static int load_answer(struct tuf_client *c, const struct stage *stage, const struct tuf_answer *answer)
{
    switch (answer->got) {
    case TUF_BYTES:
        stage->on_bytes(c, answer->bytes, answer->n);
        return MM_OK;
    case TUF_ABSENT:
    case TUF_OVERLONG: /* nothing that was kept here is so long */
        stage->on_other(c);
        return MM_OK;
    case TUF_BROKEN: /* what cannot be read must not count as never seen */
        tuf_fail(c, TUF_STORE);
        return MM_OK;
    default:
        return MM_ESTATE;
    }
}

static int fetch_answer(struct tuf_client *c, const struct stage *stage, const struct tuf_answer *answer)
{
    switch (answer->got) {
    case TUF_BYTES:
        if (answer->n <= limit_of(c, stage))
            stage->on_bytes(c, answer->bytes, answer->n);
        else
            tuf_fail(c, TUF_ENDLESS);
        return MM_OK;
    case TUF_ABSENT:
        if (stage->on_other)
            stage->on_other(c);
        else
            tuf_fail(c, TUF_MISSING);
        return MM_OK;
    case TUF_OVERLONG:
        tuf_fail(c, TUF_ENDLESS);
        return MM_OK;
    case TUF_TIMED_OUT:
        tuf_fail(c, TUF_SLOW);
        return MM_OK;
    case TUF_BROKEN:
        tuf_fail(c, TUF_UNREACHABLE);
        return MM_OK;
    default:
        return MM_ESTATE;
    }
}

static int keep_answer(struct tuf_client *c, const struct stage *stage, const struct tuf_answer *answer)
{
    if (answer->got == TUF_KEPT) {
        c->bytes = NULL;
        c->n = 0;
        stage->on_other(c);
        return MM_OK;
    }
    if (answer->got != TUF_BROKEN)
        return MM_ESTATE;
    tuf_fail(c, TUF_STORE);
    return MM_OK;
}

int tuf_client_answer(struct tuf_client *c, const struct tuf_answer *answer)
{
    const struct stage *stage = &stages[c->state];

    switch (stage->want) {
    case TUF_LOAD: return load_answer(c, stage, answer);
    case TUF_FETCH: return fetch_answer(c, stage, answer);
    case TUF_KEEP: return keep_answer(c, stage, answer);
    default: return MM_ESTATE;
    }
}

int64_t tuf_client_expires(const struct tuf_client *c, int kind)
{
    const struct tuf_meta *const metas[] = {[TUF_ROOT] = &c->root, [TUF_TIMESTAMP] = &c->timestamp, [TUF_SNAPSHOT] = &c->snapshot,
                                            [TUF_TARGETS] = &c->targets};

    return kind >= 0 && kind <= TUF_TARGETS && metas[kind]->file ? metas[kind]->expires : 0;
}
