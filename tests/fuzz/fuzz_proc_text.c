/* Texts of /proc: the first byte chooses the parser. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/linux/proc_text.h"
#include "agent/watch/procs_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proc_syscall call;
    struct proc_stat stat;
    char out[64], name[32], *text;
    pid_t tgid, ppid;
    uint32_t uid;

    if (!size)
        return 0;
    text = malloc(size);        /* exactly as long as it is: a byte too far is seen */
    if (!text)
        return 0;
    size--;
    memcpy(text, data + 1, size);
    switch (data[0] % 5) {
    case 0:
        if (!proc_text_stat(text, size, &stat) && strlen(stat.comm) >= sizeof stat.comm)
            abort();
        break;
    case 1:
        (void)proc_text_status(text, size, &tgid, &ppid, &uid);
        break;
    case 2:
        if (!proc_text_cgroup(text, size, out, sizeof out) && strlen(out) >= sizeof out)
            abort();
        break;
    case 3:
        (void)proc_text_syscall(text, size, &call);
        break;
    default:
        (void)proc_text_argv(text, size, out, sizeof out);
        procs_name(out, name, sizeof name);
        if (strlen(out) >= sizeof out || strlen(name) >= sizeof name)
            abort();
    }
    free(text);
    return 0;
}
