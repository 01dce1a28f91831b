/* Owns one locale object, made at the first question and kept: the C library's
 * table of widths is used whatever the user's locale is. */
#define _XOPEN_SOURCE 700 /* wcwidth(3) */
#include "lib/width.h"

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <wchar.h>

#include "lib/unicode.h"

/* East Asian Wide and Fullwidth blocks, where the C library has no UTF-8 locale. */
static int width_by_block(uint32_t c)
{
    static const struct { uint32_t first, last; } wide[] = {
        {0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0x4dbf}, {0x4e00, 0xa4cf}, {0xa960, 0xa97f},
        {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6},
        {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};

    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (c >= wide[i].first && c <= wide[i].last)
            return 2;
    return c >= 0x300 && c <= 0x36f ? 0 : 1;
}

int width_char(uint32_t c)
{
    static locale_t utf8;
    static bool tried;
    locale_t before;
    int width;

    if (c >= 0x20 && c < 0x7f)
        return 1;
    if (c < 0xa0)
        return -1;
    if (!tried)
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    tried = true;
    if (!utf8)
        return width_by_block(c);
    before = uselocale(utf8);
    width = wcwidth((wchar_t)c);
    uselocale(before);
    return width;
}

unsigned width_text(const char *text)
{
    size_t n = strlen(text);
    unsigned width = 0;

    while (n) {
        uint32_t c;
        size_t used = uni_next(text, n, &c);
        int w = width_char(c);

        width += w > 0 ? (unsigned)w : 0;
        text += used;
        n -= used;
    }
    return width;
}
