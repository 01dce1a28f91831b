/* Contents from hostile hands: first 4 bytes say where before ends and after begins. */
#include <stdint.h>
#include <stdlib.h>

#include "agent/detect/content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct content *c;
    struct content_source before, after;
    struct content_verdict v;
    size_t cut;

    if (!c)
        c = content_new(1);
    if (!c || size < 4)
        return 0;
    cut = (size_t)(data[0] | data[1] << 8 | data[2] << 16);
    cut = size > 4 ? cut % (size - 4 + 1) : 0;
    source_memory(&before, data + 4, cut);
    source_memory(&after, data + 4 + cut, size - 4 - cut);
    content_judge(c, &after, data[3] & 1 ? NULL : &before, &v);
    if (v.change > CHANGE_WIPED || v.after_type >= TYPE_END || v.before_type >= TYPE_END)
        abort();
    return 0;
}
