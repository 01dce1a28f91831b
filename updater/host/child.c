#include "updater/host/child.h"

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/os/frame.h"
#include "lib/os/spawn.h"
#include "lib/version.h"
#include "updater/host/messages.h"

#define USAGE 64      /* sysexits.h */
#define PATIENCE_MS 2000
#define STEP_MS 10

int child_begin(int argc, char **argv, const char *name, struct agent_config *config)
{
    const char *path = NULL;
    char message[512];

    if (argc == 5 && !strcmp(argv[3], "--config"))
        path = argv[4];
    if ((argc != 3 && !path) || strcmp(argv[1], "--of") != 0 || strcmp(argv[2], MM_VERSION) != 0) {
        fprintf(stderr, "%s: a part of mimamori-update, which starts it\n", name);
        return USAGE;
    }
    if (agent_config_load(config, path, message, sizeof message)) {
        fprintf(stderr, "%s: %s\n", name, message);
        return CHILD_CONFIG;
    }
    return 0;
}

int child_start(const char *name, const char *config_path, int *sock)
{
    char path[LIM_PATH];
    const char *const argv[] = {path, "--of", MM_VERSION, config_path ? "--config" : NULL, config_path, NULL};
    int fds[2], rc = os_neighbour(name, path, sizeof path);

    if (!rc)
        rc = frame_pair(fds);
    if (rc)
        return rc;
    rc = os_spawn(path, (char *const *)(uintptr_t)argv, fds[1], UPDATE_FD);
    close(fds[1]);
    if (rc < 0)
        close(fds[0]);
    else
        *sock = fds[0];
    return rc;
}

int child_end(int pid, int sock)
{
    int status = 0, waited = 0;
    pid_t got;

    close(sock);
    while ((got = waitpid(pid, &status, WNOHANG)) == 0 && waited < PATIENCE_MS) {
        poll(NULL, 0, STEP_MS);
        waited += STEP_MS;
    }
    if (got == 0)
        (void)os_end(pid, &status);
    return status;
}
