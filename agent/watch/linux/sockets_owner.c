/* Who holds a socket: the links /proc/PID/fd/N say "socket:[INODE]" (proc(5)). */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/host/sockets.h"

#define MAX_PIDS 32768  /* the usual pid_max */
#define MAX_FDS 4096    /* of one process: a listener is made early and has a low number */

struct owner { uint64_t inode; struct listening *row; bool init; };

static int by_inode(const void *a, const void *b)
{
    uint64_t x = ((const struct owner *)a)->inode, y = ((const struct owner *)b)->inode;

    return x < y ? -1 : x > y;
}

static ssize_t link_of(int dir, const char *name, char *out, size_t size)
{
    ssize_t n = readlinkat(dir, name, out, size - 1);

    out[n > 0 ? n : 0] = '\0';
    return n;
}

/* The file name of its executable; what cannot be asked for that (another user's, ended) by the name it gave itself. */
static void program_of(int dir, char out[SOCKETS_NAME])
{
    char path[PATH_MAX], *name, *deleted;
    int fd;
    ssize_t n;

    if (link_of(dir, "exe", path, sizeof path) > 0) {
        name = strrchr(path, '/');
        deleted = strstr(path, " (deleted)");
        if (deleted && !deleted[10])
            *deleted = '\0';
        snprintf(out, SOCKETS_NAME, "%.63s", name ? name + 1 : path);
        return;
    }
    fd = openat(dir, "comm", O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, path, sizeof path - 1) : 0;
    path[n > 0 ? n : 0] = '\0';
    path[strcspn(path, "\n")] = '\0';
    snprintf(out, SOCKETS_NAME, "%.63s", path);
    if (fd >= 0)
        close(fd);
}

/* A name such as "systemd" of pid 1 gives way to the service that it handed the socket to. */
static void claim(struct owner *table, size_t n, uint64_t inode, int dir, bool init)
{
    struct owner key = {.inode = inode}, *at = bsearch(&key, table, n, sizeof *table, by_inode);

    if (!at)
        return;
    while (at > table && at[-1].inode == inode)
        at--;
    for (; at < table + n && at->inode == inode; at++) {
        if (at->row->program[0] && !at->init)
            continue;
        program_of(dir, at->row->program);
        at->init = init;
    }
}

/* false: its descriptors cannot be read. */
static bool look(int proc, const char *pid, struct owner *table, size_t n)
{
    char path[64], target[64];
    int dir = openat(proc, pid, O_PATH | O_DIRECTORY | O_CLOEXEC), fds;
    struct dirent *e;
    unsigned seen = 0;
    DIR *d;

    if (dir < 0)
        return true; /* it has ended */
    fds = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    d = fds >= 0 ? fdopendir(fds) : NULL;
    if (!d) {
        if (fds >= 0)
            close(fds);
        close(dir);
        return false;
    }
    while ((e = readdir(d)) && seen++ < MAX_FDS) {
        snprintf(path, sizeof path, "fd/%.32s", e->d_name);
        if (link_of(dir, path, target, sizeof target) > 0 && !strncmp(target, "socket:[", 8))
            claim(table, n, strtoull(target + 8, NULL, 10), dir, !strcmp(pid, "1"));
    }
    closedir(d);
    close(dir);
    return true;
}

unsigned sockets_owners(struct listening *rows, size_t n)
{
    struct owner *table = n ? calloc(n, sizeof *table) : NULL;
    DIR *d = table ? opendir("/proc") : NULL;
    struct dirent *e;
    unsigned failed = 0, pids = 0;

    for (size_t i = 0; table && i < n; i++)
        table[i] = (struct owner){.inode = rows[i].inode, .row = &rows[i]};
    if (table)
        qsort(table, n, sizeof *table, by_inode);
    while (d && pids < MAX_PIDS && (e = readdir(d))) {
        if (!isdigit((unsigned char)e->d_name[0]))
            continue;
        pids++;
        if (!look(dirfd(d), e->d_name, table, n))
            failed++;
    }
    if (d)
        closedir(d);
    free(table);
    return failed;
}
