/* The configuration file: any bytes give a good configuration that dumps and reads back the same, or one message. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/agent_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int load(const void *data, size_t size, struct agent_config *c, char *message, size_t room)
{
    char path[64];
    int fd = memfd_create("config", MFD_CLOEXEC), rc;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    rc = agent_config_load(c, path, message, room);
    close(fd);
    return rc;
}

static char *dump(const struct agent_config *c, size_t *n)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, n);

    if (!f)
        abort();
    agent_config_dump(c, f);
    fclose(f);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct agent_config c, again;
    char message[256] = "", *first, *second;
    size_t n, m;

    if (size > LIM_CONFIG_BYTES / 2) /* a dump may be longer than what was read: escapes, comments */
        return 0;
    if (load(data, size, &c, message, sizeof message)) {
        if (!*message)
            abort();
        return 0;
    }
    first = dump(&c, &n);
    agent_config_free(&c);
    if (n <= LIM_CONFIG_BYTES && !load(first, n, &again, message, sizeof message)) {
        second = dump(&again, &m);
        if (n != m || memcmp(first, second, n))
            abort();
        free(second);
        agent_config_free(&again);
    } else if (!strstr(message, "longer than") && n <= LIM_CONFIG_BYTES) {
        abort(); /* only escapes that make a line too long are an excuse */
    }
    free(first);
    return 0;
}
