/* mimamori-setup: what is installed where, and one run of the program. */
#ifndef MM_INSTALLER_SETUP_H
#define MM_INSTALLER_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/enrol_code.h"
#include "lib/limits.h"

#define SETUP_CONFIG_DIR "/etc/mimamori"
#define SETUP_CONFIG SETUP_CONFIG_DIR "/agent.ini"
#define SETUP_FIRST_ROOT SETUP_CONFIG_DIR "/update-root.json"
#define SETUP_LOCAL SETUP_CONFIG_DIR "/local"
#define SETUP_STATE "/var/lib/mimamori"
#define SETUP_CONSOLE_CA SETUP_STATE "/guard/console-ca.pem"
#define SETUP_RUN "/run/mimamori"
#define SETUP_ROOT "/opt/mimamori"                  /* [paths] releases */
#define SETUP_RELEASES SETUP_ROOT "/releases"
#define SETUP_CURRENT SETUP_ROOT "/current"
#define SETUP_RULES SETUP_ROOT "/rules"               /* where no package brought them */
#define SETUP_PENDING "setup.pending"               /* folder there: an installation that has not come to its end */
#define SETUP_KEY SETUP_ROOT "/enrolment.key"        /* of an enrolment whose state was taken back; the console may know it */
#define SETUP_UNITS "/etc/systemd/system"           /* where units go that no package brought */

enum setup_exit {            /* docs/installation.md */
    SETUP_OK = 0,
    SETUP_FAILED = 1,        /* something went wrong; what was begun is taken back */
    SETUP_REFUSED = 2,       /* this machine, or its state, does not allow it; nothing was changed */
    SETUP_CODE = 3,          /* the code is wrong, expired or used up; nothing was changed */
    SETUP_SILENT = 4,        /* installed, but the console does not answer yet */
    SETUP_USAGE = 64, SETUP_NO_ROOT = 77,
};

struct setup {
    const char *code_text;             /* as given; NULL: none */
    struct enrol_code code;            /* parsed; url "" without one */
    const char *proxy;                 /* http://HOST:PORT as given, looked at; NULL: none */
    bool settings_changed;             /* by this run: an agent that runs has to read them */
    bool dry_run, force, yes, json;
    char previous[512];                /* enroll: console of before; "" none */
    char source[LIM_PATH];             /* the release that this program is part of: the folder that holds bin/ */
    bool packaged;                     /* a package manager looks after rules, units, accounts and links */
    bool key_useless;                  /* the key of this run's enrolment: no console knows it, or none will have it */
    bool had_root;                     /* SETUP_FIRST_ROOT was there before the first step */
    bool existing;                     /* there was an agent before this run: what fails takes nothing of it away */
    char was[LIM_PATH];                /* what SETUP_CURRENT showed before the first step; "" nothing */
    char why[LIM_TITLE];               /* of what failed last: a program's words */
    enum setup_exit code_of_failure;   /* SETUP_FAILED unless a step knows better */
};

/* Where our own release lies, and whether a package brought it.  MM_ENOTFOUND: this program stands alone. */
int setup_find_source(struct setup *s);
/* Put our own release below SETUP_RELEASES and, unless a newer one runs, behind SETUP_CURRENT.  Does nothing twice; every
 * moment of it leaves the old release or the new one in use.  MM_ESTATE: a newer one is in use, which stays. */
int release_adopt(struct setup *s);
/* A release newer than ours is in use: what came with it, or before us, stays as it is. */
bool release_newer_in_use(void);
/* Our own release lies below SETUP_RELEASES as it is. */
bool release_laid_down(const struct setup *s);
/* The release in use is sound: the link shows one with all of its programs. */
bool release_in_use(void);
/* The release in use against ours: below 0 older, 0 the same (or none that can be told), above 0 newer; its version in `version`. */
int release_compare(char *version, size_t n);
/* Run a program of the system to its end; its words are in s->why when it fails.  `argv` ends with NULL. */
int setup_run(struct setup *s, unsigned ms, const char *const argv[]);
/* The same with text on its standard input, and its exit status in *status (-1: none). */
int setup_run_with(struct setup *s, unsigned ms, const char *const argv[], const char *input, int *status);
/* Something has this name, be it a link that shows nothing. */
bool setup_is_there(const char *path);
/* Remove a file or a folder of ours with everything in it, on its own file system. */
int setup_erase(struct setup *s, const char *path);
/* One setup at a time.  The lock is inherited by the programs that we run: one that outlives us is waited for.  MM_EAGAIN: another is at work. */
int setup_lock(void);

#endif
