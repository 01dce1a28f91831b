/* Columns of characters on a terminal: East Asian wide and full-width ones take
 * two, combining ones none.  For the thread that writes to the terminal only. */
#ifndef MM_LIB_WIDTH_H
#define MM_LIB_WIDTH_H

#include <stdint.h>

/* Columns of one character whatever the user's locale is; -1: not printable. */
int width_char(uint32_t c);
/* Columns that `text` (UTF-8) takes; what is not printable takes none. */
unsigned width_text(const char *text);

#endif
