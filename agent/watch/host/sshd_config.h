/* The settings of an OpenSSH server that matter here, as sshd_config(5) says that sshd takes them: the first value
 * wins, Include in the order of the names, what a Match block says overrides the rest for whom it matches. */
#ifndef MM_AGENT_WATCH_HOST_SSHD_CONFIG_H
#define MM_AGENT_WATCH_HOST_SSHD_CONFIG_H

#include <stdbool.h>

#include "agent/watch/host/survey.h"

enum sshd_setting {
    SSHD_PASSWORD = 0,  /* PasswordAuthentication */
    SSHD_KEYBOARD,      /* KbdInteractiveAuthentication, formerly ChallengeResponseAuthentication */
    SSHD_PAM,           /* UsePAM */
    SSHD_ROOT,          /* PermitRootLogin */
    SSHD_EMPTY,         /* PermitEmptyPasswords */
    SSHD_TRIES,         /* MaxAuthTries */
    SSHD_METHODS,       /* AuthenticationMethods: lists of methods, blanks between them */
    SSHD_SETTINGS
};

#define SSHD_VALUE 128  /* of one setting, lower-case; longer ones are cut: nothing here needs more */
#define SSHD_MATCHES 16 /* values of one setting inside Match blocks that are kept */

struct sshd_config {
    char value[SSHD_SETTINGS][SSHD_VALUE];      /* for everybody whom no Match names: as set, or sshd's own default */
    bool set[SSHD_SETTINGS];                    /* not the default */
    char match[SSHD_SETTINGS][SSHD_MATCHES][SSHD_VALUE]; /* inside Match blocks, for some */
    unsigned matches[SSHD_SETTINGS];
    bool incomplete;                            /* something could not be read or was not understood */
    char why[160];                              /* English, of the first such thing */
    unsigned files;                             /* read */
};

/* The name of a setting as sshd_config writes it. */
const char *sshd_name(enum sshd_setting s);
/* Read `path` and all that it includes, inside the survey's root.  MM_OK, or the error of reading `path` itself. */
int sshd_config_read(const struct survey *s, const char *path, struct sshd_config *out);

#endif
