/* Article 1: are the system and its programs up to date, and do they stay so?  Five points, each on its own evidence. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "agent/watch/host/installed.h"
#include "agent/watch/host/posture.h"
#include "agent/watch/host/survey.h"
#include "agent/watch/host/updates_automatic.h"
#include "agent/watch/host/updates_kernel.h"
#include "lib/err.h"

#define DAY 86400
#define LISTS_FRESH 7      /* days: docs/doors.md */
#define LISTS_OLD 30       /* days: apt's own timer looks daily; a month of silence is no holiday */
#define SUPPORT_SOON 90    /* days before the end of support that people should plan the change */
#define UPDATE_DUE 14      /* days: the rule of 14 days for updates */
#define NAMED 5            /* packages named in the evidence */

static void check(struct survey *s, const char *name, enum survey_state state, const char *const *args, unsigned n, const char *evidence)
{
    survey_check(s, ARTICLE_UPDATES, name, state, "", args, n, evidence);
}

/* ---- updates that are missing ----------------------------------------------------------------- */

struct missing {
    unsigned security, other;
    int64_t since;           /* the oldest had come out by then at the latest; 0: none */
    char names[256];
};

static void count(const struct survey *s, const struct installed *all, struct missing *m)
{
    memset(m, 0, sizeof *m);
    for (unsigned i = 0; i < all->n; i++) {
        struct package_verdict v;

        if (!all->list[i].normal.version && !all->list[i].security.version && !all->list[i].late.version)
            continue; /* nothing is offered */
        installed_judge(s, all, &all->list[i], &v);
        m->other += v.state == PACKAGE_BEHIND && !v.security;
        if (v.state != PACKAGE_BEHIND || !v.security)
            continue;
        if (v.since && (!m->since || v.since < m->since))
            m->since = v.since;
        if (m->security++ < NAMED) {
            size_t used = strlen(m->names);

            snprintf(m->names + used, sizeof m->names - used, "%s%.40s", used ? ", " : "", installed_text(all, all->list[i].name));
        }
    }
}

static void check_security(struct survey *s, const struct installed *all, bool automatic)
{
    char number[16], days[16] = "?", why[384], evidence[768];
    const char *const args[] = {number, days};
    bool trusted = installed_trusted(s, all, why, sizeof why);
    struct missing m;
    int64_t age;

    count(s, all, &m);
    age = m.since ? (s->now - m.since) / DAY : 0;
    snprintf(number, sizeof number, "%u", m.security);
    if (age > 0) /* at least so many; a list of today says nothing about the age */
        snprintf(days, sizeof days, "%d", (int)(age < 100000 ? age : 100000));
    if (m.security) {
        snprintf(evidence, sizeof evidence, "%s: %u security updates are offered and not installed (%s%s), the oldest for at least %s days; %u other updates",
                 all->manager, m.security, m.names, m.security > NAMED ? " ..." : "", days, m.other);
        check(s, "updates.security", automatic && age < UPDATE_DUE ? SURVEY_PARTLY : SURVEY_UNMET, args, 2, evidence);
    } else if (!trusted) {
        check(s, "updates.security", SURVEY_UNKNOWN, NULL, 0, why);
    } else if (all->untold) {
        snprintf(evidence, sizeof evidence, "rpm: whether a security update of %.100s is for its module stream is not told", installed_text(all, all->untold));
        check(s, "updates.security", SURVEY_UNKNOWN, NULL, 0, evidence);
    } else {
        snprintf(evidence, sizeof evidence, "%s: no security update is offered for %u packages; %u other updates", all->manager, all->n, m.other);
        check(s, "updates.security", SURVEY_MET, NULL, 0, evidence);
    }
}

/* ---- the archive's data, the distribution ------------------------------------------------------- */

static void check_lists(struct survey *s, const struct installed *all)
{
    int64_t when = all->security_date ? all->security_date : all->fetched, age = (s->now - when) / DAY;
    char days[24], day[RFC3339_DAY], evidence[320];
    const char *const args[] = {days};

    if (!when) {
        check(s, "updates.lists", SURVEY_UNKNOWN, NULL, 0, all->trouble[0] ? all->trouble : "no data of archives");
        return;
    }
    posture_day(when, day);
    snprintf(days, sizeof days, "%lld", (long long)(age > 0 ? age : 0));
    snprintf(evidence, sizeof evidence, "%s of %s", all->security_date ? "lists of the security archive are" :
             !strcmp(all->manager, "rpm") ? "dnf's metadata of the enabled repositories are" : "lists of the newest archive are", day);
    check(s, "updates.lists", age <= LISTS_FRESH ? SURVEY_MET : age <= LISTS_OLD ? SURVEY_PARTLY : SURVEY_UNMET, args, 1, evidence);
}

static void check_support(struct survey *s, const struct installed *all)
{
    const struct distribution *d = &all->distribution;
    const char *const args[] = {d->name, d->end};
    char evidence[320];
    enum survey_state state = SURVEY_MET;

    if (!d->known) {
        snprintf(evidence, sizeof evidence, "%s: its end of support is in no calendar here and not in os-release", d->name[0] ? d->name : "no os-release");
        check(s, "updates.support", SURVEY_UNKNOWN, args, 1, evidence);
        return;
    }
    if (s->now >= d->ends)
        state = SURVEY_UNMET;
    else if (d->ends - s->now < (int64_t)SUPPORT_SOON * DAY)
        state = SURVEY_PARTLY;
    snprintf(evidence, sizeof evidence, "%s: supported until %s (%s)", d->name, d->end, d->basis);
    check(s, "updates.support", state, args, 2, evidence);
}

/* ---- restart ------------------------------------------------------------------------------------ */

static void check_reboot(struct survey *s, const struct installed *all)
{
    char newest[256] = "", evidence[512];
    struct utsname running;
    struct stat st;
    enum kernel_state state;

    if (!s->live || uname(&running)) {
        check(s, "updates.reboot", SURVEY_UNKNOWN, NULL, 0, "not the running system: nobody can say which kernel runs");
        return;
    }
    if (survey_stat(s, "/run/reboot-required", &st) == MM_OK) {
        check(s, "updates.reboot", SURVEY_UNMET, NULL, 0, "/run/reboot-required: an installed update asks for a restart");
        return;
    }
    state = updates_kernel(all, running.release, running.version, newest, sizeof newest);
    snprintf(evidence, sizeof evidence, "kernel %.64s runs; newest installed: %.200s%s", running.release, newest[0] ? newest : "none",
             state == KERNEL_UNKNOWN ? "; the running one is of no package here" : "");
    check(s, "updates.reboot", state == KERNEL_OLD ? SURVEY_UNMET : state == KERNEL_NEWEST ? SURVEY_MET : SURVEY_UNKNOWN, NULL, 0, evidence);
}

void survey_updates(struct survey *s)
{
    static const char *const ALL[] = {"updates.security", "updates.lists", "updates.support", "updates.automatic", "updates.reboot"};
    const struct installed *all = installed_of(s);
    enum survey_state automatic;
    char why[384];

    for (size_t i = 0; !all && i < sizeof ALL / sizeof *ALL; i++)
        check(s, ALL[i], SURVEY_UNKNOWN, NULL, 0, "out of memory");
    if (!all)
        return;
    automatic = updates_automatic(s, all, why, sizeof why);
    check_security(s, all, automatic == SURVEY_MET);
    check_lists(s, all);
    check_support(s, all);
    check(s, "updates.automatic", automatic, NULL, 0, why);
    check_reboot(s, all);
}
