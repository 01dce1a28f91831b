/* A growable byte buffer that is created with its maximum.
 *
 * Owner: the struct's holder; buf_fini frees.  Not thread-safe.  After a failed
 * append the buffer is unchanged.  `data` is always NUL-terminated once
 * something was appended, so text can be used as a C string. */
#ifndef MM_LIB_BUF_H
#define MM_LIB_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *data;   /* NULL while empty */
    size_t len;   /* bytes in use, without the NUL */
    size_t cap;   /* bytes allocated */
    size_t max;   /* bytes that len may never pass */
};

/* Make `b` an empty buffer that never holds more than `max` bytes. */
void buf_init(struct buf *b, size_t max);
/* Free the bytes; the buffer is empty and usable again with the same maximum. */
void buf_fini(struct buf *b);
/* Forget the content, keep the memory. */
void buf_reset(struct buf *b);
/* Append `n` bytes.  MM_ELIMIT, MM_ENOMEM. */
int buf_add(struct buf *b, const void *bytes, size_t n);
/* Append a C string. */
int buf_adds(struct buf *b, const char *text);
/* Append printf-formatted text. */
int buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Remove the first `n` bytes (all of them when n >= len). */
void buf_drop(struct buf *b, size_t n);
/* Hand the bytes to the caller, who frees them; the buffer is empty again. */
char *buf_take(struct buf *b);

#endif
