/* stage, halt: what the next version of a role says about a file that is there. */
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "updater/publish/cli.h"
#include "updater/publish/write.h"

/* The next version of the role that has the file; *role belongs to `names`. */
static int find_target(struct cli *cli, const json_t *names, const char **role, json_t **draft)
{
    for (size_t i = 0; i < json_array_size(names); i++) {
        json_t *one = NULL;
        int rc;

        *role = json_string_value(json_array_get(names, i));
        rc = desk_draft(&cli->desk, *role, &one);
        if (rc)
            return cli_fail(cli, *role, rc);
        if (json_object_get(json_object_get(json_object_get(one, "signed"), "targets"), cli->word[1])) {
            *draft = one;
            return CLI_OK;
        }
        json_decref(one);
    }
    return cli_wrong(cli, CLI_NOT_FOUND, "%s: no role has such a file", cli->word[1]);
}

/* Set or remove (NULL) one member of what is said about the file; takes the value over. */
static int change(struct cli *cli, const char *member, json_t *value)
{
    json_t *names = desk_target_roles(&cli->desk), *draft = NULL;
    const char *role = NULL;
    int code = names ? find_target(cli, names, &role, &draft) : cli_fail(cli, cli->word[1], MM_ENOMEM);

    if (code) {
        json_decref(value);
    } else if (write_custom(json_object_get(json_object_get(json_object_get(draft, "signed"), "targets"), cli->word[1]), member, value)) {
        json_decref(draft);
        code = cli_fail(cli, cli->word[1], MM_ENOMEM);
    } else {
        code = cli_stage(cli, role, draft);
    }
    json_decref(names);
    return code;
}

int cli_stage_target(struct cli *cli)
{
    json_t *rollout;
    int code = cli_rollout(cli, &rollout);

    if (!code && !rollout)
        code = cli_wrong(cli, CLI_USAGE, "--ring is needed");
    return code ? code : change(cli, "rollout", rollout);
}

int cli_halt(struct cli *cli)
{
    const char *reason = cli_option(cli, "--reason");
    char now[RFC3339_TEXT];
    json_t *halt;

    if (cli_option(cli, "--clear"))
        return reason ? cli_wrong(cli, CLI_USAGE, "--reason is for a halt") : change(cli, "halt", NULL);
    if (reason && strlen(reason) >= LIM_TITLE)
        return cli_wrong(cli, CLI_USAGE, "--reason: at most %d bytes", LIM_TITLE - 1);
    rfc3339_format(cli->desk.now, now);
    halt = json_pack("{s:s,s:s}", "since", now, "reason", reason ? reason : "");
    return halt ? change(cli, "halt", halt) : cli_wrong(cli, CLI_USAGE, "--reason: not UTF-8");
}
