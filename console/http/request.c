#include "console/http/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/err.h"

unsigned http_header_count(const struct http_request *r, const char *name)
{
    unsigned n = 0;

    for (unsigned i = 0; i < r->nheaders; i++)
        n += !strcasecmp(r->header[i].name, name);
    return n;
}

const char *http_header(const struct http_request *r, const char *name)
{
    const char *value = NULL;

    for (unsigned i = 0; i < r->nheaders; i++) {
        if (strcasecmp(r->header[i].name, name))
            continue;
        if (value)
            return NULL;
        value = r->header[i].value;
    }
    return value;
}

const char *http_query(const struct http_request *r, const char *name)
{
    const char *value = NULL;

    for (unsigned i = 0; i < r->nqueries; i++) {
        if (strcmp(r->query[i].name, name))
            continue;
        if (value)
            return NULL;
        value = r->query[i].value;
    }
    return value;
}

int http_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    if (!text)
        return MM_ENOTFOUND;
    if (!*text)
        return MM_EFORMAT;
    for (; *text; text++) {
        unsigned digit = (unsigned)(*text - '0');

        if (*text < '0' || *text > '9' || v > (UINT64_MAX - digit) / 10)
            return MM_EFORMAT;
        v = v * 10 + digit;
    }
    if (v < min || v > max)
        return MM_EFORMAT;
    *out = v;
    return MM_OK;
}

/* Decimal digits at *p; what does not fit is as much as fits. */
static int digits(const char **p, uint64_t *out)
{
    int n = 0;

    for (*out = 0; **p >= '0' && **p <= '9'; (*p)++, n++)
        *out = *out > (UINT64_MAX - 9) / 10 ? UINT64_MAX / 16 : *out * 10 + (uint64_t)(**p - '0');
    return n;
}

int http_range(const char *range, uint64_t total, uint64_t *offset, uint64_t *length)
{
    uint64_t first = 0, last = UINT64_MAX;
    int from, to;

    *offset = 0;
    *length = total;
    if (!range || strncmp(range, "bytes=", 6))
        return 200;
    range += 6;
    from = digits(&range, &first);
    if (*range++ != '-')
        return 200;
    to = digits(&range, &last);
    if (*range || (!from && !to) || (from && to && last < first))
        return 200;
    if (!from) { /* the last so many bytes */
        first = last < total ? total - last : 0;
        from = last != 0;
        to = 0;
    }
    if (!from || first >= total) {
        *length = 0;
        return 416;
    }
    *offset = first;
    *length = to && last < total - 1 ? last - first + 1 : total - first;
    return 206;
}

void http_json(struct http_answer *a, int status, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

    json_decref(json);
    buf_reset(&a->body);
    if (text && buf_adds(&a->body, text) == MM_OK) {
        a->status = status;
    } else {
        a->status = 500;
        buf_reset(&a->body);
        (void)buf_adds(&a->body, "{\"error\":\"too_large\",\"message\":\"the answer does not fit\"}");
    }
    free(text);
}

void http_error(struct http_answer *a, int status, const char *word, const char *format, ...)
{
    char message[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(message, sizeof message, format, ap);
    va_end(ap);
    http_json(a, status, json_pack("{s:s,s:s}", "error", word, "message", message));
}

void http_failure(struct http_answer *a, int err)
{
    static const struct { int err, status; const char *word; } rows[] = {
        {MM_ENOTFOUND, 404, "not_found"}, {MM_EEXIST, 409, "conflict"},      {MM_EINVAL, 400, "bad_request"},
        {MM_EFORMAT, 400, "bad_request"}, {MM_ELIMIT, 413, "too_large"},     {MM_EDENIED, 403, "forbidden"},
        {MM_ESTATE, 409, "conflict"},     {MM_EAGAIN, 503, "busy"},          {MM_ENOSPC, 503, "no_space"},
        {MM_EDB, 503, "database"},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].err == err) {
            http_error(a, rows[i].status, rows[i].word, "%s", mm_strerror(err));
            return;
        }
    http_error(a, 500, "internal", "%s", mm_strerror(err));
}
