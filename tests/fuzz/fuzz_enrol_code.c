/* Any text as an enrolment code: no crash, and what is accepted makes the same code again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/enrol_code.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct enrol_code c, again;
    struct buf b;
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    if (enrol_code_parse(text, &c) == MM_OK) {
        buf_init(&b, 8192);
        if (enrol_code_make(&c, &b) || enrol_code_parse(b.data, &again) || strcmp(c.url, again.url) || strcmp(c.token, again.token))
            abort();
        buf_fini(&b);
    }
    free(text);
    return 0;
}
