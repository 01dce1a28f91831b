#include "updater/tuf/trust.h"

#include <string.h>

#include "lib/limits.h"
#include "updater/tuf/key.h"

static int has_id(const json_t *role, const char *id)
{
    const json_t *ids = json_object_get(role, "keyids");

    for (size_t i = 0; i < json_array_size(ids); i++)
        if (!strcmp(json_string_value(json_array_get(ids, i)), id))
            return 1;
    return 0;
}

/* The key that made this signature, if it is one of the role's and the signature is good; else NULL.  The caller
 * frees it. */
static struct tuf_key *signer(const struct tuf_meta *meta, const json_t *signature, const json_t *keys, const json_t *role)
{
    const char *id = json_string_value(json_object_get(signature, "keyid"));
    const char *hex = json_string_value(json_object_get(signature, "sig"));
    const json_t *object = has_id(role, id) ? json_object_get(keys, id) : NULL;
    struct tuf_key *key = object ? tuf_key_new(object) : NULL;

    if (key && tuf_key_verifies(key, hex, meta->message.data, meta->message.len))
        return key;
    tuf_key_free(key);
    return NULL;
}

enum tuf_cause tuf_trust(const struct tuf_meta *meta, const json_t *keys, const json_t *role)
{
    json_int_t threshold = json_integer_value(json_object_get(role, "threshold"));
    struct tuf_key *counted[LIM_TUF_SIGNATURES];
    size_t n = 0, all = json_array_size(meta->signatures);
    enum tuf_cause cause;

    for (size_t i = 0; i < all && i < LIM_TUF_SIGNATURES && (json_int_t)n < threshold; i++) {
        struct tuf_key *key = signer(meta, json_array_get(meta->signatures, i), keys, role);
        size_t k = 0;

        if (!key)
            continue;
        while (k < n && !tuf_key_same(counted[k], key))
            k++;
        if (k < n)
            tuf_key_free(key);
        else
            counted[n++] = key;
    }
    cause = (json_int_t)n >= threshold ? TUF_FINE : n ? TUF_BELOW_THRESHOLD : TUF_ARBITRARY;
    while (n)
        tuf_key_free(counted[--n]);
    return cause;
}

int tuf_trust_same_keys(const json_t *a, const json_t *b)
{
    const json_t *ids = json_object_get(a, "keyids");

    if (json_array_size(ids) != json_array_size(json_object_get(b, "keyids")))
        return 0;
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (!has_id(b, json_string_value(json_array_get(ids, i))))
            return 0;
    return 1;
}

int tuf_trust_expired(const struct tuf_meta *meta, int64_t now)
{
    return meta->expires <= now;
}
