/* What several test programs need of the file system: a folder removed with all
 * that is in it, and a file that has no name. */
#ifndef MM_TESTS_UNIT_SCRATCH_H
#define MM_TESTS_UNIT_SCRATCH_H

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

static inline int scratch_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path) && errno != ENOENT ? -1 : 0; /* a program that ends may remove its own just now */
}

/* Removes `dir` and everything in it, without following links or asking a shell; 0 or not. */
static inline int scratch_remove(const char *dir)
{
    return nftw(dir, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* An empty file in memory, for reading and writing; NULL: none to be had. */
static inline FILE *scratch_file(void)
{
    int fd = memfd_create("scratch", MFD_CLOEXEC);

    return fd < 0 ? NULL : fdopen(fd, "w+");
}

#endif
