#include "lib/state_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/limits.h"

#define FILE_BYTES 4096 /* two numbers today */
#define DIGITS 8
#define DECIMAL "0123456789"

/* A number of at most DIGITS digits at `text`, which ends with NUL or anything else; 0: none. */
static int64_t number(const char *text)
{
    size_t n = strspn(text, DECIMAL);

    return n && n <= DIGITS ? strtoll(text, NULL, 10) : 0;
}

static bool near(int64_t a, int64_t b)
{
    return a >= b - 1 && a <= b + 1;
}

bool state_schema_fits(const struct state_schema *state, int64_t release)
{
    return !release || !state->last || (near(release, state->last) && near(release, state->high));
}

/* Where the mark is, from `at` on; NULL: nowhere. */
static const char *find(const char *at, const char *end)
{
    const size_t m = sizeof STATE_SCHEMA_MARK - 1;

    while ((size_t)(end - at) > m && (at = memchr(at, STATE_SCHEMA_MARK[0], (size_t)(end - at) - m)) != NULL) {
        if (!memcmp(at, STATE_SCHEMA_MARK, m))
            return at;
        at++;
    }
    return NULL;
}

int64_t state_schema_said(const void *bytes, size_t n)
{
    const char *at = bytes, *end = at + n;
    int64_t said = 0;

    while ((at = find(at, end))) {
        char digits[DIGITS + 2] = "";
        size_t left;
        int64_t one;

        at += sizeof STATE_SCHEMA_MARK - 1;
        left = (size_t)(end - at);
        memcpy(digits, at, left < sizeof digits - 1 ? left : sizeof digits - 1);
        one = number(digits);
        if (one && said && one != said)
            return -1;
        said = one ? one : said;
    }
    return said;
}

int state_schema_read(const char *state_dir, struct state_schema *out)
{
    struct state_schema s = {0};
    char path[LIM_PATH], *second;
    struct buf b;
    int rc;

    if (snprintf(path, sizeof path, "%s/schema", state_dir) >= (int)sizeof path)
        return MM_ELIMIT;
    buf_init(&b, FILE_BYTES);
    rc = durable_read(path, &b);
    if (!rc && b.len) {
        s.last = number(b.data);
        second = b.data + strspn(b.data, DECIMAL);
        s.high = *second == ' ' ? number(second + 1) : s.last;
    }
    buf_fini(&b);
    if (!rc && (s.last < 1 || s.high < s.last))
        rc = MM_EFORMAT;
    if (!rc)
        *out = s;
    return rc;
}

int state_schema_keep(const char *state_dir, int64_t own)
{
    struct state_schema was = {0}, now = {own, own};
    char path[LIM_PATH], line[64];
    int rc = state_schema_read(state_dir, &was), n;

    if (!rc && was.high == own + 1)
        now.high = was.high;
    if (!rc && was.last == now.last && was.high == now.high)
        return MM_OK;
    if (snprintf(path, sizeof path, "%s/schema", state_dir) >= (int)sizeof path)
        return MM_ELIMIT;
    n = snprintf(line, sizeof line, "%lld %lld\n", (long long)now.last, (long long)now.high);
    return durable_write(path, line, (size_t)n, 0644);
}
