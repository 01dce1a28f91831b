/* Steps that every role's lock-down takes; part of lockdown.h.  Apart from the
 * rest so that the guard does not load the library of filters that it never sets. */
#ifndef MM_LIB_OS_LOCKDOWN_STEPS_H
#define MM_LIB_OS_LOCKDOWN_STEPS_H

#include <stdint.h>

#include "lib/os/lockdown.h"

/* Drop all but `keep` (bit mask) from the bounding set: what no exec can ever give back.
 * While still root: it needs CAP_SETPCAP. */
int lockdown_bound_caps(uint64_t keep);
/* Effective and permitted set: `keep`, but never more than there is; no inheritable or ambient ones. */
int lockdown_keep_caps(uint64_t keep);
/* no_new_privs, not dumpable, no core file; fills in the uid of `r`. */
int lockdown_no_more_power(struct lockdown_report *r);

#endif
