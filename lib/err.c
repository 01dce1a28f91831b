#include "lib/err.h"

#include <errno.h>
#include <stddef.h>

static const char *const phrases[] = {
    [-MM_OK] = "no error",
    [-MM_ENOMEM] = "out of memory",
    [-MM_EINVAL] = "invalid argument",
    [-MM_EIO] = "input/output error",
    [-MM_ELIMIT] = "a limit was exceeded",
    [-MM_EFORMAT] = "malformed input",
    [-MM_ENOTFOUND] = "not found",
    [-MM_EEXIST] = "already exists",
    [-MM_EAGAIN] = "not ready",
    [-MM_ECLOSED] = "closed by the peer",
    [-MM_EDENIED] = "permission denied",
    [-MM_EUNSUPPORTED] = "not supported here",
    [-MM_ETIMEOUT] = "timed out",
    [-MM_ECRYPTO] = "verification failed",
    [-MM_EDB] = "database error",
    [-MM_ESTATE] = "not possible in this state",
    [-MM_ENOSPC] = "no space left",
};

const char *mm_strerror(int err)
{
    const int n = (int)(sizeof phrases / sizeof phrases[0]);

    /* Results come over sockets too: the smallest int has no positive twin. */
    return err > 0 || err <= -n ? "unknown error" : phrases[-err];
}

int mm_errno_code(int errnum)
{
    switch (errnum) {
    case 0: return MM_OK;
    case ENOMEM: return MM_ENOMEM;
    case EINVAL: return MM_EINVAL;
    case ENOENT:
    case ESRCH: return MM_ENOTFOUND;
    case EEXIST: return MM_EEXIST;
    case EAGAIN:
    case EINTR: return MM_EAGAIN;
    case EPIPE:
    case ECONNRESET: return MM_ECLOSED;
    case EACCES:
    case EPERM:
    case EROFS: return MM_EDENIED;
    case ENOSYS:
    case EOPNOTSUPP:
    case EXDEV: return MM_EUNSUPPORTED;
    case ETIMEDOUT: return MM_ETIMEOUT;
    case ENOSPC:
    case EDQUOT: return MM_ENOSPC;
    case EMFILE:
    case ENFILE:
    case EMSGSIZE:
    case ENAMETOOLONG: return MM_ELIMIT;
    default: return MM_EIO;
    }
}
