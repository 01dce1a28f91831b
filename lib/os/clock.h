/* Time that only goes forward: for waits and deadlines, never for a date. */
#ifndef MM_LIB_OS_CLOCK_H
#define MM_LIB_OS_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC, which nobody sets and which stands still while the computer sleeps (clock_gettime(2)). */
int64_t os_now_ms(void);

#endif
