/* The file systems that this process sees. */
#ifndef MM_LIB_OS_MOUNTS_H
#define MM_LIB_OS_MOUNTS_H

/* Call `each` with the folder of every mount, the root first, one more than once where several lie on top of each other.  Ends with
 * the first result of `each` that is not MM_OK and returns it, or an error when they cannot be read. */
int os_each_mount(int (*each)(void *context, const char *folder), void *context);

#endif
