/* sign: more signatures for what is staged.  renew: the same content, a new expiry. */
#include <string.h>

#include "lib/err.h"
#include "updater/publish/cli.h"
#include "updater/publish/write.h"

int cli_sign_role(struct cli *cli)
{
    const char *role = cli->word[1];
    struct tuf_meta meta = {0};
    json_t *draft;
    int rc;

    if (!cli_option(cli, "--key"))
        return cli_wrong(cli, CLI_USAGE, "--key is needed");
    rc = desk_staged(&cli->desk, role, &meta);
    if (rc == MM_ENOTFOUND)
        return cli_wrong(cli, CLI_NOT_FOUND, "%s: nothing is staged", role);
    if (rc)
        return cli_fail(cli, role, rc);
    draft = json_incref(meta.file);
    tuf_meta_fini(&meta);
    return cli_stage(cli, role, draft);
}

int cli_renew(struct cli *cli)
{
    const char *role = cli->word[1];
    json_t *draft, *body;
    long days;
    int rc;

    if (desk_kind(role) == TUF_SNAPSHOT || desk_kind(role) == TUF_TIMESTAMP)
        return cli_wrong(cli, CLI_USAGE, "%s is renewed by: " PROGRAM " %s DIR", role, role);
    if (cli_number(cli, "--days", 1, LIM_PUBLISH_DAYS, 0, &days))
        return CLI_USAGE;
    rc = desk_draft(&cli->desk, role, &draft);
    if (rc)
        return cli_fail(cli, role, rc);
    body = json_object_get(draft, "signed");
    rc = write_expiry(body, cli->desk.now, days ? days : write_days(body));
    if (!rc)
        return cli_stage(cli, role, draft);
    json_decref(draft);
    return cli_fail(cli, role, rc);
}
