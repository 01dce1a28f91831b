/* add: files into targets/ and into the next version of a role.
 * stage, halt: what that version says about a file that is there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/rfc3339.h"
#include "updater/publish/cli.h"
#include "updater/publish/write.h"
#include "updater/tuf/delegation.h"
#include "updater/tuf/names.h"

/* ---- who gets it, and when ---------------------------------------------------------------------------- */

static int is_ring(const char *text)
{
    return !strcmp(text, "canary") || !strcmp(text, "early") || !strcmp(text, "broad");
}

/* {"ring","percent"[,"start"][,"hold_days"]} of the options; NULL in *out: none is given. */
static int read_rollout(struct cli *cli, json_t **out)
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

/* Set or remove (NULL) a member of a target's "custom"; takes the value over. */
static int set_custom(json_t *target, const char *name, json_t *value)
{
    json_t *custom = json_object_get(target, "custom");
    int rc = MM_OK;

    if (!custom) {
        custom = json_object();
        if (!custom || json_object_set_new(target, "custom", custom)) {
            json_decref(value);
            return MM_ENOMEM;
        }
    }
    if (value)
        rc = json_object_set_new(custom, name, value) ? MM_ENOMEM : MM_OK;
    else
        (void)json_object_del(custom, name);
    if (!json_object_size(custom))
        (void)json_object_del(target, "custom");
    return rc;
}

/* ---- add ---------------------------------------------------------------------------------------------- */

/* Names that are the same on a disk, in an address and in metadata: a web server must not have to decode anything. */
static int name_fits(const char *name)
{
    static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+-/";
    const char *last = strrchr(name, '/');
    char file[LIM_TUF_FILE], address[LIM_TUF_PATH];

    for (const char *part = name; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
        if (*part == '.' || *part == '-')
            return 0;
    return name[strspn(name, fine)] == '\0' && last && strlen(last + 1) < LIM_PUBLISH_NAME && tuf_target_sound(name) &&
           tuf_target_file(name, file) == MM_OK && tuf_target_address(name, NULL, address) == MM_OK;
}

/* One more name for the artifact; one that is there has the same content, its name says so. */
static int link_name(const struct cli *cli, const char *part, const char *name, const char *hash)
{
    char address[LIM_TUF_PATH], path[LIM_PATH];
    int rc = tuf_target_address(name, hash, address);

    if (!rc && snprintf(path, sizeof path, "%s/targets/%s", cli->desk.dir, address) >= (int)sizeof path)
        rc = MM_ELIMIT;
    if (!rc && link(part, path) < 0 && errno != EEXIST)
        rc = mm_from_errno(errno);
    return rc;
}

/* Under the names of both hashes: clients may ask for either. */
static int put_artifact(const struct cli *cli, const char *name, const struct buf *content, const json_t *target)
{
    const json_t *hashes = json_object_get(target, "hashes");
    const char *slash = strrchr(name, '/');
    char folder[LIM_PATH], part[LIM_PATH];
    int rc, fd;

    if (snprintf(part, sizeof part, "%s/staged/artifact.part", cli->desk.dir) >= (int)sizeof part ||
        snprintf(folder, sizeof folder, "%s/targets/%.*s", cli->desk.dir, (int)(slash - name), name) >= (int)sizeof folder)
        return MM_ELIMIT;
    rc = durable_mkdir(folder, 0755);
    if (!rc)
        rc = durable_write(part, content->data ? content->data : "", content->len, 0644);
    if (!rc)
        rc = link_name(cli, part, name, json_string_value(json_object_get(hashes, "sha256")));
    if (!rc)
        rc = link_name(cli, part, name, json_string_value(json_object_get(hashes, "sha512")));
    (void)unlink(part);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!rc && (fd < 0 || fsync(fd) < 0))
        rc = mm_from_errno(errno);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int add_file(struct cli *cli, json_t *targets, const char *path, const char *name)
{
    struct buf content;
    json_t *target = NULL, *rollout;
    int rc, code = read_rollout(cli, &rollout);

    if (code)
        return code;
    buf_init(&content, LIM_TUF_ARTIFACT);
    rc = durable_read(path, &content);
    if (!rc) {
        target = write_target(content.data ? content.data : "", content.len);
        rc = target ? put_artifact(cli, name, &content, target) : MM_ENOMEM;
    }
    buf_fini(&content);
    if (!rc && rollout)
        rc = set_custom(target, "rollout", json_incref(rollout));
    if (!rc)
        rc = json_object_set(targets, name, target) ? MM_ENOMEM : MM_OK;
    json_decref(rollout);
    json_decref(target);
    if (rc)
        return cli_fail(cli, path, rc);
    cli_say(cli, "%s: as %s", path, name);
    return CLI_OK;
}

static int name_of(struct cli *cli, const json_t *delegation, const char *path, char out[LIM_TUF_PATH])
{
    const char *given = cli_option(cli, "--name"), *slash = strrchr(path, '/'), *role = json_string_value(json_object_get(delegation, "name"));
    int n = given ? snprintf(out, LIM_TUF_PATH, "%s", given) : snprintf(out, LIM_TUF_PATH, "%s/%s", role, slash ? slash + 1 : path);

    if (n >= LIM_TUF_PATH || !name_fits(out))
        return cli_wrong(cli, CLI_USAGE, "%.80s: no name for a file in the repository: folders and a name of at most %d characters, of letters, digits"
                         " and ._~+-, none with a dot or a hyphen first", out, LIM_PUBLISH_NAME - 1);
    if (!tuf_delegation_matches(delegation, out))
        return cli_wrong(cli, CLI_USAGE, "%s: %s may not speak for it, only for %s", out, role,
                         json_string_value(json_array_get(json_object_get(delegation, "paths"), 0)));
    return CLI_OK;
}

static int add_all(struct cli *cli, const json_t *delegation, json_t *targets)
{
    char name[LIM_TUF_PATH];
    int code = CLI_OK;

    for (unsigned i = 1; i < cli->words && !code; i++) /* all names before the first file */
        code = name_of(cli, delegation, cli->word[i], name);
    for (unsigned i = 1; i < cli->words && !code; i++) {
        code = name_of(cli, delegation, cli->word[i], name);
        if (!code)
            code = add_file(cli, targets, cli->word[i], name);
    }
    return code;
}

int cli_add(struct cli *cli)
{
    const char *role = cli_option(cli, "--role");
    json_t *delegation, *objects, *draft;
    struct cli_keys keys;
    int rc, code;

    if (!role || (cli_option(cli, "--name") && cli->words > 2))
        return cli_wrong(cli, CLI_USAGE, role ? "--name is for one file" : "--role is needed");
    rc = desk_role_in(desk_effective(&cli->desk.targets), role, &delegation, &objects);
    if (!rc)
        rc = desk_draft(&cli->desk, role, &draft);
    if (rc)
        return cli_fail(cli, role, rc);
    code = cli_keys_open(cli, &keys); /* a wrong passphrase shows before a file is copied */
    if (!code)
        code = add_all(cli, delegation, json_object_get(json_object_get(draft, "signed"), "targets"));
    if (code)
        json_decref(draft);
    else
        code = cli_stage_with(cli, role, draft, &keys);
    cli_keys_close(&keys);
    return code;
}

/* ---- stage, halt --------------------------------------------------------------------------------------- */

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
    } else if (set_custom(json_object_get(json_object_get(json_object_get(draft, "signed"), "targets"), cli->word[1]), member, value)) {
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
    int code = read_rollout(cli, &rollout);

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
