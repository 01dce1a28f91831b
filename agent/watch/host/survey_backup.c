/* Article 6: which tool, when did it last succeed, can its copies be destroyed from here.
 *
 * A time is taken only from what a tool writes when it has finished; where such a
 * trace may also come from reading (restic's cache, filled again), the answer is
 * "partly" at most.  The test of a restore is stated by a person, not here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/backup.h"
#include "agent/watch/host/posture.h"
#include "lib/err.h"
#include "lib/limits.h"

#define RECENT_DAYS 2    /* a daily backup, and one that failed or a day off */
#define OLD_DAYS 7
#define APART_S 600      /* two snapshots that came into a cache within this were fetched together */
#define HOMES_MAX 64
#define LOG_BYTES 65536
#define TEXT_MAX 512     /* bytes of a one-line file */

struct when {
    int64_t t;               /* last success; 0: no time is known */
    bool weak;               /* the trace may come from something else: "partly" at most */
    char evidence[600];
};

struct host {
    struct survey *s;
    struct accounts a;
    struct backup_repos repos;
    size_t solid, faint;     /* repositories told; plain copies, snapshots of the system, tools without a repository */
    char names[256];
    unsigned denied;         /* files, folders and homes that could not be read */
};

static void name_it(struct host *h, const char *tool)
{
    size_t n = strlen(h->names);

    if (!strstr(h->names, tool))
        snprintf(h->names + n, sizeof h->names - n, "%s%s", n ? ", " : "", tool);
}

/* Both points of one repository. */
static void put(struct host *h, const struct backup_repo *r, const struct when *w)
{
    char subject[BACKUP_WHERE + 32], number[24], day[RFC3339_DAY] = "-";
    int days = w->t ? posture_days(h->s, w->t) : -1;
    enum survey_state state = days < 0 ? SURVEY_UNKNOWN : days <= RECENT_DAYS ? SURVEY_MET : days <= OLD_DAYS ? SURVEY_PARTLY : SURVEY_UNMET;

    if (w->weak && state == SURVEY_MET)
        state = SURVEY_PARTLY;
    if (r->copy && r->scheduled && state == SURVEY_UNKNOWN)
        state = SURVEY_PARTLY;
    if (w->t)
        posture_day(w->t, day);
    snprintf(subject, sizeof subject, "%s%s%s", r->tool, r->where[0] ? " " : "", r->where);
    snprintf(number, sizeof number, "%d", days);
    posture_put(h->s, BACKUP_RECENT, state, subject, r->tool, days < 0 ? "-" : number, "last success %s%s: %s", day,
                w->t && days < 0 ? " (in the future: a clock is wrong)" : "", w->evidence);
    backup_target(h->s, r);
    h->solid += !r->copy;
    h->faint += r->copy;
    name_it(h, r->tool);
}

/* ---- restic ------------------------------------------------------------------------------- */

/* Snapshots are files that are written once (restic's "Design", Repository Layout): of a folder of them, or of a
 * cache with one more level.  The newest two times. */
static void snapshot_times(const struct survey *s, const char *folder, bool deeper, int64_t newest[2])
{
    struct posture_names names, inner;
    char path[LIM_PATH], file[LIM_PATH];

    posture_names(s, folder, "", &names);
    for (size_t i = 0; i < names.n; i++) {
        bool one = !deeper;

        snprintf(path, sizeof path, "%.3000s/%s", folder, names.name[i]);
        memset(&inner, 0, sizeof inner);
        if (deeper)
            posture_names(s, path, "", &inner);
        for (size_t k = 0; one || k < inner.n; k++) {
            struct stat st;

            snprintf(file, sizeof file, "%.3500s%s%s", path, one ? "" : "/", one ? "" : inner.name[k]);
            if (survey_stat(s, file, &st) == MM_OK && S_ISREG(st.st_mode)) {
                int64_t t = st.st_mtime;

                newest[1] = t > newest[0] ? newest[0] : t > newest[1] ? t : newest[1];
                newest[0] = t > newest[0] ? t : newest[0];
            }
            one = false;
        }
        posture_names_fini(&inner);
    }
    posture_names_fini(&names);
}

