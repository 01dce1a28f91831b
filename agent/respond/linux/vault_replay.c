/* From records of the log to the index and back; every byte is checked.
 * Owns nothing. */
#include "agent/respond/linux/vault_index.h"

#include <string.h>

static bool apply_version(struct vault_index *ix, const struct vault_rec *rec)
{
    struct rec_version r;

    if (rec->len < sizeof r)
        return false;
    memcpy(&r, rec->payload, sizeof r);
    if (rec->len != sizeof r + (uint64_t)r.attr_len || r.kind > VERSION_LINK || r.charge > 1ull << 46)
        return false; /* 65535 times 2^46 bytes cannot overflow the sum */
    if (!ix_version_claim(ix, r.ref))
        return false;
    ix_version_put(ix, (uint32_t)(r.ref & ((1u << VAULT_REF_BITS) - 1)), &r, rec->off, rec->whole);
    return true;
}

static bool apply_drop(struct vault_index *ix, const struct vault_rec *rec)
{
    struct rec_drop r;
    uint32_t slot;

    if (rec->len != sizeof r)
        return false;
    memcpy(&r, rec->payload, sizeof r);
    slot = ix_version_of(ix, r.ref);
    if (!slot)
        return false;
    ix_version_drop(ix, slot);
    return true;
}

static bool path_good(const uint8_t *path, uint32_t n)
{
    return n && n < LIM_PATH && path[0] == '/' && !memchr(path, 0, n);
}

static bool apply_touch(struct vault_index *ix, const struct vault_rec *rec)
{
    const uint8_t *path = rec->payload + sizeof(struct rec_touch);
    struct rec_touch r;

    if (rec->len < sizeof r)
        return false;
    memcpy(&r, rec->payload, sizeof r);
    if (r.len1 >= LIM_PATH || r.len2 >= LIM_PATH || rec->len != sizeof r + r.len1 + r.len2)
        return false;
    if (!r.tree || r.ref >> 63 || r.kind < TOUCH_WRITE || r.kind > TOUCH_CREATED || r.flags > 255 || !path_good(path, r.len1) ||
        (r.kind == TOUCH_RENAMED) != (r.len2 != 0) || (r.len2 && !path_good(path + r.len1, r.len2)))
        return false;
    if (!ix_tree_make(ix, r.tree) || !ix_touch_room(ix))
        return false;
    ix_touch_put(ix, &r, rec->off, rec->whole);
    return true;
}

static bool apply_tree(struct vault_index *ix, const struct vault_rec *rec)
{
    struct rec_tree r;
    uint32_t slot;

    if (rec->len != sizeof r)
        return false;
    memcpy(&r, rec->payload, sizeof r);
    if (!r.tree || r.op < TREE_PIN || r.op > TREE_FORGET)
        return false;
    slot = r.op == TREE_PIN ? ix_tree_make(ix, r.tree) : ix_tree_of(ix, r.tree);
    if (!slot)
        return false;
    if (r.wall > ix->tree[slot].last)
        ix->tree[slot].last = r.wall;
    if (r.op == TREE_FORGET)
        ix_tree_forget(ix, slot);
    else
        ix_tree_pin(ix, slot, r.op == TREE_PIN);
    return true;
}

static bool apply_done(struct vault_index *ix, const struct vault_rec *rec)
{
    struct rec_done r;

    if (rec->len != sizeof r)
        return false;
    memcpy(&r, rec->payload, sizeof r);
    if (!r.result || r.result > DONE_EVIDENCE)
        return false;
    ix_touch_done(ix, r.tree, &(struct vault_key){r.ino, r.btime}, r.result);
    return true;
}

static bool folder_parts(const struct vault_rec *rec, const uint8_t **path, uint32_t *n)
{
    struct rec_folder r;

    if (rec->len < sizeof r)
        return false;
    memcpy(&r, rec->payload, sizeof r);
    if (r.path_len >= LIM_PATH || r.attr_len > LIM_VAULT_ATTRS || rec->len != sizeof r + r.path_len + r.attr_len)
        return false;
    *path = rec->payload + sizeof r;
    *n = r.path_len;
    return path_good(*path, *n);
}

static bool apply_folder(struct vault_index *ix, const struct vault_rec *rec)
{
    const uint8_t *path;
    uint32_t n;

    if (!folder_parts(rec, &path, &n))
        return false;
    return ix_folder_put(ix, ix_folder_hash((const char *)path, n), rec->off, rec->whole);
}

bool vault_index_apply(struct vault_index *ix, const struct vault_rec *rec)
{
    static bool (*const apply[REC_END])(struct vault_index *, const struct vault_rec *) = {
        [REC_VERSION] = apply_version, [REC_DROP] = apply_drop, [REC_TOUCH] = apply_touch,
        [REC_TREE] = apply_tree,       [REC_DONE] = apply_done, [REC_FOLDER] = apply_folder,
    };

    return rec->type < REC_END && apply[rec->type] && apply[rec->type](ix, rec);
}

uint64_t *vault_index_offset(struct vault_index *ix, const struct vault_rec *rec)
{
    struct rec_version v;
    struct rec_touch t;
    const uint8_t *path;
    uint32_t s, n;

    if (rec->type == REC_VERSION && rec->len >= sizeof v) {
        memcpy(&v, rec->payload, sizeof v);
        s = ix_version_of(ix, v.ref);
        return s && ix->version[s].off == rec->off ? &ix->version[s].off : NULL;
    }
    if (rec->type == REC_TOUCH && rec->len >= sizeof t) {
        struct vault_key key;

        memcpy(&t, rec->payload, sizeof t);
        key = (struct vault_key){t.ino, t.btime};
        for (s = ix_touch_first(ix, &key); s; s = ix->touch[s].next_key)
            if (ix->touch[s].off == rec->off)
                return &ix->touch[s].off;
        return NULL;
    }
    if (rec->type == REC_FOLDER && folder_parts(rec, &path, &n)) {
        s = ix_folder_of(ix, ix_folder_hash((const char *)path, n));
        return s && ix->folder[s].off == rec->off ? &ix->folder[s].off : NULL;
    }
    return NULL;
}

bool vault_index_live(const struct vault_index *ix, const struct vault_rec *rec)
{
    struct rec_tree t;
    struct rec_done d;
    uint32_t s;

    if (rec->type == REC_TREE && rec->len == sizeof t) { /* a pin that holds; the others have done their work */
        memcpy(&t, rec->payload, sizeof t);
        s = ix_tree_of(ix, t.tree);
        return s && ix->tree[s].pinned && t.op == TREE_PIN;
    }
    if (rec->type == REC_DONE && rec->len == sizeof d) { /* as long as a touch of the file is there */
        struct vault_key key;

        memcpy(&d, rec->payload, sizeof d);
        key = (struct vault_key){d.ino, d.btime};
        for (s = ix_touch_first(ix, &key); s; s = ix->touch[s].next_key)
            if (ix->touch[s].done && vault_key_same(&ix->touch[s].key, &key))
                return true;
        return false;
    }
    return false;
}
