/* The envelope and what all kinds have; what one kind has is in metadata_kinds.c. */
#include "updater/tuf/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "lib/rfc3339.h"
#include "updater/tuf/canonical.h"
#include "updater/tuf/metadata_kinds.h"

static const struct { const char *name; size_t limit; int (*check)(const json_t *body); } kinds[] = {
    [TUF_ROOT] = {"root", LIM_TUF_ROOT, tuf_check_root},
    [TUF_TIMESTAMP] = {"timestamp", LIM_TUF_TIMESTAMP, tuf_check_timestamp},
    [TUF_SNAPSHOT] = {"snapshot", LIM_TUF_SNAPSHOT, tuf_check_snapshot},
    [TUF_TARGETS] = {"targets", LIM_TUF_TARGETS, tuf_check_targets},
};

const char *tuf_kind_name(enum tuf_kind kind)
{
    return kinds[kind].name;
}

size_t tuf_kind_limit(enum tuf_kind kind)
{
    return kinds[kind].limit;
}

/* Digits, at least one; the end of them, or NULL. */
static const char *digits(const char *text)
{
    size_t n = strspn(text, "0123456789");

    return n ? text + n : NULL;
}

/* "1.N" or "1.N.N": a later major version may mean things that are not understood here. */
static int spec_version_fits(const char *text)
{
    const char *p;

    if (!text || strncmp(text, "1.", 2) != 0)
        return 0;
    p = digits(text + 2);
    if (p && *p == '.')
        p = digits(p + 1);
    return p && !*p;
}

/* What every kind has. */
static int read_common(enum tuf_kind kind, struct tuf_meta *meta)
{
    const char *type = json_string_value(json_object_get(meta->body, "_type"));
    const char *expires = json_string_value(json_object_get(meta->body, "expires"));

    if (!type || strcmp(type, kinds[kind].name) != 0 ||
        !spec_version_fits(json_string_value(json_object_get(meta->body, "spec_version"))))
        return MM_EFORMAT;
    meta->version = json_integer_value(json_object_get(meta->body, "version")); /* 0 for everything but an integer */
    if (meta->version < 1)
        return MM_EFORMAT;
    return expires ? rfc3339_parse(expires, &meta->expires) : MM_EFORMAT;
}

/* Each an object with two texts; no key id twice.  Whether a signature is a good one is not asked here. */
static int check_signatures(const json_t *list)
{
    const char *ids[LIM_TUF_SIGNATURES];
    size_t n = json_array_size(list);

    if (!json_is_array(list))
        return MM_EFORMAT;
    if (n > LIM_TUF_SIGNATURES)
        return MM_ELIMIT;
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i);

        ids[i] = json_string_value(json_object_get(one, "keyid"));
        if (!ids[i] || !json_is_string(json_object_get(one, "sig")))
            return MM_EFORMAT;
        for (size_t k = 0; k < i; k++)
            if (!strcmp(ids[k], ids[i]))
                return MM_EFORMAT;
    }
    return MM_OK;
}

static int read_file(enum tuf_kind kind, struct tuf_meta *meta)
{
    int rc;

    meta->body = json_object_get(meta->file, "signed");
    meta->signatures = json_object_get(meta->file, "signatures");
    if (!json_is_object(meta->body))
        return MM_EFORMAT;
    rc = check_signatures(meta->signatures);
    if (!rc) /* before anything else is looked at: it bounds the nesting and refuses real numbers */
        rc = tuf_canonical(meta->body, &meta->message);
    if (!rc)
        rc = read_common(kind, meta);
    return rc ? rc : kinds[kind].check(meta->body);
}

int tuf_meta_parse(enum tuf_kind kind, const void *bytes, size_t n, struct tuf_meta *out)
{
    struct tuf_meta meta = {0};
    int rc;

    if (n > kinds[kind].limit)
        return MM_ELIMIT;
    buf_init(&meta.message, n);
    rc = tuf_json_parse(bytes, n, &meta.file);
    if (!rc)
        rc = read_file(kind, &meta);
    if (rc)
        tuf_meta_fini(&meta);
    else
        *out = meta;
    return rc;
}

void tuf_meta_fini(struct tuf_meta *meta)
{
    json_decref(meta->file);
    buf_fini(&meta->message);
    *meta = (struct tuf_meta){0};
}

int tuf_root_consistent(const struct tuf_meta *root)
{
    return json_is_true(json_object_get(root->body, "consistent_snapshot"));
}

json_t *tuf_root_role(const struct tuf_meta *root, enum tuf_kind kind)
{
    return json_object_get(json_object_get(root->body, "roles"), kinds[kind].name);
}

json_t *tuf_root_keys(const struct tuf_meta *root)
{
    return json_object_get(root->body, "keys");
}

json_t *tuf_targets_delegations(const struct tuf_meta *targets)
{
    return json_object_get(targets->body, "delegations");
}

int tuf_meta_entry(const struct tuf_meta *meta, const char *role, struct tuf_info *out)
{
    size_t n = strlen(role);
    char name[LIM_TUF_FILE + 5];
    const json_t *entry;

    if (n >= LIM_TUF_FILE)
        return MM_ELIMIT;
    memcpy(name, role, n);
    memcpy(name + n, ".json", 6);
    entry = json_object_get(json_object_get(meta->body, "meta"), name);
    return entry ? tuf_info_read_meta(entry, out) : MM_ENOTFOUND;
}

int tuf_meta_target(const struct tuf_meta *targets, const char *path, struct tuf_info *out)
{
    const json_t *entry = json_object_get(json_object_get(targets->body, "targets"), path);

    return entry ? tuf_info_read_target(entry, out) : MM_ENOTFOUND;
}
