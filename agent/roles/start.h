/* How the agent's programs start: their arguments, their configuration, each other.
 *
 * The agent is four executables in one folder: mimamorid (the keeper, and all
 * that a person calls), mimamorid-guard, mimamorid-scan and mimamorid-core.
 * Each maps only the code and libraries that its role needs: the guard, which
 * keeps root, holds no TLS client, no SQLite and no YARA; the scan process no
 * socket code; the keeper next to nothing.  An intruder finds less to use, and
 * memory is paid for once.  A program finds its neighbours by the folder of
 * its own executable, as the kernel names it, never by PATH or environment.
 * One release belongs together: a role that was started by another version
 * (files replaced while the agent runs) ends with EXIT_OTHER_VERSION. */
#ifndef MM_AGENT_ROLES_START_H
#define MM_AGENT_ROLES_START_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/agent_config.h"

#define EXIT_CONFIG 78        /* sysexits.h EX_CONFIG: starting again does not help */
#define EXIT_USAGE 64         /* EX_USAGE */
#define EXIT_OTHER_VERSION 75 /* EX_TEMPFAIL: a new keeper mends it */
#define ROLE_FD 3             /* of a role: the socket or pipe to its parent */

struct start {
    const char *config_path;  /* NULL: there is none, defaults */
    const char *role, *version; /* only between our own programs */
    const char *enrol, *check_rules;
    const char *key;            /* with enrol, or NULL */
    const char *look, *pin;     /* both or none */
    const char *proxy;          /* with look, or NULL: that of the configuration */
    unsigned restarts;
    bool check_config, dump_config;
    struct agent_config *config; /* after start_config */
};

/* Read the arguments; --help and --version print and exit.  0 or an exit status. */
int start_parse(int argc, char **argv, struct start *s);
/* Load the configuration that the arguments name.  0 or EXIT_CONFIG with a message on standard error. */
int start_config(struct start *s);
void start_fini(struct start *s);

/* main() of a role: check that our own program of this version starts us as `role`, name the log,
 * load the configuration.  0, or the exit status to end with. */
int start_role(struct start *s, const char *role);

/* Absolute path of a role's program.  MM_OK, or an error and `path` is "". */
int start_program(const char *role, char *path, size_t n);
/* Become a role's program with the same arguments.  Returns only on failure, with an exit status. */
int start_become(const char *role, char **argv);
/* A child that runs a role's program, with `sock` on descriptor ROLE_FD.  Its pid or a negative mm_err. */
int role_spawn(const char *role, const char *config_path, int sock, unsigned restarts);

#endif
