#include "lib/os/lockdown.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/os/lockdown_steps.h"
#include "lib/err.h"

/* ---- capabilities ------------------------------------------------------------------- */
static uint64_t mask_of(const int *caps, size_t n)
{
    uint64_t keep = 0;

    for (size_t i = 0; i < n; i++)
        keep |= 1ull << caps[i];
    return keep;
}

int lockdown_bound_caps(uint64_t keep)
{
    for (int c = 0; c < 64 && prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
        if (!(keep >> c & 1) && prctl(PR_CAPBSET_DROP, c, 0, 0, 0) && (errno != EPERM || geteuid() == 0))
            return mm_from_errno(errno);
    return MM_OK;
}

int lockdown_keep_caps(uint64_t keep)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2], now[2];

    if (syscall(SYS_capget, &head, now))
        return mm_from_errno(errno);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    memset(data, 0, sizeof data);
    for (int i = 0; i < 2; i++) { /* never more than there is now */
        data[i].permitted = data[i].effective = (uint32_t)(keep >> 32 * i) & now[i].permitted;
        data[i].inheritable = 0;
    }
    return syscall(SYS_capset, &head, data) ? mm_from_errno(errno) : MM_OK;
}

int lockdown_no_more_power(struct lockdown_report *r)
{
    struct rlimit none = {0, 0};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return mm_from_errno(errno);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        return mm_from_errno(errno);
    setrlimit(RLIMIT_CORE, &none);
    r->uid = geteuid();
    return MM_OK;
}

int lockdown_guard(const int *caps, size_t n, struct lockdown_report *report)
{
    struct lockdown_report r = {0};
    uint64_t keep = mask_of(caps, n);
    int rc = lockdown_bound_caps(keep);

    if (!rc)
        rc = lockdown_keep_caps(keep);
    if (!rc)
        rc = lockdown_no_more_power(&r);
    if (rc)
        return rc;
    *report = r;
    return MM_OK;
}
