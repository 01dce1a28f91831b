/* Who gets a release, and when: the signed facts of its rollout. */
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "updater/publish/cli.h"

static int is_ring(const char *text)
{
    return !strcmp(text, "canary") || !strcmp(text, "early") || !strcmp(text, "broad");
}

int cli_rollout(struct cli *cli, json_t **out)
{
    const char *ring = cli_option(cli, "--ring"), *start = cli_option(cli, "--start");
    long percent, hold;
    int64_t at;
    json_t *rollout;

    *out = NULL;
    if (!ring && !start && !cli_option(cli, "--percent") && !cli_option(cli, "--hold"))
        return CLI_OK;
    if (!ring || !is_ring(ring))
        return cli_wrong(cli, CLI_USAGE, "--ring: canary, early or broad");
    if (start && rfc3339_parse(start, &at))
        return cli_wrong(cli, CLI_USAGE, "--start: an instant in UTC, for example 2027-01-31T09:00:00Z");
    if (cli_number(cli, "--percent", 0, 100, 100, &percent) || cli_number(cli, "--hold", 0, LIM_PUBLISH_DAYS, 0, &hold))
        return CLI_USAGE;
    rollout = json_pack("{s:s,s:i}", "ring", ring, "percent", (int)percent);
    if (!rollout || (start && json_object_set_new(rollout, "start", json_string(start))) ||
        (hold && json_object_set_new(rollout, "hold_days", json_integer(hold)))) {
        json_decref(rollout);
        return cli_fail(cli, "--ring", MM_ENOMEM);
    }
    *out = rollout;
    return CLI_OK;
}
