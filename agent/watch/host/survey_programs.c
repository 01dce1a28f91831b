/* VPN and remote-access programs of this host, and the inventory.
 *
 * Order of the evidence: the package manager's version against what its archives offer (a fixed old version is
 * current); where no package owns the file, the version text in it, which the vpn rules judge in another process;
 * else "unknown" with the reason. */
#include "agent/watch/host/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/installed.h"
#include "agent/watch/host/package_version.h"
#include "agent/watch/host/program_table.h"
#include "agent/watch/host/program_version.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/rfc3339.h"

#define DAY_S 86400
#define FILES 64       /* of all programs that are there; more are left out and counted */

/* A file of the table that is there. */
struct found {
    char path[128];
    const struct program_kind *kind;
    bool denied;          /* its folder may not be looked into: whether it is there is not known */
    dev_t dev;
    ino_t ino;
    char version[PROGRAM_VERSION]; /* by its text, when no package owns it */
};
struct files {
    struct found one[FILES];
    int owner[FILES];
    unsigned n;
};

/* ---- items ---------------------------------------------------------------------------------- */

struct program {
    const struct program_kind *kind;
    const char *package, *manager, *path, *version, *upstream, *state, *candidate, *evidence;
    const char *released, *reason; /* NULL: "" */
    int days;
    bool security;
};

static void put_program(struct survey *s, const struct program *p)
{
    survey_put(s, json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:s, s:o, s:b, s:s, s:s, s:i, s:o}", "kind", "program", "product",
                            p->kind->product, "name", p->kind->name, "package", survey_string(p->package), "manager", p->manager, "path",
                            survey_string(p->path), "version", survey_string(p->version), "upstream", survey_string(p->upstream), "state",
                            p->state, "candidate", survey_string(p->candidate), "security", (int)p->security, "released",
                            p->released ? p->released : "", "reason", p->reason ? p->reason : "", "days", p->days, "evidence",
                            survey_string(p->evidence)));
}

/* The archive's name where one offers it ("Debian"), else the maintainer's. */
static const char *maker_of(const struct installed *all, const struct package *p)
{
    if (p->offered_by >= 0 && all->archive[p->offered_by].origin[0])
        return all->archive[p->offered_by].origin;
    return installed_text(all, p->maker);
}

static void put_software(struct survey *s, const struct installed *all, const struct package *p)
{
    survey_put(s, json_pack("{s:s, s:o, s:o, s:o, s:s}", "kind", "software", "name", survey_string(installed_text(all, p->name)), "version",
                            survey_string(installed_text(all, p->version)), "maker", survey_string(maker_of(all, p)), "manager",
                            all->manager));
}

/* ---- words of the table --------------------------------------------------------------------- */

/* The next word of a list separated by blanks: its length, 0 at the end. */
static size_t next_word(const char **list, const char **word)
{
    size_t n;

    *list += strspn(*list, " ");
    *word = *list;
    n = strcspn(*list, " ");
    *list += n;
    return n;
}

/* Where in the list of names is this package?  -1: it is not. */
static int rank_of(const char *names, const char *package)
{
    const char *word;
    size_t n;

    for (int rank = 0; (n = next_word(&names, &word)); rank++) {
        bool open = word[n - 1] == '*';

        if (open ? !strncmp(word, package, n - 1) : !strncmp(word, package, n) && !package[n])
            return rank;
    }
    return -1;
}

/* ---- files ----------------------------------------------------------------------------------- */

static bool seen(const struct files *f, const struct stat *st)
{
    for (unsigned i = 0; i < f->n; i++)
        if (f->one[i].dev == st->st_dev && f->one[i].ino == st->st_ino)
            return true;
    return false;
}

