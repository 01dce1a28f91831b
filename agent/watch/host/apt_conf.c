/* A reader of words: braces push and pop the part of the name that stands before them, a semicolon ends a setting. */
#include "agent/watch/host/apt_conf.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/err.h"

#define DEPTH 16       /* blocks in blocks; apt's own files have three */
#define WORD 256       /* a name or value; longer ones are cut and match nothing of ours */

struct reader {
    const char *at, *end;
    char scope[DEPTH][WORD];
    unsigned depth;
    char tag[WORD], value[WORD];
    bool has_tag, has_value;
    struct apt_option *options;
    unsigned count;
};

/* ---- meaning ------------------------------------------------------------------------------- */

static void full_name(const struct reader *r, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (unsigned i = 0; i < r->depth && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? "::" : "", r->scope[i]);
    if (used < size && r->tag[0])
        snprintf(out + used, size - used, "%s%s", used ? "::" : "", r->tag);
}

static void set(struct reader *r)
{
    char name[DEPTH * WORD];

    full_name(r, name, sizeof name);
    for (unsigned i = 0; i < r->count; i++)
        if (!strcasecmp(r->options[i].name, name))
            snprintf(r->options[i].value, sizeof r->options[i].value, "%.63s", r->value);
}

/* "#clear APT::Periodic;": all below it too. */
static void clear(struct reader *r, const char *name)
{
    size_t n = strlen(name);

    for (unsigned i = 0; i < r->count; i++)
        if (!strncasecmp(r->options[i].name, name, n) && (!r->options[i].name[n] || !strncmp(r->options[i].name + n, "::", 2)))
            r->options[i].value[0] = '\0';
}

/* ---- words --------------------------------------------------------------------------------- */

static void skip_line(struct reader *r)
{
    const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));

    r->at = stop ? stop : r->end;
}

static bool starts(const struct reader *r, const char *text)
{
    size_t n = strlen(text);

    return (size_t)(r->end - r->at) >= n && !strncasecmp(r->at, text, n);
}

/* Blanks and comments: // and # to the end of the line, but not #clear and #include. */
static void skip_blanks(struct reader *r)
{
    while (r->at < r->end) {
        if (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r' || *r->at == '\f' || *r->at == '\v') {
            r->at++;
        } else if (starts(r, "//") || (*r->at == '#' && !starts(r, "#clear") && !starts(r, "#include"))) {
            skip_line(r);
        } else if (starts(r, "/*")) {
            r->at += 2;
            while (r->at < r->end && !starts(r, "*/"))
                r->at++;
            r->at += r->at < r->end ? 2 : 0;
        } else {
            return;
        }
    }
}

static void put(char word[WORD], size_t *n, char c)
{
    if (*n + 1 < WORD && c)
        word[(*n)++] = c;
}

/* A word up to a blank or a sign of the language; quotes hold anything but a newline.  False: a quote is not closed. */
static bool read_word(struct reader *r, char word[WORD])
{
    size_t n = 0;
    bool quoted = false;

    while (r->at < r->end) {
        char c = *r->at;

        if (c == '\n' && quoted)
            return false;
        if (!quoted && (strchr(" \t\r\n;{}", c) || starts(r, "//")))
            break;
        if (c == '"')
            quoted = !quoted;
        else
            put(word, &n, c);
        r->at++;
    }
    word[n] = '\0';
    return !quoted;
}

/* ---- sentences ------------------------------------------------------------------------------- */

static void end_setting(struct reader *r)
{
    if (r->has_value)
        set(r);
    r->tag[0] = r->value[0] = '\0';
    r->has_tag = r->has_value = false;
}

static bool open_block(struct reader *r)
{
    if (!r->has_tag || r->depth == DEPTH)
        return false;
    if (r->has_value) /* "Name "value" { ... };" sets both */
        set(r);
    memcpy(r->scope[r->depth++], r->tag, sizeof r->tag);
    r->tag[0] = r->value[0] = '\0';
    r->has_tag = r->has_value = false;
    return true;
}

/* #clear NAME; and #include FILE; the second is not followed. */
static bool directive(struct reader *r)
{
    char word[WORD], name[DEPTH * WORD];
    bool is_clear = starts(r, "#clear");

    if (!read_word(r, word))
        return false;
    skip_blanks(r);
    while (r->at < r->end && *r->at != ';') {
        const char *before = r->at;

        if (!read_word(r, r->tag) || r->at == before)
            return false;
        if (is_clear) {
            full_name(r, name, sizeof name);
            clear(r, name);
        }
        r->tag[0] = '\0';
        skip_blanks(r);
    }
    return true;
}

/* A tag, then its value; inside of a block a quoted text without a name is a member of a list and sets nothing of ours. */
static bool take_word(struct reader *r)
{
    if (!r->has_tag && *r->at == '"') {
        r->has_tag = r->has_value = true;
        r->tag[0] = '\0';
        return read_word(r, r->value) && (snprintf(r->tag, sizeof r->tag, ":"), true);
    }
    if (!r->has_tag) {
        r->has_tag = true;
        return read_word(r, r->tag);
    }
    r->has_value = true;
    return read_word(r, r->value);
}

int apt_conf_read(const char *text, size_t n, struct apt_option *options, unsigned count)
{
    struct reader r = {.at = text, .end = text + n, .options = options, .count = count};

    for (skip_blanks(&r); r.at < r.end; skip_blanks(&r)) {
        const char *before = r.at;
        bool good = true;

        if (*r.at == '#') {
            good = directive(&r);
        } else if (*r.at == ';') {
            end_setting(&r);
            r.at++;
        } else if (*r.at == '{') {
            good = open_block(&r);
            r.at++;
        } else if (*r.at == '}') {
            end_setting(&r);
            good = r.depth > 0;
            r.depth -= good;
            r.at++;
        } else {
            good = take_word(&r);
        }
        if (!good || r.at == before)
            return MM_EFORMAT;
    }
    return r.depth || r.has_tag ? MM_EFORMAT : MM_OK;
}

bool apt_conf_name(const char *name)
{
    const char *dot = strrchr(name, '.');

    for (const char *p = name; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || strchr("-_.", *p)))
            return false;
    return *name && *name != '.' && (!dot || !strcmp(dot, ".conf"));
}
