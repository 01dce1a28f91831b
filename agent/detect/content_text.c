/* Text: which encodings a block fits, and whether the text is only the
 * coat of coded bytes (base64, hex).  Part of content_stat.h. */
#include <string.h>

#include "agent/detect/content_stat.h"
#include "agent/detect/content_tune.h"

/* Bytes of control characters that text does not hold; -1 when there is a NUL. */
static long odd_controls(const uint8_t *p, size_t n)
{
    static const uint8_t ODD[256] = {
        [1] = 1, [2] = 1, [3] = 1, [4] = 1, [5] = 1, [6] = 1, [7] = 1, [11] = 1, [14] = 1, [15] = 1, [16] = 1, [17] = 1, [18] = 1,
        [19] = 1, [20] = 1, [21] = 1, [22] = 1, [23] = 1, [24] = 1, [25] = 1, [26] = 1, [28] = 1, [29] = 1, [30] = 1, [31] = 1,
        [127] = 1}; /* all but tab, line ends, form feed, backspace, escape */
    long odd = 0;

    if (memchr(p, 0, n))
        return -1;
    for (size_t i = 0; i < n; i++)
        odd += ODD[p[i]];
    return odd;
}

/* Length of the UTF-8 character at p, 0 when it is none, -1 when the block ends inside. */
static int utf8_char(const uint8_t *p, size_t n)
{
    int need = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

    for (int i = 1; i < need; i++) {
        if ((size_t)i >= n)
            return -1;
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return need;
}

static int is_utf8(const uint8_t *p, size_t n, int start)
{
    size_t i = 0;

    if (!start)
        while (i < 3 && i < n && (p[i] & 0xc0) == 0x80)
            i++;
    while (i < n) {
        uint64_t eight;
        int c;

        if (i + 8 <= n) {
            memcpy(&eight, p + i, 8);
            if (!(eight & 0x8080808080808080u)) {
                i += 8;
                continue;
            }
        }
        c = utf8_char(p + i, n - i);

        if (c < 0)
            return 1;
        if (!c)
            return 0;
        i += (size_t)c;
    }
    return 1;
}

static int in(uint8_t c, uint8_t lo, uint8_t hi)
{
    return c >= lo && c <= hi;
}

static int sjis_pair(uint8_t a, uint8_t b)
{
    return (in(a, 0x81, 0x9f) || in(a, 0xe0, 0xfc)) && in(b, 0x40, 0xfc) && b != 0x7f;
}

/* Characters of two bytes make up a Japanese text; single high ones are half-width kana. */
static int is_sjis(const uint8_t *p, size_t n)
{
    size_t i = 0, common = 0, pairs = 0;

    while (i < n) {
        if (p[i] < 0x80 || in(p[i], 0xa1, 0xdf)) {
            i++;
        } else if (i + 1 == n) {
            break;
        } else if (sjis_pair(p[i], p[i + 1])) {
            pairs++;
            common += in(p[i], 0x81, 0x83) || in(p[i], 0x88, 0x97); /* kana, marks, everyday kanji */
            i += 2;
        } else {
            return 0;
        }
    }
    return common * 10 >= pairs * 6;
}

static int is_euc(const uint8_t *p, size_t n)
{
    size_t i = 0;

    while (i < n) {
        if (p[i] < 0x80)
            i++;
        else if (i + 1 >= n)
            break;
        else if ((in(p[i], 0xa1, 0xfe) || p[i] == 0x8e) && in(p[i + 1], 0xa1, 0xfe))
            i += 2;
        else if (p[i] == 0x8f)
            i += 3;
        else
            return 0;
    }
    return 1;
}

/* Big5, GBK, EUC-KR: a high byte leads, the second may be anything printable. */
static int is_double_byte(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] < 0x80)
            continue;
        if (p[i] == 0x80 || p[i] == 0xff)
            return 0;
        if (++i < n && (p[i] < 0x40 || p[i] == 0x7f || p[i] == 0xff))
            return 0;
    }
    return 1;
}

static int is_latin(const uint8_t *p, size_t n)
{
    size_t high = 0;

    for (size_t i = 0; i < n; i++) {
        if (in(p[i], 0x80, 0x9f) && !memchr("\x80\x85\x91\x92\x93\x94\x95\x96\x97\x99", p[i], 10))
            return 0;
        high += p[i] >= 0xa0;
    }
    return high * 1000 <= n * TUNE_LATIN_HIGH;
}

