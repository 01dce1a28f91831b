#include "agent/detect/engine_ask.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent/detect/engine_facts.h"
#include "lib/err.h"

/* They belong to the transport, which the prober alone decides. */
static const char *const RESERVED[] = {"host", "connection", "content-length", "transfer-encoding", "upgrade", "cookie", "authorization"};

static int printable(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] < ' ' || s[i] > '~')
            return 0;
    return 1;
}

/* What may stand behind "SOURCE:" (`path` NULL: nothing stands there). */
static int path_fits(uint32_t source, const char *path)
{
    switch (source) {
    case SOURCE_HTTPS: return path && path[0] == '/' && !strstr(path, "..");
    case SOURCE_SNMP: return !path || (path[0] && strspn(path, "0123456789.") == strlen(path));
    case SOURCE_TCP: return path && path[0];
    case SOURCE_TLS:
    case SOURCE_SSH:
    case SOURCE_IKE: return !path;
    default: return 0; /* a file is not asked */
    }
}

int ask_next(const char **rest, struct probe_ask *out)
{
    size_t n = strcspn(*rest, " "), head = strcspn(*rest, ": ");
    struct probe_ask found = {.source = engine_source(*rest, head)};
    int has_path = head < n;

    if (!n || !strcmp(*rest, "none"))
        return **rest == ' ' ? MM_EFORMAT : MM_ENOTFOUND;
    if (has_path && (n - head - 1 >= sizeof found.path || !printable(*rest, n)))
        return MM_EFORMAT;
    if (has_path)
        memcpy(found.path, *rest + head + 1, n - head - 1);
    if (!path_fits(found.source, has_path ? found.path : NULL))
        return MM_EFORMAT;
    *rest += n + ((*rest)[n] == ' ');
    *out = found;
    return MM_OK;
}

/* The length of the name of "Name: value"; 0 when it is no header line. */
static size_t header_name(const char *line, size_t n)
{
    size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    if (!name || name + 2 >= n || line[name] != ':' || line[name + 1] != ' ' || !printable(line, n))
        return 0;
    for (size_t i = 0; i < sizeof RESERVED / sizeof *RESERVED; i++)
        if (strlen(RESERVED[i]) == name && !strncasecmp(RESERVED[i], line, name))
            return 0;
    return name;
}

/* Is a header of that name there already? */
static int has_header(const char *headers, const char *name, size_t n)
{
    for (; *headers; headers += strcspn(headers, "|"), headers += *headers == '|')
        if (!strncasecmp(headers, name, n) && headers[n] == ':')
            return 1;
    return 0;
}

int ask_headers(struct probe_ask *ask, const char *headers)
{
    struct probe_ask more = *ask;
    size_t n;

    for (; *headers; headers += n + (headers[n] == '|')) {
        size_t used = strlen(more.headers), name;

        n = strcspn(headers, "|");
        name = header_name(headers, n);
        if (!name || (headers[n] == '|' && !headers[n + 1]))
            return MM_EFORMAT;
        if (ask->source != SOURCE_HTTPS || has_header(more.headers, headers, name))
            continue;
        if (used + n + 2 > sizeof more.headers)
            return MM_ELIMIT;
        snprintf(more.headers + used, sizeof more.headers - used, "%s%.*s", used ? "|" : "", (int)n, headers);
    }
    *ask = more;
    return MM_OK;
}
