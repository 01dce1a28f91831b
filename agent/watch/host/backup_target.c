/* Can the place be written from this host now?  Root can write on whatever is mounted
 * for writing, so rights of files are told but decide nothing; a disk that is not
 * there, or a mount that is read-only, is out of a ransomware's reach for the moment.
 *
 * The mounts of process 1 are asked, not our own: a survey may run in a mount
 * namespace where everything is read-only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/backup.h"
#include "agent/watch/host/posture.h"
#include "lib/err.h"

/* "\040" and its kin, in place. */
static void unescape(char *text)
{
    char *out = text;

    for (char *in = text; *in;) {
        if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' && in[2] <= '7' && in[3] >= '0' && in[3] <= '7') {
            int c = (in[1] - '0') * 64 + (in[2] - '0') * 8 + in[3] - '0';

            *out++ = c ? (char)c : '?';
            in += 4;
        } else {
            *out++ = *in++;
        }
    }
    *out = '\0';
}

static bool read_only(const char *options)
{
    return !strncmp(options, "ro", 2) && (options[2] == ',' || !options[2]);
}

int backup_mount(char *mountinfo, const char *path, char at[64], char type[64])
{
    size_t best = 0;
    int writable = -1;
    char *line;

    while ((line = survey_line(&mountinfo))) {
        char *field[6] = {0}, *rest = line, *word, *kind, *super;
        size_t n;

        for (size_t i = 0; i < 6; i++)
            field[i] = posture_word(&rest);
        if (!field[5])
            continue;
        do
            word = posture_word(&rest);
        while (word && strcmp(word, "-"));
        kind = word ? posture_word(&rest) : NULL;
        super = kind && posture_word(&rest) ? posture_word(&rest) : NULL;
        unescape(field[4]);
        n = strlen(field[4]);
        if (!super || strncmp(path, field[4], n) || (n > 1 && path[n] && path[n] != '/') || n < best)
            continue;            /* a later mount on the same place covers the earlier one */
        best = n;
        writable = !read_only(field[5]) && !read_only(super);
        snprintf(at, 64, "%s", field[4]);
        snprintf(type, 64, "%s", kind);
    }
    return writable;
}

/* The mounts of the system: 1 read, 0 not. */
static int system_mounts(const struct survey *s, struct buf *text)
{
    char at[64], type[64], *copy;
    int rc;

    if (posture_text(s, "/proc/1/mountinfo", text) == MM_OK)
        return 1;
    buf_fini(text);
    if (posture_text(s, "/proc/self/mountinfo", text))
        return 0;
    copy = text->data ? strdup(text->data) : NULL;
    rc = copy ? backup_mount(copy, "/", at, type) : -1;
    free(copy);
    return rc == 1;              /* our own view is read-only as a whole: it says nothing about the system's */
}

/* A repository is there only when what its tool made is: an empty mount point is not. */
static int present(const struct survey *s, const struct backup_repo *r, struct stat *st)
{
    static const struct { const char *tool, *mark; } MARKS[] = {{"restic", "config"}, {"borg", "config"}};
    char path[BACKUP_WHERE + 16];
    int rc = survey_stat(s, r->where, st);

    for (size_t i = 0; rc == MM_OK && i < sizeof MARKS / sizeof *MARKS; i++)
        if (!strcmp(r->tool, MARKS[i].tool)) {
            struct stat mark;

            snprintf(path, sizeof path, "%s/%s", r->where, MARKS[i].mark);
            rc = survey_stat(s, path, &mark);
        }
    return rc;
}

static void target_path(struct survey *s, const struct backup_repo *r, const char *subject)
{
    char at[64] = "", type[64] = "";
    struct buf mounts;
    struct stat st;
    int rc = present(s, r, &st), writable;

    if (!s->live) {
        posture_put(s, BACKUP_TARGET_WRITABLE, SURVEY_UNKNOWN, subject, r->tool, r->where, "this root is not the running system: its mounts are not known");
        return;
    }
    if (rc == MM_ENOTFOUND) {
        posture_put(s, BACKUP_TARGET_WRITABLE, SURVEY_MET, subject, r->tool, r->where, "%s is not there now: not connected (named in %s)", r->where, r->from);
        return;
    }
    if (rc || !system_mounts(s, &mounts)) {
        posture_put(s, BACKUP_TARGET_WRITABLE, SURVEY_UNKNOWN, subject, r->tool, r->where, "%s: %s", r->where,
                    rc ? mm_strerror(rc) : "the system's mounts cannot be read");
        if (!rc)
            buf_fini(&mounts);
        return;
    }
    writable = backup_mount(mounts.data, r->where, at, type);
    buf_fini(&mounts);
    posture_put(s, BACKUP_TARGET_WRITABLE, writable < 0 ? SURVEY_UNKNOWN : writable ? SURVEY_UNMET : SURVEY_MET, subject, r->tool, r->where,
                "%s lies on %s (%s), %s; owner %u, mode %04o, root can always write there", r->where, at, type,
                writable < 0 ? "no mount is known" : writable ? "mounted for writing" : "mounted read-only", (unsigned)st.st_uid,
                (unsigned)(st.st_mode & 07777));
}

void backup_target(struct survey *s, const struct backup_repo *r)
{
    char subject[BACKUP_WHERE + 32];

    snprintf(subject, sizeof subject, "%s%s%s", r->tool, r->where[0] ? " " : "", r->where);
    if (!r->where[0])
        posture_put(s, BACKUP_TARGET_WRITABLE, SURVEY_UNKNOWN, subject, r->tool, "-", "where %s keeps its backups is not told (%s)", r->tool, r->from);
    else if (!backup_remote(r->where))
        target_path(s, r, subject);
    else if (r->append_only)
        posture_put(s, BACKUP_TARGET_WRITABLE, SURVEY_MET, subject, r->tool, r->where, "%s: append-only as %s says", r->where, r->from);
    else if (r->credentials || r->scheduled)
        posture_put(s, BACKUP_TARGET_WRITABLE, SURVEY_UNMET, subject, r->tool, r->where,
                    "%s: what is needed to get in is on this host (%s, %s), and no append-only is set here", r->where, r->from,
                    r->credentials ? "credentials stand there" : "it runs without a person");
    else
        posture_put(s, BACKUP_TARGET_WRITABLE, SURVEY_UNKNOWN, subject, r->tool, r->where,
                    "%s: no credentials seen on this host, and whether the other side is append-only cannot be seen from here (%s)", r->where, r->from);
}
