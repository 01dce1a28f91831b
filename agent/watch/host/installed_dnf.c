/* What dnf's repositories offer, from the copies of their metadata that dnf keeps on disk
 * (/var/cache/dnf/ID-HASH/repodata, dnf5: /var/cache/libdnf5).  dnf verified them when it fetched them; the folders
 * are root's.  Only offers of installed packages are kept.
 *
 * Two passes: all lists of packages first, then the notices, because a notice counts only where dnf would take
 * that version (priority).  Packages of a module stream are served by notices of their own stream alone: a list
 * does not tell streams apart. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/host/dnf_repos.h"
#include "agent/watch/host/installed_priv.h"
#include "agent/watch/host/package_version.h"
#include "agent/watch/host/posture.h"
#include "agent/watch/host/repodata.h"
#include "agent/watch/host/unpack.h"
#include "lib/err.h"
#include "lib/limits.h"

#define DAY 86400
#define WEEK (7 * DAY)
#define STANDSTILL (30 * DAY)     /* a distribution without any update for a month: a mirror that got stuck, an old release */
#define REPOMD_BYTES (1u << 20)   /* a large one has 10 KiB */
#define HASH 16                   /* hexadecimal digits behind the id */

/* dnf's copy of one repository. */
struct copy {
    char folder[640];             /* with /repodata */
    struct repomd files;
    int64_t fetched;              /* when dnf last found it to be the newest; 0: there is no copy */
};

struct source { const struct dnf_repo *repo; struct copy copy; };
struct work {
    const struct survey *s;
    struct installed *all;
    struct dnf_repos repos;
    struct source source[INSTALLED_ARCHIVES]; /* of each archive */
    unsigned now;                 /* the archive that is being read */
};

/* ---- finding the copy ------------------------------------------------------------------------- */

/* "baseos-0123456789abcdef" is of "baseos", not of "base". */
static bool is_copy(const char *name, const char *id)
{
    size_t n = strlen(id);

    return !strncmp(name, id, n) && name[n] == '-' && strlen(name + n + 1) == HASH && strspn(name + n + 1, "0123456789abcdef") == HASH;
}

static int open_in(const struct survey *s, const struct copy *c, const char *name)
{
    char path[sizeof c->folder + REPODATA_TEXT + 1];

    snprintf(path, sizeof path, "%s/%s", c->folder, name);
    return survey_open(s, path);
}

static int64_t changed(const struct survey *s, const struct copy *c, const char *name)
{
    char path[sizeof c->folder + REPODATA_TEXT + 1];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", c->folder, name);
    return *name && survey_stat(s, path, &st) == MM_OK && S_ISREG(st.st_mode) ? st.st_mtime : 0;
}

/* dnf writes repomd.xml when it changed, and touches the list of packages when it did not. */
static int load(const struct survey *s, struct copy *c)
{
    struct unpack *from;
    int fd = open_in(s, c, "repomd.xml"), rc = fd < 0 ? fd : unpack_open(&from, fd, REPOMD_BYTES);
    int64_t list;

    if (rc == MM_OK) {
        rc = repodata_repomd(from, &c->files);
        unpack_close(from);
    }
    if (fd >= 0)
        close(fd);
    if (rc < 0)
        return rc;
    if (!changed(s, c, c->files.primary.name)) /* of two packings dnf fetches one */
        c->files.primary = c->files.primary_chunked;
    if (!changed(s, c, c->files.updateinfo.name) && changed(s, c, c->files.updateinfo_chunked.name))
        c->files.updateinfo = c->files.updateinfo_chunked;
    c->fetched = changed(s, c, "repomd.xml");
    list = changed(s, c, c->files.primary.name);
    c->fetched = list > c->fetched ? list : c->fetched;
    return MM_OK;
}

/* The newest copy below `root`, when it is newer than `best`.  Two that were both fetched in the last week are of two
 * releases or addresses, and which one counts is not known. */
static void look(struct work *w, const char *root, const struct dnf_repo *repo, struct copy *best)
{
    struct copy *one = calloc(1, sizeof *one);
    unsigned fresh = 0;
    struct dirent *e;
    int rc = one ? MM_OK : MM_ENOMEM;
    DIR *d = one ? survey_dir(w->s, root, &rc) : NULL;

    while (d && (e = readdir(d))) {
        if (!is_copy(e->d_name, repo->id))
            continue;
        memset(one, 0, sizeof *one);
        snprintf(one->folder, sizeof one->folder, "%.255s/%.255s/repodata", root, e->d_name);
        rc = load(w->s, one);
        if (rc < 0 && rc != MM_ENOTFOUND)
            installed_trouble(w->all, "dnf's copy of the repository %.64s cannot be read: %s", repo->id, mm_strerror(rc));
        fresh += one->fetched && w->s->now - one->fetched <= WEEK;
        if (one->fetched > best->fetched)
            *best = *one;
        rc = MM_OK;
    }
    if (d)
        closedir(d);
    else if (rc != MM_ENOTFOUND)
        installed_trouble(w->all, "%.100s cannot be read: %s", root, mm_strerror(rc));
    if (fresh > 1)
        installed_trouble(w->all, "dnf has %u copies of the repository %.64s of this week: which one counts is not known", fresh, repo->id);
    free(one);
}

