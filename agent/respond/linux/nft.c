#include "agent/respond/linux/nft.h"

#include "lib/os/run.h"

#define NFT_MS 5000 /* one transaction takes milliseconds; a machine that swaps may need longer */

int nft_run(char *const argv[], const char *input, struct buf *output)
{
    const struct os_run r = {.argv = argv, .input = input, .output = output, .errors = OS_ERRORS_OURS, .ms = NFT_MS};

    return os_run(&r);
}
