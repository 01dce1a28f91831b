#include "lib/code_line.h"

#include <stdbool.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

int code_line_read(FILE *in, char *out, size_t n)
{
    char line[LIM_CODE_LINE];
    size_t len = 0;
    int c;

    while ((c = getc(in)) != EOF && c != '\n') {
        if (!len && is_blank(c))
            continue;
        if (len == sizeof line)
            return MM_ELIMIT;
        if (!c)
            return MM_EFORMAT;
        line[len++] = (char)c;
    }
    while (len && is_blank(line[len - 1]))
        len--;
    if (!len)
        return MM_ENOTFOUND;
    if (len >= n)
        return MM_ELIMIT;
    memcpy(out, line, len);
    out[len] = '\0';
    return MM_OK;
}
