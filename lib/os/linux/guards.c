#include "lib/os/guards.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/os/clock.h"
#include "lib/os/linux/guards_read.h"

#define MARKS_MOST 10000 /* lines of one group's list */
#define LINE 512
#define GROUP "anon_inode:[fanotify]"
#define OURS "mimamorid"

struct search {
    const uint64_t *fs;
    unsigned n;
    int64_t until_ms;
};

/* The file system of mount `id` in one process's view; 0: it is not there. */
static uint64_t mounted(const char *pid, uint64_t id)
{
    char path[LIM_NAME + 24], line[LINE];
    uint64_t mount, fs, found = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%s/mountinfo", pid);
    f = fopen(path, "re");
    while (f && !found && fgets(line, sizeof line, f))
        if (guards_read_mount(line, &mount, &fs) && mount == id)
            found = fs;
    if (f)
        (void)fclose(f);
    return found;
}

/* The number behind `name` at the beginning of a line of one of the kernel's files; 0: none. */
static uint64_t number_behind(const char *path, const char *name, int base)
{
    size_t n = strlen(name);
    char line[LINE];
    uint64_t number = 0;
    FILE *f = fopen(path, "re");

    while (f && !number && fgets(line, sizeof line, f))
        if (!strncmp(line, name, n))
            number = strtoull(line + n, NULL, base);
    if (f)
        (void)fclose(f);
    return number;
}

int os_file_system(int fd, uint64_t *out)
{
    char path[40];
    uint64_t id;

    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    id = number_behind(path, "mnt_id:", 10);
    *out = id ? mounted("self", id) : 0;
    return *out ? MM_OK : MM_ENOTFOUND;
}

static bool is_wanted(const struct search *s, uint64_t fs)
{
    bool yes = s->n == 0;

    for (unsigned i = 0; i < s->n && !yes; i++)
        yes = s->fs[i] == fs;
    return yes;
}

/* A mount is of one namespace: the holder's, or the one that most programs see. */
static bool is_on(const struct search *s, const char *pid, enum guard_mark kind, uint64_t number)
{
    uint64_t fs = number;

    if (kind == GUARD_MARK_MOUNT && s->n && !(fs = mounted(pid, number)))
        fs = mounted("1", number);
    return is_wanted(s, fs);
}

static bool has_mark(const struct search *s, const char *pid, const char *fd)
{
    char path[2 * LIM_NAME + 24], line[LINE];
    enum guard_mark kind, last_kind = GUARD_MARK_NONE;
    uint64_t number, last = 0;
    bool yes = false;
    unsigned n = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%s/fdinfo/%s", pid, fd);
    f = fopen(path, "re");
    while (f && !yes && fgets(line, sizeof line, f)) {
        kind = guards_read_mark(line, &number);
        if (kind == GUARD_MARK_NONE)
            continue;
        if (kind != last_kind || number != last) /* of thousands of files on one file system the first tells it */
            yes = is_on(s, pid, kind, number);
        yes = yes || ++n > MARKS_MOST;
        last_kind = kind;
        last = number;
    }
    if (f)
        (void)fclose(f);
    return yes;
}

/* By the file that runs: our own agent, of whatever release. */
static bool is_ours(const char *pid)
{
    char path[LIM_NAME + 16], file[LIM_PATH];
    const char *name;
    ssize_t n;

    snprintf(path, sizeof path, "/proc/%s/exe", pid);
    n = readlink(path, file, sizeof file - 1);
    if (n <= 0)
        return false;
    file[n] = '\0';
    name = strrchr(file, '/');
    return name && !strncmp(name + 1, OURS, sizeof OURS - 1);
}

static bool is_group(int dir, const char *fd)
{
    char link[sizeof GROUP + 1];

    return readlinkat(dir, fd, link, sizeof link) == (ssize_t)sizeof GROUP - 1 && !memcmp(link, GROUP, sizeof GROUP - 1);
}

/* Can it have a group that holds openers?  In a user namespace of its own everybody has every capability: those do not count. */
static bool may_hold(const char *pid)
{
    char ours[64] = "", theirs[64] = "", path[LIM_NAME + 16];

    snprintf(path, sizeof path, "/proc/%s/ns/user", pid);
    if (readlink("/proc/self/ns/user", ours, sizeof ours - 1) <= 0 || readlink(path, theirs, sizeof theirs - 1) <= 0 || strcmp(ours, theirs) != 0)
        return false;
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    return number_behind(path, "CapEff:", 16) >> CAP_SYS_ADMIN & 1;
}

static bool is_guard(const struct search *s, const char *pid)
{
    char path[LIM_NAME + 16];
    struct dirent *e;
    bool yes = false, able = false;
    DIR *d;

    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    d = opendir(path);
    /* ours is known before its list is read: it may have a mark for each of a million files, 2 us each */
    while (d && !yes && os_now_ms() < s->until_ms && (e = readdir(d)))
        yes = is_group(dirfd(d), e->d_name) && (able = able || (may_hold(pid) && !is_ours(pid))) && has_mark(s, pid, e->d_name);
    if (d)
        closedir(d);
    return yes;
}

static void first_bytes(const char *pid, const char *what, char *out, size_t n)
{
    char path[2 * LIM_NAME];
    ssize_t got = -1;
    int fd;

    snprintf(path, sizeof path, "/proc/%s/%s", pid, what);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        got = read(fd, out, n - 1);
        close(fd);
    }
    out[got > 0 ? got : 0] = '\0';
}

static void describe(const char *pid, struct os_guard *out)
{
    char cgroup[LIM_PATH];

    *out = (struct os_guard){0};
    out->pid = (int)strtol(pid, NULL, 10);
    first_bytes(pid, "comm", out->name, sizeof out->name);
    out->name[strcspn(out->name, "\n")] = '\0';
    first_bytes(pid, "cgroup", cgroup, sizeof cgroup);
    guards_read_service(cgroup, out->service);
}

int os_guard_other(const uint64_t *fs, unsigned n, unsigned ms, struct os_guard *out)
{
    struct search s = {.fs = fs, .n = n, .until_ms = os_now_ms() + ms};
    DIR *proc = opendir("/proc");
    struct dirent *e;
    int found = 0;

    while (proc && !found && os_now_ms() < s.until_ms && (e = readdir(proc)))
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && is_guard(&s, e->d_name)) {
            describe(e->d_name, out);
            found = 1;
        }
    if (proc)
        closedir(proc);
    return found || os_now_ms() < s.until_ms ? found : MM_ETIMEOUT;
}
