#include "updater/tuf/metadata_kinds.h"

#include <stdint.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "updater/tuf/info.h"
#include "updater/tuf/key.h"
#include "updater/tuf/names.h"

/* Call `check` with each member of `object`; the first failure ends it. */
static int each(const json_t *object, int (*check)(const char *name, const json_t *value))
{
    json_t *walked = (json_t *)(uintptr_t)object; /* jansson wants it writable for iterating */
    int rc = json_is_object(object) ? MM_OK : MM_EFORMAT;

    for (void *at = json_object_iter(walked); at && !rc; at = json_object_iter_next(walked, at))
        rc = check(json_object_iter_key(at), json_object_iter_value(at));
    return rc;
}

/* A key's id must be its own; whether the key is understood shows when it is needed. */
static int check_key(const char *id, const json_t *key)
{
    if (!json_is_string(json_object_get(key, "keytype")) || !json_is_string(json_object_get(key, "scheme")) ||
        !json_is_object(json_object_get(key, "keyval")))
        return MM_EFORMAT;
    return tuf_key_id_fits(id, key) ? MM_OK : MM_EFORMAT;
}

/* {"keyids","threshold"}: ids once each; a threshold that cannot be reached is the signer's affair. */
static int check_role(const json_t *role)
{
    const json_t *ids = json_object_get(role, "keyids");
    json_t *seen;
    int rc = MM_OK;

    if (!json_is_array(ids) || json_integer_value(json_object_get(role, "threshold")) < 1)
        return MM_EFORMAT;
    seen = json_object();
    if (!seen)
        return MM_ENOMEM;
    for (size_t i = 0; i < json_array_size(ids) && !rc; i++) {
        const char *id = json_string_value(json_array_get(ids, i));

        if (!id || json_object_get(seen, id))
            rc = MM_EFORMAT;
        else if (json_object_set_new_nocheck(seen, id, json_null()))
            rc = MM_ENOMEM;
    }
    json_decref(seen);
    return rc;
}

int tuf_check_root(const json_t *body)
{
    static const char *const roles[] = {"root", "timestamp", "snapshot", "targets"};
    const json_t *consistent = json_object_get(body, "consistent_snapshot");
    int rc = each(json_object_get(body, "keys"), check_key);

    if (consistent && !json_is_boolean(consistent))
        rc = MM_EFORMAT;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0] && !rc; i++)
        rc = check_role(json_object_get(json_object_get(body, "roles"), roles[i]));
    return rc;
}

static int check_entry(const char *name, const json_t *entry)
{
    struct tuf_info info;

    (void)name;
    return tuf_info_read_meta(entry, &info);
}

int tuf_check_timestamp(const json_t *body)
{
    const json_t *meta = json_object_get(body, "meta");

    return check_entry("snapshot.json", json_object_get(meta, "snapshot.json"));
}

int tuf_check_snapshot(const json_t *body)
{
    const json_t *meta = json_object_get(body, "meta");

    if (!json_object_get(meta, "targets.json"))
        return MM_EFORMAT;
    return each(meta, check_entry);
}

static int check_target(const char *path, const json_t *entry)
{
    struct tuf_info info;

    (void)path;
    return tuf_info_read_target(entry, &info);
}

/* A list of texts; with `hex` each a beginning of a SHA-256 in hexadecimal digits. */
static int check_texts(const json_t *list, int hex)
{
    if (!json_is_array(list))
        return MM_EFORMAT;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        size_t n = text ? strlen(text) : 0;

        if (!text || n >= LIM_TUF_PATH)
            return MM_EFORMAT;
        if (hex && (!n || n > 64 || strspn(text, "0123456789abcdef") != n))
            return MM_EFORMAT;
    }
    return MM_OK;
}

/* A delegated role must not take the name, and so the file, of a top-level one. */
static int name_fits(const char *name)
{
    static const char *const taken[] = {"root", "timestamp", "snapshot", "targets"};
    char file[LIM_TUF_FILE];

    if (!name || tuf_role_file(name, file))
        return 0;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        if (!strcmp(name, taken[i]))
            return 0;
    return 1;
}

static int check_delegation(const json_t *role, json_t *seen)
{
    const char *name = json_string_value(json_object_get(role, "name"));
    const json_t *paths = json_object_get(role, "paths"), *prefixes = json_object_get(role, "path_hash_prefixes");
    int rc = check_role(role);

    if (rc)
        return rc;
    if (!name_fits(name) || json_object_get(seen, name) || !json_is_boolean(json_object_get(role, "terminating")))
        return MM_EFORMAT;
    if (json_object_set_new_nocheck(seen, name, json_null()))
        return MM_ENOMEM;
    if (!paths == !prefixes) /* exactly one of them says what the role may speak for */
        return MM_EFORMAT;
    return paths ? check_texts(paths, 0) : check_texts(prefixes, 1);
}

static int check_delegations(const json_t *delegations)
{
    const json_t *roles = json_object_get(delegations, "roles");
    int rc = each(json_object_get(delegations, "keys"), check_key);
    json_t *seen = json_object();

    if (!seen)
        return MM_ENOMEM;
    if (!rc && !json_is_array(roles))
        rc = MM_EFORMAT;
    for (size_t i = 0; i < json_array_size(roles) && !rc; i++)
        rc = check_delegation(json_array_get(roles, i), seen);
    json_decref(seen);
    return rc;
}

int tuf_check_targets(const json_t *body)
{
    const json_t *delegations = json_object_get(body, "delegations");
    int rc = each(json_object_get(body, "targets"), check_target);

    return rc || !delegations ? rc : check_delegations(delegations);
}
