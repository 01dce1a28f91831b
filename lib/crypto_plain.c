/* The part of crypto.h that needs no libcrypto: a program that only names things
 * does not load it, and the guard touches it first when a command must be verified.
 * Random bytes are the kernel's (getentropy of POSIX.1-2024); they outlive fork. */
#include "lib/crypto.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"

#define ENTROPY_MAX 256 /* of one call, by POSIX */

void crypto_hex(const uint8_t *data, size_t n, char *out)
{
    static const char digit[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digit[data[i] >> 4];
        out[2 * i + 1] = digit[data[i] & 15];
    }
    out[2 * n] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int crypto_unhex(const char *text, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < 2 * n; i++)
        if (hex_value(text[i]) < 0) /* a NUL ends here too */
            return MM_EFORMAT;
    if (text[2 * n])
        return MM_EFORMAT;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(hex_value(text[2 * i]) << 4 | hex_value(text[2 * i + 1]));
    return MM_OK;
}

int crypto_random(void *out, size_t n)
{
    uint8_t *p = out;

    while (n) {
        size_t part = n < ENTROPY_MAX ? n : ENTROPY_MAX;

        if (getentropy(p, part))
            return mm_from_errno(errno);
        p += part;
        n -= part;
    }
    return MM_OK;
}

int crypto_uuid(char out[LIM_ID])
{
    static const uint8_t part[] = {4, 2, 2, 2, 6};
    uint8_t r[16];
    const uint8_t *p = r;
    int rc = crypto_random(r, sizeof r);

    if (rc)
        return rc;
    r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
    r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof part; i++) {
        crypto_hex(p, part[i], out);
        p += part[i];
        out += 2 * part[i];
        if (i + 1 < sizeof part)
            *out++ = '-';
    }
    return MM_OK;
}

int crypto_uuid_valid(const char *text)
{
    for (int i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-')
                return 0;
        } else if (hex_value(text[i]) < 0 || (text[i] >= 'A' && text[i] <= 'F')) {
            return 0;
        }
    }
    return text[36] == '\0';
}
