/* The header of an rpm package as rpm's database keeps it: pure, bounded, any bytes are taken.
 *
 * Format (https://rpm-software-management.github.io/rpm/manual/format_header.html), without the magic of a file:
 * big-endian numbers of index entries and of data bytes, entries of 16 bytes {tag, type, offset, count}, data. */
#ifndef MM_AGENT_WATCH_HOST_RPM_HEADER_H
#define MM_AGENT_WATCH_HOST_RPM_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rpm_header {
    const unsigned char *index, *data; /* inside of the caller's bytes */
    uint32_t entries, bytes;
};

enum rpm_tag {
    RPM_NAME = 1000, RPM_VERSION = 1001, RPM_RELEASE = 1002, RPM_EPOCH = 1003, RPM_VENDOR = 1011, RPM_ARCH = 1022,
    RPM_DIRINDEXES = 1116, RPM_BASENAMES = 1117, RPM_DIRNAMES = 1118,
    RPM_MODULARITYLABEL = 5096
};

/* MM_OK or MM_EFORMAT. */
int rpm_header_open(struct rpm_header *h, const void *bytes, size_t n);
/* String number `i` of a tag, NUL-terminated inside of the bytes; NULL: it is not there. */
const char *rpm_header_string(const struct rpm_header *h, enum rpm_tag tag, uint32_t i);
/* Number `i` of a tag of 32-bit numbers. */
bool rpm_header_number(const struct rpm_header *h, enum rpm_tag tag, uint32_t i, uint32_t *out);

#endif
