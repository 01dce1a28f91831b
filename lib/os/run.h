/* One run of somebody else's program to its end: absolute path, an environment of ours, text on standard input, output kept
 * up to a bound, killed after a time box.  Our own programs are started by lib/os/spawn.h. */
#ifndef MM_LIB_OS_RUN_H
#define MM_LIB_OS_RUN_H

#include "lib/buf.h"

enum os_errors { OS_ERRORS_OURS, OS_ERRORS_NOWHERE, OS_ERRORS_OUTPUT }; /* standard error: where ours goes, dropped, with the output */

struct os_run {
    char *const *argv;           /* ends with NULL; argv[0] is the program's path */
    char *const *env;            /* ends with NULL; NULL: empty */
    const char *input;           /* NULL: nothing to read */
    struct buf *output;          /* NULL: dropped; bounded by its max */
    enum os_errors errors;
    unsigned ms;                 /* time box */
    int *status;                 /* NULL: not asked; the exit status, -1 when there is none */
};

/* MM_OK when it exited 0; MM_ENOTFOUND: no such program; MM_ETIMEOUT; MM_ELIMIT: more output than fits; MM_EIO: it ended
 * otherwise.  On failure `output` is what came so far.  Blocks.  The caller ignores SIGPIPE. */
int os_run(const struct os_run *r);

#endif
