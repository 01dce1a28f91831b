/* Verbs that order: contain, release, revoke, allow, close, restore. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "console/cli.h"
#include "lib/err.h"

/* Sign and queue in one transaction, then say so. */
static int give_order(struct cli *cli, const struct console_order *o, const char *hostname)
{
    const char *reason = cli_option(cli, "--reason");
    struct console_order order = *o;
    char command_id[LIM_ID], who[LIM_TITLE];
    uint64_t sequence = 0;
    int rc;

    cli_who(who);
    order.by = who; /* ends with this call: not in the caller's struct */
    order.reason = reason ? reason : "";
    if (strlen(order.reason) >= LIM_TITLE)
        return cli_fail("--reason", MM_ELIMIT);
    rc = store_begin(cli->console->store);
    if (rc)
        return cli_fail("order", rc);
    rc = console_order(cli->console, &order, (int64_t)time(NULL), command_id, &sequence);
    if (!rc)
        rc = store_commit(cli->console->store);
    else
        store_rollback(cli->console->store);
    if (rc)
        return cli_fail("order", rc);
    if (cli_option(cli, "--json"))
        printf("{\"agent_id\": \"%s\", \"command_id\": \"%s\", \"sequence\": %llu}\n", order.agent_id, command_id,
               (unsigned long long)sequence);
    else
        printf("Ordered %s for %s (command %s).\n", cli->verb->name, hostname, command_id);
    return CLI_OK;
}

static int order_device(struct cli *cli, enum command_action action, int hold)
{
    struct console_order o = {.action = action, .incident = "", .hold = hold};
    struct store_device d;
    int rc = store_device_find(cli->console->store, cli->word[0], &d);

    if (rc)
        return cli_fail(cli->word[0], rc);
    o.agent_id = d.agent_id;
    return give_order(cli, &o, d.hostname);
}

int cli_contain(struct cli *cli)
{
    return order_device(cli, COMMAND_CONTAIN, cli_option(cli, "--hold") ? 1 : -1);
}

int cli_release(struct cli *cli)
{
    return order_device(cli, COMMAND_ALLOW, -1);
}

static int order_incident(struct cli *cli, enum command_action action)
{
    struct console_order o = {.action = action, .hold = -1};
    struct store_incident i;
    int rc = store_incident_find(cli->console->store, cli->word[0], &i);

    if (rc)
        return cli_fail(cli->word[0], rc);
    if (strcmp(i.kind, "attack")) {
        fprintf(stderr, "mimamori-console: incident %lld is of kind %s: nothing to %s\n", (long long)i.id, i.kind,
                cli->verb->name);
        return CLI_FAILED;
    }
    o.agent_id = i.agent_id;
    o.incident = i.uid;
    return give_order(cli, &o, i.agent_id);
}

int cli_allow(struct cli *cli)
{
    return order_incident(cli, COMMAND_ALLOW);
}

int cli_close(struct cli *cli)
{
    return order_incident(cli, COMMAND_CLOSE);
}

int cli_restore(struct cli *cli)
{
    return order_incident(cli, COMMAND_RESTORE);
}

int cli_revoke(struct cli *cli)
{
    int64_t now = (int64_t)time(NULL);
    struct store_device d;
    char who[LIM_TITLE];
    int rc = store_device_find(cli->console->store, cli->word[0], &d);

    if (rc)
        return cli_fail(cli->word[0], rc);
    cli_who(who);
    rc = store_begin(cli->console->store);
    if (rc)
        return cli_fail("revoke", rc);
    rc = store_device_revoke(cli->console->store, d.agent_id);
    if (!rc)
        rc = store_audit(cli->console->store, who, "revoke", d.agent_id, "", now);
    if (!rc)
        rc = store_commit(cli->console->store);
    else
        store_rollback(cli->console->store);
    if (rc)
        return cli_fail("revoke", rc);
    printf("%s (%s) may not connect any more.\n", d.hostname, d.agent_id);
    return CLI_OK;
}
