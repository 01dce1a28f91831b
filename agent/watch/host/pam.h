/* The effective stack of Linux-PAM for one service, and what it would do.
 *
 * Syntax and meaning after pam.d(5) and the Linux-PAM System Administrators'
 * Guide, "The configuration file": include, substack, @include (Debian), control
 * words and [value=action] lists.  Files are followed by a stack of bounded depth.
 * Modules are not run: pam_fails() asks what comes out when a set of them refuses. */
#ifndef MM_AGENT_WATCH_HOST_PAM_H
#define MM_AGENT_WATCH_HOST_PAM_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/watch/host/survey.h"

#define PAM_LINES 128       /* modules of one stack; the longest of distributions has about 20 */
#define PAM_DEPTH 8         /* files inside each other */
#define PAM_ARGS 512        /* bytes of a module's arguments kept */

/* What follows from a module's answer: a number of modules to jump over, or one of these. */
enum pam_action { PAM_DO_IGNORE = 0, PAM_DO_OK = -1, PAM_DO_DONE = -2, PAM_DO_BAD = -3, PAM_DO_DIE = -4, PAM_DO_RESET = -5 };

struct pam_module {
    char name[48];          /* "pam_unix.so" */
    char args[PAM_ARGS];    /* separated by blanks */
    int on_success, on_refusal, on_ignore; /* enum pam_action, or how many to jump over */
    unsigned level;         /* how many substacks it stands in */
};

struct pam_stack {
    struct pam_module module[PAM_LINES];
    size_t n;
    bool cut;               /* a limit was reached, a file was missing or unreadable: not the whole stack */
    char missing[64];       /* the file that was */
};

/* The stack of `type` ("auth", "password", "account") of `service` (a file of /etc/pam.d or /usr/lib/pam.d).
 * MM_OK, MM_ENOTFOUND when the service has no file, or an error. */
int pam_load(const struct survey *s, const char *service, const char *type, struct pam_stack *out);
/* One line of a configuration file (cut to pieces): control, module and arguments.  `type` "" takes any line.
 * MM_OK: *out is a module; MM_EAGAIN: an include, its file in out->name, `substack` told; MM_ENOTFOUND: nothing
 * of this type; MM_EFORMAT. */
int pam_line(char *line, const char *type, struct pam_module *out, bool *substack);
/* Value of the argument "name=value", copied to `out`; with a name that has no '=' behind it "" is copied.  1 or 0. */
int pam_arg(const struct pam_module *m, const char *name, char *out, size_t size);

/* What a module answers in a world: 0 success, 1 refusal, 2 ignore. */
typedef int pam_answers(const struct pam_module *m, void *world);
/* Run the stack in that world.  1: it refuses, 0: it lets in.  `visited` (NULL: not wanted) gets a flag for each module. */
int pam_fails(const struct pam_stack *p, pam_answers *answer, void *world, bool visited[PAM_LINES]);

#endif
