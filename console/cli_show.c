/* Verbs that show: devices, events, incidents, orders, audit. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "console/cli.h"
#include "lib/err.h"

#define PAGE 500

/* All devices, page by page. */
static int all_devices(struct store *s, json_t **out)
{
    json_t *all = json_array(), *page = NULL;
    char after[LIM_ID] = "";
    size_t n = PAGE;
    int rc = MM_OK;

    while (n == PAGE && !rc) {
        rc = store_devices(s, after, PAGE, &page);
        if (rc)
            break;
        n = json_array_size(page);
        if (n)
            snprintf(after, sizeof after, "%s", json_string_value(json_object_get(json_array_get(page, n - 1), "agent_id")));
        if (json_array_extend(all, page) < 0)
            rc = MM_ENOMEM;
        json_decref(page);
    }
    if (rc)
        json_decref(all);
    else
        *out = all;
    return rc;
}

int cli_devices(struct cli *cli)
{
    static const struct cli_column columns[] = {{"AGENT", "agent_id"}, {"HOST", "hostname"}, {"CUSTOMER", "customer_name"},
        {"STATE", "state"}, {"QUARANTINE", "quarantine"}, {"MODE", "mode"}, {"RULES", "rules"},
        {"RING", "ring"}, {"UPDATE", "update_result"}, {"OPEN", "open_incidents"},
        {"LAST SEEN", "last_seen"}, {"CERT UNTIL", "certificate_expires"}};
    json_t *list = NULL;
    int rc = all_devices(cli->console->store, &list);

    if (rc)
        return cli_fail("devices", rc);
    return cli_list(cli, list, columns, sizeof columns / sizeof columns[0]);
}

/* ---- events -------------------------------------------------------------------- */

/* The table's cells out of the OCSF body. */
static void flatten(json_t *row)
{
    const json_t *body = json_object_get(row, "body");
    const json_t *info = json_object_get(body, "finding_info");
    json_t *title = json_object_get(json_object_get(body, "unmapped"), "title_en");

    if (!title)
        title = json_object_get(info, "title");
    if (!title)
        title = json_object_get(body, "message");
    if (title)
        json_object_set(row, "title", title);
    if (json_object_get(body, "class_name"))
        json_object_set(row, "class", json_object_get(body, "class_name"));
    if (json_object_get(body, "severity"))
        json_object_set(row, "severity_name", json_object_get(body, "severity"));
    if (json_object_get(json_object_get(body, "device"), "hostname"))
        json_object_set(row, "hostname", json_object_get(json_object_get(body, "device"), "hostname"));
}

static void reverse(json_t *list)
{
    size_t n = json_array_size(list);

    for (size_t i = 0; i + 1 < n; i++) {
        json_t *last = json_incref(json_array_get(list, n - 1));

        json_array_remove(list, n - 1);
        json_array_insert_new(list, i, last);
    }
}

static void print_events(const struct cli *cli, json_t *list)
{
    static const struct cli_column columns[] = {{"ID", "id"}, {"RECEIVED", "received"}, {"HOST", "hostname"},
        {"SEVERITY", "severity_name"}, {"CLASS", "class"}, {"INCIDENT", "incident"}, {"WHAT", "title"}};
    json_t *row;
    size_t i;

    if (cli_option(cli, "--json")) {
        cli_json(list);
        return;
    }
    if (cli_option(cli, "--ndjson")) {
        json_array_foreach(list, i, row) {
            json_dumpf(json_object_get(row, "body"), stdout, JSON_COMPACT);
            putchar('\n');
        }
        return;
    }
    json_array_foreach(list, i, row)
        flatten(row);
    cli_table(list, columns, sizeof columns / sizeof columns[0]);
}

int cli_events(struct cli *cli)
{
    struct store_event_filter f = {.newest = 1};
    const char *device = cli_option(cli, "--device"), *incident = cli_option(cli, "--incident");
    struct store_incident found;
    struct store_device d;
    json_t *list = NULL;
    long limit;
    int rc;

    if (cli_number(cli, "--limit", 1, 100000, 100, &limit))
        return CLI_USAGE;
    f.limit = (unsigned)limit;
    if (device) {
        rc = store_device_find(cli->console->store, device, &d);
        if (rc)
            return cli_fail(device, rc);
        f.agent_id = d.agent_id;
    }
    if (incident) {
        rc = cli_find_incident(cli, incident, &found);
        if (rc)
            return rc;
        f.incident = found.id;
    }
    rc = store_events(cli->console->store, &f, &list);
    if (rc)
        return cli_fail("events", rc);
    reverse(list); /* the newest N, oldest first */
    print_events(cli, list);
    json_decref(list);
    return CLI_OK;
}

