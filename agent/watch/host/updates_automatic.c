/* Three things must hold: the program is there, its settings ask for it, and its timer is on.  The settings of apt are
 * read in apt's own order (apt.conf.d by name, then apt.conf); a timer is on by its link below timers.target.wants. */
#include "agent/watch/host/updates_automatic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/watch/host/apt_conf.h"
#include "agent/watch/host/installed.h"
#include "lib/err.h"
#include "lib/limits.h"

#define PARTS "/etc/apt/apt.conf.d"
#define PARTS_MAX 256 /* files in it; a desktop has about 20 */

enum { ENABLE, LISTS, DOWNLOAD, UPGRADE, OPTIONS };

/* ---- apt ------------------------------------------------------------------------------------ */

static void read_conf(const struct survey *s, const char *path, struct apt_option *options, const char **wrong)
{
    struct buf text;
    int rc;

    buf_init(&text, LIM_SURVEY_FILE);
    rc = survey_read(s, path, LIM_SURVEY_FILE, &text);
    if (rc == MM_OK)
        rc = apt_conf_read(text.data, text.len, options, OPTIONS);
    if (rc < 0 && rc != MM_ENOTFOUND)
        *wrong = "a file of apt's settings cannot be read";
    buf_fini(&text);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void read_parts(const struct survey *s, struct apt_option *options, const char **wrong)
{
    char (*name)[LIM_NAME] = calloc(PARTS_MAX, LIM_NAME), path[LIM_NAME + sizeof PARTS];
    struct dirent *e;
    unsigned n = 0;
    int rc = MM_OK;
    DIR *d = name ? survey_dir(s, PARTS, &rc) : NULL;

    while (d && (e = readdir(d))) {
        if (!apt_conf_name(e->d_name))
            continue;
        if (n == PARTS_MAX) {
            *wrong = "apt.conf.d has more files than are read";
            break;
        }
        snprintf(name[n++], LIM_NAME, "%s", e->d_name);
    }
    if (d)
        closedir(d);
    else if (!name || rc != MM_ENOTFOUND)
        *wrong = "apt.conf.d cannot be read";
    if (name)
        qsort(name, n, LIM_NAME, by_name);
    for (unsigned i = 0; i < n; i++) {
        snprintf(path, sizeof path, PARTS "/%s", name[i]);
        read_conf(s, path, options, wrong);
    }
    free(name);
}

/* "1", "7", "2d", "always": every so often; "0" and "": never (apt.systemd.daily). */
static bool asked(const char *value)
{
    return !strcasecmp(value, "always") || strtol(value, NULL, 10) > 0;
}

static bool masked(const struct survey *s, const char *timer)
{
    char path[160];
    struct stat st;

    snprintf(path, sizeof path, "/etc/systemd/system/%s", timer);
    return survey_stat(s, path, &st) == MM_OK && (!S_ISREG(st.st_mode) || !st.st_size); /* a link to /dev/null, or empty */
}

static bool timer_on(const struct survey *s, const char *timer)
{
    char path[160];
    struct stat st;

    snprintf(path, sizeof path, "/etc/systemd/system/timers.target.wants/%s", timer);
    return survey_stat(s, path, &st) == MM_OK && S_ISREG(st.st_mode) && !masked(s, timer);
}

static bool has_package(const struct installed *all, const char *name)
{
    for (unsigned i = 0; i < all->n; i++)
        if (!strcmp(installed_text(all, all->list[i].name), name))
            return true;
    return false;
}

static enum survey_state apt_automatic(const struct survey *s, const struct installed *all, char *why, size_t size)
{
    struct apt_option o[OPTIONS] = {[ENABLE] = {"APT::Periodic::Enable", ""},
                                    [LISTS] = {"APT::Periodic::Update-Package-Lists", ""},
                                    [DOWNLOAD] = {"APT::Periodic::Download-Upgradeable-Packages", ""},
                                    [UPGRADE] = {"APT::Periodic::Unattended-Upgrade", ""}};
    const char *wrong = NULL;
    bool there = has_package(all, "unattended-upgrades"), on = timer_on(s, "apt-daily-upgrade.timer"), fetch = timer_on(s, "apt-daily.timer");

    read_parts(s, o, &wrong);
    read_conf(s, "/etc/apt/apt.conf", o, &wrong);
    snprintf(why, size, "unattended-upgrades %s, Unattended-Upgrade \"%s\", Update-Package-Lists \"%s\", apt-daily-upgrade.timer %s, apt-daily.timer %s%s%s",
             there ? "installed" : "not installed", o[UPGRADE].value, o[LISTS].value, on ? "on" : "off", fetch ? "on" : "off",
             wrong ? "; " : "", wrong ? wrong : "");
    if (wrong)
        return SURVEY_UNKNOWN;
    if (o[ENABLE].value[0] && !asked(o[ENABLE].value))
        return SURVEY_UNMET;
    if (there && on && fetch && asked(o[UPGRADE].value) && asked(o[LISTS].value))
        return SURVEY_MET;
    return fetch && asked(o[LISTS].value) ? SURVEY_PARTLY : SURVEY_UNMET;
}

/* ---- dnf ------------------------------------------------------------------------------------ */

/* apply_updates of [commands] in automatic.conf (dnf-automatic(8)); default no. */
static bool dnf_applies(const struct survey *s)
{
    char *line, *rest;
    struct buf text;
    bool commands = false, applies = false;

    buf_init(&text, LIM_SURVEY_FILE);
    rest = survey_read(s, "/etc/dnf/automatic.conf", LIM_SURVEY_FILE, &text) == MM_OK ? text.data : NULL;
    while ((line = survey_line(&rest))) {
        if (*line == '[')
            commands = !strncmp(line, "[commands]", 10);
        else if (commands && !strncasecmp(line, "apply_updates", 13)) {
            line += 13 + strspn(line + 13, " \t=");
            applies = !strncasecmp(line, "yes", 3) || !strncasecmp(line, "true", 4) || *line == '1' || !strncasecmp(line, "on", 2);
        }
    }
    buf_fini(&text);
    return applies;
}

static enum survey_state dnf_automatic(const struct survey *s, char *why, size_t size)
{
    static const struct { const char *timer; bool installs; } TIMERS[] = {
        {"dnf-automatic-install.timer", true}, {"dnf-automatic.timer", false}, {"dnf5-automatic.timer", false},
        {"dnf-automatic-download.timer", false}, {"dnf-automatic-notifyonly.timer", false},
    };
    bool applies = dnf_applies(s), any = false;

    for (size_t i = 0; i < sizeof TIMERS / sizeof *TIMERS; i++) {
        if (!timer_on(s, TIMERS[i].timer))
            continue;
        any = true;
        if (TIMERS[i].installs || (i < 3 && applies)) {
            snprintf(why, size, "%s is on and installs", TIMERS[i].timer);
            return SURVEY_MET;
        }
    }
    snprintf(why, size, any ? "dnf-automatic looks for updates and does not install them" : "no timer of dnf-automatic is on");
    return any ? SURVEY_PARTLY : SURVEY_UNMET;
}

enum survey_state updates_automatic(const struct survey *s, const struct installed *all, char *why, size_t size)
{
    if (!strcmp(all->manager, "dpkg") && !all->broken[0])
        return apt_automatic(s, all, why, size);
    if (!strcmp(all->manager, "rpm"))
        return dnf_automatic(s, why, size);
    snprintf(why, size, "%s", all->broken[0] ? all->broken : "no package manager that is read here");
    return SURVEY_UNKNOWN;
}
