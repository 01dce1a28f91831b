/* The table of the checks and small readers; no state of its own. */
#include "agent/watch/host/posture.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "lib/rfc3339.h"

#define DAY_S 86400
#define PIDS_MAX 32768   /* the kernel's usual pid_max: more processes are not looked at */
#define UID_PERSONS 1000 /* login.defs UID_MIN: accounts below are the system's; anybody may name a process "clamd" */
#define COMM_SHOWN 15    /* TASK_COMM_LEN - 1, proc_pid_comm(5) */

#define MET (1u << SURVEY_MET)
#define PARTLY (1u << SURVEY_PARTLY)
#define UNMET (1u << SURVEY_UNMET)
#define UNKNOWN (1u << SURVEY_UNKNOWN)
#define ALL (MET | PARTLY | UNMET | UNKNOWN)

const struct posture_check posture_checks[POSTURE_CHECKS] = {
    [MALWARE_PRESENT] = {"malware.present", ARTICLE_MALWARE, MET | UNMET | UNKNOWN},
    [MALWARE_RUNNING] = {"malware.running", ARTICLE_MALWARE, ALL},
    [MALWARE_PATTERNS] = {"malware.patterns", ARTICLE_MALWARE, ALL},
    [MALWARE_SCAN] = {"malware.scan", ARTICLE_MALWARE, ALL},
    [PASSWORDS_LOCKOUT] = {"passwords.lockout", ARTICLE_PASSWORDS, ALL},
    [PASSWORDS_LENGTH] = {"passwords.length", ARTICLE_PASSWORDS, ALL},
    [PASSWORDS_EMPTY] = {"passwords.empty", ARTICLE_PASSWORDS, ALL},
    [ACCOUNTS_ADMIN] = {"accounts.admin", ARTICLE_PASSWORDS, ALL},
    [ACCOUNTS_DORMANT] = {"accounts.dormant", ARTICLE_PASSWORDS, MET | UNMET | UNKNOWN},
    [ACCOUNTS_AUTOLOGIN] = {"accounts.autologin", ARTICLE_PASSWORDS, MET | UNMET | UNKNOWN},
    [SHARES_NONE] = {"shares.none", ARTICLE_SHARING, MET},
    [SHARES_OTHER] = {"shares.other", ARTICLE_SHARING, UNKNOWN},
    [SHARES_WRITABLE] = {"shares.writable", ARTICLE_SHARING, ALL},
    [SHARES_SAMBA_GUEST] = {"shares.samba.guest", ARTICLE_SHARING, ALL},
    [SHARES_SAMBA_PROTOCOL] = {"shares.samba.protocol", ARTICLE_SHARING, MET | UNMET | UNKNOWN},
    [SHARES_SAMBA_USERS] = {"shares.samba.users", ARTICLE_SHARING, ALL},
    [SHARES_NFS_CLIENTS] = {"shares.nfs.clients", ARTICLE_SHARING, ALL},
    [SHARES_NFS_ROOT] = {"shares.nfs.root", ARTICLE_SHARING, MET | UNMET},
    [BACKUP_PRESENT] = {"backup.present", ARTICLE_BACKUP, ALL},
    [BACKUP_RECENT] = {"backup.recent", ARTICLE_BACKUP, ALL},
    [BACKUP_TARGET_WRITABLE] = {"backup.target_writable", ARTICLE_BACKUP, MET | UNMET | UNKNOWN},
};

void posture_put(struct survey *s, enum posture_id id, enum survey_state state, const char *subject, const char *a0,
                 const char *a1, const char *evidence, ...)
{
    const struct posture_check *c = &posture_checks[id];
    const char *args[POSTURE_ARGS] = {a0, a1};
    char text[LIM_SURVEY_TEXT];
    va_list ap;

    va_start(ap, evidence);
    vsnprintf(text, sizeof text, evidence, ap);
    va_end(ap);
    if (!(c->states & 1u << state))
        state = SURVEY_UNKNOWN;
    survey_check(s, c->article, c->name, state, subject, args, a0 ? a1 ? 2 : 1 : 0, text);
}

/* ---- time ------------------------------------------------------------------------------ */

int posture_days(const struct survey *s, int64_t then)
{
    if (then - s->now > DAY_S || then < 0)
        return -1;
    return then >= s->now ? 0 : (int)((s->now - then) / DAY_S);
}

void posture_day(int64_t t, char out[RFC3339_DAY])
{
    rfc3339_format_day(t / DAY_S, out);
}

int64_t posture_time(int year, int month, int day, int hour, int minute, int second)
{
    char text[64];
    int64_t t;

    if (year < 1970 || year > 9999 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0 || month > 12 || day > 31 ||
        hour > 23 || minute > 59 || second > 59)
        return -1;
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, hour, minute, second);
    return rfc3339_parse(text, &t) == MM_OK ? t : -1;
}

/* ---- texts ----------------------------------------------------------------------------- */

static void no_nul(struct buf *b)
{
    for (size_t i = 0; i < b->len; i++)
        if (!b->data[i])
            b->data[i] = '?';
}

int posture_text(const struct survey *s, const char *path, struct buf *out)
{
    int rc;

    buf_init(out, LIM_SURVEY_FILE);
    rc = survey_read(s, path, LIM_SURVEY_FILE, out);
    if (rc == MM_OK)
        no_nul(out);
    else
        buf_fini(out);
    return rc;
}

