/* Scan, core, survey, probe and fetch: the roles that give up root. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/os/lockdown.h"
#include "lib/os/lockdown_seccomp.h"
#include "lib/os/lockdown_steps.h"
#include "lib/err.h"
#include "lib/limits.h"

#define HELPER_FDS 256 /* of survey and probe: files and folders on the way down, sockets of one question each */
#define SCAN_FDS 64 /* the socket, standard streams, LIM_FRAME_FDS of some frames in flight */

static void left_out(struct lockdown_report *r, const char *step)
{
    size_t n = strlen(r->left_out);

    snprintf(r->left_out + n, sizeof r->left_out - n, "%s%s", n ? " " : "", step);
}

/* ---- uid ------------------------------------------------------------------------------ */
struct identity {
    uid_t uid;
    gid_t gid;
};

/* By name; numbers of our own when the host does not know the name. */
static struct identity who_is(const char *user, uid_t fallback)
{
    const struct passwd *p = user && user[0] ? getpwnam(user) : NULL;

    return p && p->pw_uid ? (struct identity){p->pw_uid, p->pw_gid} : (struct identity){fallback, (gid_t)fallback};
}

static int become(const struct identity *id, const gid_t *extra, size_t n)
{
    if (geteuid() != 0)
        return MM_OK;
    if (setgroups(n, extra) || setresgid(id->gid, id->gid, id->gid) || setresuid(id->uid, id->uid, id->uid))
        return mm_from_errno(errno);
    if (id->uid && (!setuid(0) || geteuid() == 0)) /* it must not work any more */
        return MM_EDENIED;
    return MM_OK;
}

/* ---- a place without files -------------------------------------------------------------- */
/* An empty, read-only directory as root: a tmpfs in a mount namespace of our own. */
static int empty_root(void)
{
    if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
        return mm_from_errno(errno);
    if (mount("none", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, "size=4k,nr_inodes=4,mode=555"))
        return mm_from_errno(errno);
    if (chroot("/proc") || chdir("/"))
        return mm_from_errno(errno);
    return MM_OK;
}

static void limit(int what, rlim_t value)
{
    struct rlimit old, l = {value, value};

    if (!getrlimit((__rlimit_resource_t)what, &old) && old.rlim_max < value)
        l.rlim_cur = l.rlim_max = old.rlim_max;
    setrlimit((__rlimit_resource_t)what, &l);
}

/* The end that all roles share: no more than `caps`, no new power, the filter; *report is told only when all of it holds. */
static int settle(uint64_t caps, int (*filter)(void), struct lockdown_report *r, struct lockdown_report *report)
{
    int rc = lockdown_keep_caps(caps);

    if (!rc)
        rc = lockdown_no_more_power(r);
    if (!rc)
        rc = filter();
    if (rc)
        return rc;
    r->filtered = 1;
    *report = *r;
    return MM_OK;
}

int lockdown_scan(const char *user, struct lockdown_report *report)
{
    struct lockdown_report r = {0};
    struct identity id = who_is(user, LOCKDOWN_SCAN_UID);
    int rc;

    if (unshare(CLONE_NEWNET))
        left_out(&r, "network-namespace");
    if (unshare(CLONE_NEWIPC | CLONE_NEWUTS))
        left_out(&r, "ipc-namespace");
    if (geteuid() || empty_root())
        left_out(&r, "empty-root");
    limit(RLIMIT_AS, (rlim_t)LIM_SCAN_MB << 20);
    limit(RLIMIT_NOFILE, SCAN_FDS);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_MEMLOCK, 0);
    if (geteuid())
        left_out(&r, "uid");
    rc = lockdown_bound_caps(0);
    if (!rc)
        rc = become(&id, NULL, 0);
    return rc ? rc : settle(0, lockdown_filter_scan, &r, report);
}

int lockdown_core(const char *user, const char *group, struct lockdown_report *report)
{
    struct lockdown_report r = {0};
    struct identity id = who_is(user, LOCKDOWN_CORE_UID);
    const struct group *g = group && group[0] ? getgrnam(group) : NULL;
    gid_t extra = g ? g->gr_gid : 0;
    int rc;

    if (geteuid())
        left_out(&r, "uid");
    rc = lockdown_bound_caps(0);
    if (!rc)
        rc = become(&id, &extra, g ? 1 : 0);
    return rc ? rc : settle(0, lockdown_filter_core, &r, report);
}

static void limit_helper(void)
{
    limit(RLIMIT_AS, (rlim_t)LIM_SCAN_MB << 20);
    limit(RLIMIT_NOFILE, HELPER_FDS);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_CPU, LIM_SURVEY_CPU_S);
}

/* A view of the host in which nothing can be written by any path, in a mount namespace of our own (mount_setattr(2),
 * Linux 5.12).  Landlock would forbid the same, and with it the look at whose sockets are whose (its rules for ptrace). */
static int read_only_view(void)
{
    struct mount_attr ro = {.attr_set = MOUNT_ATTR_RDONLY};

    if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &ro, sizeof ro))
        return mm_from_errno(errno);
    return chdir("/") ? mm_from_errno(errno) : MM_OK; /* into the new view */
}

int lockdown_fetch(const char *user, struct lockdown_report *report)
{
    struct lockdown_report r = {0};
    struct identity id = who_is(user, LOCKDOWN_FETCH_UID);
    int rc;

    limit(RLIMIT_AS, (rlim_t)LIM_SCAN_MB << 20);
    limit(RLIMIT_NOFILE, HELPER_FDS);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_FSIZE, 0);
    if (geteuid())
        left_out(&r, "uid");
    if (read_only_view())
        left_out(&r, "read-only-view");
    rc = lockdown_bound_caps(0);
    if (!rc)
        rc = become(&id, NULL, 0);
    return rc ? rc : settle(0, lockdown_filter_core, &r, report);
}

/* Permitted capabilities stay over the change of uid (prctl(2), PR_SET_KEEPCAPS) and are then cut down to `keep`. */
int lockdown_survey(const char *user, struct lockdown_report *report)
{
    const uint64_t keep = 1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_SYS_PTRACE;
    struct lockdown_report r = {0};
    struct identity id = who_is(user, LOCKDOWN_SCAN_UID);
    int rc;

    limit_helper();
    if (geteuid())
        left_out(&r, "uid");
    if (read_only_view())
        left_out(&r, "read-only-view");
    rc = lockdown_bound_caps(keep);
    if (!rc && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
        rc = mm_from_errno(errno);
    if (!rc)
        rc = become(&id, NULL, 0);
    return rc ? rc : settle(keep, lockdown_filter_survey, &r, report);
}

int lockdown_probe(const char *user, struct lockdown_report *report)
{
    struct lockdown_report r = {0};
    struct identity id = who_is(user, LOCKDOWN_SCAN_UID);
    int rc;

    limit_helper();
    if (geteuid() || empty_root())
        left_out(&r, "empty-root");
    if (geteuid())
        left_out(&r, "uid");
    rc = lockdown_bound_caps(0);
    if (!rc)
        rc = become(&id, NULL, 0);
    return rc ? rc : settle(0, lockdown_filter_core, &r, report);
}
