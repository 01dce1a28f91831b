#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "installer/setup.h"
#include "lib/buf.h"
#include "lib/err.h"
#include "lib/os/run.h"

#define SAID (1 << 20)
#define ERASE_MS 3600000     /* a vault may hold very many files */
#define LOCK "/run/mimamori-setup.lock"
#define LOCK_STEPS 1000      /* longer than an enrolment may take */
#define LOCK_STEP_MS 100

/* The last line that is not empty, of plain bytes. */
static void last_words(const struct buf *said, char *out, size_t n)
{
    const char *text = said->data ? said->data : "", *end = text + said->len, *line;
    size_t len = 0;

    while (end > text && (end[-1] == '\n' || end[-1] == ' '))
        end--;
    for (line = end; line > text && line[-1] != '\n'; line--)
        ;
    for (; line < end && len + 1 < n; line++)
        out[len++] = (unsigned char)*line >= ' ' && *line != 0x7f ? *line : ' ';
    out[len] = '\0';
}

int setup_run(struct setup *s, unsigned ms, const char *const argv[])
{
    return setup_run_with(s, ms, argv, NULL, NULL);
}

int setup_run_with(struct setup *s, unsigned ms, const char *const argv[], const char *input, int *status)
{
    static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", NULL}; /* dpkg wants one */
    struct buf said;
    const struct os_run r = {.argv = (char *const *)(uintptr_t)argv, .env = (char *const *)(uintptr_t)env, .input = input, .output = &said, .errors = OS_ERRORS_OUTPUT, .ms = ms, .status = status};
    int rc;

    buf_init(&said, SAID);
    rc = os_run(&r);
    if (rc)
        last_words(&said, s->why, sizeof s->why);
    buf_fini(&said);
    return rc;
}

bool setup_is_there(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

int setup_erase(struct setup *s, const char *path)
{
    const char *const argv[] = {"/bin/rm", "-rf", "--one-file-system", "--", path, NULL};

    return setup_run(s, ERASE_MS, argv);
}

int setup_lock(void)
{
    int fd = open(LOCK, O_RDWR | O_CREAT | O_NOFOLLOW, 0600); /* not closed on exec, on purpose */

    if (fd < 0)
        return mm_from_errno(errno);
    for (int i = 0; i < LOCK_STEPS; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return MM_OK; /* for as long as we live */
        poll(NULL, 0, LOCK_STEP_MS);
    }
    close(fd);
    return MM_EAGAIN;
}
