/* Owns one variable, the language that was asked for; the texts are constants
 * of lib/text_table.c.  text_language is called before threads start. */
#include "lib/text.h"

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
