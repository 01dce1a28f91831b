/* The update repository, as the release desk leaves it (docs/release-desk.md): files out of two folders, for anybody.
 *
 * Nothing of it is secret and nothing is believed because it came from here, so no certificate is asked for.  What a name
 * may be is decided by the route (segments of plain characters that do not begin with a dot); here each segment is
 * opened below the one before, and no link is followed. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console/api/api.h"
#include "lib/err.h"

#define DEPTH 8 /* folders below metadata/ or targets/ */

/* The descriptor of the file, or a negative mm_err. */
static int open_below(const char *folder, const char *kind, const char *rest)
{
    char name[256];
    int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;

    for (int i = 0; at >= 0 && i <= DEPTH; i++) {
        const char *part = i ? rest : kind;
        size_t n = strcspn(part, "/");

        if (n >= sizeof name)
            break;
        memcpy(name, part, n);
        name[n] = '\0';
        next = openat(at, name, i && !part[n] ? O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC : O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(at);
        if (next < 0 || (i && !part[n]))
            return next < 0 ? mm_from_errno(errno) : next;
        at = next;
        rest = i ? part + n + 1 : rest;
    }
    if (at >= 0)
        close(at);
    return MM_ENOTFOUND;
}

static int open_file(const struct api *api, const char *kind, const char *rest, uint64_t *size)
{
    const char *folder = api->console->config.repository;
    int fd = folder[0] ? open_below(folder, kind, rest) : MM_ENOTFOUND;
    struct stat st;

    if (fd < 0)
        return MM_ENOTFOUND;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < 0 || st.st_size > LIM_TUF_ARTIFACT) {
        close(fd);
        return MM_ENOTFOUND;
    }
    *size = (uint64_t)st.st_size;
    return fd;
}

static enum http_verdict give(struct api *api, const struct http_request *r, const char *kind, struct http_answer *a)
{
    const char *range = http_header(r, "If-Range") ? NULL : http_header(r, "Range"); /* nothing here has a validator */
    struct http_file f = {.open = 1};

    f.fd = open_file(api, kind, r->rest, &f.total);
    if (f.fd < 0) {
        http_error(a, 404, "not_found", api->console->config.repository[0] ? "there is no such file" : "this console offers no updates");
        return HTTP_ANSWER;
    }
    f.type = strcmp(kind, "metadata") ? "application/octet-stream" : "application/json";
    f.fixed = strcmp(r->rest, "timestamp.json") != 0;
    a->status = http_range(range, f.total, &f.offset, &f.length);
    a->file = f;
    return HTTP_ANSWER;
}

enum http_verdict agent_tuf_metadata(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    (void)body;
    return give(api, r, "metadata", a);
}

enum http_verdict agent_tuf_target(struct api *api, struct http_request *r, const json_t *body, struct http_answer *a)
{
    (void)body;
    return give(api, r, "targets", a);
}
