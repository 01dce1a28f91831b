/* Verbs of the register of external devices: doors, declare, gateways. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "console/cli.h"
#include "console/doors.h"
#include "lib/err.h"

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

/* The table's cells: one name for the product, its hosts, one sentence. */
static void flatten(json_t *door)
{
    const json_t *devices = json_object_get(door, "devices"), *last = json_object_get(door, "last");
    const char *reason = text_of(door, "reason_en"), *product = text_of(door, "product_name");
    char hosts[LIM_NAME + 16], how[64];
    size_t n = json_array_size(devices) + (size_t)json_integer_value(json_object_get(door, "devices_more"));

    snprintf(hosts, sizeof hosts, n > 1 ? "%s +%zu" : "%s", text_of(json_array_get(devices, 0), "hostname"), n - 1);
    if (json_is_object(last))
        snprintf(how, sizeof how, "%.20s (was %.20s)", text_of(door, "verdict"), text_of(last, "verdict"));
    else
        snprintf(how, sizeof how, "%.20s", text_of(door, "verdict"));
    json_object_set_new(door, "hosts", json_string(n ? hosts : "-"));
    json_object_set_new(door, "how", json_string(how));
    json_object_set_new(door, "what", json_string(product[0] ? product : text_of(door, "product")));
    json_object_set_new(door, "why", json_string(reason[0] ? reason : text_of(json_object_get(door, "reason"), "key")));
    json_object_set_new(door, "until", json_string(text_of(json_object_get(door, "mitigation"), "what")));
}

static void print_register(json_t *reg)
{
    static const struct cli_column columns[] = {{"VERDICT", "how"}, {"DOOR", "id"}, {"PRODUCT", "what"}, {"VERSION", "version"},
        {"DUE", "due"}, {"DAYS", "days_left"}, {"MITIGATION", "until"}, {"HOST", "hosts"}, {"CHECKED", "checked_at"}, {"WHY", "why"}};
    json_t *doors = json_object_get(reg, "doors"), *one;
    const json_t *sum = json_object_get(reg, "summary");
    json_int_t more = json_integer_value(json_object_get(reg, "doors_more"));
    size_t i;

    json_array_foreach(doors, i, one)
        flatten(one);
    cli_table(doors, columns, sizeof columns / sizeof columns[0]);
    if (more)
        printf("... and %lld more that do not fit\n", (long long)more);
    printf("Overall: %s. %lld doors, %lld overdue, %lld due, %lld unknown; %lld of %lld computers have not reported for two days.\n",
           text_of(reg, "overall"), (long long)json_integer_value(json_object_get(sum, "doors")),
           (long long)json_integer_value(json_object_get(sum, "overdue")), (long long)json_integer_value(json_object_get(sum, "due")),
           (long long)json_integer_value(json_object_get(sum, "unknown")),
           (long long)json_integer_value(json_object_get(sum, "devices_unseen")),
           (long long)json_integer_value(json_object_get(sum, "devices")));
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
        print_register(reg);
    json_decref(reg);
    return CLI_OK;
}

/* ---- acting -------------------------------------------------------------------------- */

static int act(struct cli *cli, const struct doors_act *what)
{
    struct doors_act a = *what; /* `by` ends with this call */
    char who[LIM_TITLE];
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
        json_decref(orders);
        return cli_fail(a.door[0] ? a.door : cli->verb->name, rc);
    }
    if (cli_option(cli, "--json"))
        cli_json(orders);
    else
        printf("Kept, and ordered from %zu computer(s).\n", json_array_size(orders));
    json_decref(orders);
    return CLI_OK;
}

int cli_declare(struct cli *cli)
{
    const char *device = cli_option(cli, "--device"), *model = cli_option(cli, "--model");
    struct doors_act a = {.door = cli->word[1], .device = "", .product = cli_option(cli, "--product"), .model = model ? model : "",
                          .version = cli_option(cli, "--version"), .mitigation = cli_option(cli, "--mitigation"),
                          .reason = cli_option(cli, "--reason")};
    struct store_device d;
    int rc = store_customer_find(cli->console->store, cli->word[0], &a.customer);

    if (rc)
        return cli_fail(cli->word[0], rc);
    if (a.version ? !a.product || a.mitigation : !a.mitigation || !a.reason || a.product) {
        fprintf(stderr, "mimamori-console: --product and --version, or --mitigation and --reason are needed\n");
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
        cli_json(json_object_get(reg, "gateways"));
    } else if (!code) {
        a.gateways = list;
        code = act(cli, &a);
    }
    json_decref(reg);
    json_decref(list);
    return code;
}
