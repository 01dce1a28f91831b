#include "agent/detect/engine_allow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"

#define ALLOW_LINES 4096 /* a host's own exceptions are a handful; each costs a comparison per match */

static char *part(const char *from, size_t n)
{
    char *s = malloc(n + 1);

    if (s) {
        memcpy(s, from, n);
        s[n] = '\0';
    }
    return s;
}

/* The line without its end; what it asks for put to *out (both NULL: a comment). */
static const char *parse_line(const char *p, size_t n, struct allow_line *out)
{
    size_t i = 0, start;

    while (i < n) {
        if (p[i] == ' ' || p[i] == '\t') {
            i++;
            continue;
        }
        if (p[i] == '#')
            return NULL;
        if (n - i > 5 && !memcmp(p + i, "rule=", 5) && !out->rule) {
            start = i += 5;
            while (i < n && p[i] != ' ' && p[i] != '\t')
                i++;
            if (i - start >= LIM_RULE || i == start || !(out->rule = part(p + start, i - start)))
                return "rule= needs a rule's name";
        } else if (n - i > 5 && !memcmp(p + i, "path=", 5)) {
            while (n > i && (p[n - 1] == ' ' || p[n - 1] == '\t'))
                n--;
            if (n - i - 5 >= LIM_PATH || n - i < 6 || p[i + 5] != '/' || !(out->path = part(p + i + 5, n - i - 5)))
                return "path= needs an absolute path";
            return NULL;
        } else {
            return "expected rule=NAME or path=/executable (path last)";
        }
    }
    return NULL;
}

static int append(struct allow *a, struct allow_line *one)
{
    struct allow_line *more;

    if (!one->rule && !one->path)
        return MM_OK;
    more = a->n < ALLOW_LINES ? realloc(a->line, (a->n + 1) * sizeof *more) : NULL;
    if (!more)
        return MM_ELIMIT;
    a->line = more;
    a->line[a->n++] = *one;
    *one = (struct allow_line){0};
    return MM_OK;
}

int allow_parse(struct allow *a, const char *text, size_t n, int *line, char *why, size_t why_n)
{
    int number = 0, rc = MM_OK;

    while (n) {
        const char *end = memchr(text, '\n', n);
        size_t whole = end ? (size_t)(end - text) + 1 : n, len = end ? whole - 1 : n;
        struct allow_line one = {0};
        const char *error;

        number++;
        if (len && text[len - 1] == '\r')
            len--;
        error = memchr(text, 0, len) ? "a NUL byte" : parse_line(text, len, &one);
        if (!error && append(a, &one)) {
            error = "too many lines";
            n = whole; /* the last that is looked at */
        }
        free(one.rule);
        free(one.path);
        if (error && !rc) {
            *line = number;
            snprintf(why, why_n, "%s", error);
            rc = MM_EFORMAT;
        }
        text += whole;
        n -= whole;
    }
    return rc;
}

void allow_fini(struct allow *a)
{
    for (size_t i = 0; i < a->n; i++) {
        free(a->line[i].rule);
        free(a->line[i].path);
    }
    free(a->line);
    *a = (struct allow){0};
}

static int path_fits(const char *want, const char *path)
{
    size_t n = strlen(want);

    return want[n - 1] == '*' ? !strncmp(want, path, n - 1) : !strcmp(want, path);
}

int allow_holds(const struct allow *a, const char *rule, const char *path)
{
    for (size_t i = 0; i < a->n; i++)
        if ((!a->line[i].rule || !strcmp(a->line[i].rule, rule)) && (!a->line[i].path || path_fits(a->line[i].path, path)))
            return 1;
    return 0;
}
