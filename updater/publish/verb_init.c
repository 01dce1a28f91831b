/* init: version 1 of root, targets and the delegated roles.  When all keys are
 * here they are signed and published at once, else they wait for signatures. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "updater/publish/cli.h"
#include "updater/publish/keyfile.h"
#include "updater/publish/write.h"

#define ROLE_KEYS 3
enum { ROOT, TIMESTAMP, SNAPSHOT, TARGETS, RULES, AGENT, ROLES };

/* Rules change daily and are signed by a machine; what runs on a host as root is signed by two people. */
static const struct plan { const char *role; long threshold, days; const char *key[ROLE_KEYS]; const char *path; } plan[ROLES] = {
    [ROOT] = {"root", 2, 365, {"root-1", "root-2", "root-3"}, NULL},
    [TIMESTAMP] = {"timestamp", 1, 1, {"timestamp"}, NULL},
    [SNAPSHOT] = {"snapshot", 1, 7, {"snapshot"}, NULL},
    [TARGETS] = {"targets", 2, 365, {"release-1", "release-2", "release-3"}, NULL},
    [RULES] = {"rules", 1, 3, {"rules"}, "rules/*"},
    [AGENT] = {"agent", 2, 90, {"release-1", "release-2", "release-3"}, "agent/*"},
};

struct init {
    long threshold[ROLES], days[ROLES];
    json_t *publics[ROLES];      /* lists of public keys */
    struct cli_keys keys;        /* of --keys */
    char name[LIM_PUBLISH_SIGNERS][LIM_PATH];
};

/* ---- options: ROLE=VALUE --------------------------------------------------------------------------- */

static int role_of(const char *text, const char **value)
{
    for (int i = 0; i < ROLES; i++) {
        size_t n = strlen(plan[i].role);

        if (!strncmp(text, plan[i].role, n) && text[n] == '=') {
            *value = text + n + 1;
            return i;
        }
    }
    return -1;
}

static int take_public(struct cli *cli, struct init *init, int role, const char *path)
{
    json_t *object;
    int rc = keyfile_public(path, &object);

    if (rc)
        return cli_wrong(cli, rc == MM_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED, "%s: %s", path,
                         rc == MM_EFORMAT ? "not a public key file" : mm_strerror(rc));
    return json_array_append_new(init->publics[role], object) ? cli_fail(cli, path, MM_ENOMEM) : CLI_OK;
}

static int take_options(struct cli *cli, struct init *init)
{
    for (unsigned i = 0; i < cli->options; i++) {
        const char *name = cli->option[i].name, *value = NULL;
        int role = role_of(cli->option[i].value, &value), code = CLI_OK;
        long n = value ? cli_whole(value) : -1;

        if (!strcmp(name, "--threshold") && role >= 0 && n >= 1 && n <= LIM_TUF_SIGNATURES)
            init->threshold[role] = n;
        else if (!strcmp(name, "--days") && role >= 0 && n >= 1 && n <= LIM_PUBLISH_DAYS)
            init->days[role] = n;
        else if (!strcmp(name, "--public") && role >= 0)
            code = take_public(cli, init, role, value);
        else if (!strcmp(name, "--threshold") || !strcmp(name, "--days") || !strcmp(name, "--public"))
            code = cli_wrong(cli, CLI_USAGE, "%s %s: ROLE=VALUE, a role of root, timestamp, snapshot, targets, rules, agent", name, cli->option[i].value);
        if (code)
            return code;
    }
    return CLI_OK;
}

/* ---- keys ------------------------------------------------------------------------------------------- */

/* A key file of --keys: made, or opened when an earlier run has made it. */
static int make_key(struct cli *cli, const char *path, struct signer *out)
{
    const char *type = cli_option(cli, "--type") ? cli_option(cli, "--type") : "ed25519", *why = "";
    struct passphrase p = {.n = 0};
    int rc;

    if (access(path, F_OK) == 0)
        return cli_open_key(cli, path, out);
    rc = passphrase_get(&cli->secret, path, 1, &p, &why);
    if (rc)
        return cli_wrong(cli, CLI_FAILED, "%s: %s", path, why);
    rc = keyfile_create(path, type, &p, out);
    passphrase_wipe(&p);
    return rc ? cli_fail(cli, path, rc) : CLI_OK;
}

