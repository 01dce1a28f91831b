/* Keys that are given with --key, and what happens to a draft: signed, staged,
 * reported.  The private halves are open from here to cli_keys_close. */
#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "updater/publish/cli.h"
#include "updater/publish/keyfile.h"
#include "updater/publish/release.h"
#include "updater/publish/token.h"
#include "updater/publish/write.h"

#define SHORT_ID 16 /* digits of a key id that people are shown */

/* ---- keys ----------------------------------------------------------------------------------------- */

static int open_token(struct cli *cli, const char *uri, const struct passphrase *pin, struct signer *out)
{
    char why[TOKEN_WHY];
    int rc = token_open(uri, pin, out, why);

    return rc ? cli_wrong(cli, rc == MM_ENOTFOUND ? CLI_NOT_FOUND : rc == MM_EINVAL ? CLI_USAGE : CLI_FAILED, "%s: %s", uri, why) : CLI_OK;
}

int cli_open_key(struct cli *cli, const char *path, struct signer *out)
{
    struct passphrase p = {.n = 0};
    const char *why = "";
    int rc = passphrase_get(&cli->secret, path, 0, &p, &why);

    if (rc)
        return cli_wrong(cli, CLI_FAILED, "%s: %s", path, why);
    if (token_is(path)) {
        rc = open_token(cli, path, &p, out);
        passphrase_wipe(&p);
        return rc;
    }
    rc = keyfile_open(path, &p, out);
    passphrase_wipe(&p);
    switch (rc) {
    case MM_OK: return CLI_OK;
    case MM_EDENIED: return cli_wrong(cli, CLI_FAILED, "%s: wrong passphrase, or the file is damaged", path);
    case MM_EFORMAT: return cli_wrong(cli, CLI_FAILED, "%s: not an encrypted key file, or only a part of one", path);
    case MM_EUNSUPPORTED: return cli_wrong(cli, CLI_FAILED, "%s: neither an ed25519 nor an ecdsa-p256 key", path);
    case MM_ENOTFOUND: return cli_wrong(cli, CLI_NOT_FOUND, "%s: no such key file", path);
    default: return cli_wrong(cli, CLI_FAILED, "%s: %s", path, mm_strerror(rc));
    }
}

int cli_keys_open(struct cli *cli, struct cli_keys *keys)
{
    keys->n = 0;
    for (unsigned i = 0; i < cli->options; i++) {
        int code;

        if (strcmp(cli->option[i].name, "--key") != 0)
            continue;
        code = keys->n < LIM_PUBLISH_SIGNERS ? cli_open_key(cli, cli->option[i].value, &keys->signer[keys->n])
                                             : cli_wrong(cli, CLI_USAGE, "at most %d keys", LIM_PUBLISH_SIGNERS);
        if (code) {
            cli_keys_close(keys);
            return code;
        }
        keys->path[keys->n++] = cli->option[i].value;
    }
    return CLI_OK;
}

void cli_keys_close(struct cli_keys *keys)
{
    while (keys->n)
        signer_fini(&keys->signer[--keys->n]);
}

int cli_sign(struct cli *cli, const char *role, json_t *draft, const struct cli_keys *keys, size_t *signed_by)
{
    *signed_by = 0;
    for (size_t i = 0; i < keys->n; i++) {
        int rc;

        if (!desk_may_sign(&cli->desk, role, draft, keys->signer[i].id))
            continue;
        rc = write_signature(draft, &keys->signer[i]);
        if (rc)
            return rc;
        ++*signed_by;
    }
    return MM_OK;
}

/* ---- how far a staged file is --------------------------------------------------------------------- */

static void say_count(const struct cli *cli, const char *role, int64_t version, const struct desk_count *count)
{
    char ids[1024] = "";
    size_t at = 0;

    for (size_t i = 0; i < json_array_size(count->missing) && at + SHORT_ID + 4 < sizeof ids; i++)
        at += (size_t)snprintf(ids + at, sizeof ids - at, "%s%.*s", i ? ", " : "", SHORT_ID, json_string_value(json_array_get(count->missing, i)));
    if (count->have >= count->need)
        cli_say(cli, "%s %lld: %lld of %lld signatures%s%s", role, (long long)version, (long long)count->have, (long long)count->need,
                count->keys[0] ? " " : "", count->keys);
    else
        cli_say(cli, "%s %lld: %lld of %lld signatures%s%s; %lld more of: %s", role, (long long)version, (long long)count->have,
                (long long)count->need, count->keys[0] ? " " : "", count->keys, (long long)(count->need - count->have), ids);
}

