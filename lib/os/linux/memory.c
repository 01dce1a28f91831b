/* MADV_DONTNEED of madvise(2): private anonymous pages read as zero afterwards, those of a file as the file; memfd_create(2) and its
 * seals. */
#include "lib/os/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"

void os_memory_unused(void *at, size_t n)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)at + page - 1) & ~(page - 1),
              end = ((uintptr_t)at + n) & ~(page - 1);

    if (first >= (uintptr_t)at && first < end && madvise((void *)first, end - first, MADV_DONTNEED)) {
        /* then they stay; nothing is lost but memory */
    }
}

/* Code is what cannot be written: nothing of it was changed since it was mapped, so that the file has it all (what the loader
 * relocated lies in other segments). */
static int unmap_code(struct dl_phdr_info *object, size_t size, void *context)
{
    (void)size;
    (void)context;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &object->dlpi_phdr[i];

        if (p->p_type == PT_LOAD && (p->p_flags & PF_X) && !(p->p_flags & PF_W) && *object->dlpi_name == '/')
            os_memory_unused((void *)(object->dlpi_addr + p->p_vaddr), p->p_memsz); /* libraries; our own program is small */
    }
    return 0;
}

void os_memory_settle(void)
{
    malloc_trim(0);
    dl_iterate_phdr(unmap_code, NULL);
}

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

int os_memory_file(const void *bytes, size_t n)
{
    int fd = memfd_create("mimamori", MFD_CLOEXEC | MFD_ALLOW_SEALING), rc;

    if (fd < 0)
        return mm_from_errno(errno);
    rc = durable_put(fd, bytes, n);
    if (rc == MM_OK && (lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_ADD_SEALS, SEALS)))
        rc = mm_from_errno(errno);
    if (rc == MM_OK)
        return fd;
    close(fd);
    return rc;
}

int os_memory_sealed(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);

    return seals >= 0 && (seals & SEALS) == SEALS;
}
