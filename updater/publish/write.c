#include "updater/publish/write.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "lib/rfc3339.h"
#include "updater/tuf/canonical.h"

#define SPEC_VERSION "1.0.34"
#define DAY_S 86400

/* ---- bodies ------------------------------------------------------------------------------- */

int64_t write_days(const json_t *body)
{
    json_int_t days = json_integer_value(json_object_get(body, WRITE_DAYS));

    return days >= 1 && days <= LIM_PUBLISH_DAYS ? days : 1;
}

int write_expiry(json_t *body, int64_t now, int64_t days)
{
    char text[RFC3339_TEXT];

    rfc3339_format(now + days * DAY_S, text);
    return json_object_set_new(body, "expires", json_string(text)) || json_object_set_new(body, WRITE_DAYS, json_integer(days)) ? MM_ENOMEM : MM_OK;
}

json_t *write_first(enum tuf_kind kind, int64_t now, int64_t days, json_t **body)
{
    json_t *signed_part = json_pack("{s:s,s:s,s:i}", "_type", tuf_kind_name(kind), "spec_version", SPEC_VERSION, "version", 1);
    json_t *draft;

    if (!signed_part || write_expiry(signed_part, now, days)) {
        json_decref(signed_part);
        return NULL;
    }
    draft = json_pack("{s:[],s:o}", "signatures", "signed", signed_part);
    if (draft)
        *body = signed_part;
    return draft;
}

int write_next(const struct tuf_meta *old, int64_t now, json_t **draft)
{
    json_t *body, *made;
    int rc;

    if (old->version == INT64_MAX)
        return MM_ELIMIT;
    body = json_deep_copy(old->body);
    rc = body && !json_object_set_new(body, "version", json_integer(old->version + 1)) ? write_expiry(body, now, write_days(body)) : MM_ENOMEM;
    if (rc) {
        json_decref(body);
        return rc;
    }
    made = json_pack("{s:[],s:o}", "signatures", "signed", body);
    if (!made)
        return MM_ENOMEM;
    *draft = made;
    return MM_OK;
}

/* ---- roles and keys -------------------------------------------------------------------------- */

static int has_text(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!strcmp(json_string_value(json_array_get(list, i)), text))
            return 1;
    return 0;
}

int write_role(json_t *role, json_t *keys, const json_t *objects, json_int_t threshold)
{
    json_t *ids = json_array();
    int rc = ids ? MM_OK : MM_ENOMEM;

    for (size_t i = 0; i < json_array_size(objects) && !rc; i++) {
        json_t *object = json_array_get(objects, i);
        char id[SHA256_HEX];

        rc = signer_id(object, id);
        if (!rc && has_text(ids, id))
            rc = MM_EINVAL;
        if (!rc && (json_array_append_new(ids, json_string(id)) || json_object_set(keys, id, object)))
            rc = MM_ENOMEM;
    }
    if (!rc && (threshold < 1 || json_array_size(ids) < (size_t)threshold))
        rc = MM_EINVAL;
    if (!rc && (json_object_set(role, "keyids", ids) || json_object_set_new(role, "threshold", json_integer(threshold))))
        rc = MM_ENOMEM;
    json_decref(ids);
    return rc;
}

/* `roles` is an object of roles in a root, a list of them in delegations. */
static int is_named(const char *id, const json_t *roles)
{
    json_t *walked = (json_t *)(uintptr_t)roles; /* jansson wants it writable for iterating */

    for (size_t i = 0; i < json_array_size(roles); i++)
        if (has_text(json_object_get(json_array_get(roles, i), "keyids"), id))
            return 1;
    for (void *at = json_object_iter(walked); at; at = json_object_iter_next(walked, at))
        if (has_text(json_object_get(json_object_iter_value(at), "keyids"), id))
            return 1;
    return 0;
}

