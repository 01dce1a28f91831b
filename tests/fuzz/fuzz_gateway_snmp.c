/* The answer to an SNMP question. */
#include <stdint.h>
#include <stdlib.h>

#include "agent/watch/gateway/parts.h"
#include "lib/err.h"
#include "lib/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct snmp_oid oid;
    struct buf out;
    int missing = 0, rc;

    buf_init(&out, LIM_GATEWAY_ANSWER);
    if (snmp_oid_parse("1.3.6.1.2.1.1.1.0", &oid))
        abort();
    rc = snmp_read(data, size, SNMP_V2C, 1, &oid, &out, &missing);
    /* What is not the answer leaves nothing behind, and text is never longer than four characters a byte. */
    if ((rc && out.len) || (missing && out.len) || out.len > 4 * size)
        abort();
    buf_fini(&out);
    return 0;
}
