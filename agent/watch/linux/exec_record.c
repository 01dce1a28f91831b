/* Records of the ring buffer: bytes in, checked view out. */
#include <string.h>

#include "agent/watch/linux/exec_priv.h"
#include "lib/err.h"

int exec_record_parse(const void *data, size_t size, struct exec_view *out)
{
    const char *bytes = data;
    struct exec_view v = {0};

    if (size < sizeof v.r)
        return MM_EFORMAT;
    memcpy(&v.r, bytes, sizeof v.r);
    if (v.r.pid == 0 || v.r.pid > INT32_MAX || v.r.parent > INT32_MAX || v.r.creator > INT32_MAX)
        return MM_EFORMAT;
    switch (v.r.kind) {
    case EXEC_REC_FORK:
    case EXEC_REC_EXIT:
        break;
    case EXEC_REC_EXEC:
        if (v.r.path_len > EXEC_RECORD_TEXT || v.r.argv_len > EXEC_RECORD_TEXT ||
            size - sizeof v.r < (size_t)v.r.path_len + v.r.argv_len)
            return MM_EFORMAT;
        v.path = bytes + sizeof v.r;
        v.argv = v.path + v.r.path_len;
        break;
    default:
        return MM_EFORMAT;
    }
    *out = v;
    return MM_OK;
}

/* Start of the last part of parts[0..end). */
static size_t part_before(const char *parts, size_t end)
{
    while (end > 0 && parts[end - 1] != '\0')
        end--;
    return end;
}

int exec_record_path(const char *parts, size_t n, char *out, size_t size)
{
    size_t at = 0;

    while (n > 0 && parts[n - 1] == '\0')
        n--;
    if (!n)
        out[at++] = '/';
    while (n > 0) {
        size_t start = part_before(parts, n), len = n - start;

        if (at + 1 + len >= size) {
            out[at] = '\0';
            return 1;
        }
        out[at++] = '/';
        memcpy(out + at, parts + start, len);
        at += len;
        n = start;
        while (n > 0 && parts[n - 1] == '\0')
            n--;
    }
    out[at] = '\0';
    return 0;
}
