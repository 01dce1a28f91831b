/* smb.conf(5) as far as article 4 needs it: who gets in without a password, and where.
 *
 * Names of parameters are compared without case and blanks, as Samba does; files
 * named by "include =" are read in place, with a stack of bounded depth.  What
 * Samba would find out only for one client (%m and its kin) is `uncertain`. */
#ifndef MM_AGENT_WATCH_HOST_SAMBA_CONF_H
#define MM_AGENT_WATCH_HOST_SAMBA_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/watch/host/survey.h"

#define SAMBA_SHARES 64      /* shares told one by one; a small company has a handful */
#define SAMBA_VALUE 256      /* bytes of a value that is kept */
#define SAMBA_PATH 1024

struct samba_share {
    char name[80];           /* Windows allows 80 characters */
    char path[SAMBA_PATH];
    int guest_ok, guest_only, read_only, printable, available; /* 1, 0; -1: not said */
    bool valid_users;        /* only people named get in */
    bool as_root;            /* "force user = root", or everybody is an administrator of it */
    bool write_list;
};

struct samba_conf {
    struct samba_share global;   /* what [global] says for all shares */
    struct samba_share share[SAMBA_SHARES];
    size_t n;
    bool more;                   /* more shares than that */
    bool found, uncertain;       /* there is a file; something could not be followed */
    char uncertain_why[128];
    char map_to_guest[24], min_protocol[24], guest_account[40];
    int usershare_guests;        /* "usershare allow guests" */
    long usershare_max;          /* "usershare max shares"; -1: not said */
    char usershare_path[SAMBA_PATH];
    int restrict_anonymous;
};

/* Read `path` ("/etc/samba/smb.conf") and what it includes; shares inherit from [global].  Always leaves *out usable. */
void samba_load(const struct survey *s, const char *path, struct samba_conf *out);
/* 1 when `value` names SMB1 or older, 0 for SMB2 and newer, -1 for a word that is no protocol. */
int samba_old_protocol(const char *value);

#endif