/* The cache that knows the newest snapshot; `n` is how many caches there are. */
static void restic_caches(struct host *h, struct when *w, size_t *n)
{
    static const char *const PLACES[] = {".cache/restic", ".cache/deja-dup/restic"};

    for (size_t u = 0; u < h->a.nhomes && u < HOMES_MAX; u++)
        for (size_t p = 0; p < sizeof PLACES / sizeof *PLACES; p++) {
            struct posture_names ids;
            char folder[LIM_PATH];

            snprintf(folder, sizeof folder, "%s/%s", h->a.home[u], PLACES[p]);
            posture_names(h->s, folder, "", &ids);
            for (size_t i = 0; i < ids.n; i++) {
                int64_t newest[2] = {0, 0};

                if (strlen(ids.name[i]) != 64)
                    continue;
                ++*n;
                snprintf(folder, sizeof folder, "%s/%s/%s/snapshots", h->a.home[u], PLACES[p], ids.name[i]);
                snapshot_times(h->s, folder, true, newest);
                if (newest[0] <= w->t)
                    continue;
                w->t = newest[0];
                w->weak = !newest[1] || newest[0] - newest[1] < APART_S;
                snprintf(w->evidence, sizeof w->evidence, "the newest snapshot in the cache %s/%s/%.8s...%s", h->a.home[u], PLACES[p], ids.name[i],
                         w->weak ? " (it may only have been looked at then)" : "");
            }
            posture_names_fini(&ids);
        }
}

/* "snapshot 40dc1520 saved" is what a successful backup ends with (restic, "Backing up"); a "Fatal:" behind it is another
 * run that failed.  The log's own time is that of its last line. */
static void restic_logs(const struct host *h, bool one, struct when *w)
{
    struct posture_names names;
    char path[LIM_PATH];

    posture_names(h->s, "/var/log", ".log", &names);
    for (size_t i = 0; i < names.n; i++) {
        const char *saved = NULL, *fatal = NULL;
        struct buf log;
        struct stat st;

        if (!strstr(names.name[i], "restic") && !strstr(names.name[i], "backup"))
            continue;
        snprintf(path, sizeof path, "/var/log/%s", names.name[i]);
        if (posture_tail(h->s, path, LOG_BYTES, &log) == MM_OK)
            for (const char *at = log.data; (at = strstr(at, "\nsnapshot ")); at++)
                if (strcspn(at + 1, "\n") < 40 && strstr(at, " saved"))
                    saved = at;
        fatal = saved ? strstr(saved, "\nFatal:") : NULL;
        if (saved && !fatal && survey_stat(h->s, path, &st) == MM_OK && st.st_mtime > w->t) {
            w->t = st.st_mtime;
            w->weak = !one;      /* which of several repositories it was is not told */
            snprintf(w->evidence, sizeof w->evidence, "%.200s ends with a saved snapshot", path);
        }
        buf_fini(&log);
    }
    posture_names_fini(&names);
}

static void restic_repo(struct host *h, const struct backup_repo *r, const struct when *cache)
{
    int64_t newest[2] = {0, 0};
    struct when w = {0};
    char folder[LIM_PATH];

    if (r->where[0] == '/') {
        snprintf(folder, sizeof folder, "%s/snapshots", r->where);
        snapshot_times(h->s, folder, false, newest);
    }
    if (newest[0]) {
        w.t = newest[0];
        snprintf(w.evidence, sizeof w.evidence, "the newest file in %.500s", folder);
    } else if (cache->t) {
        w = *cache;
    } else {
        snprintf(w.evidence, sizeof w.evidence, "named in %s, but neither a snapshot nor a cache can be seen", r->from);
    }
    put(h, r, &w);
}

static void check_restic(struct host *h)
{
    struct when cache = {0};
    size_t caches = 0, repos = 0;

    for (size_t i = 0; i < h->repos.n; i++)
        repos += !strcmp(h->repos.row[i].tool, "restic");
    restic_caches(h, &cache, &caches);
    if (repos)
        restic_logs(h, repos == 1, &cache);
    for (size_t i = 0; i < h->repos.n; i++)
        if (!strcmp(h->repos.row[i].tool, "restic"))
            restic_repo(h, &h->repos.row[i], &cache);
    if (caches && !repos) {
        struct backup_repo r = {.tool = "restic", .from = "only its cache is known"};

        put(h, &r, &cache);
    }
}

/* ---- borg ---------------------------------------------------------------------------------- */

static int read_line(const struct survey *s, const char *path, char *out, size_t size)
{
    struct buf text;
    int rc = posture_text(s, path, &text);

    if (rc == MM_OK)
        snprintf(out, size, "%.*s", (int)strcspn(text.data, "\r\n"), text.data);
    buf_fini(&text);
    return rc;
}

