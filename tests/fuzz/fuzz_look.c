/* The line of a look, from a process that spoke with a stranger: what is read is in its bounds and comes back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/look.h"
#include "lib/unicode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct look l, again;
    struct buf b;
    size_t n;

    if (look_read((const char *)data, size, &l))
        return 0;
    n = strnlen(l.issuer, sizeof l.issuer);
    if (n == sizeof l.issuer || !uni_valid(l.issuer, n) || strpbrk(l.issuer, "\n\033\177") || (unsigned)l.stage >= LOOK_STAGES)
        abort();
    buf_init(&b, LOOK_LINE);
    if (look_write(&l, &b) || look_read(b.data, b.len, &again) || again.stage != l.stage || again.date != l.date || again.ms != l.ms || strcmp(again.issuer, l.issuer))
        abort();
    buf_fini(&b);
    return 0;
}
