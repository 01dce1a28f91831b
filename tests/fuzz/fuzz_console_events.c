/* Any bytes as a batch of events, plain and as a zstd frame: no crash; what is
 * taken has ascending sequences that begin and end as announced. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "console/ingest.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const char *text, size_t n, uint64_t first, uint64_t last)
{
    struct ingest_error error = {0, NULL};
    struct ingest_batch b;
    int rc = ingest_parse(text, n, first, last, &b, &error);

    if (rc == MM_OK) {
        if (!b.count || b.count > LIM_UPLINK_BATCH || b.event[0].sequence != first || b.event[b.count - 1].sequence != last)
            abort();
        for (unsigned i = 0; i < b.count; i++)
            if ((i && b.event[i].sequence <= b.event[i - 1].sequence) || strlen(b.event[i].body) > LIM_EVENT_JSON)
                abort();
        ingest_free(&b);
    } else if (rc != MM_ELIMIT || n <= LIM_UPLINK_BODY) {
        if (!error.line || !error.what)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf plain;
    uint64_t first, last;

    if (size < 2)
        return 0;
    first = data[0] % 16; /* announced sequences; the seeds count from 1 */
    last = data[1] % 16;
    data += 2;
    size -= 2;
    parse((const char *)data, size, first, last);
    buf_init(&plain, 1 << 16);
    if (ingest_unzstd(data, size, &plain) == MM_OK)
        parse(plain.data ? plain.data : "", plain.len, first, last);
    buf_fini(&plain);
    return 0;
}
