/* Which targets a role may speak for, asked again by a second matcher that shares nothing with the first.
 *
 * The input is lines: the target first, then patterns (`*.txt`), or beginnings of hashes when the first line begins with
 * '#', which is not part of the target.  "%N" at a hash line's beginning stands for the first N % 65 digits (N: the byte
 * behind the '%') of the target's own SHA-256, so that some fit. */
#include <jansson.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "updater/tuf/delegation.h"

#define LINES 16
#define LONGEST 200 /* of a pattern that the second matcher looks at: it is slow */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the second matcher -------------------------------------------------------------------- */

enum verdict { NO, YES, UNKNOWN };

/* Where the bracket that begins at p ends (its ']'); NULL: it is none of the plain kind, where every fnmatch agrees. */
static const unsigned char *bracket_end(const unsigned char *p)
{
    const unsigned char *q = p + 1;

    if (*q == '!' || *q == '^')
        q++;
    for (bool first = true; *q && *q != '/' && (first || *q != ']'); first = false, q++)
        if (*q == '[' && (q[1] == ':' || q[1] == '.' || q[1] == '='))
            return NULL; /* classes */
    return *q == ']' ? q : NULL;
}

/* A plain bracket from p to its end, and one byte. */
static bool bracket_has(const unsigned char *p, const unsigned char *end, unsigned char c)
{
    bool not = p[1] == '!' || p[1] == '^', in = false;

    for (p += 1 + not; p < end; p++) {
        if (p + 2 < end && p[1] == '-') {
            in |= p[0] <= c && c <= p[2];
            p += 2;
        } else
            in |= *p == c;
    }
    return in != not;
}

static bool plain(const unsigned char *p)
{
    for (; *p; p++)
        if (*p == '[') {
            p = bracket_end(p);
            if (!p)
                return false;
        }
    return true;
}

/* ok[i]: the pattern so far fits the first i bytes of the target.  A star fits on over everything but a slash. */
static bool matches(const unsigned char *p, const unsigned char *t, size_t n)
{
    static bool ok[LIM_TUF_PATH + 1];

    memset(ok, 0, sizeof ok);
    ok[0] = true;
    for (; *p; p++) {
        const unsigned char *end = *p == '[' ? bracket_end(p) : p;

        if (*p == '*')
            for (size_t i = 0; i < n; i++)
                ok[i + 1] |= ok[i] && t[i] != '/';
        else {
            for (size_t i = n; i--;)
                ok[i + 1] = ok[i] && (*p == '?' ? t[i] != '/' : *p == '[' ? t[i] != '/' && bracket_has(p, end, t[i]) : *p == t[i]);
            ok[0] = false;
        }
        p = end;
    }
    return ok[n];
}

static enum verdict second_path(const char *pattern, const char *target)
{
    const unsigned char *p = (const unsigned char *)pattern;

    if (strlen(target) >= LIM_TUF_PATH)
        return NO;
    if (strlen(pattern) > LONGEST || !plain(p))
        return UNKNOWN;
    return matches(p, (const unsigned char *)target, strlen(target)) ? YES : NO;
}

static unsigned digit_of(const uint8_t *hash, size_t i)
{
    return i & 1 ? hash[i / 2] & 15u : hash[i / 2] >> 4;
}

static enum verdict second_hash(const char *prefix, const char *target)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    size_t n = strlen(prefix);

    SHA256((const unsigned char *)target, strlen(target), hash);
    for (size_t i = 0; i < n; i++)
        if (prefix[i] != "0123456789abcdef"[digit_of(hash, i)])
            return NO;
    return strlen(target) < LIM_TUF_PATH ? YES : NO;
}

/* ---- asking both --------------------------------------------------------------------------------- */

/* As metadata.h promises: 1 to 64 digits in lower case. */
static bool fit_hash(char *line, const char *target)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    size_t n;

    if (line[0] == '%' && line[1]) {
        n = (unsigned char)line[1] % 65;
        SHA256((const unsigned char *)target, strlen(target), hash);
        for (size_t i = 0; i < n; i++)
            line[i] = "0123456789abcdef"[digit_of(hash, i)];
        line[n] = '\0';
    }
    n = strlen(line);
    return n && n <= 64 && strspn(line, "0123456789abcdef") == n;
}

static bool ask(const char *member, json_t *list, const char *target)
{
    json_t *role = json_pack("{s:O}", member, list);
    bool got;

    if (!role)
        abort();
    got = tuf_delegation_matches(role, target);
    json_decref(role);
    return got;
}

/* One line by itself, and into the list of all. */
static enum verdict one(bool hashes, const char *line, const char *target, json_t *all)
{
    enum verdict v = hashes ? second_hash(line, target) : second_path(line, target);
    json_t *text = json_stringn_nocheck(line, strlen(line)), *list = json_pack("[O]", text);
    bool got;

    if (!list)
        abort();
    got = ask(hashes ? "path_hash_prefixes" : "paths", list, target);
    if (v != UNKNOWN && got != (v == YES))
        abort();
    json_array_append_new(all, text);
    json_decref(list);
    return got ? YES : NO;
}

/* The next line into `out`, which has room for it and more; false: there is none. */
static bool take_line(const uint8_t **at, const uint8_t *end, char *out)
{
    size_t n = 0;

    if (*at >= end)
        return false;
    while (*at < end && **at != '\n') {
        if (**at)
            out[n++] = (char)**at;
        (*at)++;
    }
    (*at)++;
    out[n] = '\0';
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *at = data, *end = data + size;
    char *target = calloc(1, size + 80), *line = calloc(1, size + 80);
    json_t *all = json_array();
    bool hashes = size && data[0] == '#', any = false;

    if (!target || !line || !all)
        abort();
    at += hashes;
    if (take_line(&at, end, target))
        for (unsigned i = 0; i < LINES && take_line(&at, end, line); i++)
            if (hashes ? fit_hash(line, target) : strlen(line) < LIM_TUF_PATH)
                any |= one(hashes, line, target, all) == YES;
    /* a list speaks for what any of it speaks for; an empty one for nothing */
    if (ask(hashes ? "path_hash_prefixes" : "paths", all, target) != any)
        abort();
    json_decref(all);
    free(line);
    free(target);
    return 0;
}
