/* The one catalogue of user-visible strings, Japanese and English.
 *
 * lib/text.c holds a table {key, ja, en}; a key is a dotted name.  A text may
 * hold {0}..{9} for arguments.  Language by LC_ALL, LC_MESSAGES, LANG (ja* =
 * Japanese, else English) unless text_language was called.  Static storage. */
#ifndef MM_LIB_TEXT_H
#define MM_LIB_TEXT_H

#include <stddef.h>

#include "lib/buf.h"

enum text_lang { TEXT_EN = 0, TEXT_JA };

/* Choose the language, whatever the environment says; before other threads start. */
void text_language(enum text_lang lang);
/* The language in use. */
enum text_lang text_current(void);
/* The string of `key` in the language chosen; the key itself when it is not there (a test finds that). */
const char *text(const char *key);
const char *text_in(const char *key, enum text_lang lang);
/* 1 when the catalogue has `key`. */
int text_known(const char *key);
/* Append the text with {0}.. replaced by `args`. */
int text_format(struct buf *out, const char *key, const char *const *args, unsigned nargs);
int text_format_in(struct buf *out, const char *key, enum text_lang lang, const char *const *args, unsigned nargs);
/* Append what a program said in English for the record, in the language chosen: where it reads like
 * the English of a "said." key it is said again with the same arguments (as they are, or said again
 * in turn), else it is appended as it is. */
int text_again(struct buf *out, const char *said);

#endif