int posture_tail(const struct survey *s, const char *path, size_t max, struct buf *out)
{
    int fd = survey_open(s, path), rc = MM_OK;
    struct stat st;
    char part[4096];
    ssize_t n;

    buf_init(out, max);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (st.st_size > (off_t)max && lseek(fd, st.st_size - (off_t)max, SEEK_SET) < 0))
        rc = MM_EFORMAT;
    while (rc == MM_OK && (n = read(fd, part, sizeof part)) != 0)
        rc = n < 0 ? MM_EIO : out->len + (size_t)n > max ? MM_ELIMIT : buf_add(out, part, (size_t)n);
    close(fd);
    if (rc == MM_ELIMIT) /* it grows while we read: what we have is near its end */
        rc = MM_OK;
    if (rc == MM_OK && !out->data)
        rc = buf_add(out, "", 0);
    no_nul(out);
    return rc;
}

char *posture_trim(char *text)
{
    size_t n;

    text += strspn(text, " \t\r\n");
    n = strlen(text);
    while (n && strchr(" \t\r\n", text[n - 1]))
        text[--n] = '\0';
    return text;
}

int posture_ini(char **rest, const char **section, const char **key, const char **value)
{
    char *line;

    while ((line = survey_line(rest))) {
        char *end;

        line = posture_trim(line);
        if (!*line || *line == '#' || *line == ';')
            continue;
        if (*line == '[') {
            end = strchr(line, ']');
            if (end)
                *end = '\0';
            *section = posture_trim(line + 1);
            continue;
        }
        end = strchr(line, '=');
        if (end)
            *end = '\0';
        *value = end ? posture_trim(end + 1) : "";
        *key = posture_trim(line);
        return 1;
    }
    return 0;
}

int posture_yes(const char *value)
{
    static const char *const WORDS[] = {"yes", "true", "on", "1"};

    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        const char *a = value, *b = WORDS[i];

        while (*a && tolower((unsigned char)*a) == *b) {
            a++;
            b++;
        }
        if (!*a && !*b)
            return 1;
    }
    return 0;
}

char *posture_word(char **rest)
{
    char *start = *rest, *in, *out;
    char quote = 0;

    if (!start)
        return NULL;
    start += strspn(start, " \t\r\n");
    if (!*start)
        return NULL;
    for (in = out = start; *in && (quote || !strchr(" \t\r\n", *in)); in++) {
        if (quote ? *in == quote : *in == '"' || *in == '\'')
            quote = quote ? 0 : *in;
        else
            *out++ = *in;
    }
    *rest = *in ? in + 1 : NULL;
    *out = '\0';
    return start;
}

const char *posture_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

long posture_number(const char *text, long max)
{
    char *end;
    long n;

    if (!isdigit((unsigned char)*text))
        return -1;
    n = strtol(text, &end, 10);
    return *end || n > max ? -1 : n;
}

/* ---- folders --------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int posture_names(const struct survey *s, const char *path, const char *suffix, struct posture_names *out)
{
    size_t tail = strlen(suffix);
    struct dirent *e;
    DIR *d;
    int rc;

    memset(out, 0, sizeof *out);
    d = survey_dir(s, path, &rc);
    if (!d)
        return rc;
    while ((e = readdir(d))) {
        size_t n = strlen(e->d_name);

        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || n < tail || strcmp(e->d_name + n - tail, suffix))
            continue;
        out->more = out->n == POSTURE_NAMES;
        if (out->more || !(out->name[out->n] = strdup(e->d_name)))
            break;
        out->n++;
    }
    closedir(d);
    if (out->n)
        qsort(out->name, out->n, sizeof *out->name, by_bytes);
    return MM_OK;
}

void posture_names_fini(struct posture_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->name[i]);
    names->n = 0;
}

/* ---- processes ------------------------------------------------------------------------- */

void posture_processes(const struct survey *s, struct posture_processes *out)
{
    unsigned seen = 0;
    struct dirent *e;
    struct stat st;
    DIR *d;
    int rc;

    buf_init(&out->names, LIM_SURVEY_FILE);
    out->known = false;
    if (!s->live || !(d = survey_dir(s, "/proc", &rc)))
        return;
    out->known = survey_stat(s, "/proc/1/comm", &st) == MM_OK; /* hidepid= hides it, proc(5) */
    while ((e = readdir(d)) && seen < PIDS_MAX) {
        char path[64];
        struct buf name;

        if (posture_number(e->d_name, PIDS_MAX * 128L) < 0)
            continue;
        seen++;
        snprintf(path, sizeof path, "/proc/%.20s", e->d_name);
        if (survey_stat(s, path, &st) || st.st_uid >= UID_PERSONS)
            continue;
        snprintf(path, sizeof path, "/proc/%.20s/comm", e->d_name);
        if (posture_text(s, path, &name) == MM_OK && name.data)
            buf_addf(&out->names, "%s\n", posture_trim(name.data));
        buf_fini(&name);
    }
    closedir(d);
}

void posture_processes_fini(struct posture_processes *p)
{
    buf_fini(&p->names);
}

int posture_runs(const struct posture_processes *p, const char *name)
{
    size_t n = strlen(name) > COMM_SHOWN ? COMM_SHOWN : strlen(name);

    for (const char *at = p->names.data; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        if (!strncmp(at, name, n) && at[n] == '\n')
            return 1;
    return 0;
}
