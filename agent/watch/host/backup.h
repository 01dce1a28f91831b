/* Backups of this host, put together from three sides: what cron, timers and scripts
 * say (backup_commands.c), what the tools left behind (survey_backup.c), and whether
 * the place they write to can be reached right now (backup_target.c).
 *
 * A place is told without what stands in front of its '@': "rest:https://user:secret@host/"
 * becomes "rest:https://host/". */
#ifndef MM_AGENT_WATCH_HOST_BACKUP_H
#define MM_AGENT_WATCH_HOST_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/watch/host/accounts.h"
#include "agent/watch/host/survey.h"

#define BACKUP_REPOS 40      /* repositories and targets of one host that are told */
#define BACKUP_WHERE 512     /* bytes of a place */

struct backup_repo {
    char tool[24];           /* "restic", "borg", "rsync", ... */
    char where[BACKUP_WHERE];/* a path, or a place on the network without credentials; "": not known */
    char from[256];          /* the file that names it */
    bool scheduled;          /* cron or a timer leads there */
    bool credentials;        /* what is needed to get in stands on this host */
    bool append_only;        /* a setting that we see keeps this host from deleting */
    bool copy;               /* a plain copy (rsync, cp, tar): no versions are known */
};

struct backup_repos {
    struct backup_repo row[BACKUP_REPOS];
    size_t n;
    bool more;
};

/* ---- backup_commands.c --------------------------------------------------------------------- */
/* The repositories that commands and settings of this host name; how many files could not be read (posture_commands). */
unsigned backup_commands(const struct survey *s, struct backup_repos *out);
/* One line of the file `from` (cut to pieces); `state` is {0} at the first line of each file. */
struct backup_line_state {
    size_t first;            /* repositories below this index are of other files */
    bool credentials, append_only; /* seen in this file */
};
void backup_line(char *line, const char *from, bool scheduled, struct backup_line_state *state, struct backup_repos *out);
/* The repository of that tool and place, made when it is not there; NULL when there are too many. */
struct backup_repo *backup_find(struct backup_repos *r, const char *tool, const char *where);
/* A place without user and password, and without "file://"; "" when only a shell would know it.  1: a password stood there. */
int backup_place(const char *text, char *out, size_t size);
/* 1 when the place is not a path of this host. */
int backup_remote(const char *where);

/* ---- backup_target.c ------------------------------------------------------------------------ */
/* Put "backup.target_writable" for one repository. */
void backup_target(struct survey *s, const struct backup_repo *r);
/* The mount that holds `path` in a text of /proc/PID/mountinfo (proc(5), cut to pieces): 1 when it can be written, 0 when
 * it is mounted read-only, -1 when there is none.  Its place and type are copied to `at` and `type` (64 bytes each). */
int backup_mount(char *mountinfo, const char *path, char at[64], char type[64]);

#endif
