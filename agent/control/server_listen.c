/* The socket in the file system and the lock that keeps a second agent out.
 * Ownership: both descriptors are the caller's until control_unlisten. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/control/server.h"
#include "lib/durable.h"
#include "lib/err.h"

struct complaint { char *text; size_t size; };

static int complain(const struct complaint *c, int rc, const char *path, const char *what)
{
    snprintf(c->text, c->size, "%s: %s", path, what);
    return rc;
}

static int take_lock(const char *run_dir, int *out, const struct complaint *c)
{
    char path[LIM_PATH];
    int n = snprintf(path, sizeof path, "%s/control.lock", run_dir), fd, rc;

    if (n < 0 || (size_t)n >= sizeof path)
        return complain(c, MM_ELIMIT, run_dir, "the path is too long");
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        rc = mm_from_errno(errno);
        return complain(c, rc, path, strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        rc = errno == EWOULDBLOCK ? MM_EEXIST : mm_from_errno(errno);
        complain(c, rc, path, rc == MM_EEXIST ? "another agent runs with this [paths] run=" : strerror(errno));
        close(fd);
        return rc;
    }
    *out = fd;
    return MM_OK;
}

static int socket_address(const char *run_dir, struct sockaddr_un *a, const struct complaint *c)
{
    int n;

    memset(a, 0, sizeof *a);
    a->sun_family = AF_UNIX;
    n = snprintf(a->sun_path, sizeof a->sun_path, "%s/control.sock", run_dir);
    if (n < 0 || (size_t)n >= sizeof a->sun_path)
        return complain(c, MM_ELIMIT, run_dir, "the path is too long for a socket (107 bytes with /control.sock)");
    return MM_OK;
}

/* What a dead agent left; anything that is not a socket is not ours to remove. */
static int remove_stale(const char *path, const struct complaint *c)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return MM_OK;
    if (!S_ISSOCK(st.st_mode))
        return complain(c, MM_EEXIST, path, "is in the way and not a socket");
    if (unlink(path) < 0) {
        int rc = mm_from_errno(errno);

        return complain(c, rc, path, strerror(errno));
    }
    return MM_OK;
}

static int bind_socket(const struct sockaddr_un *a, int *out, const struct complaint *c)
{
    int rc, fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
        bind(fd, (const struct sockaddr *)a, sizeof *a) == 0 && chmod(a->sun_path, 0666) == 0 &&
        listen(fd, LIM_CONTROL_CLIENTS) == 0) {
        *out = fd;
        return MM_OK;
    }
    rc = mm_from_errno(errno);
    complain(c, rc, a->sun_path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

int control_listen(const char *run_dir, struct control_listener *out, char *message, size_t message_size)
{
    const struct complaint c = {message, message_size};
    struct sockaddr_un address;
    int lock = -1, fd = -1, rc;

    rc = socket_address(run_dir, &address, &c);
    if (!rc && (rc = durable_mkdir(run_dir, 0755)))
        complain(&c, rc, run_dir, mm_strerror(rc));
    if (!rc)
        rc = take_lock(run_dir, &lock, &c);
    if (!rc)
        rc = remove_stale(address.sun_path, &c);
    if (!rc)
        rc = bind_socket(&address, &fd, &c);
    if (rc) {
        if (lock >= 0)
            close(lock);
        return rc;
    }
    *out = (struct control_listener){.fd = fd, .lock_fd = lock};
    return MM_OK;
}

void control_unlisten(struct control_listener *l, const char *run_dir)
{
    char path[LIM_PATH];
    int n = snprintf(path, sizeof path, "%s/control.sock", run_dir);

    if (n > 0 && (size_t)n < sizeof path)
        unlink(path);
    close(l->fd);
    close(l->lock_fd);
    *l = (struct control_listener){-1, -1};
}
