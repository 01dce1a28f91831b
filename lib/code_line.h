/* A code that is read as one line: in no command line, which every user of a computer sees, and in no shell's history. */
#ifndef MM_LIB_CODE_LINE_H
#define MM_LIB_CODE_LINE_H

#include <stddef.h>
#include <stdio.h>

/* One line of `in` without the blanks around it, of n - 1 characters at most; what follows the line is left there.
 * MM_ENOTFOUND: nothing was said; MM_ELIMIT: too long; MM_EFORMAT: not text. */
int code_line_read(FILE *in, char *out, size_t n);

#endif
