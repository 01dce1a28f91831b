/* The index's invariants, for tests and fuzzing.  Owns nothing. */
#include "agent/respond/linux/vault_index.h"

static const char *check_tree(const struct vault_index *ix, uint32_t t)
{
    const struct ix_tree *tree = &ix->tree[t];
    uint32_t n = 0, prev = 0;
    uint64_t bytes = 0;

    for (uint32_t s = tree->vfirst; s; prev = s, s = ix->version[s].next, n++) {
        if (ix->version[s].tree != t || ix->version[s].state != SLOT_LIVE || ix->version[s].prev != prev)
            return "a tree's list of versions is broken";
        bytes += ix->version[s].charge;
    }
    if (n != tree->versions || bytes != tree->bytes || prev != tree->vlast)
        return "a tree's sums of versions are wrong";
    for (n = 0, prev = 0; (n ? ix->touch[prev].next : tree->tfirst) != 0; n++) {
        uint32_t s = n ? ix->touch[prev].next : tree->tfirst;

        if (ix->touch[s].tree != t || ix->touch[s].state != SLOT_LIVE || ix->touch[s].prev != prev)
            return "a tree's list of touches is broken";
        if (ix->touch[s].done > DONE_EVIDENCE)
            return "a touch has an impossible result";
        prev = s;
    }
    if (n != tree->touches || prev != tree->tlast)
        return "a tree's sums of touches are wrong";
    return NULL;
}

static const char *check_versions(const struct vault_index *ix)
{
    uint64_t bytes = 0;
    uint32_t live = 0;

    for (uint32_t s = 1; s <= ix->version_top; s++) {
        const struct ix_version *v = &ix->version[s];
        uint32_t at;

        bytes += v->charge;
        if (v->state != SLOT_LIVE)
            continue;
        live++;
        if (v->pins > v->refs)
            return "a version has more pins than references";
        if (ix_version_of(ix, v->ref) != s)
            return "a version's ref leads elsewhere";
        for (at = ix_version_first(ix, &v->key); at && at != s; at = ix->version[at].next_key)
            ;
        if (!at)
            return "a version is not in its chain";
    }
    return live != ix->versions || bytes != ix->bytes ? "the sums over all versions are wrong" : NULL;
}

static const char *check_touches(const struct vault_index *ix)
{
    uint32_t live = 0;

    for (uint32_t s = 1; s <= ix->touch_top; s++) {
        uint32_t at;

        if (ix->touch[s].state != SLOT_LIVE)
            continue;
        live++;
        for (at = ix_touch_first(ix, &ix->touch[s].key); at && at != s; at = ix->touch[at].next_key)
            ;
        if (!at)
            return "a touch is not in its chain";
    }
    return live != ix->touches ? "the count of touches is wrong" : NULL;
}

const char *vault_index_check(const struct vault_index *ix)
{
    const char *wrong = check_versions(ix);
    uint64_t refs = 0, pins = 0;

    if (!wrong)
        wrong = check_touches(ix);
    for (uint32_t t = 1; !wrong && t <= ix->tree_top; t++)
        wrong = check_tree(ix, t);
    if (wrong)
        return wrong;
    for (uint32_t s = 1; s <= ix->version_top; s++) {
        refs += ix->version[s].refs;
        pins += ix->version[s].pins;
    }
    for (uint32_t s = 1; s <= ix->touch_top; s++) {
        const struct ix_touch *t = &ix->touch[s];

        if (t->state != SLOT_LIVE || !t->bound || !ix_version_of(ix, t->ref))
            continue;
        refs--;
        pins -= ix->tree[t->tree].pinned ? 1 : 0;
    }
    return refs || pins ? "references or pins do not add up" : NULL;
}
