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
#define ASIDE ".setup.old"
#define PACKAGE "/usr/lib/mimamori/release"

int setup_find_source(struct setup *s)
{
    char path[LIM_PATH], *bin;
    int rc = os_neighbour("mimamorid", path, sizeof path);

    if (rc)
        return rc;
    bin = strstr(path, "/bin/mimamorid");
    if (!bin || access(path, X_OK) < 0)
        return MM_ENOTFOUND;
    *bin = '\0';
    snprintf(s->source, sizeof s->source, "%s", path);
    s->packaged = !strcmp(path, PACKAGE);
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

/* Our files below SETUP_RELEASES, under the name of our version. */
static int lay_down(const struct setup *s)
{
    char bin[LIM_PATH], there[LIM_PATH];
    int fd = -1, rc = durable_mkdir(SETUP_RELEASES, 0755);

    if (snprintf(bin, sizeof bin, "%s/bin", s->source) >= (int)sizeof bin)
        return MM_ELIMIT;
    snprintf(there, sizeof there, SETUP_RELEASES "/" MM_VERSION "/bin");
    if (rc || tree_same(bin, there))
        return rc;
    fd = tree_new(SETUP_RELEASES, STAGED);
    if (fd < 0)
        return fd;
    if (mkdirat(fd, "bin", 0755) < 0)
        rc = mm_from_errno(errno);
    close(fd);
    if (!rc) {
        fd = open(SETUP_RELEASES "/" STAGED "/bin", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        rc = fd < 0 ? mm_from_errno(errno) : tree_copy(bin, fd);
        if (!rc)
            rc = tree_sync(fd);
        if (fd >= 0)
            close(fd);
    }
    if (rc)
        return rc;
    /* another content of this version, or half of one: moved away first, so that for a moment there is none under this name;
     * what runs has its files open, and the link is moved back to it below */
    rc = tree_remove(SETUP_RELEASES, ASIDE);
    if (!rc && rename(SETUP_RELEASES "/" MM_VERSION, SETUP_RELEASES "/" ASIDE) < 0 && errno != ENOENT)
        rc = mm_from_errno(errno);
    if (!rc && rename(SETUP_RELEASES "/" STAGED, SETUP_RELEASES "/" MM_VERSION) < 0)
        rc = mm_from_errno(errno);
    if (!rc)
        rc = durable_sync_parent(SETUP_RELEASES "/" MM_VERSION);
    return rc ? rc : tree_remove(SETUP_RELEASES, ASIDE);
}

int release_adopt(struct setup *s)
{
    char version[LIM_NAME];
    int rc;

    if (release_compare(version, sizeof version) > 0)
        return MM_ESTATE;
    rc = lay_down(s);
    return rc ? rc : durable_link("releases/" MM_VERSION, SETUP_CURRENT);
}
