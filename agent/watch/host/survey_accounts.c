/* Article 3, the accounts: rights, disuse, automatic login. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/logins.h"
#include "agent/watch/host/passwords.h"
#include "agent/watch/host/posture.h"
#include "agent/watch/host/sudoers.h"
#include "lib/err.h"
#include "lib/limits.h"

#define DAY_S 86400
#define ADMINS_FEW 3     /* more people with administrator's rights than this are worth a look in a small company */
#define DORMANT_DAYS 90  /* a quarter without a login: nobody would notice who uses it */
#define ADMINS_MAX 64    /* names remembered */
#define TOLD_MAX 20      /* dormant accounts told one by one */

/* ---- rights ----------------------------------------------------------------------------- */

struct admins {
    const struct accounts *a;
    const char *name[ADMINS_MAX];
    size_t n;
    bool more;
};

static void add_admin(void *context, const char *name)
{
    struct admins *d = context;
    const struct account *p = accounts_find(d->a, name);

    if (!p || !p->uid)
        return;              /* root itself is told apart, a name without an account has no rights */
    for (size_t i = 0; i < d->n; i++)
        if (!strcmp(d->name[i], p->name))
            return;
    if (d->n == ADMINS_MAX)
        d->more = true;
    else
        d->name[d->n++] = p->name;
}

/* Members of these can become root: by sudo's usual rules, or because what they may do is as good
 * (docker: Docker's manual, "Docker daemon attack surface"; lxd, incus: their manuals, "Access"; disk: raw devices). */
static int add_groups(const struct survey *s, struct admins *d, const struct sudoers *sudo)
{
    static const char *const GROUPS[] = {"docker", "lxd", "incus-admin", "disk"};
    static const char *const USUAL[] = {"sudo", "wheel", "admin"};
    int rc = MM_OK;

    for (size_t i = 0; i < sizeof GROUPS / sizeof *GROUPS; i++)
        rc = accounts_members(s, d->a, GROUPS[i], add_admin, d);
    for (size_t i = 0; i < sizeof USUAL / sizeof *USUAL && (!sudo->found || sudo->unread); i++)
        accounts_members(s, d->a, USUAL[i], add_admin, d);
    for (size_t i = 0; i < sudo->n; i++) {
        const struct sudo_rule *r = &sudo->rule[i];

        if (r->all && *r->who == '%')
            accounts_members(s, d->a, r->who + 1, add_admin, d);
        else if (r->all && strcmp(r->who, "root"))
            add_admin(d, r->who);
    }
    return rc == MM_ENOTFOUND ? MM_OK : rc;
}

/* A rule without a password, for somebody that exists: a group needs a member. */
static void count_member(void *context, const char *name)
{
    (void)name;
    ++*(unsigned *)context;
}

static unsigned without_password(const struct survey *s, const struct accounts *a, const struct sudoers *sudo)
{
    unsigned n = 0;

    for (size_t i = 0; i < sudo->n; i++) {
        const struct sudo_rule *r = &sudo->rule[i];
        unsigned members = 0;

        if (!r->nopasswd || !r->all || !strcmp(r->who, "root"))
            continue;
        if (*r->who == '%')
            accounts_members(s, a, r->who + 1, count_member, &members);
        else
            members = accounts_find(a, r->who) || !strcmp(r->who, "ALL");
        n += members != 0;
    }
    return n;
}

void accounts_check_admin(struct survey *s, const struct accounts *a)
{
    struct sudoers *sudo = calloc(1, sizeof *sudo);
    struct admins d = {.a = a};
    char names[512] = "", number[24];
    unsigned free_rules, twins = 0;
    int rc;

    if (!sudo) {
        posture_put(s, ACCOUNTS_ADMIN, SURVEY_UNKNOWN, "", "0", "", "out of memory");
        return;
    }
    sudoers_load(s, sudo);
    rc = add_groups(s, &d, sudo);
    free_rules = without_password(s, a, sudo);
    for (size_t i = 0; i < a->n; i++) {
        const struct account *p = &a->row[i];

        if (p->uid || !strcmp(p->name, "root"))
            continue;
        twins++;
        posture_put(s, ACCOUNTS_ADMIN, SURVEY_UNMET, p->name, "1", p->name, "/etc/passwd: %s has uid 0 like root", p->name);
    }
    for (size_t i = 0; i < d.n; i++) {
        size_t n = strlen(names);

        snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", d.name[i]);
    }
    snprintf(number, sizeof number, "%zu", d.n);
    if (a->passwd || rc || sudo->unread || sudo->more || d.more)
        posture_put(s, ACCOUNTS_ADMIN, SURVEY_UNKNOWN, "", number, names, "/etc/passwd: %s; /etc/group: %s; sudoers: %s",
                    a->passwd ? mm_strerror(a->passwd) : "read", rc ? mm_strerror(rc) : "read",
                    sudo->unread ? "not all could be read" : sudo->more || d.more ? "too long" : "read");
    else if (!twins || d.n > ADMINS_FEW || free_rules)
        posture_put(s, ACCOUNTS_ADMIN, d.n > ADMINS_FEW || free_rules ? SURVEY_PARTLY : SURVEY_MET, "", number, names,
                    "besides root: %s%s; %u rules of sudo let somebody run everything without a password (NOPASSWD)",
                    d.n ? names : "nobody", sudo->found ? "" : " (no sudoers file)", free_rules);
    free(sudo);
}

