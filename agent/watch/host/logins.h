/* When accounts last logged in: lastlog, lastlog2, wtmp.
 *
 * The formats are the C library's and the distribution's: linux/logins.c.  All
 * records come from files that programs of root write; they are bounded and
 * checked all the same, and a time in the future counts as none. */
#ifndef MM_AGENT_WATCH_HOST_LOGINS_H
#define MM_AGENT_WATCH_HOST_LOGINS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/watch/host/accounts.h"
#include "agent/watch/host/survey.h"

struct logins {
    int64_t *last;       /* one for each account of `accounts`, seconds since the epoch; 0: no trace */
    bool lastlog;        /* a file that tells of every account's last login was read */
    int64_t wtmp_from;   /* wtmp was read and goes back to this moment; 0: it was not */
    char sources[128];   /* the files that were read, for the evidence */
};

/* Read what there is for `a`.  Always to be freed with logins_free. */
void logins_load(const struct survey *s, const struct accounts *a, struct logins *l);
void logins_free(struct logins *l);

/* Records of a wtmp file (`size` bytes of it): note the newest login of each account and the oldest record's time
 * (0: none).  For the fuzzer, too. */
void logins_wtmp_records(const struct survey *s, const struct accounts *a, const char *bytes, size_t size, struct logins *l);

#endif
