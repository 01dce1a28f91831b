/* The set of packages and the verdict.  Bounds: LIM_PACKAGES packages and LIM_PACKAGES_TEXT bytes of their names;
 * a host with more is judged on what fits, and nothing is "current". */
#include "agent/watch/host/installed.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/installed_priv.h"
#include "agent/watch/host/package_version.h"
#include "agent/watch/host/posture.h"
#include "lib/err.h"
#include "lib/limits.h"

#define DAY 86400
#define WEEK (7 * DAY)

/* ---- the set ------------------------------------------------------------------------- */

const char *installed_text(const struct installed *all, uint32_t at)
{
    return all->text.data + at;
}

uint32_t installed_keep(struct installed *all, const char *text)
{
    size_t at = all->text.len;

    if (!*text || buf_add(&all->text, text, strlen(text) + 1) < 0)
        return 0; /* offset 0 is an empty text */
    return (uint32_t)at;
}

static unsigned bucket_of(const char *name)
{
    uint32_t h = 2166136261u; /* FNV-1a */

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return h % INSTALLED_BUCKETS;
}

int installed_same(const struct installed *all, int at)
{
    const char *name = installed_text(all, all->list[at].name);

    for (int i = all->list[at].next; i >= 0; i = all->list[i].next)
        if (!strcmp(installed_text(all, all->list[i].name), name))
            return i;
    return -1;
}

int installed_find(const struct installed *all, const char *name)
{
    for (int i = all->bucket[bucket_of(name)]; i >= 0; i = all->list[i].next)
        if (!strcmp(installed_text(all, all->list[i].name), name))
            return i;
    return -1;
}

int installed_add(struct installed *all, const struct package_facts *facts)
{
    struct package *p;
    unsigned bucket = bucket_of(facts->name);

    if (all->n == LIM_PACKAGES)
        return MM_ELIMIT;
    if (all->n == all->room) {
        unsigned room = all->room ? all->room * 2 : 1024;
        struct package *list = realloc(all->list, room * sizeof *list);

        if (!list)
            return MM_ENOMEM;
        all->list = list;
        all->room = room;
    }
    p = &all->list[all->n];
    memset(p, 0, sizeof *p);
    p->name = installed_keep(all, facts->name);
    p->version = installed_keep(all, facts->version);
    p->arch = installed_keep(all, facts->arch);
    p->maker = installed_keep(all, facts->maker);
    p->stream = facts->stream ? installed_keep(all, facts->stream) : 0;
    if (!p->name || !p->version)
        return MM_ELIMIT;
    p->chosen = facts->chosen;
    p->community = facts->community;
    p->offered_by = p->normal.archive = p->security.archive = p->late.archive = -1;
    p->next = all->bucket[bucket];
    all->bucket[bucket] = (int)all->n++;
    return MM_OK;
}

void installed_trouble(struct installed *all, const char *format, ...)
{
    va_list args;

    if (all->trouble[0])
        return;
    va_start(args, format);
    vsnprintf(all->trouble, sizeof all->trouble, format, args);
    va_end(args);
}

/* ---- reading ---------------------------------------------------------------------------- */

static struct installed *new_set(void)
{
    struct installed *all = calloc(1, sizeof *all);

    if (!all)
        return NULL;
    buf_init(&all->text, LIM_PACKAGES_TEXT);
    for (unsigned i = 0; i < INSTALLED_BUCKETS; i++)
        all->bucket[i] = -1;
    if (buf_add(&all->text, "", 1) < 0) {
        free(all);
        return NULL;
    }
    all->manager = "";
    return all;
}

/* Databases that this program does not read: with one of them nothing can be called unowned. */
static const char *other_manager(const struct survey *s)
{
    static const struct { const char *path, *name; } OTHERS[] = {
        {"/var/lib/pacman/local", "pacman"}, {"/lib/apk/db/installed", "apk"}, {"/var/db/pkg", "portage"}, {"/nix/var/nix/db", "nix"},
    };
    struct stat st;

    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        if (survey_stat(s, OTHERS[i].path, &st) == MM_OK)
            return OTHERS[i].name;
    return NULL;
}

