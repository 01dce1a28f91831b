#include "agent/watch/host/dnf_repos.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/watch/host/survey.h"
#include "lib/buf.h"
#include "lib/err.h"

#define FILES 256     /* in one folder; a host has about ten */
#define SEPARATORS ", \t"

static void wrong(struct dnf_repos *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first reason stays. */
static void wrong(struct dnf_repos *r, const char *format, ...)
{
    va_list args;

    if (r->wrong[0])
        return;
    va_start(args, format);
    vsnprintf(r->wrong, sizeof r->wrong, format, args);
    va_end(args);
}

/* ---- questions ------------------------------------------------------------------------------ */

bool dnf_repo_enabled(const struct dnf_repo *one)
{
    return one->enabled != DNF_NO;
}

bool dnf_repo_optional(const struct dnf_repos *r, const struct dnf_repo *one)
{
    return one->optional == DNF_UNSAID ? r->main.optional == DNF_YES : one->optional == DNF_YES;
}

/* Patterns may also have a version or an architecture ("kernel-6.1*"): those match no name here, so an exclude leaves nothing out
 * by them; of a list of what is included they are told (take_include). */
static bool matches(const char *patterns, const char *package)
{
    char pattern[DNF_PATTERNS];

    while (*(patterns += strspn(patterns, SEPARATORS))) {
        size_t n = strcspn(patterns, SEPARATORS);

        snprintf(pattern, sizeof pattern, "%.*s", (int)n, patterns);
        if (!fnmatch(pattern, package, 0))
            return true;
        patterns += n;
    }
    return false;
}

bool dnf_repo_lets(const struct dnf_repo *one, const char *package)
{
    return (!one->include[0] || matches(one->include, package)) && !matches(one->exclude, package);
}

/* ---- one file --------------------------------------------------------------------------------- */

static void take_choice(struct dnf_repos *r, const char *id, enum dnf_choice *out, const char *value)
{
    static const struct { const char *word; enum dnf_choice choice; } WORDS[] = {
        {"1", DNF_YES}, {"yes", DNF_YES}, {"true", DNF_YES}, {"on", DNF_YES}, {"0", DNF_NO}, {"no", DNF_NO}, {"false", DNF_NO}, {"off", DNF_NO}};

    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (strcasecmp(value, WORDS[i].word))
            continue;
        *out = WORDS[i].choice;
        return;
    }
    wrong(r, "a setting of the repository %.64s is neither yes nor no", id);
}

static void take_text(struct dnf_repos *r, const char *id, char *out, size_t size, const char *value)
{
    if (strlen(value) < size)
        snprintf(out, size, "%s", value);
    else
        wrong(r, "a setting of the repository %.64s is longer than is read", id);
}

/* What includes less than is thought hides updates: such a list must be understood whole. */
static void take_include(struct dnf_repos *r, struct dnf_repo *one, const char *patterns)
{
    bool plain = !strpbrk(patterns, ".=<>@(/");

    for (const char *p = strchr(patterns, '-'); p && plain; p = strchr(p + 1, '-'))
        plain = p[1] < '0' || p[1] > '9';
    take_text(r, one->id, one->include, sizeof one->include, patterns);
    if (!plain)
        wrong(r, "what the repository %.64s includes is more than names", one->id);
}

static void set(struct dnf_repos *r, struct dnf_repo *one, const char *key, const char *value)
{
    if (!strcmp(key, "enabled"))
        take_choice(r, one->id, &one->enabled, value);
    else if (!strcmp(key, "skip_if_unavailable"))
        take_choice(r, one->id, &one->optional, value);
    else if (!strcmp(key, "priority"))
        one->priority = (int)strtol(value, NULL, 10);
    else if (!strcmp(key, "includepkgs"))
        take_include(r, one, value);
    else if (!strcmp(key, "excludepkgs") || !strcmp(key, "exclude"))
        take_text(r, one->id, one->exclude, sizeof one->exclude, value);
    else if (one == &r->main && !strcmp(key, "reposdir"))
        take_text(r, one->id, r->folder, sizeof r->folder, value);
    else if (one == &r->main && !strcmp(key, "cachedir"))
        take_text(r, one->id, r->cache, sizeof r->cache, value);
}

/* The repository of that id, made when it is new; NULL: another file has it, it makes no sense, or there are too many. */
static struct dnf_repo *section(struct dnf_repos *r, const char *id)
{
    struct dnf_repo *one = &r->one[r->n];

    if (!strcmp(id, "main"))
        return &r->main;
    for (unsigned i = 0; i < r->n; i++)
        if (!strcmp(r->one[i].id, id))
            return r->one[i].file == r->files ? &r->one[i] : NULL;
    if (strlen(id) >= sizeof one->id || strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") != strlen(id) || !*id) {
        wrong(r, "the name of a repository makes no sense: %.60s", id);
        return NULL;
    }
    if (r->n == LIM_DNF_REPOS) {
        wrong(r, "more than %d repositories are configured", LIM_DNF_REPOS);
        return NULL;
    }
    memset(one, 0, sizeof *one);
    memcpy(one->id, id, strlen(id) + 1);
    one->priority = 99;
    one->file = r->files;
    r->n++;
    return one;
}