/* ---- offers --------------------------------------------------------------------------------------- */

static bool fits(const struct installed *all, const struct package *p, const char *arch)
{
    const char *own = installed_text(all, p->arch);

    return !strcmp(own, arch) || !strcmp(own, "noarch") || !strcmp(arch, "noarch");
}

static bool makes_sense(struct work *w, const struct repodata_package *u)
{
    if (u->bad)
        installed_trouble(w->all, "the repository %.64s tells something of %.64s that makes no sense", w->source[w->now].repo->id, u->name);
    return !u->bad;
}

static void raise_to(struct work *w, struct offer *to, const char *version, int64_t out)
{
    if (to->version && package_version_rpm(version, installed_text(w->all, to->version)) <= 0)
        return;
    to->version = installed_keep(w->all, version);
    to->archive = (int)w->now;
    to->out = out;
    if (!to->version)
        installed_trouble(w->all, "the repositories offer more than fits");
}

/* Build systems of the distributions write it into the release of every package of a module. */
static bool of_module(const char *version)
{
    return strstr(version, ".module") != NULL;
}

static void offer(struct work *w, struct package *p, const char *version)
{
    struct archive *a = &w->all->archive[w->now];
    int order = package_version_rpm(version, installed_text(w->all, p->version)), priority = w->source[w->now].repo->priority;

    if (order == 0) {
        a->offers++;
        if (!p->offered)
            p->offered_by = (int)w->now;
        p->offered = true;
    }
    if (p->stream || of_module(version)) {
        p->doubt = p->doubt || (p->stream && order > 0);
        return;
    }
    if (priority > p->priority) /* dnf takes it from the other repository only */
        return;
    if (priority < p->priority)
        memset(&p->normal, 0, sizeof p->normal);
    p->priority = priority;
    raise_to(w, &p->normal, version, a->date);
}

static void take_offer(void *context, const struct repodata_package *u)
{
    struct work *w = context;

    for (int i = installed_find(w->all, u->name); i >= 0; i = installed_same(w->all, i)) {
        struct package *p = &w->all->list[i];

        if (!makes_sense(w, u) || !dnf_repo_lets(w->source[w->now].repo, u->name))
            return;
        if (!p->superseded && fits(w->all, p, u->arch))
            offer(w, p, u->version);
    }
}

/* ---- notices ---------------------------------------------------------------------------------------- */

/* Is the notice about this package's stream?  Some distributions forget to tell it. */
static bool same_stream(struct installed *all, struct package *p, const struct repodata_package *u)
{
    if (!*u->stream && of_module(u->version)) {
        p->doubt = p->doubt || p->stream;
        if (p->stream && u->security)
            all->untold = p->name;
        return false;
    }
    return !strcmp(installed_text(all, p->stream), u->stream);
}

/* dnf installs a package from the repositories that go first (priority): a notice of another one counts when these
 * have that version or a newer one; else it is about packages of another descent. */
static bool counts(const struct work *w, const struct package *p, const char *version)
{
    return w->source[w->now].repo->priority <= p->priority ||
           (p->normal.version && package_version_rpm(installed_text(w->all, p->normal.version), version) >= 0);
}

/* A version that mends something and is newer than the installed one.  The clock runs from the oldest of them. */
static void notice(struct work *w, struct package *p, const struct repodata_package *u)
{
    struct offer *to = u->security ? &p->security : &p->normal;
    int64_t issued = u->issued <= w->s->now ? u->issued : 0, oldest = to->out;
    bool first = !to->version;

    if (!u->security && !p->stream)
        return; /* the list has it */
    if (!counts(w, p, u->version))
        return;
    raise_to(w, to, u->version, issued);
    to->out = first || (issued && (!oldest || issued < oldest)) ? issued : oldest;
}

static void take_notice(void *context, const struct repodata_package *u)
{
    struct work *w = context;

    for (int i = installed_find(w->all, u->name); i >= 0; i = installed_same(w->all, i)) {
        struct package *p = &w->all->list[i];

        if (!makes_sense(w, u) || !dnf_repo_lets(w->source[w->now].repo, u->name))
            return;
        if (!p->superseded && fits(w->all, p, u->arch) && package_version_rpm(u->version, installed_text(w->all, p->version)) > 0 &&
            same_stream(w->all, p, u))
            notice(w, p, u);
    }
}

/* ---- one repository ---------------------------------------------------------------------------------- */