static void read_all(const struct survey *s, struct installed *all)
{
    const char *other;
    int rc = dpkg_read(s, all);

    distribution_read(s, &all->distribution);
    if (rc != MM_ENOTFOUND) {
        all->manager = "dpkg";
        apt_read(s, all);
    } else if ((rc = rpm_read(s, all)) != MM_ENOTFOUND) {
        all->manager = "rpm";
        dnf_read(s, all);
    } else {
        other = other_manager(s);
        if (other)
            snprintf(all->broken, sizeof all->broken, "the database of %s is not read", other);
        installed_trouble(all, "no database of dpkg or rpm");
        return;
    }
    if (rc < 0 && !all->broken[0])
        snprintf(all->broken, sizeof all->broken, "the database of %s could not be read: %s", all->manager, mm_strerror(rc));
}

const struct installed *installed_of(struct survey *s)
{
    if (!s->installed) {
        s->installed = new_set();
        if (s->installed)
            read_all(s, s->installed);
    }
    return s->installed;
}

void installed_free(struct installed *all)
{
    if (!all)
        return;
    buf_fini(&all->text);
    free(all->list);
    free(all);
}

void installed_owners(const struct survey *s, const struct installed *all, const char *const *paths, unsigned n, int *owner)
{
    for (unsigned i = 0; i < n; i++)
        owner[i] = all->broken[0] ? OWNER_UNKNOWN : OWNER_NONE;
    if (all->broken[0])
        return;
    if (!strcmp(all->manager, "dpkg"))
        dpkg_owners(s, all, paths, n, owner);
    else if (!strcmp(all->manager, "rpm"))
        rpm_owners(s, all, paths, n, owner);
}

/* ---- the verdict ---------------------------------------------------------------------------- */

static bool is_rpm(const struct installed *all)
{
    return !strcmp(all->manager, "rpm");
}

static bool newer(const struct installed *all, uint32_t a, uint32_t b)
{
    const char *x = installed_text(all, a), *y = installed_text(all, b);

    return (is_rpm(all) ? package_version_rpm(x, y) : package_version_dpkg(x, y)) > 0;
}

/* The version that would be installed: the highest of the normal archives; of backports only when nothing else
 * offers the installed version or a newer one (apt_preferences(5): priority 100 against 500). */
static const struct offer *candidate_of(const struct installed *all, const struct package *p)
{
    const struct offer *best = &p->normal;

    if (p->security.version && (!best->version || newer(all, p->security.version, best->version)))
        best = &p->security;
    if (best->version && !newer(all, p->version, best->version))
        return best;
    return p->late.version && newer(all, p->late.version, p->version) ? &p->late : best;
}

/* By when the missing security update had come out: the date of the security archive or of the notice, or of another
 * archive that has it too (a point release). */
static int64_t since(const struct installed *all, const struct package *p)
{
    int64_t when = p->security.out;

    if (p->normal.version && !newer(all, p->security.version, p->normal.version) && p->normal.out && (!when || p->normal.out < when))
        when = p->normal.out;
    return when;
}

bool installed_trusted(const struct survey *s, const struct installed *all, char *why, size_t size)
{
    const struct distribution *d = &all->distribution;
    char day[RFC3339_DAY];

    if (all->broken[0]) {
        snprintf(why, size, "%s", all->broken);
    } else if (all->trouble[0]) {
        snprintf(why, size, "%s", all->trouble);
    } else if (!d->known) {
        snprintf(why, size, "the end of support of this distribution is not known (%s)", d->name[0] ? d->name : "no os-release");
    } else if (s->now >= d->ends) {
        snprintf(why, size, "%s is out of support since %s", d->name, d->end);
    } else if (s->now - all->fetched > WEEK) {
        posture_day(all->fetched, day);
        snprintf(why, size, "%s of %s, older than a week", is_rpm(all) ? "dnf's metadata are" : "apt's lists are", day);
    } else {
        return true;
    }
    return false;
}

