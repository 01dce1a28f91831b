/* Whatever is parsed and has a canonical form: the form, read again, has the
 * same canonical form; and it is no longer than the text. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "updater/tuf/canonical.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Canonical JSON has raw control bytes in its strings and nowhere else; JSON wants them escaped. */
static void as_json(const struct buf *canonical, struct buf *out)
{
    for (size_t i = 0; i < canonical->len; i++) {
        unsigned char c = (unsigned char)canonical->data[i];

        if (c < ' ' ? buf_addf(out, "\\u%04x", c) : buf_add(out, &c, 1))
            abort();
    }
}

static void again(const struct buf *first)
{
    struct buf text, second;
    json_t *value = NULL;

    buf_init(&text, 6 * first->len);
    buf_init(&second, first->len);
    as_json(first, &text);
    if (tuf_json_parse(text.data, text.len, &value) || tuf_canonical(value, &second))
        abort();
    if (second.len != first->len || memcmp(second.data, first->data, first->len) != 0)
        abort();
    json_decref(value);
    buf_fini(&text);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value = NULL;
    struct buf form;
    int rc;

    if (tuf_json_parse(data, size, &value))
        return 0;
    buf_init(&form, size); /* never longer than the text */
    rc = tuf_canonical(value, &form);
    if (rc == MM_OK)
        again(&form);
    else if (rc == MM_ELIMIT ? form.len != 0 : rc != MM_EFORMAT || form.len)
        abort();
    json_decref(value);
    buf_fini(&form);
    return 0;
}
