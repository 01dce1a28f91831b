/* Accounts of a host: passwd(5), shadow(5), group(5).
 *
 * The hash of a password never leaves accounts.c: what is kept of a shadow line
 * is one of four words and two days, and the text is wiped before it is freed.
 * Owner: the caller of accounts_load.  Accounts that only a directory service
 * knows (LDAP, AD) are not in these files and so not here. */
#ifndef MM_AGENT_WATCH_HOST_ACCOUNTS_H
#define MM_AGENT_WATCH_HOST_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/watch/host/survey.h"
#include "lib/limits.h"

#define ACCOUNTS_MAX 4096   /* accounts of one host; more are counted in `more` */
#define ACCOUNTS_HOME 256   /* bytes of a home's path; a longer one is left out */

enum account_password {
    PASSWORD_UNSEEN = 0, /* /etc/shadow could not be read, or does not name the account */
    PASSWORD_LOCKED,     /* "!" or "*" in front: nobody can log in with it */
    PASSWORD_EMPTY,      /* none is needed */
    PASSWORD_SET,
};

struct account {
    char name[LIM_USER];
    char home[ACCOUNTS_HOME];
    uint32_t uid, gid;
    bool shell;             /* can log in: its shell is neither nologin nor false */
    bool expired;           /* shadow's day of expiry lies behind */
    enum account_password password;
    int64_t changed;        /* when the password was set, seconds since the epoch; 0: not known */
};

struct accounts {
    struct account *row;
    size_t n;
    bool more;
    int passwd, shadow;     /* MM_OK or why the file was not read */
    const char **home;      /* of root and of accounts that can log in, each once; point into row */
    size_t nhomes;
};

/* Read both files.  Always leaves something to be freed; `passwd` and `shadow` tell what was read. */
void accounts_load(const struct survey *s, struct accounts *a);
void accounts_free(struct accounts *a);
/* The account of that name; NULL. */
const struct account *accounts_find(const struct accounts *a, const char *name);
/* Call `tell` for each member of the group: by its list and by primary group.  MM_OK, MM_ENOTFOUND, or an error of
 * reading /etc/group. */
int accounts_members(const struct survey *s, const struct accounts *a, const char *group,
                     void (*tell)(void *context, const char *member), void *context);

/* One line of passwd (cut to pieces).  MM_EFORMAT. */
int accounts_passwd_line(char *line, struct account *out);
/* One line of shadow (cut to pieces): `name` points into it; the rest is filled in, with ages seen from `now`.
 * MM_EFORMAT. */
int accounts_shadow_line(char *line, int64_t now, const char **name, struct account *out);

#endif
