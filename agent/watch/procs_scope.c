/* Which processes are ours to judge and to stop. */
#include <string.h>

#include "agent/watch/procs_priv.h"
#include "lib/err.h"

int scope_parse(const char *text, struct scope *out)
{
    static const char cgroup[] = "cgroup:";
    struct scope s = {0};
    const char *path;
    size_t n;

    if (!text)
        return MM_EINVAL;
    if (!strcmp(text, "netns")) {
        s.kind = SCOPE_NETNS;
        s.netns = procs_os_own_netns();
        if (!s.netns)
            return MM_EUNSUPPORTED;
    } else if (!strncmp(text, cgroup, sizeof cgroup - 1)) {
        path = text + sizeof cgroup - 1;
        n = strlen(path);
        while (n > 1 && path[n - 1] == '/')
            n--;
        if (path[0] != '/' || n >= LIM_NAME || strstr(path, ".."))
            return MM_EINVAL;   /* longer paths would be compared cut */
        s.kind = SCOPE_CGROUP;
        memcpy(s.cgroup, path, n);
    } else if (strcmp(text, "host")) {
        return MM_EINVAL;
    }
    *out = s;
    return MM_OK;
}

bool scope_holds(const struct scope *s, uint64_t netns, const char *cgroup)
{
    size_t n = strlen(s->cgroup);

    switch (s->kind) {
    case SCOPE_HOST:
        return true;
    case SCOPE_NETNS:
        return netns && netns == s->netns;
    case SCOPE_CGROUP:
        if (!strcmp(s->cgroup, "/"))
            return cgroup[0] == '/';
        return !strncmp(cgroup, s->cgroup, n) && (cgroup[n] == '\0' || cgroup[n] == '/');
    }
    return false;
}