/* The key of this name; one that two roles share is opened once. */
static int named_key(struct cli *cli, struct init *init, const char *name, const struct signer **out)
{
    char path[LIM_PATH];
    int code;

    if (snprintf(path, sizeof path, "%s/%s.key", cli_option(cli, "--keys"), name) >= (int)sizeof path)
        return cli_fail(cli, name, MM_ELIMIT);
    for (size_t i = 0; i < init->keys.n; i++)
        if (!strcmp(init->name[i], path)) {
            *out = &init->keys.signer[i];
            return CLI_OK;
        }
    if (init->keys.n == LIM_PUBLISH_SIGNERS)
        return cli_fail(cli, name, MM_ELIMIT);
    code = make_key(cli, path, &init->keys.signer[init->keys.n]);
    if (code)
        return code;
    memcpy(init->name[init->keys.n], path, sizeof path);
    *out = &init->keys.signer[init->keys.n++];
    return CLI_OK;
}

static int make_keys(struct cli *cli, struct init *init)
{
    int rc = durable_mkdir(cli_option(cli, "--keys"), 0700);

    if (rc)
        return cli_fail(cli, cli_option(cli, "--keys"), rc);
    for (int role = 0; role < ROLES; role++) {
        for (int i = 0; i < ROLE_KEYS && plan[role].key[i]; i++) {
            const struct signer *s = NULL;
            int code = named_key(cli, init, plan[role].key[i], &s);

            if (code || !s)
                return code ? code : CLI_FAILED;
            if (json_array_append(init->publics[role], s->object))
                return cli_fail(cli, plan[role].key[i], MM_ENOMEM);
        }
    }
    return CLI_OK;
}

/* ---- metadata -------------------------------------------------------------------------------------- */

static int root_draft(const struct init *init, int64_t now, json_t **out)
{
    json_t *body = NULL, *draft = write_first(TUF_ROOT, now, init->days[ROOT], &body), *keys = json_object(), *roles = json_object();
    int rc = draft && keys && roles && !json_object_set(body, "keys", keys) && !json_object_set(body, "roles", roles) &&
                     !json_object_set_new(body, "consistent_snapshot", json_true()) ? MM_OK : MM_ENOMEM;

    for (int i = ROOT; i <= TARGETS && !rc; i++) {
        json_t *role = i == TIMESTAMP || i == SNAPSHOT ? json_pack("{s:I}", WRITE_DAYS, (json_int_t)init->days[i]) : json_object();

        rc = role && !json_object_set_new(roles, plan[i].role, role) ? write_role(role, keys, init->publics[i], init->threshold[i]) : MM_ENOMEM;
    }
    json_decref(keys);
    json_decref(roles);
    if (rc)
        json_decref(draft);
    else
        *out = draft;
    return rc;
}

static int targets_draft(const struct init *init, int64_t now, json_t **out)
{
    json_t *body = NULL, *draft = write_first(TUF_TARGETS, now, init->days[TARGETS], &body), *keys = json_object(), *roles = json_array();
    json_t *delegations = json_pack("{s:O?,s:O?}", "keys", keys, "roles", roles);
    int rc = draft && keys && roles && delegations && !json_object_set_new(body, "targets", json_object()) ? MM_OK : MM_ENOMEM;

    if (rc || json_object_set(body, "delegations", delegations))
        rc = MM_ENOMEM;
    for (int i = RULES; i <= AGENT && !rc; i++) {
        json_t *role = json_pack("{s:s,s:b,s:[s]}", "name", plan[i].role, "terminating", 1, "paths", plan[i].path);

        rc = role && !json_array_append_new(roles, role) ? write_role(role, keys, init->publics[i], init->threshold[i]) : MM_ENOMEM;
    }
    json_decref(delegations);
    json_decref(keys);
    json_decref(roles);
    if (rc)
        json_decref(draft);
    else
        *out = draft;
    return rc;
}