/* UTF-16 with a mark, or with the zero bytes of ASCII on one side. */
static int is_utf16(const uint8_t *p, size_t n, int start)
{
    size_t zero[2] = {0, 0}, odd = 0, units = n / 2;
    int mark = start && n >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff));
    int low = mark && p[0] == 0xfe ? 1 : 0; /* index of the low byte */

    if (units < 4)
        return 0;
    for (size_t i = 0; i + 1 < n; i += 2) {
        zero[0] += !p[i];
        zero[1] += !p[i + 1];
    }
    if (!mark)
        low = zero[0] > zero[1];
    for (size_t i = 0; i + 1 < n; i += 2) {
        uint8_t c = p[i + (size_t)low], page = p[i + 1 - (size_t)low];

        odd += (!page && c < 0x20 && !memchr("\t\n\r\f", c ? c : 1, 4)) || in(page, 0xd8, 0xf8) || in(page, 0xa5, 0xab);
    }
    return odd * 100 <= units && (mark || zero[!low] * 10 >= units * 4 || zero[!low] + zero[low] * 8 > units / 2);
}

/* ISO-2022-JP is ASCII with escapes and needs no test of its own. */
int stat_text(const uint8_t *p, size_t n, int start)
{
    long odd;

    if (!n)
        return 0;
    odd = odd_controls(p, n);
    if (odd < 0 || (start && n >= 2 && p[0] >= 0xfe && p[1] >= 0xfe))
        return is_utf16(p, n, start);
    if (odd * 1000 > (long)n * TUNE_ODD_CONTROL)
        return is_utf16(p, n, start);
    if (is_utf8(p, n, start))
        return 1;
    if (is_latin(p, n))
        return 1;
    if (start)
        return is_sjis(p, n) || is_euc(p, n) || is_double_byte(p, n);
    return is_sjis(p, n) || is_sjis(p + 1, n - 1) || is_euc(p, n) || is_euc(p + 1, n - 1) || is_double_byte(p, n) ||
           is_double_byte(p + 1, n - 1);
}

/* ---- coded bytes ------------------------------------------------------------- */
static int hex_value(uint8_t c)
{
    return in(c, '0', '9') ? c - '0' : in(c, 'a', 'f') ? c - 'a' + 10 : in(c, 'A', 'F') ? c - 'A' + 10 : -1;
}

static int b64_value(uint8_t c)
{
    if (in(c, 'A', 'Z'))
        return c - 'A';
    if (in(c, 'a', 'z'))
        return c - 'a' + 26;
    if (in(c, '0', '9'))
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Evenly used: no byte of a coded cipher text is rare, none is frequent. */
int stat_coded(const uint8_t *p, size_t n)
{
    uint32_t h[256], used = 0, coded = 0, plain = 0;
    uint64_t squares = 0, chi;

    if (n < TUNE_CODED_MIN)
        return 0;
    stat_histogram(p, n, h);
    plain = h['\n'] + h['\r'] + h['='];
    h['\n'] = h['\r'] = h['='] = 0;
    for (int i = 0; i < 256; i++) {
        if ((uint64_t)h[i] * 400 < n) /* a code of 94 letters uses each at 1/94 */
            continue;
        used++;
        coded += h[i];
        squares += (uint64_t)h[i] * h[i];
    }
    if (h[' '] || used < 16 || used > 94 || (uint64_t)coded * 1000 < (n - plain) * (uint64_t)TUNE_CODED_SHARE)
        return 0;
    chi = squares * used / coded - coded; /* against an even use of these letters: mean used-1, deviation sqrt(2 used) */
    return chi <= used || (chi - used) * (chi - used) <= 50 * used; /* 5 deviations */
}

static size_t decode_hex(const uint8_t *p, size_t n, uint8_t *out, size_t max)
{
    size_t got = 0;
    int high = -1;

    for (size_t i = 0; i < n && got < max; i++) {
        int v = hex_value(p[i]);

        if (v < 0 && (p[i] == '\n' || p[i] == '\r' || p[i] == ' '))
            continue;
        if (v < 0)
            break;
        if (high >= 0)
            out[got++] = (uint8_t)(high << 4 | v);
        high = high >= 0 ? -1 : v;
    }
    return got;
}

static size_t decode_b64(const uint8_t *p, size_t n, uint8_t *out, size_t max)
{
    uint32_t bits = 0, have = 0;
    size_t got = 0;

    for (size_t i = 0; i < n && got < max; i++) {
        int v = b64_value(p[i]);

        if (v < 0 && (p[i] == '\n' || p[i] == '\r'))
            continue;
        if (v < 0)
            break;
        bits = bits << 6 | (uint32_t)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[got++] = (uint8_t)(bits >> have);
        }
    }
    return got;
}

size_t stat_decode(const uint8_t *p, size_t n, uint8_t *out, size_t max)
{
    size_t hex = decode_hex(p, n, out, max);

    return hex * 2 + 8 >= n || hex == max ? hex : decode_b64(p, n, out, max);
}
