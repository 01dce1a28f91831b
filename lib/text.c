/* Owns one variable, the language that was asked for; the texts are constants
 * of lib/text_table.c.  text_language is called before threads start. */
#include "lib/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/text_table.h"

static int chosen = -1; /* enum text_lang; -1: the environment decides */

void text_language(enum text_lang lang)
{
    chosen = lang;
}

enum text_lang text_current(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    if (chosen >= 0)
        return (enum text_lang)chosen;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);

        if (value && *value)
            return strncmp(value, "ja", 2) ? TEXT_EN : TEXT_JA;
    }
    return TEXT_EN;
}

static const struct text_row *find(const char *key)
{
    for (size_t i = 0; i < text_row_count; i++)
        if (!strcmp(text_rows[i].key, key))
            return &text_rows[i];
    return NULL;
}

const char *text_in(const char *key, enum text_lang lang)
{
    const struct text_row *row = find(key);

    if (!row)
        return key;
    return lang == TEXT_JA ? row->ja : row->en;
}

const char *text(const char *key)
{
    return text_in(key, text_current());
}

int text_known(const char *key)
{
    return find(key) != NULL;
}

/* Append one argument or literal part of a text. */
static int append(struct buf *out, const char **p, const char *const *args, unsigned nargs)
{
    const char *s = *p;
    size_t n;

    if (s[0] == '{' && s[1] >= '0' && s[1] <= '9' && s[2] == '}') {
        unsigned i = (unsigned)(s[1] - '0');

        *p += 3;
        return i < nargs && args[i] ? buf_adds(out, args[i]) : MM_OK;
    }
    n = 1 + strcspn(s + 1, "{");
    *p += n;
    return buf_add(out, s, n);
}

int text_format(struct buf *out, const char *key, const char *const *args, unsigned nargs)
{
    return text_format_in(out, key, text_current(), args, nargs);
}

int text_format_in(struct buf *out, const char *key, enum text_lang lang, const char *const *args, unsigned nargs)
{
    const char *p = text_in(key, lang);
    size_t before = out->len;

    while (*p) {
        int rc = append(out, &p, args, nargs);

        if (rc) {
            out->len = before;
            if (out->data)
                out->data[before] = '\0';
            return rc;
        }
    }
    return MM_OK;
}

/* ---- what was said in English, again ---------------------------------------------------- */

#define AGAIN_ARGS 10

struct piece { const char *at; size_t n; };

/* Does `said` (n bytes) read like the pattern?  An argument ends where the next literal part
 * begins, the last one takes the rest; only it may be empty. */
static bool reads_like(const char *pattern, const char *said, size_t n, struct piece args[AGAIN_ARGS])
{
    const char *end = said + n;

    while (*pattern) {
        size_t literal = strcspn(pattern, "{");
        const char *stop;

        if (literal) {
            if ((size_t)(end - said) < literal || memcmp(said, pattern, literal))
                return false;
            said += literal;
            pattern += literal;
            continue;
        }
        literal = strcspn(pattern + 3, "{");
        for (stop = said; literal && (size_t)(end - stop) >= literal && memcmp(stop, pattern + 3, literal); stop++)
            ;
        if (!literal)
            stop = end;
        else if ((size_t)(end - stop) < literal || stop == said)
            return false;
        args[pattern[1] - '0'] = (struct piece){said, (size_t)(stop - said)};
        said = stop;
        pattern += 3;
    }
    return said == end;
}

static const struct text_row *find_said(const struct piece *said, struct piece args[AGAIN_ARGS])
{
    for (size_t i = 0; said->n && text_current() != TEXT_EN && i < text_row_count; i++)
        if (!strncmp(text_rows[i].key, "said.", 5) && reads_like(text_rows[i].en, said->at, said->n, args))
            return &text_rows[i];
    return NULL;
}

typedef int (*say_fn)(struct buf *out, const struct piece *said);

/* The piece in the language chosen, its arguments as `say` has them. */
static int say_piece(struct buf *out, const struct piece *said, say_fn say)
{
    struct piece args[AGAIN_ARGS] = {{said->at, 0}};
    const struct text_row *row = find_said(said, args);
    const char *p = row ? row->ja : "";
    int rc = !row && said->n ? buf_add(out, said->at, said->n) : MM_OK;

    while (*p && !rc) {
        size_t literal = strcspn(p, "{");

        rc = literal ? buf_add(out, p, literal) : say(out, &args[p[1] - '0']);
        p += literal ? literal : 3;
    }
    return rc;
}

static int say_as_it_is(struct buf *out, const struct piece *said)
{
    return said->n ? buf_add(out, said->at, said->n) : MM_OK;
}

static int say_word(struct buf *out, const struct piece *said)
{
    return say_piece(out, said, say_as_it_is);
}

static int say_part(struct buf *out, const struct piece *said)
{
    return say_piece(out, said, say_word);
}

int text_again(struct buf *out, const char *said)
{
    const struct piece all = {said, strlen(said)};

    return say_piece(out, &all, say_part);
}
