#include "agent/watch/gateway/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/err.h"

int sealed_bytes(const void *bytes, size_t n)
{
    const char *p = bytes;
    int fd = memfd_create("answer", MFD_CLOEXEC | MFD_ALLOW_SEALING), rc;

    if (fd < 0)
        return mm_from_errno(errno);
    for (size_t done = 0; done < n;) {
        ssize_t part = pwrite(fd, p + done, n - done, (off_t)done);

        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0) {
            rc = mm_from_errno(errno);
            close(fd);
            return rc;
        }
        done += (size_t)part;
    }
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
        rc = mm_from_errno(errno);
        close(fd);
        return rc;
    }
    return fd;
}
