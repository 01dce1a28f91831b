/* Versions of devices come from their answers: whatever they write, a found version is inside the text,
 * encodes to the number that was told, and stays what it was when other text stands around it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/product_version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const SCHEMES[] = {"dotted",  "panos",  "cisco", "anyconnect", "ivanti",     "sonicwall", "netscaler", "junos", "zyxel",
                                      "checkpoint", "sophos", "watchguard", "yamaha", "nec", "softether", "asus", "none"};

/* The first byte chooses the scheme. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *scheme, *text = (const char *)data + 1;
    size_t at = 0, len = 0, n;
    int64_t found = -1, again = -2;
    char *framed;

    if (!size)
        return 0;
    n = size - 1;
    scheme = SCHEMES[data[0] % (sizeof SCHEMES / sizeof *SCHEMES)];
    if (version_encode(scheme, text, n, &again) == MM_OK && again < 0)
        abort();
    if (version_find(scheme, text, n, &at, &len, &found))
        return 0;
    if (!len || at > n || len > n - at || found < 0)
        abort();
    if (version_encode(scheme, text + at, len, &again) || again != found)
        abort();
    framed = malloc(len + 2);
    if (!framed)
        return 0;
    framed[0] = framed[len + 1] = ' ';
    memcpy(framed + 1, text + at, len);
    if (version_find(scheme, framed, len + 2, &at, &len, &again) || at != 1 || again != found)
        abort();
    free(framed);
    return 0;
}
