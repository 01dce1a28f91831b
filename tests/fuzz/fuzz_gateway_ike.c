/* The answer to an IKE question. */
#include <stdint.h>
#include <stdlib.h>

#include "agent/watch/gateway/parts.h"
#include "lib/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t spi[IKE_SPI] = {1, 2, 3, 4, 5, 6, 7, 8};
    int refusal = -1, rc = ike_check(data, size, spi, &refusal);

    if ((rc == MM_OK) != (refusal >= 0) || (rc == MM_OK && size < 28))
        abort();
    return 0;
}
