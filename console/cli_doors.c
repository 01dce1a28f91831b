/* Verbs of the register of external devices: doors, declare, gateways. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "console/cli.h"
#include "console/doors.h"
#include "lib/err.h"
#include "lib/text.h"

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

static int get_register(struct cli *cli, int64_t *customer, json_t **reg)
{
    int rc = store_customer_find(cli->console->store, cli->word[0], customer);

    if (!rc)
        rc = doors_register(cli->console, *customer, (int64_t)time(NULL), reg);
    return rc ? cli_fail(cli->word[0], rc) : CLI_OK;
}

int cli_doors(struct cli *cli)
{
    json_t *reg = NULL;
    int64_t customer;
    int code = get_register(cli, &customer, &reg);

    if (code)
        return code;
    if (cli_option(cli, "--json"))
        cli_json(reg);
    else
        cli_register(reg);
    json_decref(reg);
    return CLI_OK;
}

/* ---- acting -------------------------------------------------------------------------- */

static void say(FILE *to, const char *before, const char *key, const char *const *args, unsigned n)
{
    struct buf line;

    buf_init(&line, 4096);
    if (text_format(&line, key, args, n) == MM_OK && line.data) {
        cli_clean(line.data);
        fprintf(to, "%s%s\n", before, line.data);
    }
    buf_fini(&line);
}

/* What is wrong is nearly always the door's name, or --device. */
static int refuse(struct cli *cli, const struct doors_act *a, int err)
{
    const char *customer[] = {cli->word[0]};

    if (a->door[0] && err == MM_ENOTFOUND)
        say(stderr, "mimamori-console: ", "register.no_door", customer, 1);
    else if (a->certificate && err == MM_EINVAL)
        say(stderr, "mimamori-console: ", "register.no_key", NULL, 0);
    else if (a->door[0] && err == MM_EINVAL)
        say(stderr, "mimamori-console: ", "register.needs_device", NULL, 0);
    else
        return cli_fail(a->door[0] ? a->door : cli->verb->name, err);
    return err == MM_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED;
}

static int act(struct cli *cli, const struct doors_act *what)
{
    struct doors_act a = *what; /* `by` ends with this call */
    char who[LIM_TITLE], count[24];
    const char *args[] = {count};
    json_t *orders = NULL;
    int rc;

    cli_who(who);
    a.by = who;
    rc = store_begin(cli->console->store);
    if (rc)
        return cli_fail(cli->verb->name, rc);
    rc = doors_act(cli->console, &a, (int64_t)time(NULL), &orders);
    if (!rc)
        rc = store_commit(cli->console->store);
    else
        store_rollback(cli->console->store);
    if (rc) {
        return refuse(cli, &a, rc);
    }
    snprintf(count, sizeof count, "%zu", json_array_size(orders));
    if (cli_option(cli, "--json"))
        cli_json(orders);
    else
        say(stdout, "", "register.kept", args, 1);
    json_decref(orders);
    return CLI_OK;
}

int cli_declare(struct cli *cli)
{
    const char *device = cli_option(cli, "--device"), *model = cli_option(cli, "--model");
    struct doors_act a = {.door = cli->word[1], .device = "", .product = cli_option(cli, "--product"), .model = model ? model : "",
                          .version = cli_option(cli, "--version"), .mitigation = cli_option(cli, "--mitigation"),
                          .reason = cli_option(cli, "--reason"), .certificate = cli_option(cli, "--certificate")};
    struct store_device d;
    int rc = store_customer_find(cli->console->store, cli->word[0], &a.customer);

    if (rc)
        return cli_fail(cli->word[0], rc);
    if ((a.version != NULL) + (a.mitigation != NULL) + (a.certificate != NULL) != 1 || !a.version != !a.product || !a.mitigation != !a.reason) {
        fprintf(stderr, "mimamori-console: --product and --version, --mitigation and --reason, or --certificate are needed\n");
        return CLI_USAGE;
    }
    if (device) {
        rc = store_device_find(cli->console->store, device, &d);
        if (rc)
            return cli_fail(device, rc);
        a.device = d.agent_id;
    }
    return act(cli, &a);
}

static void print_gateways(const json_t *gateways)
{
    const json_t *list = json_object_get(gateways, "list");
    char count[24];
    const char *args[] = {count, text_of(gateways, "by"), text_of(gateways, "at")};

    snprintf(count, sizeof count, "%zu", json_array_size(list));
    if (!json_array_size(list))
        say(stdout, "", "register.gateways.none", NULL, 0);
    else
        say(stdout, "", "register.gateways", args, 3);
    for (size_t i = 0; i < json_array_size(list); i++)
        printf("  %s\n", json_string_value(json_array_get(list, i)));
}

int cli_gateways(struct cli *cli)
{
    struct doors_act a = {.door = "", .device = ""};
    json_t *list = json_array(), *reg = NULL;
    int code;

    for (unsigned i = 0; i < cli->options; i++)
        if (!strcmp(cli->option[i].name, "--gateway"))
            json_array_append_new(list, json_string(cli->option[i].value));
    code = get_register(cli, &a.customer, &reg);
    if (!code && !json_array_size(list) && !cli_option(cli, "--none")) {
        if (cli_option(cli, "--json"))
            cli_json(json_object_get(reg, "gateways"));
        else
            print_gateways(json_object_get(reg, "gateways"));
    } else if (!code) {
        a.gateways = list;
        code = act(cli, &a);
    }
    json_decref(reg);
    json_decref(list);
    return code;
}