static void tell_counts(struct cli *cli, const char *role, int64_t version, const struct desk_count *counts, int n)
{
    json_t *list = json_array();

    for (int i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:I,s:I,s:s,s:O}", "have", (json_int_t)counts[i].have, "need", (json_int_t)counts[i].need,
                                              "keys", counts[i].keys, "missing", counts[i].missing));
    cli_tell(cli, "role", json_string(role));
    cli_tell(cli, "version", json_integer(version));
    cli_tell(cli, "signatures", list);
    cli_tell(cli, "published", json_false());
}

int cli_report(struct cli *cli, const char *role)
{
    struct desk_count counts[DESK_COUNTS];
    struct tuf_meta meta = {0};
    int n, enough, rc = desk_staged(&cli->desk, role, &meta);

    if (rc)
        return cli_fail(cli, role, rc);
    n = desk_counts(&cli->desk, role, &meta, counts);
    enough = desk_counts_enough(counts, n);
    for (int i = 0; i < n; i++)
        say_count(cli, role, meta.version, &counts[i]);
    tell_counts(cli, role, meta.version, counts, n);
    desk_counts_fini(counts, n);
    tuf_meta_fini(&meta);
    if (n < 0)
        return cli_fail(cli, role, n);
    if (enough)
        cli_say(cli, "It waits in staged/.  Next: " PROGRAM " snapshot %s --key SNAPSHOT_KEY --key TIMESTAMP_KEY", cli->word[0]);
    else
        cli_say(cli, "It waits in staged/.  Next: " PROGRAM " sign %s %s --key FILE", cli->word[0], role);
    return enough ? CLI_OK : CLI_MORE;
}

/* ---- staging -------------------------------------------------------------------------------------- */

/* A root that has all its signatures goes out at once, unless clients would be left with a timestamp or a snapshot
 * that its keys have not signed. */
static int publish_root(struct cli *cli)
{
    int64_t version = cli->desk.root.staged.version;
    struct release r;
    int rc = release_init(&r);

    if (!rc)
        rc = release_take(&r, &cli->desk, "root");
    if (!rc)
        rc = release_commit(&r, &cli->desk);
    release_fini(&r);
    if (rc == MM_ECRYPTO) {
        cli_say(cli, "root %lld has all its signatures, but goes out together with what its new keys must sign.\n(%s)\n"
                "Next: " PROGRAM " snapshot %s --with-root --key SNAPSHOT_KEY --key TIMESTAMP_KEY (old and new keys, so that nobody notices)",
                (long long)version, cli->desk.trouble, cli->word[0]);
        cli_tell(cli, "waits_for", json_string(cli->desk.trouble));
        return CLI_MORE;
    }
    if (rc)
        return cli_fail(cli, "root", rc);
    cli_say(cli, "root %lld is published.", (long long)version);
    cli_tell(cli, "role", json_string("root"));
    cli_tell(cli, "version", json_integer(version));
    cli_tell(cli, "published", json_true());
    return CLI_OK;
}

static int sign_and_stage(struct cli *cli, const char *role, json_t *draft, const struct cli_keys *keys)
{
    size_t signed_by;
    int rc = cli_sign(cli, role, draft, keys, &signed_by);

    if (!rc && signed_by < keys->n)
        return cli_wrong(cli, CLI_FAILED, "a key that was given may not sign %s; nothing is changed.  Who may: " PROGRAM " keys %s", role, cli->word[0]);
    if (!rc)
        rc = desk_stage(&cli->desk, role, draft);
    if (rc)
        return cli_fail(cli, role, rc);
    if (desk_kind(role) == TUF_ROOT && cli->desk.root.complete && cli->desk.root.published.file)
        return publish_root(cli);
    return cli_report(cli, role);
}

int cli_stage_with(struct cli *cli, const char *role, json_t *draft, const struct cli_keys *keys)
{
    int code = sign_and_stage(cli, role, draft, keys);

    json_decref(draft);
    return code;
}

int cli_stage(struct cli *cli, const char *role, json_t *draft)
{
    struct cli_keys keys;
    int code = cli_keys_open(cli, &keys);

    if (code) {
        json_decref(draft);
        return code;
    }
    code = cli_stage_with(cli, role, draft, &keys);
    cli_keys_close(&keys);
    return code;
}
