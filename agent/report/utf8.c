#include "agent/report/utf8.h"

#include <stdint.h>
#include <string.h>

static int tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t utf8_char(const unsigned char *s, size_t n)
{
    if (n == 0)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return n >= 2 && tail(s[1]) ? 2 : 0;
    if ((s[0] & 0xf0) == 0xe0) {
        if (n < 3 || !tail(s[1]) || !tail(s[2]))
            return 0;
        if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
            return 0;
        return 3;
    }
    if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        if (n < 4 || !tail(s[1]) || !tail(s[2]) || !tail(s[3]))
            return 0;
        if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
            return 0;
        return 4;
    }
    return 0;
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
        size_t len = utf8_char(s + at, n - at);
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
