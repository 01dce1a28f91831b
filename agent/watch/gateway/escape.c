#include "agent/watch/gateway/parts.h"

#include "lib/crypto.h"
#include "lib/err.h"

int escape_undo(const char *text, struct buf *out)
{
    while (*text) {
        uint8_t byte = (uint8_t)*text;
        char digits[3] = "";
        int rc;

        if (*text != '\\') {
            text++;
        } else if (text[1] == '\\') {
            text += 2;
        } else {
            if (text[1] != 'x' || !text[2])
                return MM_EINVAL;
            digits[0] = text[2];
            digits[1] = text[3];
            if (crypto_unhex(digits, &byte, 1))
                return MM_EINVAL;
            text += 4;
        }
        rc = buf_add(out, &byte, 1);
        if (rc)
            return rc;
    }
    return MM_OK;
}
