/* The fetching process: brings files of the repository, byte by byte, to the one that asks. */
#ifndef MM_UPDATER_HOST_FETCHING_H
#define MM_UPDATER_HOST_FETCHING_H

#include "lib/agent_config.h"
#include "updater/fetch.h"

/* Serve UPDATE_WANT frames over `sock` until the other side closes it: metadata from URL/metadata/, artifacts from the caches
 * of this network and then from URL/targets/.  MM_OK at the end, else an error of the socket. */
int fetching_serve(int sock, struct fetch *fetch, const struct agent_config *config);

#endif
