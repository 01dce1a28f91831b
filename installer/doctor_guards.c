/* Other programs that hold those who open a file.  /proc belongs to everybody who runs: names are theirs to choose. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "installer/doctor.h"
#include "installer/doctor_read.h"

#define INFO (1 << 16)      /* bytes of an fdinfo: enough for the first hundreds of marks */
#define LONGEST_MS 1000     /* a server with very many descriptors is looked at in part */
#define GROUP "anon_inode:[fanotify]"
#define OURS "mimamorid"

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
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

static bool holds(const char *pid, const char *fd, char *info)
{
    char path[2 * LIM_NAME + 32], link[sizeof GROUP + 1];
    ssize_t n;

    snprintf(path, sizeof path, "/proc/%s/fd/%s", pid, fd);
    n = readlink(path, link, sizeof link);
    if (n != (ssize_t)sizeof GROUP - 1 || memcmp(link, GROUP, sizeof GROUP - 1) != 0)
        return false;
    snprintf(path, sizeof path, "/proc/%s/fdinfo/%s", pid, fd);
    return read_holds_opens(doctor_file(path, info, INFO));
}

static bool holds_any(const char *pid, int64_t until, char *info)
{
    char path[LIM_NAME + 16];
    struct dirent *e;
    bool yes = false;
    DIR *d;

    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    d = opendir(path);
    while (d && !yes && now_ms() < until && (e = readdir(d)))
        yes = e->d_name[0] != '.' && holds(pid, e->d_name, info);
    if (d)
        closedir(d);
    return yes;
}

static void name_it(const char *pid, struct doctor_found *f)
{
    char path[LIM_NAME + 16], text[LIM_PATH], service[LIM_NAME], name[64];

    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    doctor_file(path, name, sizeof name);
    name[strcspn(name, "\n")] = '\0';
    snprintf(path, sizeof path, "/proc/%s/cgroup", pid);
    read_service(doctor_file(path, text, sizeof text), service);
    if (service[0])
        doctor_say(f, DOCTOR_LOST, "guards.service", name, service);
    else
        doctor_say(f, DOCTOR_LOST, "guards.other", name, pid);
}

void doctor_guards(struct doctor *d, struct doctor_found *f)
{
    int64_t until = now_ms() + LONGEST_MS;
    static char info[INFO];
    struct dirent *e;
    DIR *proc = opendir("/proc");

    (void)d;
    while (proc && f->level == DOCTOR_OK && now_ms() < until && (e = readdir(proc)))
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && holds_any(e->d_name, until, info) && !is_ours(e->d_name))
            name_it(e->d_name, f);
    if (proc)
        closedir(proc);
}
