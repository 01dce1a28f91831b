#include "lib/os/mounts.h"

#include <errno.h>
#include <mntent.h>
#include <stdio.h>

#include "lib/err.h"
#include "lib/limits.h"

#define LINE (4 * LIM_PATH) /* two paths and options of any length: what is longer is cut behind the folder */

int os_each_mount(int (*each)(void *context, const char *folder), void *context)
{
    FILE *f = setmntent("/proc/self/mounts", "re");
    char line[LINE];
    struct mntent m;
    int rc = f ? MM_OK : mm_from_errno(errno);

    while (!rc && getmntent_r(f, &m, line, (int)sizeof line))
        rc = each(context, m.mnt_dir);
    if (f)
        (void)endmntent(f);
    return rc;
}