/* ---- disuse ----------------------------------------------------------------------------- */

/* Traces of use in the home: a session writes them, whatever kind of login it was. */
static int64_t trace_at_home(const struct survey *s, const struct account *p)
{
    static const char *const TRACES[] = {".bash_history", ".cache", ".local/share/recently-used.xbel", ".Xauthority", ".viminfo"};
    int64_t newest = 0;
    char path[LIM_PATH];
    struct stat st;

    for (size_t i = 0; p->home[0] && i < sizeof TRACES / sizeof *TRACES; i++) {
        snprintf(path, sizeof path, "%s/%s", p->home, TRACES[i]);
        if (survey_stat(s, path, &st) == MM_OK && (int64_t)st.st_mtime > newest && posture_days(s, st.st_mtime) >= 0)
            newest = st.st_mtime;
    }
    return newest;
}

void accounts_check_dormant(struct survey *s, const struct accounts *a)
{
    unsigned found = 0, looked = 0;
    struct logins l;
    bool known;

    logins_load(s, a, &l);
    known = l.last && (l.lastlog || (l.wtmp_from && posture_days(s, l.wtmp_from) >= DORMANT_DAYS));
    for (size_t i = 0; known && !a->passwd && !a->shadow && i < a->n; i++) {
        const struct account *p = &a->row[i];
        int64_t home, last;
        char days[24], day[RFC3339_DAY] = "never";

        if (!p->uid || !p->shell || p->expired || (p->password != PASSWORD_SET && p->password != PASSWORD_EMPTY))
            continue;
        looked++;
        home = trace_at_home(s, p);
        last = home > l.last[i] ? home : l.last[i];
        last = p->changed > last && posture_days(s, p->changed) >= 0 ? p->changed : last; /* a new account is none that sleeps */
        if ((last && posture_days(s, last) <= DORMANT_DAYS) || found++ >= TOLD_MAX)
            continue;
        if (last)
            posture_day(last, day);
        snprintf(days, sizeof days, "%d", last ? posture_days(s, last) : DORMANT_DAYS);
        posture_put(s, ACCOUNTS_DORMANT, SURVEY_UNMET, p->name, p->name, days, "last trace of use of %s: %s (%s, its home, its password's day)",
                    p->name, day, l.sources);
    }
    if (!known || a->passwd || a->shadow)
        posture_put(s, ACCOUNTS_DORMANT, SURVEY_UNKNOWN, "", "", "90", "/etc/passwd: %s; /etc/shadow: %s; records of logins: %s",
                    a->passwd ? mm_strerror(a->passwd) : "read", a->shadow ? mm_strerror(a->shadow) : "read",
                    l.sources[0] ? "do not go back 90 days" : "none could be read");
    else if (!found)
        posture_put(s, ACCOUNTS_DORMANT, SURVEY_MET, "", "", "90", "each of %u accounts with a password was used in the last 90 days (%s)", looked,
                    l.sources);
    logins_free(&l);
}

/* ---- automatic login ---------------------------------------------------------------------- */

struct autologin {
    struct survey *s;
    char user[LIM_USER], file[LIM_NAME];
    bool on, enabled, unread;
    unsigned files;
    const char *manager;
};

/* One setting of a display manager; later files overrule earlier ones. */
static void autologin_set(struct autologin *g, const char *section, const char *key, const char *value)
{
    if (!strcmp(g->manager, "gdm") && !strcmp(section, "daemon")) {
        if (!strcmp(key, "AutomaticLoginEnable") || !strcmp(key, "TimedLoginEnable"))
            g->enabled |= posture_yes(value);
        if (!strcmp(key, "AutomaticLogin") || !strcmp(key, "TimedLogin"))
            snprintf(g->user, sizeof g->user, "%s", value);
    } else if ((!strcmp(g->manager, "lightdm") && !strncmp(section, "Seat", 4) && !strcmp(key, "autologin-user")) ||
               (!strcmp(g->manager, "sddm") && !strcmp(section, "Autologin") && !strcmp(key, "User"))) {
        g->enabled = true;
        snprintf(g->user, sizeof g->user, "%s", value);
    }
}

