/* What one look at this host found: programs, listeners, checks of the six basic rules.
 *
 * A survey is a process of its own (mimamorid-survey), started for one round and
 * gone after it: it reads files of every user and of packages, most of them
 * written by somebody else, so it has no network, no root and cannot write.
 * Modules (one file each, table in survey.c) look and put items; an item is one
 * line of JSON on the output, taken by core, which checks it again
 * (agent/detect/doors_read.h).  docs/doors.md is the contract of the items.
 *
 * Owner: the caller of survey_init; one thread.  Paths are those of the host
 * ("/etc/passwd"), looked up below `root` and never out of it, so that a scratch
 * root can be surveyed like a host (a symbolic link "/..." stays inside). */
#ifndef MM_AGENT_WATCH_HOST_SURVEY_H
#define MM_AGENT_WATCH_HOST_SURVEY_H

#include <dirent.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "lib/buf.h"
#include "lib/limits.h"

struct installed;

/* The file of a program that no package vouches for: its bytes go to the vpn rules, not read here. */
struct survey_file { char id[LIM_NAME]; int fd; };

struct survey {
    int root;              /* O_PATH directory: the host's / or a scratch root */
    bool live;             /* root is the running system: /proc says something about it */
    int64_t now;           /* seconds since the epoch; every age is counted from here */
    struct buf out;        /* the items, one line each, LIM_SURVEY_BYTES at most */
    unsigned items, lost;  /* put, and not put because a limit was reached */
    const char *firewall;  /* `nft -j list ruleset`, read while there still was a right to; NULL: could not be read */
    const char *legacy_firewall; /* sections of iptables-save (firewall_collect, fw_read_iptables); NULL: none */
    const char *firewall_error;  /* why `firewall` is NULL, English; else "" */
    struct survey_file binary[LIM_SURVEY_BINARIES];
    unsigned binaries;
    struct installed *installed; /* packages, read by the first module that asks (installed.h); NULL: nobody has */
};

/* How a point stands; the words are "met" "partly" "unmet" "unknown". */
enum survey_state { SURVEY_MET = 0, SURVEY_PARTLY, SURVEY_UNMET, SURVEY_UNKNOWN };

/* `root_path` "/" is the running host.  MM_OK or an error of opening it. */
int survey_init(struct survey *s, const char *root_path, int64_t now);
void survey_fini(struct survey *s);
/* Run every module.  What fails is an "unknown" item, never silence. */
void survey_run(struct survey *s);
/* Run the one module of that name ("programs", "updates" ...).  MM_OK or MM_ENOTFOUND: there is none. */
int survey_run_one(struct survey *s, const char *name);

/* ---- looking ------------------------------------------------------------------------ */
/* Open for reading what is at `path` inside the root; never blocks on a fifo or device (only regular files
 * and directories are given).  A descriptor or a negative mm_err (MM_ENOTFOUND, MM_EDENIED, ...). */
int survey_open(const struct survey *s, const char *path);
/* Its first `max` bytes appended to `out` (made with at least that maximum).  MM_OK, MM_ELIMIT when it is longer
 * (the first `max` bytes are there), or an error. */
int survey_read(const struct survey *s, const char *path, size_t max, struct buf *out);
/* fstat of it, following links inside the root.  MM_OK or an error. */
int survey_stat(const struct survey *s, const char *path, struct stat *st);
/* A directory's stream; NULL with *rc set.  The caller closedir()s it. */
DIR *survey_dir(const struct survey *s, const char *path, int *rc);
/* The next line of a text, cut at its end ('\n' becomes NUL), leading blanks skipped; NULL at the end. */
char *survey_line(char **rest);
/* The same with the lines that a backslash at its end continues: they become one, joined by blanks. */
char *survey_whole_line(char **rest);

/* ---- telling ------------------------------------------------------------------------ */
/* Put any item; takes `item` (NULL: out of memory, counted as lost). */
void survey_put(struct survey *s, json_t *item);
/* Text from outside as a JSON string: cut at LIM_SURVEY_TEXT, what is no UTF-8 made visible.  NULL without memory. */
json_t *survey_string(const char *text);
/* One point of the six basic rules: `check` is a dotted name ("updates.security") with the catalogue keys
 * "check.NAME" (its title) and "check.NAME.STATE" (the sentence, {0}.. from `args`); `subject` tells several of one
 * name apart ("" when there is one); `evidence` is one English line for operators: what was read, where. */
void survey_check(struct survey *s, unsigned article, const char *check, enum survey_state state, const char *subject,
                  const char *const *args, unsigned nargs, const char *evidence);

/* Open the file of an "unowned" program for the vpn rules; `id`: its package, else its path, as core names the door.
 * What finds no room or cannot be opened is judged by the item alone. */
void survey_binary(struct survey *s, const char *path, const char *id);

/* ---- modules ------------------------------------------------------------------------ */
/* Articles of the six basic rules (6か条), in their order. */
enum { ARTICLE_UPDATES = 1, ARTICLE_MALWARE, ARTICLE_PASSWORDS, ARTICLE_SHARING, ARTICLE_THREATS, ARTICLE_BACKUP };

void survey_programs(struct survey *s);    /* VPN programs: by package and by file; software inventory */
void survey_updates(struct survey *s);     /* article 1 */
void survey_malware(struct survey *s);     /* article 2 */
void survey_passwords(struct survey *s);   /* article 3: rules of passwords, accounts, rights */
void survey_shares(struct survey *s);      /* article 4 */
void survey_backup(struct survey *s);      /* article 6 */
void survey_listeners(struct survey *s);   /* who can be reached from outside, and the firewall's answer */
void survey_ssh(struct survey *s);         /* settings of the SSH server */
void survey_candidates(struct survey *s);  /* gateways that this host seems to use: proposed, never asked */

#endif
