/* UTF-8 (RFC 3629): decode one character, make bytes from outside valid. */
#ifndef MM_LIB_UNICODE_H
#define MM_LIB_UNICODE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define UNI_BAD 0xfffd

/* Decode the first character of `p` (n > 0 bytes) into *c; returns the bytes
 * used, at least 1.  What is not valid UTF-8 (overlong, surrogate, above
 * 10FFFF, cut) gives UNI_BAD and uses one byte. */
size_t uni_next(const char *p, size_t n, uint32_t *c);
/* 1 when all bytes are valid UTF-8 without NUL. */
int uni_valid(const char *p, size_t n);
/* Append `c` encoded; UNI_BAD for what is no character. */
int uni_add(struct buf *out, uint32_t c);
/* Append `n` bytes, invalid ones replaced by U+FFFD. */
int uni_clean(struct buf *out, const char *p, size_t n);

#endif
