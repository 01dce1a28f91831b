/* Verbs that order and judge: contain, release, revoke, allow, close, restore, verdict. */
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
    char command_id[LIM_ID], who[LIM_TITLE], warning[256] = "";
    int64_t now = (int64_t)time(NULL);
    struct store_device d;
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
    rc = console_order(cli->console, &order, now, command_id, &sequence);
    if (!rc)
        rc = store_commit(cli->console->store);
    else
        store_rollback(cli->console->store);
    if (rc)
        return cli_fail("order", rc);
    if (!store_device_get(cli->console->store, order.agent_id, &d))
        (void)console_reach(cli->console, &d, now, warning, sizeof warning);
    if (cli_option(cli, "--json")) {
        json_t *said = json_pack("{s:s,s:s,s:I}", "agent_id", order.agent_id, "command_id", command_id, "sequence",
                                 (json_int_t)sequence);

        if (warning[0])
            json_object_set_new(said, "warning", json_string(warning));
        json_dumpf(said, stdout, 0);
        putchar('\n');
        json_decref(said);
        return CLI_OK;
    }
    printf("Ordered %s for %s (command %s).\n", cli->verb->name, hostname, command_id);
    if (warning[0])
        printf("Warning: %s.\n", warning);
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

/* The code is shown once; the host gets its hash by signed order. */
int cli_removal(struct cli *cli)
{
    struct console_order o = {.action = COMMAND_POLICY, .incident = "", .hold = -1};
    char code[REMOVAL_CODE], args[CONSOLE_REMOVAL_ARGS];
    struct store_device d;
    int rc = store_device_find(cli->console->store, cli->word[0], &d), status;

    if (rc)
        return cli_fail(cli->word[0], rc);
    rc = console_removal(d.agent_id, code, args);
    if (rc)
        return cli_fail("removal", rc);
    o.agent_id = d.agent_id;
    o.args = args;
    status = give_order(cli, &o, d.hostname);
    if (status == CLI_OK)
        printf("On that computer: mimamori-setup uninstall --code %s\n", code);
    return status;
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
    int code = cli_find_incident(cli, cli->word[0], &i);

    if (code)
        return code;
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

int cli_verdict(struct cli *cli)
{
    const char *verdict = cli->word[1], *note = cli_option(cli, "--note");
    int64_t now = (int64_t)time(NULL);
    struct store *s = cli->console->store;
    struct store_incident i;
    json_t *after = NULL;
    char who[LIM_TITLE];
    int rc = cli_find_incident(cli, cli->word[0], &i);

    if (rc)
        return rc;
    if (!console_verdict_known(verdict) || (note && strlen(note) >= CONSOLE_NOTE)) {
        fprintf(stderr, "mimamori-console: the verdict is attack, false_alarm, test or undecided; a note has %d bytes at most\n",
                CONSOLE_NOTE - 1);
        return CLI_USAGE;
    }
    cli_who(who);
    rc = store_begin(s);
    if (rc)
        return cli_fail("verdict", rc);
    rc = console_verdict(cli->console, &i, verdict, note ? note : "", who, now);
    if (!rc)
        rc = store_incident_json(s, i.id, &after);
    if (!rc)
        rc = store_commit(s);
    else
        store_rollback(s);
    if (rc) {
        json_decref(after);
        return cli_fail("verdict", rc);
    }
    if (cli_option(cli, "--json"))
        cli_json(after);
    else
        printf("Incident %lld: %s.\n%s", (long long)i.id, verdict, json_is_true(json_object_get(after, "held"))
               ? "Warning: the host still holds stopped programs or a closed network of it; it stays open until close or allow, and release.\n" : "");
    json_decref(after);
    return CLI_OK;
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