static void find_files(struct survey *s, struct files *f)
{
    for (size_t k = 0; k < PROGRAM_KINDS_COUNT; k++) {
        const char *list = PROGRAM_KINDS[k].files, *word;
        size_t n;

        while ((n = next_word(&list, &word))) {
            struct found *one = &f->one[f->n];
            struct stat st;
            int rc;

            if (f->n == FILES || n >= sizeof one->path)
                break;
            memcpy(one->path, word, n);
            one->path[n] = '\0';
            rc = survey_stat(s, one->path, &st);
            one->kind = &PROGRAM_KINDS[k];
            one->denied = rc == MM_EDENIED;
            if (!one->denied) {
                if (rc != MM_OK || !S_ISREG(st.st_mode) || !st.st_size || seen(f, &st))
                    continue;
                one->dev = st.st_dev;
                one->ino = st.st_ino;
            }
            f->n++;
        }
    }
    if (f->n == FILES)
        s->lost++;
}

static void find_owners(struct survey *s, const struct installed *all, struct files *f)
{
    const char *paths[FILES];

    for (unsigned i = 0; i < f->n; i++)
        paths[i] = f->one[i].path;
    installed_owners(s, all, paths, f->n, f->owner);
}

/* ---- programs of packages --------------------------------------------------------------------- */

/* Is `a` a worse verdict than `b`?  A missing security update first, then what is behind, then what is not known. */
static bool worse(const struct package_verdict *a, const struct package_verdict *b)
{
    static const int WEIGHT[] = {[PACKAGE_CURRENT] = 0, [PACKAGE_UNKNOWN] = 1, [PACKAGE_BEHIND] = 2};

    return WEIGHT[a->state] + (a->security ? 1 : 0) > WEIGHT[b->state] + (b->security ? 1 : 0);
}

static const char *path_of(const struct files *f, const struct program_kind *kind, int package)
{
    for (unsigned i = 0; i < f->n; i++)
        if (f->owner[i] == package && f->one[i].kind == kind)
            return f->one[i].path;
    return "";
}

/* A file of this kind that some package has: the door's place, whichever package was judged. */
static const char *any_path_of(const struct files *f, const struct program_kind *kind)
{
    for (unsigned i = 0; i < f->n; i++)
        if (f->owner[i] >= 0 && f->one[i].kind == kind)
            return f->one[i].path;
    return "";
}

static void put_package(struct survey *s, const struct installed *all, const struct program_kind *kind, const struct files *f, int i,
                        const struct package_verdict *v)
{
    static const char *const STATES[] = {[PACKAGE_CURRENT] = "current", [PACKAGE_BEHIND] = "behind", [PACKAGE_UNKNOWN] = "unknown"};
    const struct package *p = &all->list[i];
    char upstream[PROGRAM_VERSION], day[RFC3339_DAY];
    struct program one = {.kind = kind, .package = installed_text(all, p->name), .manager = all->manager, .path = path_of(f, kind, i),
                          .version = installed_text(all, p->version), .upstream = upstream, .state = STATES[v->state],
                          .candidate = v->candidate, .evidence = v->evidence, .security = v->security};

    if (!*one.path)
        one.path = any_path_of(f, kind);
    if (v->state == PACKAGE_BEHIND && v->since) {
        rfc3339_format_day(v->since / DAY_S, day);
        one.released = day; /* it was out by then */
    }
    if (v->state == PACKAGE_UNKNOWN)
        one.reason = installed_reason(s, all, &one.days);
    package_version_upstream(one.version, upstream, sizeof upstream);
    /* a maker's own package that no archive offers has the maker's own version: the vpn rules judge it */
    if (kind->maker && v->state == PACKAGE_UNKNOWN && !p->offered && !p->normal.version && !p->security.version)
        one.state = "unowned";
    if (!strcmp(one.state, "unowned") && one.path[0])
        survey_binary(s, one.path, *one.package ? one.package : one.path);
    put_program(s, &one);
}

