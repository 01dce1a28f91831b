/* Whatever is parsed and has a canonical form: it is byte for byte what a second encoder makes, one that shares
 * nothing with the first but the parsed tree; the form, read again, has the same canonical form; and it is no longer
 * than the text.  What has none is refused for the same reason. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "updater/tuf/canonical.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- the second encoder ---------------------------------------------------------------- */

struct text { unsigned char *bytes; size_t n, room; };

static void put(struct text *t, unsigned char c)
{
    if (t->n == t->room)
        abort(); /* longer than what was parsed */
    t->bytes[t->n++] = c;
}

static void put_word(struct text *t, const char *word)
{
    for (; *word; word++)
        put(t, (unsigned char)*word);
}

static void put_string(struct text *t, const char *s, size_t n)
{
    put(t, '"');
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"' || s[i] == '\\')
            put(t, '\\');
        put(t, (unsigned char)s[i]);
    }
    put(t, '"');
}

static void put_number(struct text *t, json_int_t value)
{
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value, unit = 1;

    if (value < 0)
        put(t, '-');
    while (left / unit >= 10)
        unit *= 10;
    for (; unit; unit /= 10)
        put(t, (unsigned char)('0' + left / unit % 10));
}

/* 1 when name `a` stands before `b`; the end stands before every byte.  Keys of parsed trees hold no NUL. */
static int before(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a < (unsigned char)*b;
}

/* The smallest name behind `last`; NULL: there is none.  Slow, and nothing is sorted. */
static const char *next_name(json_t *object, const char *last)
{
    const char *name, *best = NULL;
    json_t *value;

    json_object_foreach(object, name, value)
        if ((!last || before(last, name)) && (!best || before(name, best)))
            best = name;
    return best;
}

static int encode(json_t *value, unsigned around, struct text *t);

/* NOLINTNEXTLINE(misc-no-recursion): as deep as LIM_TUF_DEPTH, see encode */
static int encode_object(json_t *object, unsigned around, struct text *t)
{
    const char *name = NULL;
    int rc = MM_OK, first = 1;

    put(t, '{');
    while (!rc && (name = next_name(object, name))) {
        if (!first)
            put(t, ',');
        first = 0;
        put_string(t, name, strlen(name));
        put(t, ':');
        rc = encode(json_object_get(object, name), around + 1, t);
    }
    if (!rc)
        put(t, '}');
    return rc;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as LIM_TUF_DEPTH, see encode */
static int encode_array(json_t *array, unsigned around, struct text *t)
{
    json_t *value;
    size_t i;
    int rc = MM_OK;

    put(t, '[');
    json_array_foreach(array, i, value) {
        if (i)
            put(t, ',');
        rc = encode(value, around + 1, t);
        if (rc)
            return rc;
    }
    put(t, ']');
    return MM_OK;
}

/* `around`: arrays and objects that it stands in. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as LIM_TUF_DEPTH, which is counted here */
static int encode(json_t *value, unsigned around, struct text *t)
{
    if (around >= LIM_TUF_DEPTH)
        return MM_ELIMIT;
    if (json_is_object(value))
        return encode_object(value, around, t);
    if (json_is_array(value))
        return encode_array(value, around, t);
    if (json_is_real(value))
        return MM_EFORMAT;
    if (json_is_string(value))
        put_string(t, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        put_number(t, json_integer_value(value));
    else
        put_word(t, json_is_null(value) ? "null" : json_is_true(value) ? "true" : "false");
    return MM_OK;
}

/* ---- the form, read again ------------------------------------------------------------------ */

/* Canonical JSON has raw control bytes in its strings and nowhere else; JSON wants them escaped. */
static void as_json(const struct buf *canonical, struct buf *out)
{
    for (size_t i = 0; i < canonical->len; i++) {
        unsigned char c = (unsigned char)canonical->data[i];

        if (c < ' ' ? buf_addf(out, "\\u%04x", c) : buf_add(out, &c, 1))
            abort();
    }
}

static void again(const struct buf *first)
{
    struct buf text, second;
    json_t *value = NULL;

    buf_init(&text, 6 * first->len);
    buf_init(&second, first->len);
    as_json(first, &text);
    if (tuf_json_parse(text.data, text.len, &value) || tuf_canonical(value, &second))
        abort();
    if (second.len != first->len || memcmp(second.data, first->data, first->len) != 0)
        abort();
    json_decref(value);
    buf_fini(&text);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text mine = {.room = size};
    json_t *value = NULL;
    struct buf form;
    int rc;

    if (tuf_json_parse(data, size, &value))
        return 0;
    mine.bytes = malloc(size);
    buf_init(&form, size); /* never longer than the text */
    rc = tuf_canonical(value, &form);
    if (!mine.bytes || encode(value, 0, &mine) != rc)
        abort();
    if (rc == MM_OK && (form.len != mine.n || memcmp(form.data, mine.bytes, mine.n) != 0))
        abort();
    if (rc == MM_OK)
        again(&form);
    else if ((rc != MM_ELIMIT && rc != MM_EFORMAT) || form.len)
        abort();
    free(mine.bytes);
    json_decref(value);
    buf_fini(&form);
    return 0;
}
