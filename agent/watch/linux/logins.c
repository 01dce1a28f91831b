/* /var/log/lastlog, /var/log/wtmp, /var/lib/lastlog/lastlog2.db.
 *
 * lastlog is an array over the uid (struct lastlog of the C library), most of it
 * holes: one record is read for each account.  wtmp is read from its end, and
 * what logrotate left of it too.  lastlog2: util-linux 2.40, lastlog2(8). */
#include "agent/watch/host/logins.h"

#include <fcntl.h>
#include <lastlog.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utmp.h>

#include "agent/watch/host/posture.h"
#include "agent/watch/host/small_db.h"
#include "lib/err.h"
#include "lib/limits.h"

#define WTMP_BYTES (4u << 20) /* about 11,000 records: years of a PC, weeks of a busy server */

static void source(struct logins *l, const char *path)
{
    size_t n = strlen(l->sources);

    snprintf(l->sources + n, sizeof l->sources - n, "%s%s", n ? ", " : "", path);
}

static void note(const struct survey *s, struct logins *l, size_t i, int64_t t)
{
    if (t > l->last[i] && posture_days(s, t) >= 0)
        l->last[i] = t;
}

static void read_lastlog(const struct survey *s, const struct accounts *a, struct logins *l)
{
    int fd = survey_open(s, "/var/log/lastlog");
    struct stat st;

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        l->lastlog = true;
        source(l, "/var/log/lastlog");
    }
    for (size_t i = 0; l->lastlog && i < a->n; i++) {
        struct lastlog record;
        off_t at = (off_t)a->row[i].uid * (off_t)sizeof record;

        if (at < st.st_size && pread(fd, &record, sizeof record, at) == (ssize_t)sizeof record)
            note(s, l, i, (int64_t)record.ll_time);
    }
    close(fd);
}

static void read_lastlog2(const struct survey *s, const struct accounts *a, struct logins *l)
{
    static const char PATH[] = "/var/lib/lastlog/lastlog2.db";
    sqlite3_stmt *q = NULL;
    struct small_db d;
    int step = SQLITE_ERROR;

    if (small_db_open(s, PATH, &d))
        return;
    if (sqlite3_prepare_v2(d.db, "SELECT Name, Time FROM Lastlog2", -1, &q, NULL) == SQLITE_OK)
        while ((step = sqlite3_step(q)) == SQLITE_ROW) {
            const char *name = (const char *)sqlite3_column_text(q, 0);

            for (size_t i = 0; name && i < a->n; i++)
                if (!strcmp(a->row[i].name, name))
                    note(s, l, i, sqlite3_column_int64(q, 1));
        }
    if (step == SQLITE_DONE) {
        l->lastlog = true;
        source(l, PATH);
    }
    sqlite3_finalize(q);
    small_db_close(&d);
}

void logins_wtmp_records(const struct survey *s, const struct accounts *a, const char *bytes, size_t size, struct logins *l)
{
    for (size_t at = size % sizeof(struct utmp); at + sizeof(struct utmp) <= size; at += sizeof(struct utmp)) {
        struct utmp u;
        int64_t t;

        memcpy(&u, bytes + at, sizeof u);
        t = (int64_t)u.ut_tv.tv_sec;
        if (t <= 0 || posture_days(s, t) < 0)
            continue;
        if (!l->wtmp_from || t < l->wtmp_from)
            l->wtmp_from = t;
        for (size_t i = 0; u.ut_type == USER_PROCESS && i < a->n; i++)
            if (strnlen(u.ut_user, sizeof u.ut_user) == strlen(a->row[i].name) &&
                !strncmp(u.ut_user, a->row[i].name, sizeof u.ut_user))
                note(s, l, i, t);
    }
}

/* Raw bytes, NUL included: the last WTMP_BYTES of the file. */
static void read_wtmp(const struct survey *s, const struct accounts *a, const char *path, struct logins *l)
{
    int fd = survey_open(s, path);
    struct stat st;
    char *bytes = NULL;
    ssize_t n = -1;

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (bytes = malloc(WTMP_BYTES))) {
        off_t whole = st.st_size - st.st_size % (off_t)sizeof(struct utmp);
        off_t room = WTMP_BYTES - WTMP_BYTES % sizeof(struct utmp);

        n = pread(fd, bytes, (size_t)(whole < room ? whole : room), whole < room ? 0 : whole - room);
    }
    if (n > 0) {
        logins_wtmp_records(s, a, bytes, (size_t)n, l);
        source(l, path);
    }
    free(bytes);
    close(fd);
}

void logins_load(const struct survey *s, const struct accounts *a, struct logins *l)
{
    memset(l, 0, sizeof *l);
    l->last = calloc(a->n + 1, sizeof *l->last);
    if (!l->last)
        return;
    read_lastlog(s, a, l);
    read_lastlog2(s, a, l);
    read_wtmp(s, a, "/var/log/wtmp.1", l);
    read_wtmp(s, a, "/var/log/wtmp", l);
}

void logins_free(struct logins *l)
{
    free(l->last);
    l->last = NULL;
}
