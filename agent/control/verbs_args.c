/* Ownership: borrows the request's JSON for the call, copies what it gives out. */
#include "agent/control/verbs_args.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/unicode.h"

#define ID_SHORTEST 8            /* characters of a prefix: docs/protocol.md */

int args_only_known(const json_t *args, const char *known)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)args, key, value) {
        char quoted[LIM_TAG + 2];
        int n = snprintf(quoted, sizeof quoted, "|%s|", key);

        if (!*key || n < 0 || (size_t)n >= sizeof quoted || strchr(key, '|') || !strstr(known, quoted))
            return MM_EINVAL;
    }
    return MM_OK;
}

int args_number(const json_t *args, const char *key, json_int_t least, json_int_t most, json_int_t *out)
{
    const json_t *v = json_object_get(args, key);

    if (!v)
        return MM_OK;
    if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > most)
        return MM_EINVAL;
    *out = json_integer_value(v);
    return MM_OK;
}

int args_id(const json_t *args, char out[LIM_ID])
{
    const char *id = json_string_value(json_object_get(args, "id"));
    size_t n = id ? strlen(id) : 0;

    if (n < ID_SHORTEST || n >= LIM_ID || id[strspn(id, "0123456789abcdefABCDEF-")])
        return MM_EINVAL;
    for (size_t i = 0; i <= n; i++)
        out[i] = id[i] >= 'A' && id[i] <= 'F' ? (char)(id[i] - 'A' + 'a') : id[i];
    return MM_OK;
}

/* Controls a terminal, turns the reading direction, or shows nothing. */
static bool obeyed_or_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

int args_line(const json_t *args, const char *key, char *out, size_t size)
{
    const json_t *v = json_object_get(args, key);
    const char *s = json_string_value(v);
    size_t n = v ? json_string_length(v) : 0, used;

    if (v && (!s || n >= size || strlen(s) != n))
        return MM_EINVAL;
    for (size_t at = 0; at < n; at += used) {
        uint32_t c;

        used = uni_next(s + at, n - at, &c);
        if (obeyed_or_hidden(c))
            return MM_EINVAL;
    }
    if (n)
        memcpy(out, s, n);
    out[n] = '\0';
    return MM_OK;
}