/* One item for a kind: the worst of its packages, of equal ones the first of the table. */
static void judge_kind(struct survey *s, const struct installed *all, const struct program_kind *kind, const struct files *f)
{
    struct package_verdict v, worst;
    int at = -1, best_rank = 0;

    memset(&worst, 0, sizeof worst);
    for (unsigned i = 0; i < all->n; i++) {
        int rank = rank_of(kind->packages, installed_text(all, all->list[i].name));

        for (unsigned k = 0; k < f->n && rank < 0; k++)
            if (f->owner[k] == (int)i && f->one[k].kind == kind)
                rank = 1000; /* a package of another name that has the file */
        if (rank < 0)
            continue;
        installed_judge(s, all, &all->list[i], &v);
        if (at >= 0 && !worse(&v, &worst) && (worse(&worst, &v) || rank >= best_rank))
            continue;
        worst = v;
        at = (int)i;
        best_rank = rank;
    }
    if (at >= 0)
        put_package(s, all, kind, f, at, &worst);
}

/* ---- programs of nobody ------------------------------------------------------------------------- */

/* A file of the same kind and version was told already: one product, several programs. */
static bool told(const struct files *f, unsigned i)
{
    for (unsigned k = 0; k < i; k++)
        if (f->owner[k] == f->owner[i] && f->one[k].kind == f->one[i].kind && !strcmp(f->one[k].version, f->one[i].version))
            return true;
    return false;
}

static void put_file(struct survey *s, const struct installed *all, struct files *f, unsigned i)
{
    struct found *file = &f->one[i];
    char how[512], evidence[1024];
    struct program one = {.kind = file->kind, .package = "", .manager = "file", .path = file->path, .version = file->version,
                          .upstream = file->version, .state = "unowned", .candidate = "", .evidence = evidence};

    if (file->denied)
        snprintf(how, sizeof how, "its folder may not be looked into");
    else
        program_version_of(s, file->kind->product, file->path, file->version, how, sizeof how);
    if (told(f, i))
        return;
    if (file->denied) {
        one.state = "unknown";
        snprintf(evidence, sizeof evidence, "%s: %s", file->path, how);
    } else if (f->owner[i] == OWNER_NONE) {
        snprintf(evidence, sizeof evidence, "%s: no package of %s owns it; %s", file->path, *all->manager ? all->manager : "any manager", how);
    } else if (f->owner[i] == OWNER_ALTERED) {
        snprintf(evidence, sizeof evidence, "%s: not the file that its package brought (dpkg's md5sums); %s", file->path, how);
    } else { /* it may be a package's: then its version says nothing */
        one.state = "unknown";
        snprintf(evidence, sizeof evidence, "%s: nobody can say which package owns it (%s); %s", file->path,
                 all->broken[0] ? all->broken : "a list of files could not be read", how);
    }
    if (!strcmp(one.state, "unowned"))
        survey_binary(s, file->path, file->path);
    put_program(s, &one);
}

/* ---- together -------------------------------------------------------------------------------------- */

/* What somebody chose to install, up to LIM_SOFTWARE. */
static void put_inventory(struct survey *s, const struct installed *all)
{
    unsigned put = 0;

    for (unsigned i = 0; i < all->n; i++) {
        if (!all->list[i].chosen)
            continue;
        if (put++ < LIM_SOFTWARE)
            put_software(s, all, &all->list[i]);
        else
            s->lost++;
    }
}

void survey_programs(struct survey *s)
{
    const struct installed *all = installed_of(s);
    struct files *f = calloc(1, sizeof *f);

    if (all && f) {
        find_files(s, f);
        find_owners(s, all, f);
        for (size_t k = 0; k < PROGRAM_KINDS_COUNT; k++)
            judge_kind(s, all, &PROGRAM_KINDS[k], f);
        for (unsigned i = 0; i < f->n; i++)
            if (f->owner[i] < 0)
                put_file(s, all, f, i);
        put_inventory(s, all);
    } else {
        s->lost++;
    }
    free(f);
}
