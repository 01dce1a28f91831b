/* Debian and Ubuntu: one package linux-image-RELEASE for each kernel, and a rebuild of the same release tells itself by
 * the version that uname -v ends with ("Debian 6.1.140-1 (2025-05-22)").  rpm: kernel-core, VERSION-RELEASE.ARCH. */
#include "agent/watch/host/updates_kernel.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/watch/host/installed.h"
#include "agent/watch/host/package_version.h"

/* "6.1.0-38-cloud-amd64": "cloud-amd64" tells the kind. */
static const char *flavour(const char *release)
{
    for (const char *p = strchr(release, '-'); p; p = strchr(p + 1, '-'))
        if ((p[1] >= 'a' && p[1] <= 'z') || (p[1] >= 'A' && p[1] <= 'Z'))
            return p + 1;
    return "";
}

/* The release of a kernel package of dpkg; NULL: it is none. */
static const char *release_of(const char *package)
{
    static const char *const STARTS[] = {"linux-image-unsigned-", "linux-image-"};

    for (size_t i = 0; i < sizeof STARTS / sizeof *STARTS; i++) {
        size_t n = strlen(STARTS[i]);

        if (!strncmp(package, STARTS[i], n))
            return package[n] >= '0' && package[n] <= '9' ? package + n : NULL;
    }
    return NULL;
}

/* The version behind "Debian " in `version`; "" when there is none. */
static void built_from(const char *version, char *out, size_t size)
{
    const char *at = strstr(version, "Debian ");
    size_t n = at ? strcspn(at + 7, " ") : 0;

    snprintf(out, size, "%.*s", (int)(n < 200 ? n : 0), at ? at + 7 : "");
}

static enum kernel_state dpkg_kernel(const struct installed *all, const char *release, const char *version, char *newest, size_t size)
{
    char built[256];
    bool mine = false, rebuilt = false;

    built_from(version, built, sizeof built);
    snprintf(newest, size, "%s", release);
    for (unsigned i = 0; i < all->n; i++) {
        const char *one = release_of(installed_text(all, all->list[i].name));

        if (!one || strcmp(flavour(one), flavour(release)))
            continue;
        if (!strcmp(one, release)) {
            mine = true;
            rebuilt = built[0] && package_version_dpkg(installed_text(all, all->list[i].version), built) > 0;
        } else if (package_version_dpkg(one, newest) > 0) {
            snprintf(newest, size, "%s", one);
        }
    }
    if (strcmp(newest, release))
        return mine ? KERNEL_OLD : KERNEL_UNKNOWN;
    if (!mine)
        newest[0] = '\0';
    return !mine ? KERNEL_UNKNOWN : rebuilt ? KERNEL_OLD : KERNEL_NEWEST;
}

static enum kernel_state rpm_kernel(const struct installed *all, const char *release, char *newest, size_t size)
{
    const char *mine = NULL, *best = NULL;
    char one[512];

    for (unsigned i = 0; i < all->n; i++) {
        const char *version = installed_text(all, all->list[i].version);

        if (strcmp(installed_text(all, all->list[i].name), "kernel-core"))
            continue;
        snprintf(one, sizeof one, "%s.%s", version, installed_text(all, all->list[i].arch));
        if (!strcmp(one, release))
            mine = version;
        if (!best || package_version_rpm(version, best) > 0)
            best = version;
    }
    snprintf(newest, size, "%s", best ? best : "");
    if (!mine)
        return KERNEL_UNKNOWN;
    return package_version_rpm(best, mine) > 0 ? KERNEL_OLD : KERNEL_NEWEST;
}

enum kernel_state updates_kernel(const struct installed *all, const char *release, const char *version, char *newest, size_t size)
{
    newest[0] = '\0';
    if (!strcmp(all->manager, "dpkg"))
        return dpkg_kernel(all, release, version, newest, size);
    if (!strcmp(all->manager, "rpm"))
        return rpm_kernel(all, release, newest, size);
    return KERNEL_UNKNOWN;
}
