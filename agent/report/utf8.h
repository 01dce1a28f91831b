/* Names from the file system and argv are bytes; JSON wants UTF-8.
 *
 * Pure: bytes in, text out.  Valid UTF-8 (RFC 3629: no overlong forms, no
 * surrogates) passes unchanged; every other byte and every control character
 * becomes the four characters \xNN, so that nothing is lost for the operator
 * and nothing can act on a terminal. */
#ifndef MM_AGENT_REPORT_UTF8_H
#define MM_AGENT_REPORT_UTF8_H

#include <stddef.h>

/* Write at most `room` - 1 bytes of the cleaned form of `in` (`n` bytes, ends
 * earlier at a NUL) to `out` and a NUL; never cuts inside a character or an
 * escape.  Returns 1 when everything fitted, 0 when it was cut. */
int utf8_clean(const char *in, size_t n, char *out, size_t room);

#endif