static void read_document(struct work *w, const char *name, int (*reader)(struct unpack *, repodata_take, void *), repodata_take take)
{
    struct source *source = &w->source[w->now];
    struct unpack *from;
    int fd = open_in(w->s, &source->copy, name), rc = fd < 0 ? fd : unpack_open(&from, fd, LIM_PACKAGE_LISTS);

    if (rc == MM_OK) {
        rc = reader(from, take, w);
        unpack_close(from);
    }
    if (rc < 0)
        installed_trouble(w->all, "%.100s of the repository %.64s cannot be read: %s", name, source->repo->id, mm_strerror(rc));
    if (fd >= 0)
        close(fd);
}

static void begin_archive(struct work *w, const struct dnf_repo *repo, const struct copy *c)
{
    struct archive *a = &w->all->archive[w->now];

    memset(a, 0, sizeof *a);
    snprintf(a->suite, sizeof a->suite, "%.63s", repo->id);
    a->date = c->files.made;
    a->until = c->fetched + WEEK;
    a->security = c->files.updateinfo.name[0];
    a->lists = true;
    w->source[w->now] = (struct source){.repo = repo, .copy = *c};
    if (!a->date || a->date > w->s->now + DAY || c->fetched > w->s->now + DAY)
        installed_trouble(w->all, "the date of the repository %.64s cannot be right", repo->id);
}

/* A repository that dnf may go without counts all the same when it is one that tells of security updates. */
static void count_age(struct work *w, const struct dnf_repo *repo, const struct copy *c)
{
    if (dnf_repo_optional(&w->repos, repo) && !c->files.updateinfo.name[0])
        return;
    if (!w->all->fetched || c->fetched < w->all->fetched)
        w->all->fetched = c->fetched;
}

static void read_repository(struct work *w, const struct dnf_repo *repo)
{
    struct copy best = {.fetched = 0};

    look(w, w->repos.cache[0] ? w->repos.cache : "/var/cache/dnf", repo, &best);
    look(w, "/var/cache/libdnf5", repo, &best);
    if (!best.fetched) {
        if (!dnf_repo_optional(&w->repos, repo))
            installed_trouble(w->all, "dnf has no copy of the repository %.64s", repo->id);
        return;
    }
    if (w->all->archives == INSTALLED_ARCHIVES) {
        installed_trouble(w->all, "dnf has more than %d repositories", INSTALLED_ARCHIVES);
        return;
    }
    w->now = w->all->archives++;
    begin_archive(w, repo, &best);
    count_age(w, repo, &best);
    if (best.files.primary.name[0])
        read_document(w, best.files.primary.name, repodata_primary, take_offer);
    else
        installed_trouble(w->all, "dnf's copy of the repository %.64s has no list of packages", repo->id);
}

/* ---- together ------------------------------------------------------------------------------------------ */

/* Of one name and architecture several versions may be installed (kernels): the newest counts. */
static void mark_superseded(struct installed *all)
{
    for (unsigned i = 0; i < all->n; i++) {
        struct package *p = &all->list[i];

        p->priority = INT_MAX;
        for (int k = installed_find(all, installed_text(all, p->name)); k >= 0; k = installed_same(all, k))
            if (!strcmp(installed_text(all, all->list[k].arch), installed_text(all, p->arch)) &&
                package_version_rpm(installed_text(all, all->list[k].version), installed_text(all, p->version)) > 0)
                p->superseded = true;
    }
}

/* The repository that most installed packages come from, of those that tell of security updates, must be alive: a
 * mirror that stands still is fetched every day and has nothing new. */
static void need_notices(struct work *w)
{
    const struct archive *most = NULL;
    char day[RFC3339_DAY];

    for (unsigned i = 0; i < w->all->archives; i++) {
        const struct archive *a = &w->all->archive[i];

        if (a->security && (!most || a->offers > most->offers))
            most = a;
    }
    if (!most) {
        installed_trouble(w->all, "no enabled repository tells which updates are security updates (updateinfo)");
    } else if (w->s->now - most->date > STANDSTILL) {
        posture_day(most->date, day);
        installed_trouble(w->all, "the repository %s has had no update since %s", most->suite, day);
    }
}

void dnf_read(const struct survey *s, struct installed *all)
{
    struct work *w = calloc(1, sizeof *w);

    if (!w) {
        installed_trouble(all, "out of memory");
        return;
    }
    w->s = s;
    w->all = all;
    dnf_repos_read(s, &w->repos);
    if (w->repos.wrong[0])
        installed_trouble(all, "dnf's configuration: %s", w->repos.wrong);
    mark_superseded(all);
    for (unsigned i = 0; i < w->repos.n; i++)
        if (dnf_repo_enabled(&w->repos.one[i]))
            read_repository(w, &w->repos.one[i]);
    for (w->now = 0; w->now < all->archives; w->now++)
        if (all->archive[w->now].security)
            read_document(w, w->source[w->now].copy.files.updateinfo.name, repodata_updateinfo, take_notice);
    if (all->archives)
        need_notices(w);
    else
        installed_trouble(all, "dnf's configuration enables no repository, or none was fetched yet");
    free(w);
}
