/* Whatever bytes stand as an offline bundle: a file that is asked for (the first byte says which) is found, not there, or
 * broken; never more than the limit; the same each time; and the limit alone decides between all of it and too much. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/rfc3339.h"
#include "updater/host/bundle.h"

#define MOST 65536 /* of one file, here */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct { enum tuf_place place; const char *name; } asked[] = {
    {TUF_METADATA, "timestamp.json"}, {TUF_METADATA, "2.root.json"}, {TUF_METADATA, "1.rules%2Fdeep.json"},
    {TUF_ARTIFACTS, "rules/pack-1.2.0.tar.zst"}, {TUF_ARTIFACTS, "agent/0a.agent-1.0.0.tar.zst"}, {TUF_METADATA, ""},
};
#define NAMES (sizeof asked / sizeof *asked)

static enum tuf_got get(int fd, enum tuf_place place, const char *name, size_t most, struct buf *out)
{
    enum tuf_got got;

    buf_init(out, most);
    got = bundle_get(fd, place, name, out);
    if (got != TUF_BYTES && got != TUF_ABSENT && got != TUF_OVERLONG && got != TUF_BROKEN)
        abort();
    if (out->len > most || (got == TUF_ABSENT && out->len))
        abort();
    return got;
}

static void ask(int fd, enum tuf_place place, const char *name)
{
    struct buf first, second;
    enum tuf_got got = get(fd, place, name, MOST, &first);

    if (get(fd, place, name, got == TUF_BYTES ? first.len : MOST, &second) != got)
        abort();
    if (got == TUF_BYTES && (second.len != first.len || (first.len && memcmp(second.data, first.data, first.len) != 0)))
        abort();
    buf_fini(&second);
    if (got == TUF_BYTES && first.len) {
        if (get(fd, place, name, first.len - 1, &second) != TUF_OVERLONG)
            abort();
        buf_fini(&second);
    }
    buf_fini(&first);
}

static void ask_made(int fd)
{
    int64_t made = bundle_made(fd), back;
    char text[RFC3339_TEXT];

    rfc3339_format(made, text);
    if (made < 0 || rfc3339_parse(text, &back) || back != made)
        abort();
}

/* Longer than any name that the client asks for. */
static void ask_long(int fd)
{
    char name[2 * LIM_TUF_PATH];

    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ask(fd, TUF_ARTIFACTS, name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    unsigned which;

    if (!size)
        return 0;
    if (fd < 0)
        fd = memfd_create("bundle", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data + 1, size - 1, 0) != (ssize_t)size - 1)
        abort();
    which = data[0] % (NAMES + 2);
    if (which < NAMES)
        ask(fd, asked[which].place, asked[which].name);
    else if (which == NAMES)
        ask_made(fd);
    else
        ask_long(fd);
    return 0;
}
