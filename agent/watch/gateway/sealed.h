/* Bytes as a file in memory that nobody can change any more; linux/gateway_sealed.c. */
#ifndef MM_AGENT_WATCH_GATEWAY_SEALED_H
#define MM_AGENT_WATCH_GATEWAY_SEALED_H

#include <stddef.h>

/* A descriptor, its offset at 0, of a file with these bytes that can neither be written nor change its size; the caller closes it.
 * A negative mm_err on failure. */
int sealed_bytes(const void *bytes, size_t n);

#endif
