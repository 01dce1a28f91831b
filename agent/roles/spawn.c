/* Starting the agent's other programs; see start.h. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/roles/start.h"
#include "lib/err.h"
#include "lib/os/spawn.h"
#include "lib/version.h"

int start_program(const char *role, char *path, size_t n)
{
    char name[LIM_NAME];

    snprintf(name, sizeof name, "mimamorid-%s", role);
    return os_neighbour(name, path, n);
}

int start_become(const char *role, char **argv)
{
    char path[LIM_PATH];

    if (start_program(role, path, sizeof path) == MM_OK)
        execv(path, argv);
    fprintf(stderr, "mimamorid: its part mimamorid-%s cannot be started: %s\n", role, strerror(errno));
    return 1;
}

int role_spawn(const char *role, const char *config_path, int sock, unsigned restarts)
{
    char path[LIM_PATH], count[16];
    const char *const argv[] = {path, "--role", role, "--restarts", count, "--of", MM_VERSION,
                                config_path ? "--config" : NULL, config_path, NULL};
    int rc = start_program(role, path, sizeof path);

    if (rc)
        return rc;
    snprintf(count, sizeof count, "%u", restarts);
    return os_spawn(path, (char *const *)(uintptr_t)argv, sock, ROLE_FD);
}
