/* Why not jansson's own writer: it escapes line ends and other control bytes,
 * and canonical JSON must not; PEM keys are full of line ends. */
#include "updater/tuf/canonical.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"

int tuf_json_parse(const void *bytes, size_t n, json_t **out)
{
    json_t *value = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, NULL);

    if (!value)
        return MM_EFORMAT;
    *out = value;
    return MM_OK;
}

static int add_value(const json_t *value, unsigned depth, struct buf *out);

static int add_string(const char *text, size_t n, struct buf *out)
{
    const char *end = text + n;
    int rc = buf_add(out, "\"", 1);

    while (!rc && text < end) {
        const char *p = text;

        while (p < end && *p != '"' && *p != '\\')
            p++;
        rc = buf_add(out, text, (size_t)(p - text));
        if (!rc && p < end) {
            const char escaped[2] = {'\\', *p++};

            rc = buf_add(out, escaped, sizeof escaped);
        }
        text = p;
    }
    return rc ? rc : buf_add(out, "\"", 1);
}

struct member { const char *name; size_t len; const json_t *value; };

/* By bytes: for UTF-8 that is the order of code points. */
static int by_name(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order = memcmp(x->name, y->name, x->len < y->len ? x->len : y->len);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as LIM_TUF_DEPTH, see add_value */
static int add_sorted(struct member *members, size_t n, unsigned depth, struct buf *out)
{
    int rc = buf_add(out, "{", 1);

    qsort(members, n, sizeof *members, by_name);
    for (size_t i = 0; i < n && !rc; i++) {
        if (i)
            rc = buf_add(out, ",", 1);
        if (!rc)
            rc = add_string(members[i].name, members[i].len, out);
        if (!rc)
            rc = buf_add(out, ":", 1);
        if (!rc)
            rc = add_value(members[i].value, depth, out);
    }
    return rc ? rc : buf_add(out, "}", 1);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as LIM_TUF_DEPTH, see add_value */
static int add_object(const json_t *object, unsigned depth, struct buf *out)
{
    size_t n = json_object_size(object), i = 0;
    struct member *members = n ? malloc(n * sizeof *members) : NULL;
    int rc;

    if (!n)
        return buf_add(out, "{}", 2);
    if (!members)
        return MM_ENOMEM;
    /* jansson wants a writable object for iterating; nothing is changed through it. */
    for (void *at = json_object_iter((json_t *)(uintptr_t)object); at && i < n;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at), i++) {
        members[i].name = json_object_iter_key(at);
        members[i].len = json_object_iter_key_len(at);
        members[i].value = json_object_iter_value(at);
    }
    rc = add_sorted(members, i, depth, out);
    free(members);
    return rc;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as LIM_TUF_DEPTH, see add_value */
static int add_array(const json_t *array, unsigned depth, struct buf *out)
{
    int rc = buf_add(out, "[", 1);

    for (size_t i = 0; i < json_array_size(array) && !rc; i++) {
        if (i)
            rc = buf_add(out, ",", 1);
        if (!rc)
            rc = add_value(json_array_get(array, i), depth, out);
    }
    return rc ? rc : buf_add(out, "]", 1);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as LIM_TUF_DEPTH, which is counted here */
static int add_value(const json_t *value, unsigned depth, struct buf *out)
{
    if (depth >= LIM_TUF_DEPTH)
        return MM_ELIMIT;
    switch (json_typeof(value)) {
    case JSON_OBJECT: return add_object(value, depth + 1, out);
    case JSON_ARRAY: return add_array(value, depth + 1, out);
    case JSON_STRING: return add_string(json_string_value(value), json_string_length(value), out);
    case JSON_INTEGER: return buf_addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    case JSON_TRUE: return buf_adds(out, "true");
    case JSON_FALSE: return buf_adds(out, "false");
    case JSON_NULL: return buf_adds(out, "null");
    default: return MM_EFORMAT; /* JSON_REAL */
    }
}

int tuf_canonical(const json_t *value, struct buf *out)
{
    size_t before = out->len;
    int rc = add_value(value, 0, out);

    if (rc && out->data) {
        out->len = before;
        out->data[before] = '\0';
    }
    return rc;
}
