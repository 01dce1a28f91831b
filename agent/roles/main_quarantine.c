/* mimamorid-quarantine: at boot, before any network: puts the rules of a quarantine that is in force back.
 *
 * It fails closed: while there is an order (also one that cannot be read) and its rules are not in place it does not
 * end, and units that are ordered after it - the network - wait.  Without an order it ends at once. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/respond/quarantine.h"
#include "agent/roles/start.h"
#include "lib/err.h"
#include "lib/log.h"

#define PAUSE_S 1
#define TOLD_EVERY 60 /* tries */

/* Where the state lies, also by a configuration with mistakes: a typing error must not open the network. */
static int find_state(struct start *s, struct agent_config *salvaged, const struct agent_config **config)
{
    static const char usual[] = "/etc/mimamori/agent.ini";
    int run_given = 0;

    *config = salvaged;
    if (!start_config(s)) {
        *config = s->config;
        return MM_OK;
    }
    return agent_config_salvage(salvaged, s->config_path ? s->config_path : usual, &run_given);
}

static int close_network(struct quarantine *q)
{
    int rc;

    for (unsigned tries = 0; (rc = quarantine_repair(q)) < 0; tries++) {
        if (tries % TOLD_EVERY == 0)
            log_error("the quarantine's rules cannot be put in place (%s): the network stays down; trying again", mm_strerror(rc));
        sleep(PAUSE_S);
    }
    log_info("a quarantine is in force: its rules are in place");
    return 0;
}

int main(int argc, char **argv)
{
    struct agent_config salvaged = {0};
    const struct agent_config *config;
    struct quarantine *q = NULL;
    struct start s = {0};
    int status = start_parse(argc, argv, &s), rc;

    if (status)
        return status;
    log_setup("mimamorid-quarantine", LOG_LV_INFO);
    rc = find_state(&s, &salvaged, &config);
    if (!rc)
        rc = quarantine_new(&q, config->state, config->canary);
    if (!rc)
        status = quarantine_active(q, NULL) ? close_network(q) : 0;
    else
        log_error("%s", mm_strerror(rc));
    quarantine_free(q);
    start_fini(&s);
    agent_config_free(&salvaged);
    return rc ? 1 : status;
}
