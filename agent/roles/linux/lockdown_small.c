/* Scan and core: the roles that give up root. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/roles/lockdown.h"
#include "agent/roles/lockdown_seccomp.h"
#include "agent/roles/lockdown_steps.h"
#include "lib/err.h"
#include "lib/limits.h"

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
    if (!rc)
        rc = lockdown_keep_caps(0);
    if (!rc)
        rc = lockdown_no_more_power(&r);
    if (!rc)
        rc = lockdown_filter_scan();
    if (rc)
        return rc;
    r.filtered = 1;
    *report = r;
    return MM_OK;
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
    if (!rc)
        rc = lockdown_keep_caps(0);
    if (!rc)
        rc = lockdown_no_more_power(&r);
    if (!rc)
        rc = lockdown_filter_core();
    if (rc)
        return rc;
    r.filtered = 1;
    *report = r;
    return MM_OK;
}
