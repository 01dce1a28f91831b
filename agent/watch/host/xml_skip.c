#include "agent/watch/host/xml_skip.h"

#include <string.h>

#include "agent/watch/host/unpack.h"

/* memmem() is not POSIX. */
static char *find(char *at, size_t n, const char *tag, size_t len)
{
    char *end = at + n, *last;

    for (last = at; n >= len && (size_t)(end - last) >= len; last++) {
        last = memchr(last, '<', (size_t)(end - last) - len + 1);
        if (!last || !memcmp(last, tag, len))
            return last;
    }
    return NULL;
}

/* Drop the element out of `n` bytes, in place; the tail in which a tag may have begun is held.  How many are left. */
static size_t drop(struct xml_skip *s, char *bytes, size_t n, bool end)
{
    size_t kept = 0, at = 0;

    for (;;) {
        const char *tag = s->inside ? s->close : s->open;
        size_t len = strlen(tag), part;
        char *found = find(bytes + at, n - at, tag, len);

        s->n = found || end ? 0 : len - 1 < n - at ? len - 1 : n - at;
        part = found ? (size_t)(found - bytes) - at : n - at - s->n;
        if (!s->inside) {
            memmove(bytes + kept, bytes + at, part);
            kept += part;
        }
        at += part;
        if (!found)
            break;
        at += len;
        s->inside = !s->inside;
    }
    memcpy(s->held, bytes + at, s->n);
    return kept;
}

long xml_skip_read(struct xml_skip *s, char *out, size_t room)
{
    if (!s->open)
        return unpack_read(s->from, out, room);
    for (;;) {
        size_t held = s->n, left;
        long got;

        memcpy(out, s->held, held);
        got = unpack_read(s->from, out + held, room - held);
        if (got < 0)
            return got;
        left = drop(s, out, held + (size_t)got, got == 0);
        if (left || !got)
            return (long)left;
    }
}
