/* Versions of network products as one number, so that rules can compare ranges.
 *
 * Every maker writes versions differently (9.16(4)57, 10.2.9-h1, 22.7R2.5,
 * 13.1-49.15).  A scheme is a template that says which number of the text goes
 * to which of five places; places compare from left to right, and a
 * pre-release (rc, beta …) is older than its release.  The table of schemes is
 * in product_version.c; tools/vpn/README.md lists them for rule authors.
 *
 * Versions of packages (dpkg, rpm) do not fit into a number. */
#ifndef MM_LIB_PRODUCT_VERSION_H
#define MM_LIB_PRODUCT_VERSION_H

#include <stddef.h>
#include <stdint.h>

#define VERSION_PLACES 5

/* Encode `text` of `n` bytes, from its first to its last byte, in scheme
 * `scheme` ("panos" …).  From the highest bit: a zero, places of 12, 10, 10, 14
 * and 16 bits, and 1 for a release, 0 for a pre-release.  Always above 0 when
 * any number is.  MM_ENOTFOUND: no such scheme; MM_EFORMAT: not a version of
 * it; MM_ELIMIT: a number is too large for its place. */
int version_encode(const char *scheme, const char *text, size_t n, int64_t *out);

/* The first version of that scheme anywhere in `text` (an answer of a device):
 * its place in *at and *len, its number in *out.  It is not part of a longer
 * number.  MM_ENOTFOUND also when there is none. */
int version_find(const char *scheme, const char *text, size_t n, size_t *at, size_t *len, int64_t *out);

#endif
