/* rotate: other keys for a role.  The keys of root, timestamp, snapshot and
 * targets stand in root, those of delegated roles in targets: that one gets a
 * next version, which its own keys must sign. */
#include <string.h>

#include "lib/err.h"
#include "updater/publish/cli.h"
#include "updater/publish/keyfile.h"
#include "updater/publish/write.h"

#define ID_LEAST 8 /* digits that name a key on the command line */

static int add_key(struct cli *cli, json_t *objects, const char *path)
{
    json_t *object;
    int rc = keyfile_public(path, &object);

    if (rc)
        return cli_wrong(cli, rc == MM_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED, "%s: %s", path, rc == MM_EFORMAT ? "not a public key file" : mm_strerror(rc));
    return json_array_append_new(objects, object) ? cli_fail(cli, path, MM_ENOMEM) : CLI_OK;
}

/* By its public file, or by the first digits of its id. */
static int remove_key(struct cli *cli, json_t *objects, const char *text)
{
    size_t n = strlen(text), found = 0, at = 0;
    int by_id = n >= ID_LEAST && strspn(text, "0123456789abcdef") == n;
    json_t *wanted = NULL;

    if (!by_id && keyfile_public(text, &wanted))
        return cli_wrong(cli, CLI_NOT_FOUND, "%s: neither a public key file nor %d digits of a key id", text, ID_LEAST);
    for (size_t i = 0; i < json_array_size(objects); i++) {
        const json_t *one = json_array_get(objects, i);
        char id[SHA256_HEX];

        if (by_id ? !signer_id(one, id) && !strncmp(id, text, n) : json_equal(one, wanted)) {
            found++;
            at = i;
        }
    }
    json_decref(wanted);
    if (found != 1)
        return cli_wrong(cli, CLI_NOT_FOUND, "%s: %s key of the role", text, found ? "more than one" : "no");
    (void)json_array_remove(objects, at);
    return CLI_OK;
}

static int change_keys(struct cli *cli, json_t *objects)
{
    int code = CLI_OK;

    for (unsigned i = 0; i < cli->options && !code; i++)
        if (!strcmp(cli->option[i].name, "--remove"))
            code = remove_key(cli, objects, cli->option[i].value);
    for (unsigned i = 0; i < cli->options && !code; i++)
        if (!strcmp(cli->option[i].name, "--add"))
            code = add_key(cli, objects, cli->option[i].value);
    return code;
}

/* The role with its new keys; `box` holds "keys" and "roles". */
static int change_role(struct cli *cli, json_t *box, json_t *role)
{
    json_t *keys = json_object_get(box, "keys"), *objects = json_array(), *ids = json_object_get(role, "keyids");
    long threshold;
    int code = objects ? CLI_OK : cli_fail(cli, cli->word[1], MM_ENOMEM), rc;

    for (size_t i = 0; i < json_array_size(ids) && !code; i++)
        if (json_array_append(objects, json_object_get(keys, json_string_value(json_array_get(ids, i)))))
            code = cli_fail(cli, cli->word[1], MM_ENOMEM);
    if (!code)
        code = change_keys(cli, objects);
    if (!code)
        code = cli_number(cli, "--threshold", 1, LIM_TUF_SIGNATURES, (long)json_integer_value(json_object_get(role, "threshold")), &threshold);
    if (!code) {
        rc = write_role(role, keys, objects, threshold);
        if (!rc)
            rc = write_prune_keys(keys, json_object_get(box, "roles"));
        if (rc == MM_EINVAL)
            code = cli_wrong(cli, CLI_USAGE, "%s: fewer keys than the threshold of %ld, or a key twice", cli->word[1], threshold);
        else if (rc)
            code = cli_fail(cli, cli->word[1], rc);
    }
    json_decref(objects);
    return code;
}

int cli_rotate(struct cli *cli)
{
    const char *role = cli->word[1];
    const char *parent = desk_kind(role) != TUF_TARGETS || !strcmp(role, "targets") ? "root" : "targets";
    json_t *draft, *body, *roles, *object = NULL;
    int rc, code;

    if (!cli_option(cli, "--add") && !cli_option(cli, "--remove") && !cli_option(cli, "--threshold"))
        return cli_wrong(cli, CLI_USAGE, "--add, --remove or --threshold is needed");
    rc = desk_draft(&cli->desk, parent, &draft);
    if (rc)
        return cli_fail(cli, parent, rc);
    body = json_object_get(draft, "signed");
    if (!strcmp(parent, "targets"))
        body = json_object_get(body, "delegations");
    roles = json_object_get(body, "roles");
    object = json_object_get(roles, role); /* NULL for a list */
    for (size_t i = 0; i < json_array_size(roles); i++)
        if (!strcmp(json_string_value(json_object_get(json_array_get(roles, i), "name")), role))
            object = json_array_get(roles, i);
    code = object ? change_role(cli, body, object) : cli_wrong(cli, CLI_NOT_FOUND, "%s: no such role", role);
    if (!code)
        return cli_stage(cli, parent, draft);
    json_decref(draft);
    return code;
}
