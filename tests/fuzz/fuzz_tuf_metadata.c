/* Whatever bytes come as metadata of any kind (the first byte chooses): no
 * crash; and what is accepted keeps what metadata.h promises, also when its
 * signatures are counted and its delegations are asked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "updater/tuf/delegation.h"
#include "updater/tuf/metadata.h"
#include "updater/tuf/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_root(const struct tuf_meta *root)
{
    for (int kind = TUF_ROOT; kind <= TUF_TARGETS; kind++) {
        const json_t *role = tuf_root_role(root, (enum tuf_kind)kind);

        if (!role || !tuf_trust_same_keys(role, role))
            abort();
        (void)tuf_trust(root, tuf_root_keys(root), role);
    }
    (void)tuf_root_consistent(root);
}

/* Each name in it can be asked for, and the answer is in range. */
static void ask_entries(enum tuf_kind kind, const struct tuf_meta *meta)
{
    struct tuf_info info;

    if (tuf_meta_entry(meta, kind == TUF_TIMESTAMP ? "snapshot" : "targets", &info) || info.version < 1 || info.length == 0)
        abort();
    if (tuf_info_check(&info, "x", 1, TUF_MIX) == TUF_FINE && info.hashes && !info.sha256[0] && !info.sha512[0])
        abort();
}

static void ask_targets(const struct tuf_meta *targets)
{
    json_t *listed = json_object_get(targets->body, "targets"), *delegations = tuf_targets_delegations(targets), *roles, *one;
    struct tuf_info info;
    const char *path;
    size_t i;

    json_object_foreach(listed, path, one)
        if (tuf_meta_target(targets, path, &info) || info.length < 0 || !info.hashes)
            abort();
    roles = json_object_get(delegations, "roles");
    json_array_foreach(roles, i, one) {
        (void)tuf_delegation_matches(one, "rules/pack-1.zip");
        (void)tuf_trust(targets, json_object_get(delegations, "keys"), one);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tuf_meta meta = {0};
    enum tuf_kind kind;

    if (!size)
        return 0;
    kind = (enum tuf_kind)(data[0] & 3);
    if (tuf_meta_parse(kind, data + 1, size - 1, &meta)) {
        if (meta.file || meta.body || meta.message.data)
            abort(); /* untouched on failure */
        return 0;
    }
    if (meta.version < 1 || meta.expires < 0 || !meta.message.len || meta.message.len > size || size - 1 > tuf_kind_limit(kind) ||
        json_array_size(meta.signatures) > LIM_TUF_SIGNATURES)
        abort();
    if (kind == TUF_ROOT)
        ask_root(&meta);
    else if (kind == TUF_TARGETS)
        ask_targets(&meta);
    else
        ask_entries(kind, &meta);
    tuf_meta_fini(&meta);
    return 0;
}
