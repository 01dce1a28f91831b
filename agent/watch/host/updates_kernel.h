/* Is a newer kernel installed than the one that runs?  Pure. */
#ifndef MM_AGENT_WATCH_HOST_UPDATES_KERNEL_H
#define MM_AGENT_WATCH_HOST_UPDATES_KERNEL_H

#include <stddef.h>

struct installed;

enum kernel_state { KERNEL_NEWEST = 0, KERNEL_OLD, KERNEL_UNKNOWN /* it is of no package here */ };
/* `release` and `version` as uname(2) tells them; `newest` becomes the newest installed one, for people. */
enum kernel_state updates_kernel(const struct installed *all, const char *release, const char *version, char *newest, size_t size);

#endif
