/* Reads that another process can make wait for ever, done by a thread that we
 * can afford to lose.
 *
 * /proc/PID/cmdline and process_vm_readv touch the memory of the other process;
 * a page behind userfaultfd or FUSE answers when its owner likes.  A job runs
 * on a helper thread with a copy of its input; when the deadline passes, the
 * helper is abandoned with its own memory (it frees itself when it ever comes
 * back) and the next job gets a new one.  After LIM_STUCK abandoned helpers
 * jobs are refused, so a hostile process costs a bounded number of threads.
 *
 * One patient serves one caller at a time; it locks itself. */
#ifndef MM_AGENT_WATCH_LINUX_PATIENT_H
#define MM_AGENT_WATCH_LINUX_PATIENT_H

#include <stddef.h>

#include "lib/limits.h"

#define PATIENT_IN 64
#define PATIENT_OUT (LIM_CMDLINE + 64)

struct patient;
/* The job: `in` is the caller's copy; writes at most `size` bytes to `out`, returns how many or an mm_err. */
typedef long patient_job(const void *in, char *out, size_t size);

struct patient_task { patient_job *job; const void *in; size_t in_size; };

int patient_new(struct patient **out);
/* Ends the helper; one that is stuck stays behind until its read returns. */
void patient_free(struct patient *p);
/* Run `job` for at most `budget_us`; copies what it wrote.  Bytes written, or
 * MM_ETIMEOUT, MM_ELIMIT (too many stuck), MM_ENOMEM, or the job's own error. */
long patient_run(struct patient *p, const struct patient_task *task, char *out, size_t out_size,
                 unsigned budget_us);
/* How many helpers are stuck right now. */
unsigned patient_stuck(struct patient *p);

#endif
