/* Pieces that the views share: headings, labelled rows, numbers, texts of others
 * made harmless and short.  Pure. */
#ifndef MM_AGENT_CLI_VIEW_PARTS_H
#define MM_AGENT_CLI_VIEW_PARTS_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/screen.h"

#define VIEW_LABEL 14            /* columns of a row's label */
#define VIEW_LINE 16384          /* bytes of one paragraph */

/* "12,345"; 0 for what is negative. */
const char *view_grouped(json_int_t n, char out[32]);
/* An empty line and a heading. */
void view_section(struct screen *s, const char *key);
/* A paragraph, two columns in. */
void view_plain(struct screen *s, const char *line);
/* A labelled row whose text is catalogue `key` with harmless arguments. */
void view_row(struct screen *s, const char *label, const char *key, const char *a, const char *b, const char *c);
/* The same without a label, as view_plain. */
void view_said(struct screen *s, const char *key, const char *a, const char *b);
/* Does the text `key` of the object say `word`? */
bool view_is(const json_t *o, const char *key, const char *word);
/* What somebody else wrote, harmless and at most `columns` wide ("..." at its end); the caller frees.
 * Never NULL-terminated in the middle of a character; NULL: no memory. */
char *view_safe(const char *text, unsigned columns);
/* Append the catalogue text `key` with up to 10 of the list's strings, each harmless and short; what is no
 * string shows as "?". */
void view_told(struct buf *out, const char *key, const json_t *args);
/* "PREFIX.WORD" when the catalogue has it and WORD is a plain lower-case word, else `fallback`. */
const char *view_word(const char *prefix, const char *word, const char *fallback);
/* Whole days from the instant to `now`, 0 or more; -1: not an instant. */
json_int_t view_days_since(const char *rfc3339, int64_t now);

#endif
