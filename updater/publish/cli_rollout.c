/* Who gets a release, and when: the signed facts of its rollout.  A stage that has a hold is not widened before the
 * hold is over: the desk keeps that promise, hosts only read the facts. */
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "lib/update_record.h"
#include "updater/publish/cli.h"

#define DAY_S 86400

/* From the narrowest on; a word that is none counts as the widest. */
static int ring_index(const char *text)
{
    int ring = update_ring_number(text);

    return ring >= 0 ? ring : UPDATE_RINGS;
}

/* A hold needs a beginning; one that is past would shorten it. */
static int read_start(struct cli *cli, long hold, char out[RFC3339_TEXT])
{
    const char *start = cli_option(cli, "--start");
    int64_t at = cli->desk.now;

    out[0] = '\0';
    if (start && rfc3339_parse(start, &at))
        return cli_wrong(cli, CLI_USAGE, "--start: an instant in UTC, for example 2027-01-31T09:00:00Z");
    if (start || hold)
        rfc3339_format(hold && at < cli->desk.now ? cli->desk.now : at, out);
    return CLI_OK;
}

int cli_rollout(struct cli *cli, json_t **out)
{
    const char *ring = cli_option(cli, "--ring");
    char start[RFC3339_TEXT];
    long percent, hold;
    json_t *rollout;

    *out = NULL;
    if (!ring && !cli_option(cli, "--start") && !cli_option(cli, "--percent") && !cli_option(cli, "--hold"))
        return CLI_OK;
    if (!ring || !update_ring(ring))
        return cli_wrong(cli, CLI_USAGE, "--ring: canary, early or broad");
    if (cli_number(cli, "--percent", 0, 100, 100, &percent) || cli_number(cli, "--hold", 0, LIM_PUBLISH_DAYS, 0, &hold) || read_start(cli, hold, start))
        return CLI_USAGE;
    rollout = json_pack("{s:s,s:i}", "ring", ring, "percent", (int)percent);
    if (!rollout || (start[0] && json_object_set_new(rollout, "start", json_string(start))) ||
        (hold && json_object_set_new(rollout, "hold_days", json_integer(hold)))) {
        json_decref(rollout);
        return cli_fail(cli, "--ring", MM_ENOMEM);
    }
    *out = rollout;
    return CLI_OK;
}

/* ---- the hold ------------------------------------------------------------------------------------------- */

/* Hundred for each ring before its own, and the percentage. */
long cli_reach(const json_t *rollout)
{
    const char *ring = json_string_value(json_object_get(rollout, "ring"));
    const json_t *percent = json_object_get(rollout, "percent");

    return 100 * (long)(ring ? ring_index(ring) : UPDATE_RINGS - 1) + (json_is_integer(percent) ? (long)json_integer_value(percent) : 100);
}

/* When it begins; `now` when it does not say. */
static int64_t start_of(const json_t *rollout, int64_t now)
{
    const char *start = json_string_value(json_object_get(rollout, "start"));
    int64_t at;

    return start && !rfc3339_parse(start, &at) ? at : now;
}

int64_t cli_held_until(const json_t *rollout)
{
    json_int_t days = json_integer_value(json_object_get(rollout, "hold_days"));

    return days > 0 && days <= LIM_PUBLISH_DAYS && json_object_get(rollout, "start") ? start_of(rollout, 0) + days * DAY_S : 0;
}

int cli_held(struct cli *cli, const json_t *published, const json_t *target, const json_t *rollout)
{
    const json_t *before = json_object_get(json_object_get(published, "custom"), "rollout");
    int64_t now = cli->desk.now, until = cli_held_until(before), start = start_of(rollout, now);
    int more = cli_reach(rollout) > cli_reach(before), wider, shorter;
    char text[RFC3339_TEXT];

    if (cli_option(cli, "--force") || !json_equal(json_object_get(published, "hashes"), json_object_get(target, "hashes")))
        return CLI_OK;
    wider = more && (start > now ? start : now) < until;
    shorter = !more && start_of(before, now) <= now && now < until && cli_held_until(rollout) < until;
    if (!wider && !shorter)
        return CLI_OK;
    rfc3339_format(until, text);
    return cli_wrong(cli, CLI_FAILED, "it is held until %s: %s", text,
                     wider ? "before that nobody else gets it (--start that instant or later, or --force)" : "the hold gets no shorter (--hold, or --force)");
}
