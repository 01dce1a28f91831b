/* The output of `nft -j list ruleset` into the model, and the evaluator over it. */
#include "tests/fuzz/firewall_questions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return firewall_questions(fw_read_nft, data, size);
}
