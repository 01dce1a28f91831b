/* Looking into the JSON of an event by a dotted path ("finding_info.uid", "vulnerabilities.0.cve"). */
#ifndef MM_TESTS_REPORT_JSON_AT_H
#define MM_TESTS_REPORT_JSON_AT_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The value at a dotted path. */
static inline json_t *at(json_t *o, const char *path)
{
    char part[64];

    while (o && *path) {
        size_t n = strcspn(path, ".");

        memcpy(part, path, n);
        part[n] = '\0';
        o = json_is_array(o) ? json_array_get(o, strtoul(part, NULL, 10)) : json_object_get(o, part);
        path += n + (path[n] == '.');
    }
    return o;
}

/* "(none)" when it is no text. */
static inline const char *text_at(json_t *o, const char *path)
{
    const char *t = json_string_value(at(o, path));

    return t ? t : "(none)";
}

/* -1 when it is no number. */
static inline int int_at(json_t *o, const char *path)
{
    json_t *v = at(o, path);

    return json_is_integer(v) ? (int)json_integer_value(v) : -1;
}

#endif
