#include "updater/tuf/delegation.h"

#include <fnmatch.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/limits.h"

/* Copy the part up to the next slash or the end; how long it is. */
static size_t take_part(const char *from, char out[LIM_TUF_PATH])
{
    size_t n = strcspn(from, "/");

    memcpy(out, from, n);
    out[n] = '\0';
    return n;
}

/* Both texts are shorter than LIM_TUF_PATH.  Part by part, so that a bracket of a pattern cannot span a slash. */
static int path_matches(const char *pattern, const char *target)
{
    char want[LIM_TUF_PATH], have[LIM_TUF_PATH];

    for (;;) {
        pattern += take_part(pattern, want);
        target += take_part(target, have);
        if (*pattern != *target || fnmatch(want, have, FNM_PATHNAME | FNM_NOESCAPE) != 0)
            return 0; /* one of them has more parts, or this part differs */
        if (!*pattern)
            return 1;
        pattern++;
        target++;
    }
}

static int any_path(const json_t *paths, const char *target)
{
    for (size_t i = 0; i < json_array_size(paths); i++)
        if (path_matches(json_string_value(json_array_get(paths, i)), target))
            return 1;
    return 0;
}

static int any_prefix(const json_t *prefixes, const char *target)
{
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX];

    if (crypto_sha256(target, strlen(target), digest))
        return 0;
    crypto_hex(digest, sizeof digest, hex);
    for (size_t i = 0; i < json_array_size(prefixes); i++) {
        const char *prefix = json_string_value(json_array_get(prefixes, i));

        if (!strncmp(hex, prefix, strlen(prefix)))
            return 1;
    }
    return 0;
}

int tuf_delegation_matches(const json_t *role, const char *target)
{
    const json_t *paths = json_object_get(role, "paths");

    if (strlen(target) >= LIM_TUF_PATH)
        return 0;
    return paths ? any_path(paths, target) : any_prefix(json_object_get(role, "path_hash_prefixes"), target);
}
