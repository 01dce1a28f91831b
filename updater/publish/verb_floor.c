/* floor: the oldest version that hosts may go back to, in the signed part of a role; later versions of it keep it. */
#include <string.h>

#include "lib/err.h"
#include "updater/publish/cli.h"
#include "updater/publish/offer.h"

/* A floor that clients see already does not come down by mistake. */
static int not_lower(struct cli *cli, const char *role, const char *version)
{
    struct tuf_meta meta = {0};
    const char *before;
    int rc = desk_published(&cli->desk, role, &meta), code = CLI_OK;

    if (rc && rc != MM_ENOTFOUND)
        return cli_fail(cli, role, rc);
    before = json_string_value(json_object_get(meta.body, OFFER_FLOOR));
    if (before && offer_version(before) && offer_order(version, before) < 0 && !cli_option(cli, "--force"))
        code = cli_wrong(cli, CLI_FAILED, "%s: the floor is %s; a lower one lets hosts go back to what was left for a reason (--force)", role, before);
    tuf_meta_fini(&meta);
    return code;
}

/* Hosts below a floor that nothing reaches have nowhere to go. */
static void say_reach(struct cli *cli, const json_t *body, const char *version)
{
    json_t *targets = json_object_get(body, "targets");

    for (void *at = json_object_iter(targets); at; at = json_object_iter_next(targets, at)) {
        const char *its = offer_text(json_object_iter_value(at), "version");

        if (its && offer_order(its, version) >= 0)
            return;
    }
    cli_say(cli, "Nothing at or above %s is offered.", version);
}

static int set_floor(struct cli *cli, const char *role, const char *version)
{
    json_t *draft, *body;
    int rc = desk_draft(&cli->desk, role, &draft);

    if (rc)
        return cli_fail(cli, role, rc);
    body = json_object_get(draft, "signed");
    if (version && json_object_set_new(body, OFFER_FLOOR, json_string(version)))
        rc = MM_ENOMEM;
    else if (!version)
        (void)json_object_del(body, OFFER_FLOOR);
    if (rc) {
        json_decref(draft);
        return cli_fail(cli, role, rc);
    }
    if (version)
        say_reach(cli, body, version);
    return cli_stage(cli, role, draft);
}

int cli_floor(struct cli *cli)
{
    const char *role = cli->word[1], *version = cli->words > 2 ? cli->word[2] : NULL;
    int code;

    if (!offer_is_role(role))
        return cli_wrong(cli, CLI_USAGE, "%s: only rules and agent have a floor", role);
    if (!version == !cli_option(cli, "--clear"))
        return cli_wrong(cli, CLI_USAGE, "either a version or --clear");
    if (version && !offer_version(version))
        return cli_wrong(cli, CLI_USAGE, "%s: a version is three numbers, as 1.2.0", version);
    code = version ? not_lower(cli, role, version) : CLI_OK;
    return code ? code : set_floor(cli, role, version);
}
