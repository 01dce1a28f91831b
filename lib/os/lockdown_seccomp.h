/* The system call filters of scan, core and survey; part of lockdown.h. */
#ifndef MM_LIB_OS_LOCKDOWN_SECCOMP_H
#define MM_LIB_OS_LOCKDOWN_SECCOMP_H

/* Put the filter in force for all threads.  no_new_privs must be set.  MM_OK or
 * MM_EUNSUPPORTED, MM_ENOMEM. */
int lockdown_filter_scan(void);
int lockdown_filter_core(void);
int lockdown_filter_survey(void);

#endif
