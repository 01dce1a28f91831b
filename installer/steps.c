/* The steps of an installation, each with its way back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "installer/alone.h"
#include "installer/enrolment.h"
#include "installer/plan.h"
#include "installer/service.h"
#include "installer/settings.h"
#include "lib/buf.h"
#include "lib/durable.h"
#include "lib/err.h"

#define QUICK_MS 20000
#define START_MS 330000    /* a first walk over very many files: TimeoutStartSec of the unit */

/* ---- accounts ------------------------------------------------------------------------------------ */

static const char *const accounts[] = {"_mimamori-core", "_mimamori-scan", "_mimamori-fetch"};
#define GROUP "mimamori"

/* Whether a file like /etc/passwd has that name.  Not getpwnam(): this program may be a static one, and must not load the host's
 * libraries of its name services; and what is taken back is what stands in these files. */
static bool has_name(const char *path, const char *name)
{
    size_t n = strlen(name), room = 0;
    FILE *f = fopen(path, "re");
    char *line = NULL;
    bool found = false;

    while (f && !found && getline(&line, &room, f) >= 0)
        found = !strncmp(line, name, n) && line[n] == ':';
    free(line);
    if (f)
        (void)fclose(f);
    return found;
}

static bool accounts_done(struct setup *s)
{
    (void)s;
    for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++)
        if (!has_name("/etc/passwd", accounts[i]))
            return false;
    return has_name("/etc/group", GROUP);
}

static int accounts_apply(struct setup *s)
{
    const char *const argv[] = {"/usr/bin/systemd-sysusers", "--inline", "g mimamori -", "u _mimamori-core - \"Mimamori journal and console\"",
                                "u _mimamori-scan - \"Mimamori contents of files\"", "u _mimamori-fetch - \"Mimamori updates by network\"", NULL};

    return setup_run(s, QUICK_MS, argv);
}

static int accounts_undo(struct setup *s)
{
    int rc = MM_OK, one;

    if (s->packaged)
        return MM_OK;
    for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++) {
        const char *const argv[] = {"/usr/sbin/userdel", accounts[i], NULL};

        one = has_name("/etc/passwd", accounts[i]) ? setup_run(s, QUICK_MS, argv) : MM_OK;
        rc = rc ? rc : one;
    }
    if (has_name("/etc/group", GROUP)) {
        const char *const argv[] = {"/usr/sbin/groupdel", GROUP, NULL};

        one = setup_run(s, QUICK_MS, argv);
        rc = rc ? rc : one;
    }
    return rc;
}

/* ---- the release ----------------------------------------------------------------------------------- */

static bool release_done(struct setup *s)
{
    return release_in_use() && release_laid_down(s);
}

static int release_apply(struct setup *s)
{
    int rc = release_adopt(s);

    return rc == MM_ESTATE ? MM_OK : rc; /* a newer one runs already: good */
}

static int release_undo(struct setup *s)
{
    int rc = setup_erase(s, SETUP_RELEASES);

    return unlink(SETUP_CURRENT) == 0 || !setup_is_there(SETUP_CURRENT) ? rc : MM_EIO;
}

/* ---- the state --------------------------------------------------------------------------------- */

static bool state_done(struct setup *s)
{
    (void)s;
    return setup_is_there(SETUP_STATE);
}

static int state_apply(struct setup *s)
{
    (void)s;
    return durable_mkdir(SETUP_STATE, 0755);
}

static int state_undo(struct setup *s)
{
    int kept = enrolment_keep(s), rc = setup_erase(s, SETUP_STATE);

    return rc ? rc : kept;
}

/* ---- the service -------------------------------------------------------------------------------------- */

static int service_apply(struct setup *s)
{
    int rc = service_reload(s);

    return rc ? rc : service_start(s, START_MS);
}

static int service_undo(struct setup *s)
{
    return service_stop(s, START_MS);
}

static bool service_done(struct setup *s)
{
    return !s->settings_changed && service_is_on(s);
}

static bool never_done(struct setup *s)
{
    (void)s;
    return false;
}

/* A running agent goes on with the identity that it has read: it reads the new one when it starts. */
static int restart_apply(struct setup *s)
{
    return service_restart(s, START_MS);
}

const struct step enrol_steps[] = {
    {"proxy", settings_proxy_done, settings_proxy_apply, settings_proxy_undo, settings_proxy_wanted, .puts_back = true},
    {"enrol", never_done, enrolment_anew, NULL},
    {"settings", never_done, settings_updates_apply, NULL},
    {"service", never_done, restart_apply, NULL},
    {.name = NULL},
};

const struct step install_steps[] = {
    {"accounts", accounts_done, accounts_apply, accounts_undo},
    {"release", release_done, release_apply, release_undo},
    {"rules", alone_rules_done, alone_rules_apply, alone_rules_undo},
    {"state", state_done, state_apply, state_undo},
    {"settings", settings_done, settings_apply, settings_undo},
    {"proxy", settings_proxy_done, settings_proxy_apply, settings_proxy_undo, settings_proxy_wanted, .puts_back = true},
    {"enrol", enrolment_done, enrolment_apply, enrolment_undo}, /* the rest of what it made lies in the state */
    {"units", alone_units_done, alone_units_apply, alone_units_undo},
    {"links", alone_links_done, alone_links_apply, alone_links_undo},
    {"service", service_done, service_apply, service_undo},
    {.name = NULL},
};
