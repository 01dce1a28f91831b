/* Memory that is reserved but not used. */
#ifndef MM_LIB_OS_MEMORY_H
#define MM_LIB_OS_MEMORY_H

#include <stddef.h>

/* The caller owns [at, at + n) and will never read it again before writing
 * (what stands there is lost, or not): whole pages inside are given back to
 * the system until they are touched again.  The addresses stay valid. */
void os_memory_unused(void *at, size_t n);

#endif