int write_prune_keys(json_t *keys, const json_t *roles)
{
    json_t *left = json_object();
    int rc = left ? MM_OK : MM_ENOMEM;

    for (void *at = json_object_iter(keys); at && !rc; at = json_object_iter_next(keys, at))
        if (is_named(json_object_iter_key(at), roles) && json_object_set(left, json_object_iter_key(at), json_object_iter_value(at)))
            rc = MM_ENOMEM;
    if (!rc && (json_object_clear(keys) || json_object_update(keys, left)))
        rc = MM_ENOMEM;
    json_decref(left);
    return rc;
}

/* ---- signatures --------------------------------------------------------------------------------- */

static int put_signature(json_t *list, const char *id, const struct buf *raw)
{
    char *hex = malloc(2 * raw->len + 1);
    json_t *one;

    if (!hex)
        return MM_ENOMEM;
    crypto_hex((const uint8_t *)raw->data, raw->len, hex);
    one = json_pack("{s:s,s:s}", "keyid", id, "sig", hex);
    free(hex);
    if (!one)
        return MM_ENOMEM;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!strcmp(json_string_value(json_object_get(json_array_get(list, i), "keyid")), id))
            return json_array_set_new(list, i, one) ? MM_ENOMEM : MM_OK;
    if (json_array_size(list) >= LIM_TUF_SIGNATURES) {
        json_decref(one);
        return MM_ELIMIT;
    }
    return json_array_append_new(list, one) ? MM_ENOMEM : MM_OK;
}

int write_signature(json_t *draft, const struct signer *signer)
{
    struct buf message, raw;
    int rc;

    buf_init(&message, LIM_TUF_TARGETS);
    buf_init(&raw, LIM_TUF_SIGNATURE);
    rc = tuf_canonical(json_object_get(draft, "signed"), &message);
    if (!rc)
        rc = signer->ops->sign(signer->held, message.data, message.len, &raw);
    if (!rc)
        rc = put_signature(json_object_get(draft, "signatures"), signer->id, &raw);
    buf_fini(&message);
    buf_fini(&raw);
    return rc;
}

/* ---- texts ----------------------------------------------------------------------------------------- */

int write_text(const json_t *draft, struct buf *out)
{
    char *text = json_dumps(draft, JSON_INDENT(1) | JSON_SORT_KEYS);
    int rc = text ? buf_adds(out, text) : MM_ENOMEM;

    free(text);
    return rc;
}

static int digest_hex(const EVP_MD *kind, const void *bytes, size_t n, char out[2 * EVP_MAX_MD_SIZE + 1])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (EVP_Digest(bytes, n, digest, &len, kind, NULL) != 1)
        return MM_ECRYPTO;
    crypto_hex(digest, len, out);
    return MM_OK;
}

json_t *write_entry(int64_t version, const void *bytes, size_t n)
{
    char hex[2 * EVP_MAX_MD_SIZE + 1];

    if (digest_hex(EVP_sha256(), bytes, n, hex))
        return NULL;
    return json_pack("{s:I,s:I,s:{s:s}}", "version", (json_int_t)version, "length", (json_int_t)n, "hashes", "sha256", hex);
}

json_t *write_target(const void *bytes, size_t n)
{
    char sha256[2 * EVP_MAX_MD_SIZE + 1], sha512[2 * EVP_MAX_MD_SIZE + 1];

    if (digest_hex(EVP_sha256(), bytes, n, sha256) || digest_hex(EVP_sha512(), bytes, n, sha512))
        return NULL;
    return json_pack("{s:I,s:{s:s,s:s}}", "length", (json_int_t)n, "hashes", "sha256", sha256, "sha512", sha512);
}

int write_custom(json_t *target, const char *name, json_t *value)
{
    json_t *custom = json_object_get(target, "custom");
    int rc = MM_OK;

    if (!custom) {
        custom = json_object();
        if (!custom || json_object_set_new(target, "custom", custom)) {
            json_decref(value);
            return MM_ENOMEM;
        }
    }
    if (value)
        rc = json_object_set_new(custom, name, value) ? MM_ENOMEM : MM_OK;
    else
        (void)json_object_del(custom, name);
    if (!json_object_size(custom))
        (void)json_object_del(target, "custom");
    return rc;
}
