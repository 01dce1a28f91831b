/* What stands in /proc about processes that others started; the first byte chooses the reader. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os/linux/guards_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = size ? malloc(size) : NULL, name[LIM_NAME];
    uint64_t a, b;

    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    switch (data[0] % 3) {
    case 0: (void)guards_read_mark(text, &a); break;
    case 1: (void)guards_read_mount(text, &a, &b); break;
    default:
        guards_read_service(text, name);
        if (strnlen(name, sizeof name) == sizeof name)
            abort();
    }
    free(text);
    return 0;
}
