/* Specification 5.2 to 5.5: the root and its successors, timestamp, snapshot.
 *
 * A file of the store is trusted only after it was verified against the present
 * root again.  So keys that were replaced take their files with them, also when
 * the machine died between the new root and everything after it. */
#include <string.h>

#include "lib/err.h"
#include "updater/tuf/client_state.h"
#include "updater/tuf/trust.h"

/* The new owner of what `from` holds is `to`.  It is verified: the signed bytes are not needed any more. */
static void move(struct tuf_meta *to, struct tuf_meta *from)
{
    tuf_meta_fini(to);
    *to = *from;
    buf_fini(&to->message);
    *from = (struct tuf_meta){0};
}

/* Parse, and count signatures by the trusted root.  `out` is set only on TUF_FINE. */
static enum tuf_cause by_root(const struct tuf_client *c, enum tuf_kind kind, const void *bytes, size_t n, struct tuf_meta *out)
{
    struct tuf_meta meta = {0};
    enum tuf_cause cause = tuf_cause_of(tuf_meta_parse(kind, bytes, n, &meta));

    if (!cause)
        cause = tuf_trust(&meta, tuf_root_keys(&c->root), tuf_root_role(&c->root, kind));
    if (cause)
        tuf_meta_fini(&meta);
    else
        *out = meta;
    return cause;
}

/* ---- root (5.2, 5.3) -------------------------------------------------------- */

void tuf_root_loaded(struct tuf_client *c, const void *bytes, size_t n)
{
    enum tuf_cause cause = tuf_cause_of(tuf_meta_parse(TUF_ROOT, bytes, n, &c->root));

    if (!cause)
        cause = tuf_trust(&c->root, tuf_root_keys(&c->root), tuf_root_role(&c->root, TUF_ROOT));
    if (cause)
        tuf_fail(c, cause == TUF_MEMORY ? cause : TUF_BAD_ROOT);
    else if (c->root.version == INT64_MAX)
        tuf_fail(c, TUF_FAST_FORWARD);
    else
        c->state = STATE_ROOT_FETCH;
}

void tuf_root_not_here(struct tuf_client *c)
{
    tuf_fail(c, TUF_NO_ROOT);
}

/* 5.3.3 to 5.3.5: the keys of the trusted root and its own have signed it, and it is the very next one. */
static enum tuf_cause judge_root(const struct tuf_client *c, const struct tuf_meta *next)
{
    enum tuf_cause cause = tuf_trust(next, tuf_root_keys(&c->root), tuf_root_role(&c->root, TUF_ROOT));

    if (!cause)
        cause = tuf_trust(next, tuf_root_keys(next), tuf_root_role(next, TUF_ROOT));
    if (cause)
        return cause;
    if (next->version <= c->root.version)
        return TUF_ROLLBACK;
    if (next->version > c->root.version + 1 || next->version == INT64_MAX)
        return TUF_FAST_FORWARD;
    return TUF_FINE;
}

void tuf_root_fetched(struct tuf_client *c, const void *bytes, size_t n)
{
    enum tuf_cause cause = tuf_cause_of(tuf_meta_parse(TUF_ROOT, bytes, n, &c->next));

    if (!cause)
        cause = judge_root(c, &c->next);
    if (cause)
        tuf_fail(c, cause);
    else
        tuf_keep(c, STATE_ROOT_KEEP, bytes, n);
}

void tuf_root_kept(struct tuf_client *c)
{
    static const enum tuf_kind online[] = {TUF_TIMESTAMP, TUF_SNAPSHOT};

    for (size_t i = 0; i < sizeof online / sizeof online[0]; i++)
        if (!tuf_trust_same_keys(tuf_root_role(&c->root, online[i]), tuf_root_role(&c->next, online[i])))
            c->rotated = 1;
    move(&c->root, &c->next);
    c->state = STATE_ROOT_FETCH;
    if (++c->roots >= LIM_TUF_ROOTS)
        tuf_root_newest(c);
}

/* 5.3.10, 5.3.11: no newer one.  Keys that changed in this run: what was seen before them does not bind. */
void tuf_root_newest(struct tuf_client *c)
{
    if (tuf_trust_expired(&c->root, c->now))
        tuf_fail(c, TUF_FREEZE);
    else
        c->state = c->rotated ? STATE_TIMESTAMP_FETCH : STATE_TIMESTAMP_LOAD;
}

/* ---- timestamp (5.4) ---------------------------------------------------------- */

/* It may have expired: it still tells what was seen before. */
void tuf_timestamp_loaded(struct tuf_client *c, const void *bytes, size_t n)
{
    enum tuf_cause cause = by_root(c, TUF_TIMESTAMP, bytes, n, &c->timestamp);

    if (cause == TUF_MEMORY)
        tuf_fail(c, cause);
    else
        c->state = STATE_TIMESTAMP_FETCH;
}

void tuf_timestamp_not_here(struct tuf_client *c)
{
    c->state = STATE_TIMESTAMP_FETCH;
}

