/* MADV_DONTNEED of madvise(2): private pages read as zero afterwards. */
#include "lib/os/memory.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void os_memory_unused(void *at, size_t n)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)at + page - 1) & ~(page - 1),
              end = ((uintptr_t)at + n) & ~(page - 1);

    if (first >= (uintptr_t)at && first < end && madvise((void *)first, end - first, MADV_DONTNEED)) {
        /* then they stay; nothing is lost but memory */
    }
}
