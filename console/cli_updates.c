/* Verbs of updates: ring, packs. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "console/cli.h"
#include "console/rings.h"
#include "lib/err.h"
#include "lib/update_record.h"

static int show_rings(const struct cli *cli, int64_t customer)
{
    static const struct cli_column columns[] = {{"RING", "ring"}, {"DEVICE", "agent_id"}, {"BY", "made_by"}, {"AT", "at"}};
    json_t *list = NULL;
    int rc = store_rings(cli->console->store, customer, &list);

    if (rc)
        return cli_fail("ring", rc);
    return cli_list(cli, list, columns, sizeof columns / sizeof columns[0]);
}

static int set_ring(const struct cli *cli, const struct ring_act *what)
{
    struct ring_act a = *what; /* `by` ends with this call */
    char who[LIM_TITLE];
    json_t *orders = NULL;
    int rc;

    cli_who(who);
    a.by = who;
    rc = store_begin(cli->console->store);
    if (rc)
        return cli_fail("ring", rc);
    rc = rings_act(cli->console, &a, (int64_t)time(NULL), &orders);
    if (!rc)
        rc = store_commit(cli->console->store);
    else
        store_rollback(cli->console->store);
    if (rc)
        return cli_fail("ring", rc);
    if (cli_option(cli, "--json"))
        cli_json(orders);
    else
        printf("kept; ordered from %zu computer(s)\n", json_array_size(orders));
    json_decref(orders);
    return CLI_OK;
}

int cli_ring(struct cli *cli)
{
    const char *device = cli_option(cli, "--device"), *ring = cli_option(cli, "--ring");
    struct ring_act a = {.device = "", .ring = ring ? ring : ""};
    struct store_device d;
    int rc = store_customer_find(cli->console->store, cli->word[0], &a.customer);

    if (rc)
        return cli_fail(cli->word[0], rc);
    if ((ring && cli_option(cli, "--none")) || (ring && !update_ring(ring))) {
        fprintf(stderr, "mimamori-console: --ring canary, early or broad, or --none\n");
        return CLI_USAGE;
    }
    if (!ring && !cli_option(cli, "--none"))
        return show_rings(cli, a.customer);
    if (device) {
        rc = store_device_find(cli->console->store, device, &d);
        if (!rc && d.customer != a.customer)
            rc = MM_ENOTFOUND;
        if (rc)
            return cli_fail(device, rc);
        a.device = d.agent_id;
    }
    return set_ring(cli, &a);
}

int cli_packs(struct cli *cli)
{
    const bool agents = cli_option(cli, "--agents") != NULL;
    const struct cli_column columns[] = {{agents ? "AGENT" : "PACK", "version"}, {"COMPUTERS", "devices"}, {"WENT BACK", "devices_left"},
                                          {"A DAY OR MORE", "devices_proven"}, {"SILENT", "devices_silent"}};
    json_t *list = NULL;
    int rc = (agents ? store_agents : store_packs)(cli->console->store, (int64_t)time(NULL), 10000, &list);

    if (rc)
        return cli_fail("packs", rc);
    return cli_list(cli, list, columns, sizeof columns / sizeof columns[0]);
}
