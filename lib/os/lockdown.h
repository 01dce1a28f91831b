/* Giving up power: what each role does to itself before it reads a byte that
 * somebody else wrote.
 *
 * Everything here acts on the calling process and cannot be taken back.  Call
 * while the process has one thread.  A step that this kernel or container does
 * not allow is left out and named in the report; the caller logs it and status
 * shows it.  Steps that would leave the process stronger than its role allows
 * (uid, capabilities, no_new_privs, seccomp) are errors instead. */
#ifndef MM_LIB_OS_LOCKDOWN_H
#define MM_LIB_OS_LOCKDOWN_H

#include <stddef.h>
#include <stdint.h>

struct lockdown_report {
    char left_out[256]; /* words of the steps that were not possible, by spaces; empty: all done */
    uint32_t uid;       /* that the process has now */
    uint32_t filtered;  /* 1: a seccomp filter is in force */
};

/* Used when the users of [roles] do not exist on this host: numbers of nobody else. */
#define LOCKDOWN_CORE_UID 60991
#define LOCKDOWN_SCAN_UID 60992
#define LOCKDOWN_FETCH_UID 60993

/* The scan role: own network namespace, empty root, uid of `user`, no capabilities,
 * LIM_SCAN_MB of address space, few descriptors, no core dump, and a seccomp
 * list of what a program needs that only computes and talks over what it has
 * (everything else ends the process).  Without root the uid stays.  MM_OK or an
 * error: then do not go on. */
int lockdown_scan(const char *user, struct lockdown_report *report);

/* The core role: uid of `user` and its groups, plus group `group` when it exists,
 * no capabilities, seccomp list of what libcurl, OpenSSL, SQLite, libuv and the
 * resolver need: system calls outside the list fail with EPERM, the ones that no
 * honest core calls (ptrace, bpf, mount, exec, modules, fanotify, ...) end it. */
int lockdown_core(const char *user, const char *group, struct lockdown_report *report);

/* The survey: uid of `user` (the scan role's: core's owns the device's key) that may read every file and every
 * process's links (CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE) and nothing else: no
 * socket can be made, no path written (a read-only view of all mounts, for descriptors opened from now on; where a
 * kernel has no mount_setattr, "read-only-view" is left out and openat2 could still write where everybody may), LIM_SURVEY_CPU_S of CPU, LIM_SCAN_MB of
 * address space.  The network namespace stays: its own tables are what it reads. */
int lockdown_survey(const char *user, struct lockdown_report *report);

/* The probe: uid of `user`, no capabilities, empty root, core's system calls; the network stays. */
int lockdown_probe(const char *user, struct lockdown_report *report);

/* The updater's fetching process: uid of `user`, no capabilities, core's system calls; the network stays, and the files of
 * the resolver can be read, but no file can be written: a read-only view of all mounts (where a kernel has no mount_setattr,
 * "read-only-view" is left out), and no file may grow by a byte (RLIMIT_FSIZE). */
int lockdown_fetch(const char *user, struct lockdown_report *report);

/* The guard: stays root with the `n` capabilities (numbers of
 * <linux/capability.h>) in its bounding, permitted and effective sets and no
 * others, no_new_privs, not dumpable.  No seccomp: it needs nft and nsenter. */
int lockdown_guard(const int *caps, size_t n, struct lockdown_report *report);

#endif
