/* Memory that is reserved but not used, and files that are nothing but memory. */
#ifndef MM_LIB_OS_MEMORY_H
#define MM_LIB_OS_MEMORY_H

#include <stddef.h>

/* The caller owns [at, at + n) and will never read it again before writing
 * (what stands there is lost, or not): whole pages inside are given back to
 * the system until they are touched again.  The addresses stay valid. */
void os_memory_unused(void *at, size_t n);

/* Much work is over (a start, a pack, a round): what of the heap is free goes back to the system, and the code that ran is not mapped
 * until it runs again (its pages stay in the system's cache, so that costs a microsecond each; libcrypto's start alone maps three
 * megabytes in each of our processes).  Any thread may run meanwhile. */
void os_memory_settle(void);

/* A file in memory that holds `n` bytes and can never change again: handed to another process, it can be
 * mapped and measured without fear of the sender.  A descriptor (close-on-exec, at position 0) or a negative mm_err. */
int os_memory_file(const void *bytes, size_t n);
/* 1 when `fd` is such a file (nobody can change its bytes or its size any more), else 0. */
int os_memory_sealed(int fd);

#endif
