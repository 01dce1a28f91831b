/* What the updater wrote: the first byte chooses the record of the last run or an entry of the history. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/report/update_event.h"
#include "lib/err.h"
#include "lib/unicode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sound(const char *text, size_t room)
{
    size_t n = strnlen(text, room);

    if (n == room || !uni_valid(text, n))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct update_record r;
    struct update_entry e;
    struct event event;

    if (!size)
        return 0;
    if (data[0] & 1) {
        if (update_record_read((const char *)data + 1, size - 1, &r))
            return 0;
        sound(r.cause, sizeof r.cause);
        sound(r.detail, sizeof r.detail);
        sound(r.ring, sizeof r.ring);
        sound(r.rules.version, sizeof r.rules.version);
        (void)update_looks_attacked(&r);
        return 0;
    }
    if (update_entry_read((const char *)data + 1, size - 1, &e))
        return 0;
    update_event(&e, data[0], &event);
    sound(event.title_ja, sizeof event.title_ja);
    sound(event.title_en, sizeof event.title_en);
    sound(event.detail, sizeof event.detail);
    return 0;
}
