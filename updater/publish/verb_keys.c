/* keys new: a key file.  keys list, keys export: public keys of a token.  keys DIR: who may sign what. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "updater/publish/cli.h"
#include "updater/publish/keyfile.h"
#include "updater/publish/token.h"

int cli_keys_new(struct cli *cli)
{
    const char *path = cli->word[0], *type = cli_option(cli, "--type") ? cli_option(cli, "--type") : "ed25519", *why = "";
    struct passphrase p = {.n = 0};
    struct signer s;
    int rc;

    if (!keyfile_type_known(type))
        return cli_wrong(cli, CLI_USAGE, "--type: ed25519 or ecdsa-p256");
    rc = passphrase_get(&cli->secret, path, 1, &p, &why);
    if (rc)
        return cli_wrong(cli, CLI_FAILED, "%s: %s", path, why);
    rc = keyfile_create(path, type, &p, &s);
    passphrase_wipe(&p);
    if (rc == MM_EEXIST)
        return cli_wrong(cli, CLI_FAILED, "%s is there already; a key is never written over", path);
    if (rc)
        return cli_fail(cli, path, rc);
    cli_say(cli, "%s: a new key, %s, id %s\n%s.pub may be given to everybody.", path, type, s.id, path);
    cli_tell(cli, "keyid", json_string(s.id));
    cli_tell(cli, "key", json_incref(s.object));
    signer_fini(&s);
    return CLI_OK;
}

/* ---- tokens ------------------------------------------------------------------------------------------- */

/* The keys of an address.  Nobody is asked for a PIN: public halves are usually shown without, else it is given. */
static int read_token(struct cli *cli, json_t **rows)
{
    const char *uri = cli->word[0], *why = "";
    int given = cli->secret.file || cli->secret.fd >= 0, rc;
    struct passphrase pin = {.n = 0};
    char trouble[TOKEN_WHY];

    if (!token_is(uri))
        return cli_wrong(cli, CLI_USAGE, "%s: not an address that begins with pkcs11:", uri);
    if (given && passphrase_get(&cli->secret, uri, 0, &pin, &why))
        return cli_wrong(cli, CLI_FAILED, "%s: %s", uri, why);
    rc = token_list(uri, given ? &pin : NULL, rows, trouble);
    passphrase_wipe(&pin);
    return rc ? cli_wrong(cli, rc == MM_ENOTFOUND ? CLI_NOT_FOUND : rc == MM_EINVAL ? CLI_USAGE : CLI_FAILED, "%s: %s", uri, trouble) : CLI_OK;
}

int cli_keys_token(struct cli *cli)
{
    json_t *rows = NULL;
    int code = read_token(cli, &rows);

    if (code)
        return code;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i), *key = json_object_get(row, "key");

        cli_say(cli, "token %s  object %s  id %s  %s%s%s", json_string_value(json_object_get(row, "token")), json_string_value(json_object_get(row, "label")),
                json_string_value(json_object_get(row, "id")), json_is_object(key) ? json_string_value(json_object_get(key, "keytype")) : "(a kind that is not used here)",
                json_is_object(key) ? "  key id " : "", json_is_object(key) ? json_string_value(json_object_get(row, "keyid")) : "");
    }
    cli_tell(cli, "keys", rows);
    return CLI_OK;
}

int cli_keys_export(struct cli *cli)
{
    const char *path = cli->word[1];
    const json_t *key;
    json_t *rows = NULL;
    int code = read_token(cli, &rows), rc;

    if (code)
        return code;
    key = json_object_get(json_array_get(rows, 0), "key");
    if (json_array_size(rows) != 1)
        code = json_array_size(rows) ? cli_wrong(cli, CLI_USAGE, "more than one key: say which (object=... or id=...)")
                                     : cli_wrong(cli, CLI_NOT_FOUND, "%s: no such public key in the token", cli->word[0]);
    else if (!json_is_object(key))
        code = cli_wrong(cli, CLI_FAILED, "%s: neither an Ed25519 nor a P-256 key", cli->word[0]);
    else if (access(path, F_OK) == 0)
        code = cli_wrong(cli, CLI_FAILED, "%s is there already; a key is never written over", path);
    else if ((rc = keyfile_write_public(path, key)) != MM_OK)
        code = cli_fail(cli, path, rc);
    if (!code) {
        cli_say(cli, "%s: the public key of the token, id %s", path, json_string_value(json_object_get(json_array_get(rows, 0), "keyid")));
        cli_tell(cli, "keyid", json_incref(json_object_get(json_array_get(rows, 0), "keyid")));
    }
    json_decref(rows);
    return code;
}