/* ---- incidents --------------------------------------------------------------------- */

int cli_incidents(struct cli *cli)
{
    static const struct cli_column columns[] = {{"ID", "id"}, {"HOST", "hostname"}, {"CUSTOMER", "customer_name"},
        {"KIND", "kind"}, {"STATE", "state"}, {"SEV", "severity"}, {"FIRST", "first"}, {"LAST", "last"}, {"EVENTS", "events"},
        {"HELD", "held"}, {"QUARANTINE", "device_quarantine"}, {"VERDICT", "verdict"}, {"WHAT", "title_en"}};
    json_t *all = json_array(), *page = NULL;
    size_t n = PAGE;
    int64_t after = 0;
    int rc = MM_OK;

    while (n == PAGE && !rc) {
        rc = store_incidents(cli->console->store, cli_option(cli, "--open") ? "open" : NULL, after, PAGE, &page);
        if (rc)
            break;
        n = json_array_size(page);
        if (n)
            after = json_integer_value(json_object_get(json_array_get(page, n - 1), "id"));
        if (json_array_extend(all, page) < 0)
            rc = MM_ENOMEM;
        json_decref(page);
    }
    if (!rc && cli_option(cli, "--json"))
        cli_json(all);
    else if (!rc)
        cli_table(all, columns, sizeof columns / sizeof columns[0]);
    json_decref(all);
    return rc ? cli_fail("incidents", rc) : CLI_OK;
}

/* ---- orders -------------------------------------------------------------------------- */

/* How far an order got, in words of the desk. */
static void name_state(json_t *row)
{
    static const struct { const char *state, *word; } words[] = {
        {"queued", "waiting"}, {"sent", "fetched"}, {"ok", "done"}};
    const char *state = json_string_value(json_object_get(row, "state"));

    for (size_t i = 0; state && i < sizeof words / sizeof words[0]; i++)
        if (!strcmp(state, words[i].state)) {
            json_object_set_new(row, "state", json_string(words[i].word));
            return;
        }
}

int cli_orders(struct cli *cli)
{
    static const struct cli_column columns[] = {{"CREATED", "created"}, {"HOST", "hostname"}, {"ORDER", "action"},
        {"INCIDENT", "incident"}, {"BY", "made_by"}, {"STATE", "state"}, {"ANSWERED", "done"}, {"RESULT", "message"},
        {"REASON", "reason"}, {"COMMAND", "command_id"}};
    const char *device = cli_option(cli, "--device"), *incident = cli_option(cli, "--incident");
    struct store_order_filter f = {.agent_id = NULL};
    struct store_incident i;
    struct store_device d;
    json_t *list = NULL, *row;
    long limit;
    size_t k;
    int rc = MM_OK;

    if (cli_number(cli, "--limit", 1, 100000, 100, &limit))
        return CLI_USAGE;
    f.limit = (unsigned)limit;
    if (device && (rc = store_device_find(cli->console->store, device, &d)))
        return cli_fail(device, rc);
    if (incident && (rc = cli_find_incident(cli, incident, &i)))
        return rc;
    f.agent_id = device ? d.agent_id : incident ? i.agent_id : NULL;
    f.incident = incident ? i.uid : NULL;
    rc = store_orders(cli->console->store, &f, (int64_t)time(NULL), &list);
    if (rc)
        return cli_fail("orders", rc);
    reverse(list);
    if (cli_option(cli, "--json")) {
        cli_json(list);
    } else {
        json_array_foreach(list, k, row)
            name_state(row);
        cli_table(list, columns, sizeof columns / sizeof columns[0]);
    }
    json_decref(list);
    return CLI_OK;
}

int cli_audit(struct cli *cli)
{
    static const struct cli_column columns[] = {{"AT", "at"}, {"WHO", "who"}, {"ACTION", "action"}, {"OBJECT", "object"},
        {"DETAIL", "detail"}};
    json_t *list = NULL;
    long limit;
    int rc;

    if (cli_number(cli, "--limit", 1, 100000, 100, &limit))
        return CLI_USAGE;
    rc = store_audit_list(cli->console->store, INT64_MAX, (unsigned)limit, &list);
    if (rc)
        return cli_fail("audit", rc);
    reverse(list);
    return cli_list(cli, list, columns, sizeof columns / sizeof columns[0]);
}
