/* What is installed of ours. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "installer/doctor.h"
#include "installer/doctor_read.h"
#include "lib/err.h"
#include "lib/version.h"

#define SHOW_MS 1500
#define CONFIG_MS 1000
#define SAID 65536
#define SYSTEMCTL "/usr/bin/systemctl"

void doctor_release(struct doctor *d, struct doctor_found *f)
{
    char version[LIM_NAME];
    int order;

    if (access(SETUP_ROOT "/" SETUP_PENDING, F_OK) == 0) {
        doctor_say(f, DOCTOR_BAD, "release.pending", "", "");
        return;
    }
    if (!d->installed)
        return;
    if (!release_in_use()) {
        doctor_say(f, DOCTOR_BAD, "release.broken", SETUP_CURRENT, "");
        return;
    }
    order = release_compare(version, sizeof version);
    if (order < 0)
        doctor_say(f, DOCTOR_LOST, "release.older", version, MM_VERSION);
    else if (order > 0)
        doctor_say(f, DOCTOR_SEEN, "release.newer", version, MM_VERSION);
}

/* The program that will read them judges them. */
void doctor_settings(struct doctor *d, struct doctor_found *f)
{
    char program[LIM_PATH];
    static const char settings[] = SETUP_CONFIG;
    const char *const argv[] = {program, "--config", settings, "--check-config", NULL};
    struct stat st;
    struct buf said;
    char *words;
    int rc;

    if (lstat(SETUP_CONFIG, &st) < 0)
        return;
    if (snprintf(program, sizeof program, "%smimamorid", release_in_use() ? SETUP_CURRENT "/bin/" : d->programs) >= (int)sizeof program || program[0] != '/')
        return;
    buf_init(&said, SAID);
    rc = doctor_program(d, CONFIG_MS, argv, true, &said);
    words = said.data ? said.data : NULL;
    if (words) {
        words[strcspn(words, "\n")] = '\0';
        words += strncmp(words, "mimamorid: ", 11) ? 0 : 11;
    }
    if (rc && rc != MM_ETIMEOUT)
        doctor_say(f, DOCTOR_BAD, "settings.bad", words && *words ? words : mm_strerror(rc), "");
    else if (strcmp(d->settings.state, SETUP_STATE) != 0)
        doctor_say(f, DOCTOR_LOST, "settings.state", d->settings.state, SETUP_STATE);
    buf_fini(&said);
}

static int show_units(const struct doctor *d, struct buf *said)
{
    const char *const argv[] = {SYSTEMCTL, "show", "--no-pager", "--property=Id,LoadState,UnitFileState,ActiveState,ExecStart", "mimamorid.service",
                                "mimamori-quarantine.service", "mimamori-update.service", "mimamori-update.timer", NULL};

    return doctor_program(d, SHOW_MS, argv, false, said);
}

void doctor_units(struct doctor *d, struct doctor_found *f)
{
    struct unit_facts u;
    struct buf said;
    const char *p;

    buf_init(&said, SAID);
    if (show_units(d, &said) == MM_OK)
        for (p = said.data ? said.data : ""; f->level == DOCTOR_OK && read_unit(&p, SETUP_CURRENT "/bin/", &u);) {
            if (u.masked)
                doctor_say(f, DOCTOR_BAD, "units.masked", u.name, "");
            else if (u.broken)
                doctor_say(f, DOCTOR_BAD, "units.broken", u.name, "");
            else if (u.other[0])
                doctor_say(f, DOCTOR_BAD, "units.other", u.name, u.other);
        }
    buf_fini(&said);
}

void doctor_service(struct doctor *d, struct doctor_found *f)
{
    char off[DOCTOR_WORD] = "";
    struct unit_facts u;
    struct buf said;
    const char *p;
    size_t n = 0;

    if (!d->installed)
        return;
    buf_init(&said, SAID);
    if (show_units(d, &said) == MM_OK)
        for (p = said.data ? said.data : ""; f->level == DOCTOR_OK && read_unit(&p, SETUP_CURRENT "/bin/", &u);) {
            if (u.missing)
                doctor_say(f, DOCTOR_BAD, "units.missing", u.name, "");
            else if (!strcmp(u.name, "mimamorid.service") && !u.active)
                doctor_say(f, DOCTOR_BAD, "service.stopped", u.state, "");
            else if (!u.enabled && !u.masked && strcmp(u.name, "mimamori-update.service") != 0 && n < sizeof off)
                n += (size_t)snprintf(off + n, sizeof off - n, "%s%s", n ? " " : "", u.name); /* the update's timer starts its service */
        }
    if (f->level == DOCTOR_OK && off[0])
        doctor_say(f, DOCTOR_LOST, "service.disabled", off, "");
    buf_fini(&said);
}