/* "key = value" without the blanks around both; false: it is no setting. */
static bool split(char *line, char **key, char **value)
{
    char *sign = strchr(line, '=');

    if (!sign || *line == '#' || *line == ';')
        return false;
    *sign = '\0';
    *key = line;
    line[strcspn(line, " \t")] = '\0';
    *value = sign + 1 + strspn(sign + 1, " \t");
    for (size_t n = strlen(*value); n && strchr(" \t\r", (*value)[n - 1]); n--)
        (*value)[n - 1] = '\0';
    return **key != '\0';
}

void dnf_repos_take(struct dnf_repos *r, char *text, bool lay)
{
    char *line, *rest = text, *key, *value, id[DNF_REPO_ID + 1] = "";
    struct dnf_repo *at = NULL;
    bool including = false;

    r->files++;
    while ((line = survey_line(&rest))) {
        if (*line == '[') {
            snprintf(id, sizeof id, "%.*s", (int)strcspn(line + 1, "]\r"), line + 1);
            at = lay ? NULL : section(r, id);
            including = false;
        } else if (including && !strchr(line, '=') && line[strspn(line, " \t\r")] && *line != '#' && *line != ';') {
            wrong(r, "what the repository %.64s includes goes on in another line", id);
        } else if (split(line, &key, &value)) {
            including = !strcmp(key, "includepkgs");
            if (at)
                set(r, at, key, value);
            for (unsigned i = 0; lay && i < r->n; i++)
                if (!fnmatch(id, r->one[i].id, 0))
                    set(r, &r->one[i], key, value);
        }
    }
}

/* ---- the files of the host ------------------------------------------------------------------------ */

static void read_file(const struct survey *s, struct dnf_repos *r, const char *path, bool lay)
{
    struct buf text;
    int rc;

    buf_init(&text, LIM_SURVEY_FILE);
    rc = survey_read(s, path, LIM_SURVEY_FILE, &text);
    if (rc == MM_OK && text.len)
        dnf_repos_take(r, text.data, lay);
    else if (rc < 0 && rc != MM_ENOTFOUND)
        wrong(r, "%.80s cannot be read: %s", path, mm_strerror(rc));
    buf_fini(&text);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* All files of the folder with that ending, by name.  A folder that is not there has none. */
static void read_folder(const struct survey *s, struct dnf_repos *r, const char *folder, const char *ending, bool lay)
{
    char (*name)[LIM_NAME] = calloc(FILES, LIM_NAME), path[LIM_NAME + 256];
    struct dirent *e;
    unsigned n = 0;
    int rc = name ? MM_OK : MM_ENOMEM;
    DIR *d = name ? survey_dir(s, folder, &rc) : NULL;

    while (d && (e = readdir(d))) {
        size_t len = strlen(e->d_name), m = strlen(ending);

        if (*e->d_name == '.' || len <= m || strcmp(e->d_name + len - m, ending))
            continue;
        if (n == FILES) {
            wrong(r, "%.100s has more files than are read", folder);
            break;
        }
        snprintf(name[n++], LIM_NAME, "%s", e->d_name);
    }
    if (d)
        closedir(d);
    else if (rc != MM_ENOTFOUND)
        wrong(r, "%.80s cannot be read: %s", folder, mm_strerror(rc));
    if (name)
        qsort(name, n, LIM_NAME, by_name);
    for (unsigned i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%.255s/%s", folder, name[i]);
        read_file(s, r, path, lay);
    }
    free(name);
}

static void read_repositories(const struct survey *s, struct dnf_repos *r)
{
    static const char *const FOLDERS[] = {"/etc/yum.repos.d", "/etc/yum/repos.d", "/etc/distro.repos.d", "/usr/share/dnf5/repos.d"};
    const char *list = r->folder;
    char one[256];

    for (size_t i = 0; !*list && i < sizeof FOLDERS / sizeof *FOLDERS; i++)
        read_folder(s, r, FOLDERS[i], ".repo", false);
    while (*(list += strspn(list, SEPARATORS))) {
        size_t n = strcspn(list, SEPARATORS);

        snprintf(one, sizeof one, "%.*s", (int)n, list);
        read_folder(s, r, one, ".repo", false);
        list += n;
    }
}

void dnf_repos_read(const struct survey *s, struct dnf_repos *r)
{
    memset(r, 0, sizeof *r);
    snprintf(r->main.id, sizeof r->main.id, "main");
    read_folder(s, r, "/usr/share/dnf5/libdnf.conf.d", ".conf", false);
    read_file(s, r, "/etc/dnf/dnf.conf", false);
    read_folder(s, r, "/etc/dnf/libdnf5.conf.d", ".conf", false);
    read_repositories(s, r);
    read_folder(s, r, "/usr/share/dnf5/repos.override.d", ".repo", true);
    read_folder(s, r, "/etc/dnf/repos.override.d", ".repo", true);
}
