/* What a host runs by itself: crontabs, enabled timers, and the files that their lines name.
 *
 * A queue of files is walked once; a line of a scheduled file may add the files
 * that it names.  The queue is bounded and holds no file twice, so nothing here
 * can go in circles, whatever the files say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/accounts.h"
#include "agent/watch/host/posture.h"
#include "lib/err.h"
#include "lib/limits.h"

#define FILES_MAX 400        /* files read: a host has some thirty; scripts of one's own are few */
#define FILE_MAX 65536       /* bytes of one: a script or unit has a few kilobytes, a program has more */
#define HOMES_MAX 64         /* homes whose scripts and user timers are looked at */

struct queue {
    const struct survey *s;
    struct { char *path; bool scheduled; } file[FILES_MAX];
    size_t n;
    unsigned denied; /* files and folders that we may not read */
};

static void add(struct queue *q, const char *path, bool scheduled)
{
    for (size_t i = 0; i < q->n; i++)
        if (!strcmp(q->file[i].path, path)) {
            q->file[i].scheduled |= scheduled;
            return;
        }
    if (q->n == FILES_MAX || !(q->file[q->n].path = strdup(path)))
        return;
    q->file[q->n++].scheduled = scheduled;
}

static void add_folder(struct queue *q, const char *folder, bool scheduled)
{
    struct posture_names names;
    char path[LIM_PATH];

    q->denied += posture_names(q->s, folder, "", &names) == MM_EDENIED;
    for (size_t i = 0; i < names.n; i++)
        if (names.name[i][0] != '.' && snprintf(path, sizeof path, "%s/%s", folder, names.name[i]) < (int)sizeof path)
            add(q, path, scheduled);
    posture_names_fini(&names);
}

/* The services of the timers that systemd starts: systemd.timer(5), a link in timers.target.wants. */
static void add_timers(struct queue *q, const char *units)
{
    static const char *const HOMES[] = {"", "/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system",
                                        "/usr/lib/systemd/user"};
    char path[LIM_PATH];
    struct posture_names timers;

    snprintf(path, sizeof path, "%.2048s/timers.target.wants", units);
    posture_names(q->s, path, ".timer", &timers);
    for (size_t i = 0; i < timers.n; i++)
        for (size_t h = 0; h < sizeof HOMES / sizeof *HOMES; h++) {
            struct stat st;
            int n = (int)strlen(timers.name[i]) - (int)strlen(".timer");

            snprintf(path, sizeof path, "%.2048s/%.*s.service", *HOMES[h] ? HOMES[h] : units, n, timers.name[i]);
            if (survey_stat(q->s, path, &st) == MM_OK)
                add(q, path, true);
            snprintf(path, sizeof path, "%.2048s/%.*s.service.d", *HOMES[h] ? HOMES[h] : units, n, timers.name[i]);
            add_folder(q, path, true);
        }
    posture_names_fini(&timers);
}

/* Absolute paths that a scheduled line names, but for programs of the system. */
static void follow(struct queue *q, const char *line)
{
    static const char *const NOT[] = {"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/lib/", "/lib/", "/usr/libexec/", "/usr/share/", "/dev/", "/proc/", "/sys/"};
    static const char ENDS[] = " \t\r\n\"'`;|&<>()=,:";

    for (const char *at = strchr(line, '/'); at;) {
        size_t n = strcspn(at, ENDS), skip = 0;
        char path[LIM_PATH];
        struct stat st;

        for (size_t i = 0; i < sizeof NOT / sizeof *NOT; i++)
            skip |= !strncmp(at, NOT[i], strlen(NOT[i]));
        if (!skip && (at == line || strchr(ENDS, at[-1]) || at[-1] == '-') && n > 1 && n < sizeof path) {
            memcpy(path, at, n);
            path[n] = '\0';
            if (survey_stat(q->s, path, &st) == MM_OK && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX)
                add(q, path, true);
        }
        at = strchr(at + n, '/');
    }
}

static void add_places(struct queue *q)
{
    static const char *const SCHEDULED[] = {"/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly",
                                            "/etc/cron.monthly", "/var/spool/cron/crontabs", "/var/spool/cron"};
    static const char *const OWN[] = {"/usr/local/bin", "/usr/local/sbin", "/etc/restic", "/etc/borg", "/etc/borgmatic",
                                      "/etc/borgmatic.d"};
    static const char *const AT_HOME[] = {"bin", ".local/bin", ".config/borgmatic", ".config/borgmatic.d", ".config/restic"};
    static const char *const SETTINGS[] = {".bashrc", ".profile", ".bash_profile", ".zshrc"};
    struct accounts a;
    char path[LIM_PATH];

    accounts_load(q->s, &a);
    add(q, "/etc/crontab", true);
    add(q, "/etc/anacrontab", true);
    for (size_t i = 0; i < sizeof SCHEDULED / sizeof *SCHEDULED; i++)
        add_folder(q, SCHEDULED[i], true);
    add_timers(q, "/etc/systemd/system");
    for (size_t h = 0; h < a.nhomes && h < HOMES_MAX; h++) {
        snprintf(path, sizeof path, "%.1024s/.config/systemd/user", a.home[h]);
        add_timers(q, path);
    }
    add(q, "/etc/default/restic", false);
    add(q, "/etc/environment", false);
    for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++)
        add_folder(q, OWN[i], false);
    for (size_t h = 0; h < a.nhomes && h < HOMES_MAX; h++) {
        for (size_t i = 0; i < sizeof AT_HOME / sizeof *AT_HOME; i++) {
            snprintf(path, sizeof path, "%.1024s/%s", a.home[h], AT_HOME[i]);
            add_folder(q, path, false);
        }
        for (size_t i = 0; i < sizeof SETTINGS / sizeof *SETTINGS; i++) {
            snprintf(path, sizeof path, "%.1024s/%s", a.home[h], SETTINGS[i]);
            add(q, path, false);
        }
    }
    accounts_free(&a);
}

static void one_file(struct queue *q, size_t i, void (*tell)(void *context, const struct posture_command *c), void *context)
{
    struct posture_command c = {.path = q->file[i].path, .scheduled = q->file[i].scheduled};
    struct buf text;
    struct stat st;
    char *rest;
    int rc;

    buf_init(&text, FILE_MAX);
    rc = survey_stat(q->s, c.path, &st);
    if (rc == MM_OK && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX)
        rc = survey_read(q->s, c.path, FILE_MAX, &text);
    q->denied += rc == MM_EDENIED;
    if (rc || !text.data || memchr(text.data, 0, text.len)) {
        buf_fini(&text);
        return;                 /* a program, a folder, or not for us */
    }
    rest = text.data;
    while ((c.line = survey_whole_line(&rest))) {
        if (!*c.line || *c.line == '#')
            continue;
        if (c.scheduled)
            follow(q, c.line);
        tell(context, &c);
    }
    buf_fini(&text);
}

unsigned posture_commands(const struct survey *s, void (*tell)(void *context, const struct posture_command *c), void *context)
{
    struct queue *q = calloc(1, sizeof *q);

    unsigned denied;

    if (!q)
        return 1;
    q->s = s;
    add_places(q);
    for (size_t i = 0; i < q->n; i++)
        one_file(q, i, tell, context);
    for (size_t i = 0; i < q->n; i++)
        free(q->file[i].path);
    denied = q->denied;
    free(q);
    return denied;
}