static int leaf_draft(const struct init *init, int64_t now, int role, json_t **out)
{
    json_t *body = NULL, *draft = write_first(TUF_TARGETS, now, init->days[role], &body);

    if (!draft || json_object_set_new(body, "targets", json_object())) {
        json_decref(draft);
        return MM_ENOMEM;
    }
    *out = draft;
    return MM_OK;
}

static int stage_role(struct cli *cli, struct init *init, int role)
{
    int64_t now = cli->desk.now;
    json_t *draft = NULL;
    size_t signed_by;
    int rc = role == ROOT ? root_draft(init, now, &draft) : role == TARGETS ? targets_draft(init, now, &draft) : leaf_draft(init, now, role, &draft);

    if (rc == MM_EINVAL)
        return cli_wrong(cli, CLI_USAGE, "%s: fewer keys than the threshold, or a key twice", role == ROOT ? "root and what it names" : "rules, agent");
    if (!rc)
        rc = cli_sign(cli, plan[role].role, draft, &init->keys, &signed_by);
    if (!rc)
        rc = desk_stage(&cli->desk, plan[role].role, draft);
    json_decref(draft);
    return rc ? cli_fail(cli, plan[role].role, rc) : CLI_OK;
}

static int stage_all(struct cli *cli, struct init *init)
{
    static const int order[] = {ROOT, TARGETS, RULES, AGENT}; /* who names the keys of others comes first */
    int code = CLI_OK;

    for (size_t i = 0; i < sizeof order / sizeof order[0] && !code; i++)
        code = stage_role(cli, init, order[i]);
    if (code || init->keys.n) {
        if (!code)
            code = cli_publish(cli, &init->keys, 1);
        if (!code)
            cli_say(cli, "Keys are in %s: take root-* and release-* off this machine, each to its holder.\n"
                    "Hosts begin with %s/metadata/1.root.json.", cli_option(cli, "--keys"), cli->word[0]);
        return code;
    }
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (cli_report(cli, plan[order[i]].role) == CLI_MORE)
            code = CLI_MORE;
    return code;
}

/* Nothing was published after an init. */
static int is_first(struct desk *d)
{
    struct tuf_meta timestamp = {0};
    int first = desk_published(d, "timestamp", &timestamp) == MM_OK && timestamp.version == 1;

    tuf_meta_fini(&timestamp);
    return first;
}

static int run(struct cli *cli, struct init *init)
{
    int code = take_options(cli, init), rc;

    if (code)
        return code;
    rc = desk_make(cli->word[0]);
    if (!rc)
        rc = desk_open(&cli->desk, cli->word[0], (int64_t)time(NULL));
    if (rc)
        return cli_fail(cli, cli->word[0], rc);
    if (cli->desk.carried_on && is_first(&cli->desk)) {
        cli_say(cli, "The repository is complete: what an earlier run had begun was carried on.");
        return CLI_OK;
    }
    if (cli->desk.root.published.file)
        return cli_wrong(cli, CLI_FAILED, "%s: there is a repository already", cli->word[0]);
    if (cli_option(cli, "--keys"))
        code = make_keys(cli, init);
    return code ? code : stage_all(cli, init);
}

int cli_init(struct cli *cli)
{
    static struct init init; /* its paths are too much for a stack */
    const char *type = cli_option(cli, "--type");
    int code = CLI_OK;

    if (!cli_option(cli, "--keys") == !cli_option(cli, "--public"))
        return cli_wrong(cli, CLI_USAGE, "either --keys FOLDER or --public ROLE=FILE.pub for all roles");
    if (type && !keyfile_type_known(type))
        return cli_wrong(cli, CLI_USAGE, "--type: ed25519 or ecdsa-p256");
    for (int i = 0; i < ROLES; i++) {
        init.threshold[i] = plan[i].threshold;
        init.days[i] = plan[i].days;
        init.publics[i] = json_array();
        if (!init.publics[i])
            code = cli_fail(cli, "init", MM_ENOMEM);
    }
    if (!code)
        code = run(cli, &init);
    for (int i = 0; i < ROLES; i++)
        json_decref(init.publics[i]);
    cli_keys_close(&init.keys);
    desk_close(&cli->desk);
    return code;
}