/* 5.5 begins: which snapshot is wanted. */
static void want_snapshot(struct tuf_client *c)
{
    enum tuf_cause cause = tuf_cause_of(tuf_meta_entry(&c->timestamp, tuf_kind_name(TUF_SNAPSHOT), &c->entry));

    if (!cause && tuf_trust_expired(&c->timestamp, c->now))
        cause = TUF_FREEZE;
    if (cause)
        tuf_fail(c, cause);
    else
        c->state = STATE_SNAPSHOT_LOAD;
}

/* 5.4.3, 5.4.4 against the timestamp that was seen before, if any. */
static enum tuf_cause judge_timestamp(const struct tuf_client *c, const struct tuf_meta *next)
{
    struct tuf_info before, after;

    if (c->timestamp.file) {
        if (next->version < c->timestamp.version)
            return TUF_ROLLBACK;
        if (tuf_meta_entry(&c->timestamp, tuf_kind_name(TUF_SNAPSHOT), &before) ||
            tuf_meta_entry(next, tuf_kind_name(TUF_SNAPSHOT), &after))
            return TUF_MALFORMED;
        if (after.version < before.version)
            return TUF_ROLLBACK;
    }
    return tuf_trust_expired(next, c->now) ? TUF_FREEZE : TUF_FINE;
}

void tuf_timestamp_fetched(struct tuf_client *c, const void *bytes, size_t n)
{
    enum tuf_cause cause = by_root(c, TUF_TIMESTAMP, bytes, n, &c->next);

    if (!cause && c->timestamp.file && c->next.version == c->timestamp.version) {
        tuf_meta_fini(&c->next); /* nothing new: the old one stays, byte for byte */
        want_snapshot(c);
        return;
    }
    if (!cause)
        cause = judge_timestamp(c, &c->next);
    if (cause)
        tuf_fail(c, cause);
    else
        tuf_keep(c, STATE_TIMESTAMP_KEEP, bytes, n);
}

void tuf_timestamp_kept(struct tuf_client *c)
{
    move(&c->timestamp, &c->next);
    want_snapshot(c);
}

/* ---- snapshot (5.5) ------------------------------------------------------------- */

static void want_targets(struct tuf_client *c)
{
    struct tuf_speaker top = {.role = json_incref(tuf_root_role(&c->root, TUF_TARGETS)),
                              .keys = json_incref(tuf_root_keys(&c->root))};

    tuf_role_begin(c, top, tuf_kind_name(TUF_TARGETS));
}

/* 5.5.1: it tells what was seen before; when it is also the one that the timestamp names, it is used. */
void tuf_snapshot_loaded(struct tuf_client *c, const void *bytes, size_t n)
{
    enum tuf_cause cause = by_root(c, TUF_SNAPSHOT, bytes, n, &c->snapshot);

    if (cause == TUF_MEMORY) {
        tuf_fail(c, cause);
        return;
    }
    c->state = STATE_SNAPSHOT_FETCH;
    if (!cause && c->snapshot.version == c->entry.version && !tuf_trust_expired(&c->snapshot, c->now) &&
        !tuf_info_check(&c->entry, bytes, n, TUF_MIX))
        want_targets(c);
    else if (c->rotated)
        tuf_meta_fini(&c->snapshot);
}

void tuf_snapshot_not_here(struct tuf_client *c)
{
    c->state = STATE_SNAPSHOT_FETCH;
}

/* 5.5.5: every role that was there is there, and none is older. */
static enum tuf_cause judge_entries(const struct tuf_meta *old, const struct tuf_meta *next)
{
    json_t *before = json_object_get(old->body, "meta"), *after = json_object_get(next->body, "meta"), *entry;
    const char *name;

    json_object_foreach(before, name, entry) {
        const json_t *now = json_object_get(after, name);

        if (!now)
            return TUF_REMOVED;
        if (json_integer_value(json_object_get(now, "version")) < json_integer_value(json_object_get(entry, "version")))
            return TUF_ROLLBACK;
    }
    return TUF_FINE;
}

void tuf_snapshot_fetched(struct tuf_client *c, const void *bytes, size_t n)
{
    enum tuf_cause cause = tuf_info_check(&c->entry, bytes, n, TUF_MIX);

    if (!cause)
        cause = by_root(c, TUF_SNAPSHOT, bytes, n, &c->next);
    if (!cause && c->next.version != c->entry.version)
        cause = TUF_MIX;
    if (!cause && c->snapshot.file)
        cause = judge_entries(&c->snapshot, &c->next);
    if (!cause && tuf_trust_expired(&c->next, c->now))
        cause = TUF_FREEZE;
    if (cause)
        tuf_fail(c, cause);
    else
        tuf_keep(c, STATE_SNAPSHOT_KEEP, bytes, n);
}

void tuf_snapshot_kept(struct tuf_client *c)
{
    move(&c->snapshot, &c->next);
    want_targets(c);
}