const char *installed_reason(const struct survey *s, const struct installed *all, int *days)
{
    *days = all->fetched ? (int)((s->now - all->fetched) / (WEEK / 7)) : 0;
    if (all->distribution.known && s->now >= all->distribution.ends)
        return "support";
    return all->fetched && s->now - all->fetched > WEEK ? "old" : "none";
}

/* Ubuntu Pro's archive for universe ("jammy-apps-security") is in apt's lists where a host is attached to it. */
static bool has_community_fixes(const struct installed *all)
{
    for (unsigned i = 0; i < all->archives; i++)
        if (all->archive[i].lists && strstr(all->archive[i].suite, "-apps-security"))
            return true;
    return false;
}

/* The same for one package: some archive, whose lists still count, has the installed version. */
static bool trusted(const struct survey *s, const struct installed *all, const struct package *p, char *why, size_t size)
{
    const struct archive *from = p->offered_by >= 0 ? &all->archive[p->offered_by] : NULL;
    char day[RFC3339_DAY];

    if (!installed_trusted(s, all, why, size))
        return false;
    if (p->doubt) {
        snprintf(why, size, "newer versions are offered, whether for its module stream (%.100s) is not told", installed_text(all, p->stream));
        return false;
    }
    if (!from) {
        snprintf(why, size, "no %s offers the installed version", is_rpm(all) ? "enabled repository" : "archive in apt's lists");
        return false;
    }
    if (p->community && !has_community_fixes(all)) {
        snprintf(why, size, "it is of universe, which Ubuntu fixes for Pro subscribers only");
        return false;
    }
    if (from->until && s->now > from->until) {
        posture_day(from->until, day);
        snprintf(why, size, "the lists of archive %s were valid until %s", from->suite, day);
        return false;
    }
    return true;
}

static void say_behind(const struct installed *all, const struct package *p, const struct offer *best,
                       struct package_verdict *v)
{
    const struct archive *from = &all->archive[best->archive];
    char day[RFC3339_DAY];

    v->state = PACKAGE_BEHIND;
    v->candidate = installed_text(all, best->version);
    v->security = p->security.version && newer(all, p->security.version, p->version);
    v->since = v->security ? since(all, p) : best->out;
    posture_day(v->since, day);
    snprintf(v->evidence, sizeof v->evidence, "%s: %s %s installed, %s offered by %s%s%s%s; out by %s at the latest", all->manager,
             installed_text(all, p->name), installed_text(all, p->version), v->candidate, from->origin, *from->origin ? " " : "", from->suite,
             v->security && newer(all, best->version, p->security.version) ? " (security update before it)" : "", v->since ? day : "an unknown day");
}

void installed_judge(const struct survey *s, const struct installed *all, const struct package *p, struct package_verdict *v)
{
    const struct offer *best = candidate_of(all, p);
    const struct archive *from;
    char why[384], day[RFC3339_DAY];

    memset(v, 0, sizeof *v);
    v->candidate = "";
    if (best->version && newer(all, best->version, p->version)) {
        say_behind(all, p, best, v);
    } else if (!trusted(s, all, p, why, sizeof why)) {
        v->state = PACKAGE_UNKNOWN;
        snprintf(v->evidence, sizeof v->evidence, "%s: %s %s; %s", all->manager, installed_text(all, p->name),
                 installed_text(all, p->version), why);
    } else {
        v->state = PACKAGE_CURRENT;
        from = &all->archive[p->offered_by];
        posture_day(all->fetched, day);
        snprintf(v->evidence, sizeof v->evidence, "%s: %s %s is the newest that %s%s%s offers, lists of %s; %s supported until %s",
                 all->manager, installed_text(all, p->name), installed_text(all, p->version), from->origin, *from->origin ? " " : "",
                 from->suite, day, all->distribution.name, all->distribution.end);
    }
}
