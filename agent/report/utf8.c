#include "agent/report/utf8.h"

#include <stdint.h>
#include <string.h>

#include "lib/unicode.h"

/* Length (1-4) of the valid character at `s`, 0 when invalid. */
static size_t valid_char(const unsigned char *s, size_t n)
{
    uint32_t c;
    size_t used = uni_next((const char *)s, n, &c);

    return c == UNI_BAD && used == 1 ? 0 : used;
}

/* C0, DEL and C1: nothing that a reader needs, much that a terminal obeys. */
static int control(const unsigned char *s, size_t len)
{
    return (len == 1 && (s[0] < 0x20 || s[0] == 0x7f)) || (len == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

int utf8_clean(const char *in, size_t n, char *out, size_t room)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *s = (const unsigned char *)in;
    size_t used = 0, at = 0;

    n = strnlen(in, n);
    while (at < n) {
        size_t len = valid_char(s + at, n - at);
        int plain = len && !control(s + at, len);
        size_t need = plain ? len : 4;

        if (used + need + 1 > room)
            break;
        if (plain) {
            memcpy(out + used, s + at, len);
            at += len;
        } else {
            out[used] = '\\';
            out[used + 1] = 'x';
            out[used + 2] = hex[s[at] >> 4];
            out[used + 3] = hex[s[at] & 15];
            at++;
        }
        used += need;
    }
    if (room)
        out[used] = '\0';
    return at == n;
}
