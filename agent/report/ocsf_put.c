#include "agent/report/ocsf_put.h"

#include <string.h>

#include "agent/report/utf8.h"

void put_value(struct mapper *m, json_t *o, const char *key, json_t *value)
{
    if (!value || json_object_set_new(o, key, value) < 0)
        m->failed = 1;
}

void put_int(struct mapper *m, json_t *o, const char *key, int64_t value)
{
    put_value(m, o, key, json_integer(value));
}

/* Clean `in` (an array of `n` bytes) into m->text. */
static const char *clean(struct mapper *m, const char *in, size_t n)
{
    if (!utf8_clean(in, n, m->text, m->room))
        m->truncated = 1;
    return m->text;
}

void put_text(struct mapper *m, json_t *o, const char *key, const char *in, size_t n)
{
    const char *t = clean(m, in, n);

    if (t[0])
        put_value(m, o, key, json_string(t));
}

void put_str(struct mapper *m, json_t *o, const char *key, const char *text)
{
    put_text(m, o, key, text, strlen(text));
}

void put_text_listed(struct mapper *m, json_t *o, const char *key, const char *in, size_t n)
{
    const char *t = clean(m, in, n);

    if (t[0] && json_array_append_new(put_list(m, o, key), json_string(t)) < 0)
        m->failed = 1;
}

json_t *put_object(struct mapper *m, json_t *o, const char *key)
{
    json_t *child = json_object();

    put_value(m, o, key, child);
    return m->failed ? NULL : child;
}

json_t *put_list(struct mapper *m, json_t *o, const char *key)
{
    json_t *list = json_array();

    put_value(m, o, key, list);
    return m->failed ? NULL : list;
}

json_t *put_next(struct mapper *m, json_t *list)
{
    json_t *child = json_object();

    if (json_array_append_new(list, child) < 0) /* takes the child even where it refuses */
        m->failed = 1;
    return m->failed ? NULL : child;
}

json_t *put_listed(struct mapper *m, json_t *o, const char *key)
{
    return put_next(m, put_list(m, o, key));
}
