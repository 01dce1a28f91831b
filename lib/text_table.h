/* The rows of the catalogue; lib/text.c and its test look at them. */
#ifndef MM_LIB_TEXT_TABLE_H
#define MM_LIB_TEXT_TABLE_H

#include <stddef.h>

struct text_row { const char *key, *ja, *en; };

extern const struct text_row text_rows[];
extern const size_t text_row_count;

#endif
