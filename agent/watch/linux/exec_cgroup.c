/* cgroup v2 ids -> paths.  The id is the inode number of the cgroup's folder
 * and opens it as a file handle (kernfs), so the answer does not depend on a
 * process that may be gone.  A small cache; sensor thread only. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/watch/linux/exec_priv.h"
#include "lib/err.h"

#define CACHE 128
#define KERNFS_HANDLE 0xfe      /* FILEID_KERNFS */

struct cgroup_names {
    int mount;                  /* a cgroup2 mount, -1 without */
    size_t prefix;              /* length of its path; 0: mounted nowhere */
    struct { uint64_t id; char *path; } cache[CACHE];
};

/* Path of the cgroup2 mount from /proc/self/mountinfo. */
static int find_mount(char *out, size_t size)
{
    FILE *f = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t cap = 0;
    int rc = MM_ENOTFOUND;

    if (!f)
        return MM_EIO;
    while (rc && getline(&line, &cap, f) > 0) {
        char *dash = strstr(line, " - cgroup2 "), *at = line, *end;

        for (int i = 0; dash && at && i < 4; i++)
            at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL;
        end = at ? strchr(at, ' ') : NULL;
        if (!dash || !end || (size_t)(end - at) >= size)
            continue;
        memcpy(out, at, (size_t)(end - at));
        out[end - at] = '\0';
        rc = MM_OK;
    }
    free(line);
    fclose(f);
    return rc;
}

/* A view of the hierarchy that is mounted nowhere: there also where our mount
 * namespace hides /sys/fs/cgroup.  -1 when refused. */
static int open_detached(void)
{
    int mount = -1, root = -1, fs = fsopen("cgroup2", FSOPEN_CLOEXEC);

    if (fs < 0)
        return -1;
    if (!fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
        mount = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    close(fs);
    if (mount >= 0) {           /* handles need a descriptor that is more than a path */
        root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(mount);
    }
    return root;
}

int cgroup_names_new(struct cgroup_names **out)
{
    char path[LIM_PATH];
    struct cgroup_names *c = calloc(1, sizeof *c);

    if (!c)
        return MM_ENOMEM;
    c->mount = open_detached();
    if (c->mount < 0 && !find_mount(path, sizeof path)) {
        c->mount = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        c->prefix = strlen(path);
    }
    *out = c;
    return MM_OK;
}

void cgroup_names_free(struct cgroup_names *c)
{
    if (!c)
        return;
    for (int i = 0; i < CACHE; i++)
        free(c->cache[i].path);
    if (c->mount >= 0)
        close(c->mount);
    free(c);
}

static int ask(const struct cgroup_names *c, uint64_t id, char *out, size_t size)
{
    union { struct file_handle h; char room[sizeof(struct file_handle) + sizeof id]; } u;
    char link[64], path[LIM_PATH];
    ssize_t n;
    int fd;

    u.h.handle_bytes = sizeof id;
    u.h.handle_type = KERNFS_HANDLE;
    memcpy(u.h.f_handle, &id, sizeof id);
    fd = open_by_handle_at(c->mount, &u.h, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return MM_ENOTFOUND;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    close(fd);
    if (n < (ssize_t)c->prefix)
        return MM_ENOTFOUND;
    path[n] = '\0';
    snprintf(out, size, "%s", path[c->prefix] ? path + c->prefix : "/");
    return MM_OK;
}

void cgroup_names_get(struct cgroup_names *c, uint64_t id, char *out, size_t size)
{
    unsigned slot = (unsigned)(id % CACHE);

    out[0] = '\0';
    if (!id || c->mount < 0)
        return;
    if (c->cache[slot].id == id && c->cache[slot].path) {
        snprintf(out, size, "%s", c->cache[slot].path);
        return;
    }
    if (ask(c, id, out, size))
        return;
    free(c->cache[slot].path);
    c->cache[slot].path = strdup(out);
    c->cache[slot].id = id;
}
