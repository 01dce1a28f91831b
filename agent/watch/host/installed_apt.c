/* apt's lists: NAME_InRelease (or NAME_Release) tells of when an archive is and which kind, NAME..._Packages (plain or
 * packed) what it offers.  apt verified the signatures when it fetched them; the folder is root's.
 * Only offers of installed packages are kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/host/deb822.h"
#include "agent/watch/host/installed_priv.h"
#include "agent/watch/host/package_version.h"
#include "agent/watch/host/posture.h"
#include "lib/err.h"
#include "lib/limits.h"

#define LISTS "/var/lib/apt/lists"
#define RELEASE_BYTES (8u << 20) /* Debian's own with all its checksums has 150 KiB */
#define DAY 86400
#define WEEK (7 * DAY)

struct listing {
    char name[LIM_PACKAGE_FILES][LIM_NAME];
    unsigned n;
};

/* ---- the folder ---------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The names in it, sorted, so that every look tells the same. */
static int list_folder(const struct survey *s, struct installed *all, struct listing *l)
{
    struct dirent *e;
    int rc;
    DIR *d = survey_dir(s, LISTS, &rc);

    if (!d)
        return rc;
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        if (l->n == LIM_PACKAGE_FILES) {
            installed_trouble(all, "apt has more than %u lists", LIM_PACKAGE_FILES);
            break;
        }
        snprintf(l->name[l->n++], LIM_NAME, "%s", e->d_name);
    }
    closedir(d);
    qsort(l->name, l->n, LIM_NAME, by_name);
    return MM_OK;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && !strcmp(text + n - m, end);
}

/* "..._binary-amd64_Packages" or "..._Packages.lz4". */
static bool is_packages(const char *name)
{
    const char *at = strstr(name, "_Packages");

    return at && (!at[9] || (at[9] == '.' && !strchr(at + 10, '.') && strlen(at) < 16));
}

static int open_list(const struct survey *s, const char *name)
{
    char path[LIM_NAME + sizeof LISTS];

    snprintf(path, sizeof path, LISTS "/%s", name);
    return survey_open(s, path);
}

/* ---- Release files -------------------------------------------------------------------------- */

static void take_release(struct archive *a, const struct deb822 *r)
{
    const char *suite = r->value[DEB_SUITE], *codename = r->value[DEB_CODENAME];

    snprintf(a->origin, sizeof a->origin, "%.63s", r->value[DEB_ORIGIN]);
    snprintf(a->suite, sizeof a->suite, "%.63s", *suite ? suite : codename);
    snprintf(a->codename, sizeof a->codename, "%.63s", codename);
    /* Debian: Label "Debian-Security", Ubuntu: Suite "jammy-security" */
    a->security = !strcmp(r->value[DEB_LABEL], "Debian-Security") || ends_with(suite, "-security") || ends_with(codename, "-security");
    a->manual = !strcmp(r->value[DEB_NOT_AUTOMATIC], "yes");
    a->late = !strcmp(r->value[DEB_BUT_AUTOMATIC], "yes");
    if (deb822_date(r->value[DEB_DATE], &a->date) < 0)
        a->date = 0;
    if (deb822_date(r->value[DEB_VALID_UNTIL], &a->until) < 0)
        a->until = 0;
}

/* The stanza with the date: an InRelease file has one of the signature before it. */
static bool find_release(struct lines *lines, struct deb822 *stanza)
{
    while (deb822_next(lines, stanza))
        if (stanza->value[DEB_DATE][0])
            return true;
    return false;
}

static void read_release(const struct survey *s, struct installed *all, const char *name)
{
    struct archive *a = &all->archive[all->archives];
    size_t stem = strlen(name) - (ends_with(name, "_InRelease") ? 9 : 7);
    struct deb822 *stanza = malloc(sizeof *stanza);
    struct lines lines;
    int fd = open_list(s, name), rc = fd < 0 ? fd : stanza ? lines_open(&lines, fd, RELEASE_BYTES) : MM_ENOMEM;
    bool found = false;

    if (rc == MM_OK) {
        found = find_release(&lines, stanza);
        rc = lines_close(&lines);
    }
    if (rc < 0 || !found) {
        installed_trouble(all, "%.200s cannot be read: %s", name, rc < 0 ? mm_strerror(rc) : "no date in it");
    } else if (all->archives == INSTALLED_ARCHIVES || stem >= sizeof a->stem) {
        installed_trouble(all, "apt has more than %d archives", INSTALLED_ARCHIVES);
    } else {
        memset(a, 0, sizeof *a);
        memcpy(a->stem, name, stem);
        take_release(a, stanza);
        if (!a->date || a->date > s->now + DAY)
            installed_trouble(all, "the date of %.200s cannot be right", name);
        else
            all->fetched = a->date > all->fetched ? a->date : all->fetched;
        all->archives++;
    }
    if (fd >= 0)
        close(fd);
    free(stanza);
}

/* ---- Packages files ------------------------------------------------------------------------- */

