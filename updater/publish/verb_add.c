/* add: files, archives and folders into targets/ and into the next version of a role. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "updater/publish/cli.h"
#include "updater/publish/offer.h"
#include "updater/publish/write.h"
#include "updater/tuf/delegation.h"
#include "updater/tuf/names.h"

/* ---- names and artifacts ------------------------------------------------------------------------------ */

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

static int name_is_allowed(struct cli *cli, const json_t *delegation, const char *name)
{
    if (!name_fits(name))
        return cli_wrong(cli, CLI_USAGE, "%.80s: no name for a file in the repository: folders and a name of at most %d characters, of letters, digits"
                         " and ._~+-, none with a dot or a hyphen first", name, LIM_PUBLISH_NAME - 1);
    if (!tuf_delegation_matches(delegation, name))
        return cli_wrong(cli, CLI_USAGE, "%s: %s may not speak for it, only for %s", name, json_string_value(json_object_get(delegation, "name")),
                         json_string_value(json_array_get(json_object_get(delegation, "paths"), 0)));
    return CLI_OK;
}

/* The name that is given; else that of the offer, which a folder has; else that of the file. */
static int name_of(struct cli *cli, const json_t *delegation, const char *path, const char *own, char out[LIM_TUF_PATH])
{
    const char *given = cli_option(cli, "--name"), *slash = strrchr(path, '/'), *role = json_string_value(json_object_get(delegation, "name"));
    int n;

    if (given || own[0])
        n = snprintf(out, LIM_TUF_PATH, "%s", given ? given : own);
    else
        n = snprintf(out, LIM_TUF_PATH, "%s/%s", role, slash ? slash + 1 : path);
    if (n >= LIM_TUF_PATH)
        out[0] = '\0'; /* which is no name */
    return name_is_allowed(cli, delegation, out);
}

/* ---- one after the other ------------------------------------------------------------------------------------ */

/* What all files of one run have in common. */
struct adding {
    struct cli *cli;
    const json_t *delegation;
    json_t *body, *targets;     /* of the draft */
    struct tuf_meta published;  /* the role as clients see it; may be empty */
    struct offer_words words;
};

/* A number stands for one content: who has it would never take the other one.  The same file again keeps its hold. */
static int is_new(const struct adding *a, const char *name, const json_t *target)
{
    json_t *there = json_object_get(a->published.body, "targets");
    const char *floor = json_string_value(json_object_get(a->body, OFFER_FLOOR)), *version = offer_text(target, "version");
    int code = CLI_OK;

    if (version && floor && offer_order(version, floor) < 0)
        return cli_wrong(a->cli, CLI_FAILED, "%s: older than %s, below which nobody goes back (floor)", name, floor);
    for (void *at = json_object_iter(there); at && !code; at = json_object_iter_next(there, at)) {
        const json_t *one = json_object_iter_value(at);

        if (offer_same_release(one, target) && !json_equal(json_object_get(json_object_get(one, "custom"), "content"),
                                                           json_object_get(json_object_get(target, "custom"), "content")) && !cli_option(a->cli, "--force"))
            code = cli_wrong(a->cli, CLI_FAILED, "%s: %s is published with another content; give it the next number (or --force)", name,
                             json_object_iter_key(at));
        else
            code = cli_held(a->cli, one, target, json_object_get(json_object_get(target, "custom"), "rollout"));
    }
    return code;
}

/* Into targets/ and into the draft. */
static int put_offer(struct adding *a, const char *path, const char *name, const struct offer *o, json_t *rollout)
{
    json_t *target = write_target(o->bytes.data ? o->bytes.data : "", o->bytes.len);
    int rc = target ? MM_OK : MM_ENOMEM, code = CLI_OK;

    if (!rc && o->custom && json_object_set(target, "custom", o->custom))
        rc = MM_ENOMEM;
    if (!rc && rollout)
        rc = write_custom(target, "rollout", json_incref(rollout));
    if (!rc)
        code = is_new(a, name, target);
    if (!rc && !code)
        rc = put_artifact(a->cli, name, &o->bytes, target);
    if (!rc && !code)
        rc = json_object_set(a->targets, name, target) ? MM_ENOMEM : MM_OK;
    json_decref(target);
    if (rc)
        code = cli_fail(a->cli, path, rc);
    if (!code)
        cli_say(a->cli, "%s: as %s%s", path, name, o->custom || !offer_is_role(a->words.role) ? "" : " (neither a rule pack nor an agent: hosts do not install it)");
    return code;
}

static int not_offered(struct cli *cli, const char *path, int rc, const char *why)
{
    int code = rc == MM_EINVAL ? CLI_USAGE : rc == MM_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED;

    return cli_wrong(cli, code, "%s: %s", path, why);
}

