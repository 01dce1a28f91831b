/* Ownership: everything is built on the caller's screen or in memory the caller frees. */
#include "agent/cli/view_parts.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "lib/rfc3339.h"
#include "lib/text.h"

#define ARGUMENTS 10             /* {0}..{9} */
#define ARGUMENT_COLUMNS 60      /* a path or a name; longer is cut, the JSON has it whole */
#define KEY_ROOM 128             /* longest catalogue key and more */

const char *view_grouped(json_int_t n, char out[32])
{
    char digits[24];
    size_t len, o = 0;

    snprintf(digits, sizeof digits, "%lld", (long long)(n < 0 ? 0 : n));
    len = strlen(digits);
    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[o++] = ',';
        out[o++] = digits[i];
    }
    out[o] = '\0';
    return out;
}

void view_section(struct screen *s, const char *key)
{
    screen_line(s, PLAIN, "");
    screen_line(s, BOLD, text(key));
}

void view_plain(struct screen *s, const char *line)
{
    buf_adds(&s->out, "  ");
    screen_wrap(s, 2, line);
}

void view_row(struct screen *s, const char *label, const char *key, const char *a, const char *b, const char *c)
{
    struct buf line;

    buf_init(&line, VIEW_LINE);
    screen_format(&line, key, a, b, c);
    screen_row(s, label, VIEW_LABEL, line.data ? line.data : "");
    buf_fini(&line);
}

void view_said(struct screen *s, const char *key, const char *a, const char *b)
{
    struct buf line;

    buf_init(&line, VIEW_LINE);
    screen_format(&line, key, a, b, NULL);
    view_plain(s, line.data ? line.data : "");
    buf_fini(&line);
}

bool view_is(const json_t *o, const char *key, const char *word)
{
    return !strcmp(cli_str(o, key), word);
}

char *view_safe(const char *text, unsigned columns)
{
    char *whole = screen_escaped(text), *out;
    struct screen cell;

    if (!whole || screen_width(whole) <= columns)
        return whole;
    memset(&cell, 0, sizeof cell);
    buf_init(&cell.out, strlen(whole) + columns + 1);
    screen_cell(&cell, whole, columns, false);
    free(whole);
    out = buf_take(&cell.out);
    return out;
}

void view_told(struct buf *out, const char *key, const json_t *args)
{
    char *own[ARGUMENTS];
    const char *shown[ARGUMENTS];
    unsigned n = 0;

    for (; n < ARGUMENTS; n++) {
        const char *arg = json_string_value(json_array_get(args, n));

        own[n] = arg ? view_safe(arg, ARGUMENT_COLUMNS) : NULL;
        shown[n] = own[n] ? own[n] : "?";
    }
    text_format(out, key, shown, n);
    while (n)
        free(own[--n]);
}

const char *view_word(const char *prefix, const char *word, const char *fallback)
{
    char key[KEY_ROOM];
    int n = snprintf(key, sizeof key, "%s.%s", prefix, word);

    if (!*word || n < 0 || (size_t)n >= sizeof key || word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_.-")])
        return fallback;
    return text_known(key) ? text(key) : fallback;
}

json_int_t view_days_since(const char *rfc3339, int64_t now)
{
    int64_t then;

    if (rfc3339_parse(rfc3339, &then))
        return -1;
    return then > now ? 0 : (json_int_t)((now - then) / 86400);
}
