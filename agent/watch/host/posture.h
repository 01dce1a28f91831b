/* What the modules of articles 2, 3, 4 and 6 share: the table of their checks,
 * texts read in one piece, ages, processes, and the commands that a host runs
 * by itself (cron, systemd timers and the scripts that these start).
 *
 * Everything here only looks; nothing is kept after the call but what the
 * caller holds.  Texts of the host stay inside: an evidence line names a file
 * and what was found, never a raw line of it (passwords stand in such lines). */
#ifndef MM_AGENT_WATCH_HOST_POSTURE_H
#define MM_AGENT_WATCH_HOST_POSTURE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/watch/host/survey.h"
#include "lib/buf.h"
#include "lib/rfc3339.h"

/* ---- the checks ----------------------------------------------------------------------- */
enum posture_id {
    MALWARE_PRESENT, MALWARE_RUNNING, MALWARE_PATTERNS, MALWARE_SCAN,
    PASSWORDS_LOCKOUT, PASSWORDS_LENGTH, PASSWORDS_EMPTY, ACCOUNTS_ADMIN, ACCOUNTS_DORMANT, ACCOUNTS_AUTOLOGIN,
    SHARES_NONE, SHARES_OTHER, SHARES_WRITABLE, SHARES_SAMBA_GUEST, SHARES_SAMBA_PROTOCOL, SHARES_SAMBA_USERS,
    SHARES_NFS_CLIENTS, SHARES_NFS_ROOT,
    BACKUP_PRESENT, BACKUP_RECENT, BACKUP_TARGET_WRITABLE,
    POSTURE_CHECKS
};

struct posture_check {
    const char *name;  /* as in the item and in the catalogue */
    unsigned article;
    unsigned states;   /* bits 1 << enum survey_state: what can be put, so what the catalogue must have */
};
extern const struct posture_check posture_checks[POSTURE_CHECKS];

#define POSTURE_ARGS 2 /* most arguments that a sentence of ours takes */

/* Put one check.  `a0`, `a1`: arguments of its sentence, NULL where there is none ({0} first); the rest is the
 * evidence, printf-like, cut at LIM_SURVEY_TEXT.  A state that the table does not know becomes "unknown". */
void posture_put(struct survey *s, enum posture_id id, enum survey_state state, const char *subject, const char *a0,
                 const char *a1, const char *evidence, ...) __attribute__((format(printf, 7, 8)));

/* ---- time ------------------------------------------------------------------------------ */
/* Whole days from `then` to the survey's now; -1: it lies more than a day in the future, so a clock is wrong. */
int posture_days(const struct survey *s, int64_t then);
/* The day of `t` (UTC). */
void posture_day(int64_t t, char out[RFC3339_DAY]);
/* Seconds since the epoch of a day and a time of day, taken as UTC; -1 when it is none. */
int64_t posture_time(int year, int month, int day, int hour, int minute, int second);

/* ---- texts ----------------------------------------------------------------------------- */
/* Make `out` the text of `path`, LIM_SURVEY_FILE bytes at most, NUL bytes replaced so that nothing hides behind one.
 * MM_OK, else an error and an empty text; the caller buf_fini()s it in every case. */
int posture_text(const struct survey *s, const char *path, struct buf *out);
/* The same of its last `max` bytes only: logs. */
int posture_tail(const struct survey *s, const char *path, size_t max, struct buf *out);
/* Cut blanks at both ends, in place; returns the start. */
char *posture_trim(char *text);
/* The next "key = value" of an INI-like text: *section, *key, *value point into the text; comments of '#' and ';' are
 * skipped, a lone word is a key with the value "".  0 at the end.  *section keeps its value between calls ("" first). */
int posture_ini(char **rest, const char **section, const char **key, const char **value);
/* 1 for yes, true, on, 1 in any case; else 0. */
int posture_yes(const char *value);
/* The next word of a command line or list, quotes taken off, cut in place; NULL at the end. */
char *posture_word(char **rest);
/* The part of a path behind its last '/'. */
const char *posture_base(const char *path);
/* A non-negative decimal number with nothing behind it, `max` at most; -1 else. */
long posture_number(const char *text, long max);

/* ---- folders --------------------------------------------------------------------------- */
#define POSTURE_NAMES 512 /* names of one folder looked at; conf.d folders and caches have dozens */
struct posture_names {
    char *name[POSTURE_NAMES]; /* sorted, "." and ".." left out */
    size_t n;
    bool more; /* there were more */
};
/* The names of a folder that end with `suffix` ("": all), sorted as the programs sort them (by bytes).  MM_OK or an
 * error with n = 0; free with posture_names_fini in every case. */
int posture_names(const struct survey *s, const char *path, const char *suffix, struct posture_names *out);
void posture_names_fini(struct posture_names *names);

/* ---- processes ------------------------------------------------------------------------- */
struct posture_processes {
    struct buf names; /* one a line: programs that root or a system account runs */
    bool known;       /* false: this root is no running system, or /proc hides processes */
};
/* Look once; posture_processes_fini frees. */
void posture_processes(const struct survey *s, struct posture_processes *out);
void posture_processes_fini(struct posture_processes *p);
/* 1 when a process of that name runs (the kernel keeps 15 bytes of it). */
int posture_runs(const struct posture_processes *p, const char *name);

/* ---- commands -------------------------------------------------------------------------- */
struct posture_command {
    const char *path; /* the file it stands in */
    char *line;       /* one line, comments left out; may be cut to pieces by the callee */
    bool scheduled;   /* cron or an enabled timer leads to it */
};
/* Call `tell` for each line of crontabs, of the units of enabled timers and of scripts and settings that these name,
 * then (scheduled = false) of the usual places for scripts of one's own.  Bounded in files and bytes.  How many
 * files and folders were there but could not be read: "nothing found" means nothing then. */
unsigned posture_commands(const struct survey *s, void (*tell)(void *context, const struct posture_command *c), void *context);

#endif