/* ---- the list ---------------------------------------------------------------------------------------- */

static json_t *describe(const json_t *object, const json_t *keys, const struct tuf_meta *meta)
{
    json_t *list = json_array(), *row;
    const json_t *ids = json_object_get(object, "keyids");
    char expires[RFC3339_TEXT];

    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));

        json_array_append_new(list, json_pack("{s:s,s:s}", "keyid", id, "type",
                                              json_string_value(json_object_get(json_object_get(keys, id), "keytype"))));
    }
    row = json_pack("{s:O,s:o}", "threshold", json_object_get(object, "threshold"), "keys", list);
    if (meta->file) {
        rfc3339_format(meta->expires, expires);
        json_object_set_new(row, "version", json_integer(meta->version));
        json_object_set_new(row, "expires", json_string(expires));
    }
    return row;
}

static void say_role(const struct cli *cli, const char *role, const json_t *row, const struct tuf_meta *staged)
{
    const json_t *keys = json_object_get(row, "keys");
    json_int_t version = json_integer_value(json_object_get(row, "version"));
    char shown[24];

    snprintf(shown, sizeof shown, "%lld", (long long)version);
    cli_say(cli, "%-10s version %-4s expires %-20s %lld of %zu keys must sign", role, version ? shown : "-",
            version ? json_string_value(json_object_get(row, "expires")) : "-",
            (long long)json_integer_value(json_object_get(row, "threshold")), json_array_size(keys));
    for (size_t i = 0; i < json_array_size(keys); i++)
        cli_say(cli, "           %-8s %s", json_string_value(json_object_get(json_array_get(keys, i), "type")),
                json_string_value(json_object_get(json_array_get(keys, i), "keyid")));
    if (staged->file)
        cli_say(cli, "           version %lld is staged", (long long)staged->version);
}

static int list_role(struct cli *cli, json_t *rows, const char *role)
{
    int below = desk_kind(role) == TUF_TARGETS && strcmp(role, "targets") != 0;
    struct tuf_meta published = {0}, staged = {0};
    json_t *object, *keys, *row;
    int rc = desk_role_in(desk_effective(below ? &cli->desk.targets : &cli->desk.root), role, &object, &keys);

    if (rc)
        return cli_fail(cli, role, rc);
    rc = desk_published(&cli->desk, role, &published);
    if (!rc || rc == MM_ENOTFOUND)
        rc = desk_staged(&cli->desk, role, &staged);
    if (rc && rc != MM_ENOTFOUND) {
        tuf_meta_fini(&published);
        return cli_fail(cli, role, rc);
    }
    row = describe(object, keys, &published);
    if (staged.file)
        json_object_set_new(row, "staged", json_integer(staged.version));
    say_role(cli, role, row, &staged);
    json_object_set_new(rows, role, row);
    tuf_meta_fini(&published);
    tuf_meta_fini(&staged);
    return CLI_OK;
}

int cli_keys_list(struct cli *cli)
{
    json_t *rows = json_object(), *names = desk_target_roles(&cli->desk);
    int code = rows && names ? CLI_OK : cli_fail(cli, "keys", MM_ENOMEM);

    for (enum tuf_kind kind = TUF_ROOT; kind < TUF_TARGETS && !code; kind++)
        code = list_role(cli, rows, tuf_kind_name(kind));
    for (size_t i = 0; i < json_array_size(names) && !code; i++)
        code = list_role(cli, rows, json_string_value(json_array_get(names, i)));
    cli_tell(cli, "roles", rows);
    json_decref(names);
    return code;
}
