/* Records of the ring buffer, and the path made from their parts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/linux/exec_priv.h"
#include "agent/watch/linux/proc_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[300], argv[300], *bytes = malloc(size + 1);
    struct exec_view v;

    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    if (!exec_record_parse(bytes, size, &v) && v.r.kind == EXEC_REC_EXEC) {
        (void)exec_record_path(v.path, v.r.path_len, path, sizeof path);
        (void)proc_text_argv(v.argv, v.r.argv_len, argv, sizeof argv);
        if (strlen(path) >= sizeof path || strlen(argv) >= sizeof argv)
            abort();
    }
    free(bytes);
    return 0;
}
