/* How the agent is, as far as a new release of it is held against the old one. */
#ifndef MM_UPDATER_HOST_HEALTH_H
#define MM_UPDATER_HOST_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/limits.h"

#define AGENT_SENSORS 16

/* What the agent says of itself; "answers" false: it did not answer in time. */
struct agent_health {
    bool answers, console;          /* the console was reached */
    char version[LIM_VERSION];
    unsigned sensors;
    struct { char name[LIM_TAG]; int rank; } sensor[AGENT_SENSORS]; /* rank: the more the better */
    int64_t restarts;               /* of its parts, since it started */
};

#endif
