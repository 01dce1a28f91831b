/* The text of /proc/TID/syscall, as a blocked opener may shape it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/linux/opener.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    opener_text_intent(text, true);
    /* What cannot be read as a known call counts as writing: never as harmless. */
    if (opener_text_intent(text, false) == OPENER_READS && (size == 0 || text[0] == 'r'))
        abort();
    free(text);
    return 0;
}
