/* Every offset and count is checked against the bytes that are there before it is used. */
#include "agent/watch/host/rpm_header.h"

#include <string.h>

#include "lib/err.h"

#define ENTRY 16
#define ENTRIES 65536        /* rpm's own bound of index entries */

enum { TYPE_INT32 = 4, TYPE_STRING = 6, TYPE_STRINGS = 8, TYPE_I18N = 9 };

static uint32_t number_at(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int rpm_header_open(struct rpm_header *h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint32_t entries, data;

    if (n < 8)
        return MM_EFORMAT;
    entries = number_at(p);
    data = number_at(p + 4);
    if (!entries || entries > ENTRIES || data > n - 8 || (size_t)entries * ENTRY > n - 8 - data)
        return MM_EFORMAT;
    *h = (struct rpm_header){.index = p + 8, .data = p + 8 + (size_t)entries * ENTRY, .entries = entries, .bytes = data};
    return MM_OK;
}

struct entry { uint32_t type, offset, count; };

static bool find(const struct rpm_header *h, enum rpm_tag tag, struct entry *e)
{
    for (uint32_t i = 0; i < h->entries; i++) {
        const unsigned char *p = h->index + (size_t)i * ENTRY;

        if (number_at(p) != (uint32_t)tag)
            continue;
        *e = (struct entry){number_at(p + 4), number_at(p + 8), number_at(p + 12)};
        return e->offset < h->bytes;
    }
    return false;
}

const char *rpm_header_string(const struct rpm_header *h, enum rpm_tag tag, uint32_t i)
{
    const unsigned char *at, *end = h->data + h->bytes;
    struct entry e;

    if (!find(h, tag, &e) || i >= e.count || (e.type != TYPE_STRING && e.type != TYPE_STRINGS && e.type != TYPE_I18N))
        return NULL;
    at = h->data + e.offset;
    for (;; i--) {
        const unsigned char *stop = memchr(at, '\0', (size_t)(end - at));

        if (!stop)
            return NULL;
        if (!i)
            return (const char *)at;
        at = stop + 1;
        if (at == end)
            return NULL;
    }
}

bool rpm_header_number(const struct rpm_header *h, enum rpm_tag tag, uint32_t i, uint32_t *out)
{
    struct entry e;

    if (!find(h, tag, &e) || e.type != TYPE_INT32 || i >= e.count || (uint64_t)e.offset + 4 * ((uint64_t)i + 1) > h->bytes)
        return false;
    *out = number_at(h->data + e.offset + 4 * (size_t)i);
    return true;
}
