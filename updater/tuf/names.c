#include "updater/tuf/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/err.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static int is_among(char c, const char *more)
{
    return c && (strchr(letters, c) || strchr(more, c));
}

/* Write `n` bytes of `text` behind the `at` bytes of `out`; what is neither a letter, a digit nor in `safe` as
 * %XX.  The new length, or MM_ELIMIT. */
static int put(const char *text, size_t n, const char *safe, char *out, size_t at, size_t size)
{
    for (size_t i = 0; i < n; i++) {
        if (at + 4 > size)
            return MM_ELIMIT;
        if (is_among(text[i], safe))
            out[at++] = text[i];
        else
            at += (size_t)snprintf(out + at, size - at, "%%%02X", (unsigned char)text[i]);
    }
    if (at >= size)
        return MM_ELIMIT;
    out[at] = '\0';
    return (int)at;
}

static int put_end(const char *end, char *out, int at, size_t size)
{
    if (at < 0 || (size_t)at + strlen(end) >= size)
        return MM_ELIMIT;
    memcpy(out + at, end, strlen(end) + 1);
    return MM_OK;
}

int tuf_role_file(const char *role, char out[LIM_TUF_FILE])
{
    char name[LIM_TUF_FILE];
    int rc;

    if (!role[0])
        return MM_EINVAL;
    rc = put_end(".json", name, put(role, strlen(role), "_.-~", name, 0, sizeof name), sizeof name);
    if (!rc)
        memcpy(out, name, sizeof name);
    return rc;
}

int tuf_role_address(const char *role, int64_t version, char out[LIM_TUF_PATH])
{
    char file[LIM_TUF_FILE];
    int rc = tuf_role_file(role, file);

    if (!rc && version)
        snprintf(out, LIM_TUF_PATH, "%" PRId64 ".%s", version, file);
    else if (!rc)
        snprintf(out, LIM_TUF_PATH, "%s", file);
    return rc;
}

int tuf_target_file(const char *path, char out[LIM_TUF_FILE])
{
    char name[LIM_TUF_FILE];
    size_t at = 0;
    int rc;

    if (!path[0])
        return MM_EINVAL;
    if (path[0] == '.') {
        memcpy(name, "%2E", 3);
        at = 3;
        path++;
    }
    rc = put(path, strlen(path), "_.-~", name, at, sizeof name);
    if (rc < 0)
        return rc;
    memcpy(out, name, (size_t)rc + 1);
    return MM_OK;
}

/* 1 when the part is "." or "..", with dots in either spelling. */
static int is_dots(const char *part, size_t n)
{
    unsigned dots = 0;

    for (size_t i = 0; i < n; dots++) {
        if (part[i] == '.')
            i++;
        else if (n - i >= 3 && !strncasecmp(part + i, "%2e", 3))
            i += 3;
        else
            return 0;
    }
    return dots == 1 || dots == 2;
}

int tuf_target_sound(const char *path)
{
    if (strlen(path) >= LIM_TUF_PATH)
        return 0;
    for (const char *p = path; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '\\')
            return 0;
    for (const char *part = path;; part++) {
        size_t n = strcspn(part, "/");

        if (!n || is_dots(part, n))
            return 0;
        part += n;
        if (!*part)
            return 1;
    }
}

int tuf_target_address(const char *path, const char *hash, char out[LIM_TUF_PATH])
{
    static const char safe[] = "_.-~/%!$&'()*+,;=:@"; /* RFC 3986: pchar, '/', and '%' as it stands */
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    char address[LIM_TUF_PATH];
    int at;

    if (!tuf_target_sound(path))
        return MM_EINVAL;
    at = put(path, folder, safe, address, 0, sizeof address);
    if (at >= 0 && hash)
        at = put(hash, strlen(hash), "", address, (size_t)at, sizeof address);
    if (at >= 0 && hash)
        at = put(".", 1, ".", address, (size_t)at, sizeof address);
    if (at >= 0)
        at = put(path + folder, strlen(path + folder), safe, address, (size_t)at, sizeof address);
    if (at < 0)
        return at;
    memcpy(out, address, (size_t)at + 1);
    return MM_OK;
}