static void autologin_file(struct autologin *g, const char *path)
{
    const char *section = "", *key, *value;
    char before[LIM_USER];
    struct buf text;
    int rc = posture_text(g->s, path, &text);
    char *rest = text.data;

    snprintf(before, sizeof before, "%s", g->user);
    g->files += rc == MM_OK;
    g->unread |= rc != MM_OK && rc != MM_ENOTFOUND;
    while (posture_ini(&rest, &section, &key, &value))
        autologin_set(g, section, key, value);
    if (strcmp(before, g->user))
        snprintf(g->file, sizeof g->file, "%s", path);
    buf_fini(&text);
}

/* A file, or the files of a folder in the order of their names. */
static void autologin_place(struct autologin *g, const char *path)
{
    struct posture_names names;
    char inside[LIM_PATH];
    size_t n = strlen(path);

    if (n < 2 || strcmp(path + n - 2, ".d")) {
        autologin_file(g, path);
        return;
    }
    g->unread |= posture_names(g->s, path, ".conf", &names) == MM_EDENIED;
    for (size_t i = 0; i < names.n; i++) {
        snprintf(inside, sizeof inside, "%s/%s", path, names.name[i]);
        autologin_file(g, inside);
    }
    posture_names_fini(&names);
}

/* agetty --autologin in a drop-in of getty@.service (agetty(8), systemd.unit(5)). */
static void autologin_console(struct autologin *g)
{
    static const char *const UNITS[] = {"getty@tty1.service.d", "getty@.service.d", "serial-getty@.service.d"};
    struct posture_names names;
    char path[LIM_PATH];
    struct buf text;

    for (size_t u = 0; u < sizeof UNITS / sizeof *UNITS; u++) {
        snprintf(path, sizeof path, "/etc/systemd/system/%s", UNITS[u]);
        posture_names(g->s, path, ".conf", &names);
        for (size_t i = 0; i < names.n; i++) {
            const char *at;

            snprintf(path, sizeof path, "/etc/systemd/system/%s/%s", UNITS[u], names.name[i]);
            g->unread |= posture_text(g->s, path, &text) == MM_EDENIED;
            at = text.data ? strstr(text.data, "--autologin") : NULL;
            if (at) {
                at += strlen("--autologin");
                at += strspn(at, " =");
                snprintf(g->user, sizeof g->user, "%.*s", (int)strcspn(at, " \t\r\n\"'"), at);
                snprintf(g->file, sizeof g->file, "%.255s", path);
                g->enabled = true;
            }
            buf_fini(&text);
        }
        posture_names_fini(&names);
    }
}

void accounts_check_autologin(struct survey *s)
{
    static const struct { const char *manager, *place[5]; } MANAGERS[] = {
        {"gdm", {"/etc/gdm3/custom.conf", "/etc/gdm3/daemon.conf", "/etc/gdm/custom.conf"}},
        {"lightdm", {"/usr/share/lightdm/lightdm.conf.d", "/etc/lightdm/lightdm.conf.d", "/etc/lightdm/lightdm.conf"}},
        {"sddm", {"/usr/lib/sddm/sddm.conf.d", "/etc/sddm.conf.d", "/etc/sddm.conf"}},
        {"console", {NULL}},
    };
    unsigned files = 0, found = 0;
    bool unread = false;

    for (size_t m = 0; m < sizeof MANAGERS / sizeof *MANAGERS; m++) {
        struct autologin g = {.s = s, .manager = MANAGERS[m].manager};

        for (size_t i = 0; i < sizeof MANAGERS[m].place / sizeof *MANAGERS[m].place && MANAGERS[m].place[i]; i++)
            autologin_place(&g, MANAGERS[m].place[i]);
        if (!strcmp(g.manager, "console"))
            autologin_console(&g);
        files += g.files;
        unread |= g.unread;
        if (!g.enabled || !g.user[0])
            continue;
        found++;
        posture_put(s, ACCOUNTS_AUTOLOGIN, SURVEY_UNMET, g.manager, g.user, NULL, "%s: %s logs %s in without a password", g.file, g.manager,
                    g.user);
    }
    if (unread && !found)
        posture_put(s, ACCOUNTS_AUTOLOGIN, SURVEY_UNKNOWN, "", "", NULL, "a setting of gdm, lightdm, sddm or getty could not be read");
    else if (!found)
        posture_put(s, ACCOUNTS_AUTOLOGIN, SURVEY_MET, "", "", NULL, "no automatic login in %u files of gdm, lightdm, sddm and getty", files);
}
