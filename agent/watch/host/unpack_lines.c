/* Lines out of unpacked bytes: one block, refilled behind the line that was given. */
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/unpack.h"
#include "lib/err.h"

int lines_open(struct lines *l, int fd, uint64_t max)
{
    struct unpack *from;
    char *block = malloc(LINES_BLOCK);
    int rc = block ? unpack_open(&from, fd, max) : MM_ENOMEM;

    if (rc < 0) {
        free(block);
        return rc;
    }
    *l = (struct lines){.from = from, .block = block};
    return MM_OK;
}

/* More bytes behind those that are there; false when there are no more, or no room for them. */
static bool more(struct lines *l)
{
    long got;

    if (l->end)
        return false;
    memmove(l->block, l->block + l->at, l->len);
    l->at = 0;
    if (l->len == LINES_BLOCK)
        return false;
    got = unpack_read(l->from, l->block + l->len, LINES_BLOCK - l->len);
    if (got <= 0) {
        l->end = true;
        l->rc = (int)got;
        return false;
    }
    l->len += (size_t)got;
    return true;
}

/* Throw away the rest of a line that is longer than a block. */
static void skip_rest(struct lines *l)
{
    char *end;

    do {
        end = memchr(l->block + l->at, '\n', l->len);
        if (end) {
            size_t used = (size_t)(end - (l->block + l->at)) + 1;

            l->at += used;
            l->len -= used;
            return;
        }
        l->len = 0;
    } while (more(l));
}

bool lines_next(struct lines *l, const char **line, size_t *n)
{
    size_t seen = 0;

    if (l->at == 0 && l->len == LINES_BLOCK) /* the last one filled the block: cut */
        skip_rest(l);
    for (;;) {
        char *end = l->len > seen ? memchr(l->block + l->at + seen, '\n', l->len - seen) : NULL;

        if (end) {
            *line = l->block + l->at;
            *n = (size_t)(end - *line);
            l->at += *n + 1;
            l->len -= *n + 1;
            return true;
        }
        seen = l->len;
        if (!more(l))
            break;
    }
    *line = l->block + l->at;
    *n = l->len;
    if (l->end) {
        l->at += l->len;
        l->len = 0;
    }
    return *n > 0;
}

int lines_close(struct lines *l)
{
    int rc = l->rc;

    unpack_close(l->from);
    free(l->block);
    return rc;
}
