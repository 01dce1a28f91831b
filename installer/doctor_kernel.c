/* What the kernel gives us. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "installer/doctor.h"
#include "installer/doctor_read.h"
#include "installer/probe.h"
#include "lib/err.h"

#define BTF "/sys/kernel/btf/vmlinux"
#define STATUS 8192

/* Of the guard's capabilities (its unit) the ones without which nothing is guarded: numbers of <linux/capability.h>. */
static const struct { unsigned number; const char *name; } needed[] = {
    {2, "CAP_DAC_READ_SEARCH"}, {5, "CAP_KILL"}, {12, "CAP_NET_ADMIN"}, {19, "CAP_SYS_PTRACE"}, {21, "CAP_SYS_ADMIN"},
};

void doctor_root(struct doctor *d, struct doctor_found *f)
{
    char status[STATUS], missing[DOCTOR_WORD] = "";
    uint64_t have = read_capabilities(doctor_file("/proc/self/status", status, sizeof status));
    size_t len = 0;

    (void)d;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!(have >> needed[i].number & 1))
            len += (size_t)snprintf(missing + len, sizeof missing - len, "%s%s", len ? " " : "", needed[i].name);
    if (len)
        doctor_say(f, DOCTOR_BAD, "root.less", missing, "");
}

void doctor_kernel(struct doctor *d, struct doctor_found *f)
{
    unsigned major = 0, minor = 0;
    struct utsname u;

    (void)d;
    if (uname(&u) == 0 && read_kernel(u.release, &major, &minor) && (major < 5 || (major == 5 && minor < 10)))
        doctor_say(f, DOCTOR_BAD, "kernel.old", u.release, "");
}

void doctor_fanotify(struct doctor *d, struct doctor_found *f)
{
    int rc = probe_hold();

    (void)d;
    if (rc == MM_EUNSUPPORTED)
        doctor_say(f, DOCTOR_BAD, "fanotify.none", "", "");
    else if (rc == MM_EDENIED)
        doctor_say(f, DOCTOR_BAD, "fanotify.denied", "", "");
    else if (rc)
        doctor_say(f, DOCTOR_BAD, "fanotify.failed", mm_strerror(rc), "");
}

void doctor_names(struct doctor *d, struct doctor_found *f)
{
    bool renames = false;
    int rc = probe_names(&renames);

    (void)d;
    if (rc && rc != MM_ENOTFOUND)
        doctor_say(f, DOCTOR_BAD, "names.none", mm_strerror(rc), "");
    else if (!rc && !renames)
        doctor_say(f, DOCTOR_LOST, "names.rename", "", "");
}

void doctor_truncate(struct doctor *d, struct doctor_found *f)
{
    (void)d;
    if (probe_before_access() == MM_EUNSUPPORTED)
        doctor_say(f, DOCTOR_LOST, "truncate.late", "", "");
}

void doctor_btf(struct doctor *d, struct doctor_found *f)
{
    (void)d;
    if (access(BTF, R_OK) < 0)
        doctor_say(f, DOCTOR_LOST, "btf.none", BTF, "");
}

void doctor_bpf(struct doctor *d, struct doctor_found *f)
{
    int rc = probe_bpf();

    (void)d;
    if (rc)
        doctor_say(f, DOCTOR_LOST, "bpf.denied", mm_strerror(rc), "");
}

void doctor_isolation(struct doctor *d, struct doctor_found *f)
{
    char refused[DOCTOR_WORD], known[STATUS];

    (void)d;
    probe_namespaces(refused, sizeof refused);
    if (refused[0])
        doctor_say(f, DOCTOR_LOST, "isolation.namespaces", refused, "");
    else if (!strstr(doctor_file("/proc/filesystems", known, sizeof known), "\tcgroup2\n")) /* mounted or not: the guard has a view of its own */
        doctor_say(f, DOCTOR_LOST, "isolation.cgroup", "", "");
}
