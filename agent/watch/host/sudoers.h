/* Who may become root by sudo: sudoers(5), as far as "all commands" is concerned.
 *
 * Aliases of users are followed one step; rules for single commands are counted
 * apart.  Nothing but names of users and groups leaves the text. */
#ifndef MM_AGENT_WATCH_HOST_SUDOERS_H
#define MM_AGENT_WATCH_HOST_SUDOERS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/watch/host/survey.h"
#include "lib/limits.h"

#define SUDOERS_RULES 128 /* rules of one host kept; more set `more` */

struct sudo_rule {
    char who[LIM_USER];   /* a user, "%group", "#uid", an alias or "ALL" */
    bool all;             /* may run every command */
    bool nopasswd;        /* without being asked for a password */
};

struct sudoers {
    struct sudo_rule rule[SUDOERS_RULES];
    size_t n;
    bool more, unread;    /* a limit, or a file that could not be read */
    bool found;           /* there is a sudoers file */
};

/* Read /etc/sudoers and what it includes. */
void sudoers_load(const struct survey *s, struct sudoers *out);
/* One line without its continuation (cut to pieces): adds its rules.  For the test and the fuzzer. */
void sudoers_line(char *line, struct sudoers *out);

#endif
