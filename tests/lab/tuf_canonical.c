/* Canonical JSON of many documents, for comparison with another encoder: lines
 * on standard input, one JSON text each; for each one line with the canonical
 * form in hexadecimal digits, or "refused". */
#include <stdio.h>
#include <stdlib.h>

#include "lib/crypto.h"
#include "updater/tuf/canonical.h"

static void answer(const char *text, size_t n)
{
    json_t *value = NULL;
    struct buf canonical;
    char *hex = NULL;

    buf_init(&canonical, n);
    if (!tuf_json_parse(text, n, &value) && !tuf_canonical(value, &canonical))
        hex = malloc(2 * canonical.len + 1);
    if (hex)
        crypto_hex((const uint8_t *)canonical.data, canonical.len, hex);
    puts(hex ? hex : "refused");
    free(hex);
    buf_fini(&canonical);
    json_decref(value);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;

    while ((n = getline(&line, &size, stdin)) > 0)
        answer(line, (size_t)n);
    free(line);
    return 0;
}
