#include "lib/unicode.h"

#include "lib/err.h"

/* Bytes that follow a leading byte, its payload and the smallest value allowed. */
static size_t lead(unsigned char b, uint32_t *value, uint32_t *least)
{
    if ((b & 0xe0) == 0xc0) {
        *value = b & 0x1f;
        *least = 0x80;
        return 1;
    }
    if ((b & 0xf0) == 0xe0) {
        *value = b & 0x0f;
        *least = 0x800;
        return 2;
    }
    if ((b & 0xf8) == 0xf0) {
        *value = b & 0x07;
        *least = 0x10000;
        return 3;
    }
    return 0;
}

size_t uni_next(const char *p, size_t n, uint32_t *c)
{
    const unsigned char *b = (const unsigned char *)p;
    uint32_t value = 0, least = 0;
    size_t more;

    if (b[0] < 0x80) {
        *c = b[0];
        return 1;
    }
    *c = UNI_BAD;
    more = lead(b[0], &value, &least);
    if (!more || more >= n)
        return 1;
    for (size_t i = 1; i <= more; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (b[i] & 0x3f);
    }
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 1;
    *c = value;
    return more + 1;
}

int uni_valid(const char *p, size_t n)
{
    while (n) {
        uint32_t c;
        size_t used = uni_next(p, n, &c);

        if (c == 0 || (c == UNI_BAD && used == 1))
            return 0;
        p += used;
        n -= used;
    }
    return 1;
}

int uni_add(struct buf *out, uint32_t c)
{
    unsigned char b[4];

    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        c = UNI_BAD;
    if (c < 0x80) {
        b[0] = (unsigned char)c;
        return buf_add(out, b, 1);
    }
    if (c < 0x800) {
        b[0] = (unsigned char)(0xc0 | c >> 6);
        b[1] = (unsigned char)(0x80 | (c & 0x3f));
        return buf_add(out, b, 2);
    }
    if (c < 0x10000) {
        b[0] = (unsigned char)(0xe0 | c >> 12);
        b[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
        b[2] = (unsigned char)(0x80 | (c & 0x3f));
        return buf_add(out, b, 3);
    }
    b[0] = (unsigned char)(0xf0 | c >> 18);
    b[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
    b[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
    b[3] = (unsigned char)(0x80 | (c & 0x3f));
    return buf_add(out, b, 4);
}

int uni_clean(struct buf *out, const char *p, size_t n)
{
    while (n) {
        uint32_t c;
        size_t used = uni_next(p, n, &c);
        int rc = uni_add(out, c ? c : UNI_BAD);

        if (rc)
            return rc;
        p += used;
        n -= used;
    }
    return MM_OK;
}
