/* Which repositories dnf asks on this host: the sections of its configuration (dnf.conf(5)).
 *
 * /etc/dnf/dnf.conf [main], then *.repo of the folders (of two files that have one repository the first counts), then
 * what dnf5 lays over them (repos.override.d, where a section's name may be a pattern).  Values are texts; addresses and
 * variables are not needed: a repository's copy on disk bears its id.  What a file that cannot be read might have
 * said is not known, so `wrong` says it and nobody may call anything current.
 *
 * Owner: the caller of dnf_repos_read; about 700 KiB, so on the heap. */
#ifndef MM_AGENT_WATCH_HOST_DNF_REPOS_H
#define MM_AGENT_WATCH_HOST_DNF_REPOS_H

#include <stdbool.h>

#include "lib/limits.h"

struct survey;

#define DNF_REPO_ID 128
#define DNF_PATTERNS 256

enum dnf_choice { DNF_UNSAID = 0, DNF_NO, DNF_YES };

struct dnf_repo {
    char id[DNF_REPO_ID];
    enum dnf_choice enabled;             /* unsaid: yes */
    enum dnf_choice optional;            /* skip_if_unavailable: dnf goes on without it; unsaid: as in [main] */
    int priority;                        /* 1 goes first, 99 when unsaid */
    unsigned file;                       /* number of the file that has it */
    char include[DNF_PATTERNS], exclude[DNF_PATTERNS]; /* includepkgs, excludepkgs: patterns of names, separated by blanks or commas */
};

struct dnf_repos {
    struct dnf_repo one[LIM_DNF_REPOS];
    unsigned n;
    unsigned files;                      /* taken so far */
    struct dnf_repo main;                /* section [main]; only `optional` counts */
    char folder[256];                    /* reposdir of [main], "" when unsaid */
    char cache[256];                     /* cachedir of [main], "" when unsaid */
    char wrong[160];                     /* English: what could not be read or understood; "" */
};

/* Fill from the host's files. */
void dnf_repos_read(const struct survey *s, struct dnf_repos *r);
/* Take one file's text, which is changed.  `lay`: its sections change repositories that are there, none is added. */
void dnf_repos_take(struct dnf_repos *r, char *text, bool lay);
/* Does dnf ask it? */
bool dnf_repo_enabled(const struct dnf_repo *one);
/* Does dnf go on without it? */
bool dnf_repo_optional(const struct dnf_repos *r, const struct dnf_repo *one);
/* Does the repository's own configuration let a package of that name through? */
bool dnf_repo_lets(const struct dnf_repo *one, const char *package);

#endif
