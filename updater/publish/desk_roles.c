/* Who may sign what, and how far a staged file is. */
#include <string.h>

#include "lib/err.h"
#include "updater/publish/desk.h"
#include "updater/tuf/key.h"

const struct tuf_meta *desk_effective(const struct desk_parent *parent)
{
    if (parent->staged.file && (parent->complete || !parent->published.file))
        return &parent->staged;
    return parent->published.file ? &parent->published : NULL;
}

/* An entry of a body's delegations. */
static json_t *delegation_in(const json_t *body, const char *role)
{
    const json_t *roles = json_object_get(json_object_get(body, "delegations"), "roles");

    for (size_t i = 0; i < json_array_size(roles); i++) {
        json_t *one = json_array_get(roles, i);

        if (!strcmp(json_string_value(json_object_get(one, "name")), role))
            return one;
    }
    return NULL;
}

static int role_in_body(const json_t *body, const char *role, json_t **object, json_t **keys)
{
    const json_t *roles = json_object_get(body, "roles");
    json_t *found = roles ? json_object_get(roles, role) : delegation_in(body, role);

    if (!found)
        return MM_ENOTFOUND;
    *object = found;
    *keys = json_object_get(roles ? body : json_object_get(body, "delegations"), "keys");
    return MM_OK;
}

int desk_role_in(const struct tuf_meta *parent, const char *role, json_t **object, json_t **keys)
{
    return parent && parent->file ? role_in_body(parent->body, role, object, keys) : MM_ENOTFOUND;
}

/* Root and what it speaks for hang on root, the rest on targets. */
static const struct desk_parent *parent_of(const struct desk *d, const char *role)
{
    return desk_kind(role) == TUF_TARGETS && strcmp(role, "targets") != 0 ? &d->targets : &d->root;
}

/* ---- counting ---------------------------------------------------------------------------------- */

/* 1 when `id` has signed, with a signature that verifies. */
static int has_signed(const struct tuf_meta *meta, const char *id, const json_t *keys)
{
    struct tuf_key *key = NULL;
    int good = 0;

    for (size_t i = 0; i < json_array_size(meta->signatures) && !good; i++) {
        const json_t *one = json_array_get(meta->signatures, i);

        if (strcmp(json_string_value(json_object_get(one, "keyid")), id) != 0)
            continue;
        key = tuf_key_new(json_object_get(keys, id));
        good = key && tuf_key_verifies(key, json_string_value(json_object_get(one, "sig")), meta->message.data, meta->message.len);
        tuf_key_free(key);
    }
    return good;
}

int desk_count_in(const struct tuf_meta *parent, const char *role, const struct tuf_meta *meta, struct desk_count *out)
{
    json_t *object, *keys, *ids;
    int rc = desk_role_in(parent, role, &object, &keys);

    if (rc)
        return rc;
    *out = (struct desk_count){.need = json_integer_value(json_object_get(object, "threshold")), .missing = json_array(), .keys = ""};
    if (!out->missing)
        return MM_ENOMEM;
    ids = json_object_get(object, "keyids");
    for (size_t i = 0; i < json_array_size(ids); i++) {
        json_t *id = json_array_get(ids, i);

        if (has_signed(meta, json_string_value(id), keys))
            out->have++;
        else if (json_array_append(out->missing, id))
            rc = MM_ENOMEM;
    }
    if (rc)
        json_decref(out->missing);
    return rc;
}

int desk_counts(const struct desk *d, const char *role, const struct tuf_meta *meta, struct desk_count out[DESK_COUNTS])
{
    const struct tuf_meta *before = &d->root.published;
    int rc;

    if (desk_kind(role) != TUF_ROOT || !before->file || before->version == meta->version) {
        rc = desk_count_in(desk_kind(role) == TUF_ROOT ? meta : desk_effective(parent_of(d, role)), role, meta, &out[0]);
        return rc ? rc : 1;
    }
    rc = desk_count_in(before, role, meta, &out[0]);
    if (rc)
        return rc;
    rc = desk_count_in(meta, role, meta, &out[1]);
    if (rc) {
        desk_counts_fini(out, 1);
        return rc;
    }
    out[0].keys = "of the present root's keys";
    out[1].keys = "of the new root's keys";
    return 2;
}

void desk_counts_fini(struct desk_count counts[DESK_COUNTS], int n)
{
    for (int i = 0; i < n; i++)
        json_decref(counts[i].missing);
}

int desk_counts_enough(const struct desk_count counts[DESK_COUNTS], int n)
{
    for (int i = 0; i < n; i++)
        if (counts[i].have < counts[i].need)
            return 0;
    return n > 0;
}

int desk_complete(struct desk *d, const char *role)
{
    struct desk_count counts[DESK_COUNTS];
    struct tuf_meta meta = {0};
    int enough = 0;

    if (!desk_staged(d, role, &meta)) {
        int n = desk_counts(d, role, &meta, counts);

        enough = desk_counts_enough(counts, n);
        desk_counts_fini(counts, n);
    }
    tuf_meta_fini(&meta);
    return enough;
}

/* ---- permission -------------------------------------------------------------------------------- */

static int body_allows(const json_t *body, const char *role, const char *id)
{
    json_t *object, *keys;
    const json_t *ids;

    if (!body || role_in_body(body, role, &object, &keys))
        return 0;
    ids = json_object_get(object, "keyids");
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (!strcmp(json_string_value(json_array_get(ids, i)), id))
            return 1;
    return 0;
}

int desk_may_sign(const struct desk *d, const char *role, const json_t *draft, const char *id)
{
    const struct desk_parent *parent = parent_of(d, role);

    return body_allows(parent->published.body, role, id) || body_allows(parent->staged.body, role, id) ||
           (desk_kind(role) == TUF_ROOT && body_allows(json_object_get(draft, "signed"), role, id));
}

json_t *desk_target_roles(const struct desk *d)
{
    const struct tuf_meta *targets = desk_effective(&d->targets);
    const json_t *roles = targets ? json_object_get(tuf_targets_delegations(targets), "roles") : NULL;
    json_t *names = json_pack("[s]", "targets");

    for (size_t i = 0; i < json_array_size(roles) && names; i++)
        if (json_array_append(names, json_object_get(json_array_get(roles, i), "name"))) {
            json_decref(names);
            return NULL;
        }
    return names;
}
