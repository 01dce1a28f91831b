#include "lib/os/linux/guards_read.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>

/* Before access, since Linux 6.14: <linux/fanotify.h> */
#define PRE_ACCESS 0x00100000ull
#define PERMISSION_BITS (FAN_OPEN_PERM | FAN_ACCESS_PERM | FAN_OPEN_EXEC_PERM | PRE_ACCESS)

static bool field(const char *line, const char *name, uint64_t *out)
{
    size_t n = strlen(name);

    for (const char *at = line; (at = strstr(at, name)); at += n)
        if (at > line && at[-1] == ' ') {
            *out = strtoull(at + n, NULL, 16);
            return true;
        }
    return false;
}

enum guard_mark guards_read_mark(const char *line, uint64_t *number)
{
    uint64_t mask;

    *number = 0;
    if (strncmp(line, "fanotify ", 9) != 0 || !field(line, "mask:", &mask) || !(mask & PERMISSION_BITS))
        return GUARD_MARK_NONE;
    if (field(line, "mnt_id:", number))
        return GUARD_MARK_MOUNT;
    (void)field(line, "sdev:", number);
    return GUARD_MARK_FS;
}

int guards_read_mount(const char *line, uint64_t *mount, uint64_t *fs)
{
    static const char after[] = {' ', ' ', ':', ' '}; /* id, parent, major, minor */
    uint64_t number[sizeof after];

    for (size_t i = 0; i < sizeof after; i++) {
        char *end;

        number[i] = strtoull(line, &end, 10);
        if (end == line || *end != after[i])
            return 0;
        line = end + 1;
    }
    *mount = number[0];
    *fs = number[2] << 20 | number[3]; /* the kernel's own dev_t: MKDEV() in include/linux/kdev_t.h */
    return 1;
}

void guards_read_service(const char *cgroup, char out[LIM_NAME])
{
    static const char end[] = ".service";

    out[0] = '\0';
    for (const char *part = cgroup; *part;) {
        size_t w = strcspn(part, "/\n");

        if (w > sizeof end - 1 && w < LIM_NAME && !memcmp(part + w - (sizeof end - 1), end, sizeof end - 1) && !memchr(part, ':', w)) {
            memcpy(out, part, w);
            out[w] = '\0';
        }
        part += w + (part[w] != '\0');
    }
}