static int add_delta(struct adding *a, const struct offer *whole, const char *old)
{
    struct offer delta;
    char why[PACK_WHY];
    int rc = offer_delta(whole, old, a->targets, &delta, why), code;

    if (rc == MM_EEXIST) {
        cli_say(a->cli, "%s: %s; hosts take that", old, why);
        return CLI_OK;
    }
    if (rc)
        return not_offered(a->cli, old, rc, why);
    code = name_is_allowed(a->cli, a->delegation, delta.name);
    if (!code)
        code = put_offer(a, old, delta.name, &delta, NULL); /* who takes it is decided by the release */
    offer_fini(&delta);
    return code;
}

static int add_offer(struct adding *a, const char *path, const struct offer *o, json_t *rollout)
{
    char name[LIM_TUF_PATH];
    int code = name_of(a->cli, a->delegation, path, o->name, name);

    if (!code)
        code = put_offer(a, path, name, o, rollout);
    for (unsigned i = 0; i < a->cli->options && !code; i++)
        if (!strcmp(a->cli->option[i].name, "--delta-from"))
            code = add_delta(a, o, a->cli->option[i].value);
    return code;
}

static int add_one(struct adding *a, const char *path)
{
    json_t *rollout;
    struct offer o;
    char why[PACK_WHY];
    int code = cli_rollout(a->cli, &rollout), rc;

    if (code)
        return code;
    rc = offer_read(path, &a->words, &o, why);
    code = rc ? not_offered(a->cli, path, rc, why) : add_offer(a, path, &o, rollout);
    if (!rc)
        offer_fini(&o);
    json_decref(rollout);
    return code;
}

static int add_all(struct adding *a)
{
    struct cli *cli = a->cli;
    char name[LIM_TUF_PATH];
    struct stat st;
    int code = CLI_OK;

    for (unsigned i = 1; i < cli->words && !code; i++) /* all names before the first file; a folder's comes out of it */
        if (cli_option(cli, "--name") || stat(cli->word[i], &st) < 0 || !S_ISDIR(st.st_mode))
            code = name_of(cli, a->delegation, cli->word[i], "", name);
    for (unsigned i = 1; i < cli->words && !code; i++)
        code = add_one(a, cli->word[i]);
    return code;
}

/* ---- the verb ------------------------------------------------------------------------------------------------- */

static int read_words(struct cli *cli, struct offer_words *words)
{
    const char *role = cli_option(cli, "--role");
    int one = cli_option(cli, "--name") || cli_option(cli, "--version") || cli_option(cli, "--delta-from");

    if (!role || (one && cli->words > 2))
        return cli_wrong(cli, CLI_USAGE, role ? "--name, --version and --delta-from are for one file" : "--role is needed");
    if (cli_option(cli, "--delta-from") && strcmp(role, "agent") != 0)
        return cli_wrong(cli, CLI_USAGE, "--delta-from is for an agent");
    *words = (struct offer_words){.role = role, .version = cli_option(cli, "--version"), .platform = cli_option(cli, "--platform")};
    return cli_number(cli, "--schema", 1, LIM_PUBLISH_SCHEMA, 0, &words->schema);
}

/* The role's draft, what clients see of it, and who may speak for what. */
static int begin(struct adding *a, json_t **draft)
{
    struct desk *d = &a->cli->desk;
    json_t *delegation, *objects;
    int rc = desk_role_in(desk_effective(&d->targets), a->words.role, &delegation, &objects);

    if (!rc)
        rc = desk_draft(d, a->words.role, draft);
    if (rc)
        return rc;
    rc = desk_published(d, a->words.role, &a->published);
    if (rc && rc != MM_ENOTFOUND) {
        json_decref(*draft);
        return rc;
    }
    a->delegation = delegation;
    a->body = json_object_get(*draft, "signed");
    a->targets = json_object_get(a->body, "targets");
    return MM_OK;
}

int cli_add(struct cli *cli)
{
    struct adding a = {.cli = cli};
    struct cli_keys keys;
    json_t *draft;
    int code = read_words(cli, &a.words), rc;

    if (code)
        return code;
    rc = begin(&a, &draft);
    if (rc)
        return cli_fail(cli, a.words.role, rc);
    code = cli_keys_open(cli, &keys); /* a wrong passphrase shows before a file is copied */
    if (!code)
        code = add_all(&a);
    if (code)
        json_decref(draft);
    else
        code = cli_stage_with(cli, a.words.role, draft, &keys);
    cli_keys_close(&keys);
    tuf_meta_fini(&a.published);
    return code;
}
