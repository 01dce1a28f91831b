#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "installer/setup.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/os/spawn.h"
#include "lib/os/tree.h"
#include "lib/product_version.h"
#include "lib/version.h"

#define STAGED ".setup.new"
#define PACKAGED "/usr/lib/mimamori/release/bin/mimamorid" /* is there when a package brought the agent */

int setup_find_source(struct setup *s)
{
    static const char end[] = "/bin/mimamorid";
    char path[LIM_PATH];
    int rc = os_neighbour("mimamorid", path, sizeof path);
    size_t n = strlen(path);

    if (rc)
        return rc;
    if (n < sizeof end || strcmp(path + n - (sizeof end - 1), end) != 0 || access(path, X_OK) < 0)
        return MM_ENOTFOUND;
    path[n - (sizeof end - 1)] = '\0';
    snprintf(s->source, sizeof s->source, "%s", path);
    s->packaged = access(PACKAGED, F_OK) == 0; /* also when this program is of another release: the rest is the package's */
    return MM_OK;
}

bool release_in_use(void)
{
    static const char *const programs[] = {"mimamorid", "mimamorid-guard", "mimamorid-scan", "mimamorid-core", "mimamorid-quarantine", "mimamori",
                                           "mimamori-update"};
    char path[LIM_PATH];

    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (snprintf(path, sizeof path, SETUP_CURRENT "/bin/%s", programs[i]) >= (int)sizeof path || access(path, X_OK) < 0)
            return false;
    return true;
}

/* The version that the link shows, as a number and in words; 0: none that can be read. */
static int64_t number_in_use(char *words, size_t room)
{
    char target[LIM_PATH];
    const char *version;
    ssize_t n = readlink(SETUP_CURRENT, target, sizeof target - 1);
    int64_t number = 0;

    if (n <= 0 || !release_in_use())
        return 0;
    target[n] = '\0';
    version = strrchr(target, '/');
    version = version ? version + 1 : target;
    snprintf(words, room, "%s", version);
    return version_encode("dotted", version, strlen(version), &number) == MM_OK ? number : 0;
}

int release_compare(char *version, size_t n)
{
    int64_t theirs = number_in_use(version, n), ours = 0;

    if (!theirs || version_encode("dotted", MM_VERSION, strlen(MM_VERSION), &ours))
        return 0;
    return (theirs > ours) - (theirs < ours);
}

/* What a release is made of; one that uses the host's libraries has no `lib`. */
static const char *const parts[] = {"bin", "lib"};
#define PARTS (sizeof parts / sizeof *parts)

static bool part_of(const char *folder, size_t i, char path[LIM_PATH])
{
    return snprintf(path, LIM_PATH, "%s/%s", folder, parts[i]) < LIM_PATH && access(path, F_OK) == 0;
}

bool release_laid_down(const struct setup *s)
{
    char ours[LIM_PATH], there[LIM_PATH];

    for (size_t i = 0; i < PARTS; i++) {
        bool here = part_of(s->source, i, ours);

        if (here != part_of(SETUP_RELEASES "/" MM_VERSION, i, there) || (here && !tree_same(ours, there)))
            return false;
    }
    return true;
}

/* A part of ours into the staged release. */
static int stage_part(const char *from, const char *name, int release)
{
    int fd = -1, rc = mkdirat(release, name, 0755) < 0 ? mm_from_errno(errno) : MM_OK;

    if (!rc)
        fd = openat(release, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (!rc && (fd < 0 || fchmod(fd, 0755) < 0)) /* whatever the umask says */
        rc = mm_from_errno(errno);
    if (!rc)
        rc = tree_copy(from, fd);
    if (!rc)
        rc = tree_sync(fd);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Our files below SETUP_RELEASES, under the name of our version. */
static int lay_down(const struct setup *s)
{
    int fd, rc = durable_mkdir(SETUP_RELEASES, 0755);

    if (rc || release_laid_down(s))
        return rc;
    fd = tree_new(SETUP_RELEASES, STAGED);
    if (fd < 0)
        return fd;
    for (size_t i = 0; i < PARTS && !rc; i++) {
        char from[LIM_PATH];

        if (part_of(s->source, i, from))
            rc = stage_part(from, parts[i], fd);
    }
    close(fd);
    if (rc)
        return rc;
    /* another content of this version, or half of one, changes places with ours in one step: what runs has its files open */
    rc = tree_put(SETUP_RELEASES, STAGED, MM_VERSION);
    if (!rc)
        rc = durable_sync_parent(SETUP_RELEASES "/" MM_VERSION);
    return rc ? rc : tree_remove(SETUP_RELEASES, STAGED); /* what was there before */
}

bool release_newer_in_use(void)
{
    char version[LIM_NAME];

    return release_compare(version, sizeof version) > 0;
}

int release_adopt(struct setup *s)
{
    int rc;

    if (release_newer_in_use())
        return MM_ESTATE;
    rc = lay_down(s);
    return rc ? rc : durable_link("releases/" MM_VERSION, SETUP_CURRENT);
}