static int archive_of(const struct installed *all, const char *list)
{
    size_t longest = 0;
    int best = -1;

    for (unsigned i = 0; i < all->archives; i++) {
        size_t n = strlen(all->archive[i].stem);

        if (n > longest && !strncmp(all->archive[i].stem, list, n)) {
            longest = n;
            best = (int)i;
        }
    }
    return best;
}

static void offer(struct installed *all, struct package *p, int from, const char *version)
{
    const struct archive *a = &all->archive[from];
    struct offer *to = a->security ? &p->security : a->manual ? &p->late : &p->normal;
    int order = package_version_dpkg(version, installed_text(all, p->version));

    if (order == 0 && !p->offered) {
        p->offered = true;
        p->offered_by = from;
    }
    if (a->manual && !a->late) /* NotAutomatic: never installed on its own */
        return;
    if (to->version && package_version_dpkg(version, installed_text(all, to->version)) <= 0)
        return;
    to->version = order == 0 ? p->version : installed_keep(all, version);
    to->archive = from;
    to->out = a->date;
    if (!to->version)
        installed_trouble(all, "the archives offer more than fits");
}

/* The same package: of the same architecture, or of all. */
static bool fits(const struct installed *all, const struct package *p, const char *arch)
{
    const char *own = installed_text(all, p->arch);

    return !strcmp(own, arch) || !strcmp(own, "all") || !strcmp(arch, "all");
}

static int read_offers(struct installed *all, struct lines *lines, int from)
{
    struct deb822 stanza;

    while (deb822_next(lines, &stanza)) {
        int i = installed_find(all, stanza.value[DEB_PACKAGE]);

        if (i >= 0 && (stanza.cut || !package_version_dpkg_valid(stanza.value[DEB_VERSION]))) {
            installed_trouble(all, "the list of %s has an entry that makes no sense", all->archive[from].suite);
            continue;
        }
        for (; i >= 0; i = installed_same(all, i))
            if (fits(all, &all->list[i], stanza.value[DEB_ARCHITECTURE]))
                offer(all, &all->list[i], from, stanza.value[DEB_VERSION]);
    }
    return lines_close(lines);
}

static void read_packages(const struct survey *s, struct installed *all, const char *name)
{
    struct lines lines;
    int from = archive_of(all, name), fd, rc;

    if (from < 0) {
        installed_trouble(all, "%.200s belongs to no Release file", name);
        return;
    }
    fd = open_list(s, name);
    rc = fd < 0 ? fd : lines_open(&lines, fd, LIM_PACKAGE_LISTS);
    if (rc == MM_OK)
        rc = read_offers(all, &lines, from);
    if (rc == MM_OK)
        all->archive[from].lists = true;
    else
        installed_trouble(all, "%.180s cannot be read: %s", name, mm_strerror(rc));
    if (fd >= 0)
        close(fd);
}

/* ---- together ------------------------------------------------------------------------------- */

/* Files that apt or its helpers touch after they looked at the archives. */
static void look_at_stamps(const struct survey *s, struct installed *all)
{
    static const char *const STAMPS[] = {"/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/periodic/update-stamp"};
    struct stat st;

    for (size_t i = 0; i < sizeof STAMPS / sizeof *STAMPS; i++)
        if (survey_stat(s, STAMPS[i], &st) == MM_OK && st.st_mtime > all->fetched && st.st_mtime <= s->now)
            all->fetched = st.st_mtime;
}

/* Without fresh data of this release's security archive nobody can say that nothing is missing. */
static void need_security(const struct survey *s, struct installed *all)
{
    const char *codename = all->distribution.codename;
    const struct archive *newest = NULL;
    char day[RFC3339_DAY];

    for (unsigned i = 0; i < all->archives; i++) {
        const struct archive *a = &all->archive[i];

        if (a->security && a->lists && !strncmp(a->codename, codename, strlen(codename)) && (!newest || a->date > newest->date))
            newest = a;
    }
    if (!newest) {
        installed_trouble(all, "apt's lists have no security archive of this release");
        return;
    }
    all->security_date = newest->date;
    if (s->now - newest->date > WEEK || (newest->until && s->now > newest->until)) {
        posture_day(newest->date, day);
        installed_trouble(all, "the lists of the security archive are of %s, older than a week", day);
    }
}

void apt_read(const struct survey *s, struct installed *all)
{
    struct listing *l = calloc(1, sizeof *l);
    int rc = l ? list_folder(s, all, l) : MM_ENOMEM;

    if (rc < 0)
        installed_trouble(all, "apt's lists cannot be read: %s", mm_strerror(rc));
    for (unsigned i = 0; rc == MM_OK && i < l->n; i++)
        if (ends_with(l->name[i], "_InRelease") || ends_with(l->name[i], "_Release"))
            read_release(s, all, l->name[i]);
    for (unsigned i = 0; rc == MM_OK && i < l->n; i++)
        if (is_packages(l->name[i]))
            read_packages(s, all, l->name[i]);
    free(l);
    if (rc < 0)
        return;
    look_at_stamps(s, all);
    need_security(s, all);
}