/* "2026-11-28T23:56:23.831094": UTC, borg's manifest-timestamp. */
static int64_t iso_time(const char *text)
{
    static const char FORM[] = "dddd-dd-ddTdd:dd:dd";
    int part[6] = {0}, k = 0;

    for (size_t i = 0; FORM[i]; i++) {
        if (FORM[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != FORM[i])
            return 0;
        if (FORM[i] == 'd')
            part[k] = part[k] * 10 + text[i] - '0';
        else
            k++;
    }
    return posture_time(part[0], part[1], part[2], part[3], part[4], part[5]);
}

/* A repository on this host writes index.N when a transaction ends (borg's "Data structures", Repository). */
static int64_t borg_local(const struct survey *s, const char *where)
{
    struct posture_names names;
    char path[LIM_PATH];
    int64_t newest = 0;
    struct stat st;

    if (*where != '/')
        return 0;
    posture_names(s, where, "", &names);
    for (size_t i = 0; i < names.n; i++) {
        snprintf(path, sizeof path, "%.3000s/%s", where, names.name[i]);
        if (!strncmp(names.name[i], "index.", 6) && survey_stat(s, path, &st) == MM_OK && st.st_mtime > newest)
            newest = st.st_mtime;
    }
    posture_names_fini(&names);
    return newest;
}

/* ~/.config/borg/security/ID: location, and the time of the newest manifest that this host has seen ("Security", borg). */
static void borg_security(struct host *h, int64_t times[BACKUP_REPOS])
{
    for (size_t u = 0; u < h->a.nhomes && u < HOMES_MAX; u++) {
        struct posture_names ids;
        char path[LIM_PATH], line[TEXT_MAX], where[BACKUP_WHERE];

        snprintf(path, sizeof path, "%s/.config/borg/security", h->a.home[u]);
        posture_names(h->s, path, "", &ids);
        for (size_t i = 0; i < ids.n; i++) {
            struct backup_repo *r;
            int64_t t;

            snprintf(path, sizeof path, "%s/.config/borg/security/%s/location", h->a.home[u], ids.name[i]);
            if (read_line(h->s, path, line, sizeof line))
                continue;
            backup_place(line, where, sizeof where);
            r = backup_find(&h->repos, "borg", where);
            if (!r)
                break;
            if (!r->from[0])
                snprintf(r->from, sizeof r->from, "%.200s/.config/borg/security", h->a.home[u]);
            snprintf(path, sizeof path, "%s/.config/borg/security/%s/manifest-timestamp", h->a.home[u], ids.name[i]);
            t = read_line(h->s, path, line, sizeof line) ? 0 : iso_time(line);
            if (t > times[r - h->repos.row])
                times[r - h->repos.row] = t;
        }
        posture_names_fini(&ids);
    }
}

static void check_borg(struct host *h)
{
    int64_t times[BACKUP_REPOS] = {0};

    borg_security(h, times);
    for (size_t i = 0; i < h->repos.n; i++) {
        const struct backup_repo *r = &h->repos.row[i];
        int64_t local = strcmp(r->tool, "borg") ? 0 : borg_local(h->s, r->where);
        struct when w = {.t = times[i] > local ? times[i] : local};

        if (strcmp(r->tool, "borg"))
            continue;
        snprintf(w.evidence, sizeof w.evidence, "%s", !w.t ? "no trace of a finished archive on this host"
                 : local >= times[i] ? "the repository's index" : "the time of the manifest in ~/.config/borg/security");
        put(h, r, &w);
    }
}

/* ---- rsnapshot, Timeshift, duplicity ---------------------------------------------------------- */

/* The newest time among the folders of `folder` whose names end with `suffix`. */
static int64_t newest_folder(const struct survey *s, const char *folder, const char *suffix)
{
    struct posture_names names;
    char path[LIM_PATH];
    int64_t newest = 0;
    struct stat st;

    posture_names(s, folder, suffix, &names);
    for (size_t i = 0; i < names.n; i++) {
        snprintf(path, sizeof path, "%.3000s/%s", folder, names.name[i]);
        if (survey_stat(s, path, &st) == MM_OK && S_ISDIR(st.st_mode) && st.st_mtime > newest)
            newest = st.st_mtime;
    }
    posture_names_fini(&names);
    return newest;
}

/* rsnapshot(1): "snapshot_root" and a path, divided by tabs; interval.0 is touched when it is complete. */
static void check_rsnapshot(struct host *h)
{
    struct backup_repo r = {.tool = "rsnapshot", .from = "/etc/rsnapshot.conf"};
    struct when w = {0};
    struct buf text;
    char *rest, *line;
    int rc = posture_text(h->s, r.from, &text);

    rest = text.data;
    while ((line = survey_line(&rest))) {
        char *word = posture_word(&line);

        if (word && !strcmp(word, "snapshot_root") && (word = posture_word(&line)))
            backup_place(word, r.where, sizeof r.where);
    }
    buf_fini(&text);
    if (rc == MM_ENOTFOUND || !r.where[0])
        return;
    w.t = newest_folder(h->s, r.where, ".0");
    snprintf(w.evidence, sizeof w.evidence, w.t ? "the newest *.0 in %s" : "no *.0 in %s: it is not there now, or nothing was done yet", r.where);
    put(h, &r, &w);
}

/* Timeshift keeps the system, not people's files (its README): a help after a bad update, not a backup.
 * Snapshots are folders named by their time, each with an info.json when complete. */
static void check_timeshift(struct host *h)
{
    static const char *const PLACES[] = {"/timeshift/snapshots", "/run/timeshift/backup/timeshift/snapshots", "/timeshift-btrfs/snapshots"};
    struct backup_repo r = {.tool = "Timeshift", .from = "/etc/timeshift/timeshift.json", .copy = true};
    struct when w = {0};
    struct stat st;

    if (survey_stat(h->s, r.from, &st))
        return;
    for (size_t p = 0; p < sizeof PLACES / sizeof *PLACES; p++) {
        struct posture_names names;
        char path[LIM_PATH];

        posture_names(h->s, PLACES[p], "", &names);
        for (size_t i = 0; i < names.n; i++) {
            snprintf(path, sizeof path, "%s/%s/info.json", PLACES[p], names.name[i]);
            if (survey_stat(h->s, path, &st) == MM_OK && st.st_mtime > w.t) {
                w.t = st.st_mtime;
                snprintf(r.where, sizeof r.where, "%s", PLACES[p]);
            }
        }
        posture_names_fini(&names);
    }
    w.weak = true;
    snprintf(w.evidence, sizeof w.evidence, "%s; Timeshift keeps the system, not people's files", w.t ? r.where : "no snapshot with an info.json can be seen");
    put(h, &r, &w);
}

/* The newest "20231109T231407Z" in a name: "duplicity-full.T.manifest", "duplicity-inc.T.to.T.manifest" (duplicity(1)). */
static int64_t stamp_in(const char *name)
{
    int64_t newest = 0;

    for (const char *at = strchr(name, '.'); at; at = strchr(at + 1, '.')) {
        char iso[24];
        int64_t t;

        if (strlen(at) < 17 || at[9] != 'T' || at[16] != 'Z')
            continue;
        snprintf(iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s", at + 1, at + 5, at + 7, at + 10, at + 12, at + 14);
        t = iso_time(iso);
        newest = t > newest ? t : newest;
    }
    return newest;
}

static void check_duplicity(struct host *h)
{
    static const struct { const char *tool, *cache; } CACHES[] = {{"Deja Dup", ".cache/deja-dup"}, {"duplicity", ".cache/duplicity"}};

    for (size_t u = 0; u < h->a.nhomes && u < HOMES_MAX; u++)
        for (size_t c = 0; c < sizeof CACHES / sizeof *CACHES; c++) {
            struct backup_repo r = {.from = "its settings are in dconf or on its command line"};
            struct posture_names sets, files;
            struct when w = {0};
            char path[LIM_PATH];

            snprintf(path, sizeof path, "%s/%s", h->a.home[u], CACHES[c].cache);
            posture_names(h->s, path, "", &sets);
            for (size_t i = 0; i < sets.n; i++) {
                snprintf(path, sizeof path, "%s/%s/%s", h->a.home[u], CACHES[c].cache, sets.name[i]);
                posture_names(h->s, path, "", &files);
                for (size_t k = 0; k < files.n; k++) {
                    int64_t t = strstr(files.name[k], ".part") ? 0 : stamp_in(files.name[k]);

                    w.t = t > w.t ? t : w.t;
                }
                posture_names_fini(&files);
            }
            posture_names_fini(&sets);
            if (!w.t)
                continue;
            snprintf(r.tool, sizeof r.tool, "%s", CACHES[c].tool);
            snprintf(w.evidence, sizeof w.evidence, "the newest file name in %s/%s", h->a.home[u], CACHES[c].cache);
            put(h, &r, &w);
        }
}

/* ---- tools that keep their times elsewhere ------------------------------------------------------ */

static void check_others(struct host *h)
{
    /* By the marks that their makers' manuals name; what they did last, their servers or their own programs tell. */
    static const struct { const char *tool, *mark, *why; } OTHERS[] = {
        {"Bareos", "/etc/bareos/bareos-fd.d", "its director keeps the times and decides over the volumes"},
        {"Bareos", "/etc/bareos/bareos-fd.conf", "its director keeps the times and decides over the volumes"},
        {"Bacula", "/etc/bacula/bacula-fd.conf", "its director keeps the times and decides over the volumes"},
        {"Veeam Agent", "/etc/veeam/veeam.ini", "veeamconfig session list tells"},
        {"UrBackup", "/usr/local/sbin/urbackupclientbackend", "its server keeps the times"},
        {"Acronis", "/usr/lib/Acronis/BackupAndRecovery", "its console keeps the times"},
        {"Duplicati", "/usr/bin/duplicati-server", "its own pages tell"},
        {"Back In Time", "/usr/bin/backintime", "its profiles are not read"},
        {"Kopia", "/usr/bin/kopia", "kopia snapshot list tells"}};
    char before[24] = "";

    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        struct backup_repo r = {.where = ""};
        struct when w = {0};
        struct stat st;

        if (survey_stat(h->s, OTHERS[i].mark, &st) || !strcmp(before, OTHERS[i].tool))
            continue;
        snprintf(before, sizeof before, "%s", OTHERS[i].tool);
        snprintf(r.tool, sizeof r.tool, "%s", OTHERS[i].tool);
        snprintf(r.from, sizeof r.from, "%s", OTHERS[i].mark);
        snprintf(w.evidence, sizeof w.evidence, "%s is there; %s", OTHERS[i].mark, OTHERS[i].why);
        put(h, &r, &w);
    }
}

/* Plain copies that cron makes: no versions, and a destroyed file is copied over the good one. */
static void check_copies(struct host *h)
{
    for (size_t i = 0; i < h->repos.n; i++) {
        const struct backup_repo *r = &h->repos.row[i];
        struct when w = {.weak = true};

        if (!r->copy)
            continue;
        snprintf(w.evidence, sizeof w.evidence, "a plain copy in %s; when it last succeeded is not known", r->from);
        put(h, r, &w);
    }
}

/* Homes that we may not read: a cache or a setting may lie there. */
static unsigned closed_homes(const struct host *h)
{
    unsigned n = 0;

    for (size_t u = 0; u < h->a.nhomes && u < HOMES_MAX; u++) {
        int rc;
        DIR *d = survey_dir(h->s, h->a.home[u], &rc);

        if (d)
            closedir(d);
        n += !d && rc == MM_EDENIED;
    }
    return n;
}

static void check_present(struct host *h)
{
    static const char *const PROGRAMS[] = {"/usr/bin/restic", "/usr/bin/borg", "/usr/bin/rsnapshot", "/usr/bin/duplicity", "/usr/bin/deja-dup",
                                           "/usr/local/bin/restic", "/usr/local/bin/borg", "/usr/bin/borgmatic"};
    struct stat st;

    if (h->solid || h->faint) {
        posture_put(h->s, BACKUP_PRESENT, h->solid ? SURVEY_MET : SURVEY_PARTLY, "", h->names, NULL, "%zu repositories, %zu plain copies: %s%s", h->solid,
                    h->faint, h->names, h->repos.more ? " (more than are looked at)" : "");
        return;
    }
    for (size_t i = 0; i < sizeof PROGRAMS / sizeof *PROGRAMS; i++)
        if (survey_stat(h->s, PROGRAMS[i], &st) == MM_OK)
            name_it(h, posture_base(PROGRAMS[i]));
    if (h->a.passwd || h->denied)
        posture_put(h->s, BACKUP_PRESENT, SURVEY_UNKNOWN, "", "", NULL, "/etc/passwd: %s; %u homes, crontabs or scripts could not be read",
                    h->a.passwd ? mm_strerror(h->a.passwd) : "read", h->denied);
    else if (h->names[0])
        posture_put(h->s, BACKUP_PRESENT, SURVEY_PARTLY, "", h->names, NULL, "%s is installed, but no repository, timer or trace of a backup was found", h->names);
    else
        posture_put(h->s, BACKUP_PRESENT, SURVEY_UNMET, "", "", NULL,
                    "no restic, borg, rsnapshot, Timeshift, duplicity, Bareos, Bacula, Veeam or other known tool, no copy in cron or timers");
}

void survey_backup(struct survey *s)
{
    struct host *h = calloc(1, sizeof *h);

    if (!h) {
        posture_put(s, BACKUP_PRESENT, SURVEY_UNKNOWN, "", "", NULL, "out of memory");
        return;
    }
    h->s = s;
    accounts_load(s, &h->a);
    h->denied = backup_commands(s, &h->repos) + closed_homes(h);
    check_restic(h);
    check_borg(h);
    check_rsnapshot(h);
    check_timeshift(h);
    check_duplicity(h);
    check_others(h);
    check_copies(h);
    check_present(h);
    accounts_free(&h->a);
    free(h);
}
