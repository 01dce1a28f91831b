/* stage, halt, remove: what the next version of a role says about a file that is there. */
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "updater/publish/cli.h"
#include "updater/publish/offer.h"
#include "updater/publish/write.h"

/* A file that some role lists: the role's next version, and what it says about the file.  `names` is the holder's. */
struct found { json_t *names; const char *role; json_t *draft, *target; };

static int find(struct cli *cli, struct found *f)
{
    *f = (struct found){.names = desk_target_roles(&cli->desk)};
    if (!f->names)
        return cli_fail(cli, cli->word[1], MM_ENOMEM);
    for (size_t i = 0; i < json_array_size(f->names); i++) {
        int rc;

        f->role = json_string_value(json_array_get(f->names, i));
        rc = desk_draft(&cli->desk, f->role, &f->draft);
        if (rc)
            return cli_fail(cli, f->role, rc);
        f->target = json_object_get(json_object_get(json_object_get(f->draft, "signed"), "targets"), cli->word[1]);
        if (f->target)
            return CLI_OK;
        json_decref(f->draft);
        f->draft = NULL;
    }
    return cli_wrong(cli, CLI_NOT_FOUND, "%s: no role has such a file", cli->word[1]);
}

static void found_fini(struct found *f)
{
    json_decref(f->draft);
    json_decref(f->names);
}

/* Set or remove (NULL) one member of what is said about it, and stage that; takes the value over. */
static int change(struct cli *cli, const struct found *f, const char *member, json_t *value)
{
    int rc = write_custom(f->target, member, value);

    return rc ? cli_fail(cli, cli->word[1], rc) : cli_stage(cli, f->role, json_incref(f->draft));
}

/* ---- stage ----------------------------------------------------------------------------------------------- */

/* What nobody has seen yet is held by nothing, and nobody has told of it. */
static int may_go_on(struct cli *cli, const struct found *f, const json_t *rollout)
{
    struct tuf_meta published = {0};
    const json_t *seen;
    int rc = desk_published(&cli->desk, f->role, &published), code;

    if (rc && rc != MM_ENOTFOUND)
        return cli_fail(cli, f->role, rc);
    seen = json_object_get(json_object_get(published.body, "targets"), cli->word[1]);
    code = cli_held(cli, seen, f->target, rollout);
    if (!code)
        code = cli_healthy(cli, seen, rollout);
    tuf_meta_fini(&published);
    return code;
}

int cli_stage_target(struct cli *cli)
{
    json_t *rollout;
    struct found f;
    int code = cli_rollout(cli, &rollout);

    if (!code && !rollout)
        code = cli_wrong(cli, CLI_USAGE, "--ring is needed");
    if (code)
        return code;
    code = find(cli, &f);
    if (!code)
        code = may_go_on(cli, &f, rollout);
    if (!code)
        code = change(cli, &f, "rollout", json_incref(rollout));
    found_fini(&f);
    json_decref(rollout);
    return code;
}

/* ---- halt ------------------------------------------------------------------------------------------------- */

int cli_halt(struct cli *cli)
{
    const char *reason = cli_option(cli, "--reason");
    json_t *halt = NULL;
    char now[RFC3339_TEXT];
    struct found f;
    int code;

    if (reason && cli_option(cli, "--clear"))
        return cli_wrong(cli, CLI_USAGE, "--reason is for a halt");
    if (reason && strlen(reason) >= LIM_TITLE)
        return cli_wrong(cli, CLI_USAGE, "--reason: at most %d bytes", LIM_TITLE - 1);
    rfc3339_format(cli->desk.now, now);
    if (!cli_option(cli, "--clear")) {
        halt = json_pack("{s:s,s:s}", "since", now, "reason", reason ? reason : "");
        if (!halt)
            return cli_wrong(cli, CLI_USAGE, "--reason: not UTF-8");
    }
    code = find(cli, &f);
    if (code)
        json_decref(halt);
    else
        code = change(cli, &f, "halt", halt);
    found_fini(&f);
    return code;
}

/* ---- remove ------------------------------------------------------------------------------------------------ */

static int same_text(const json_t *a, const json_t *b, const char *member)
{
    const char *x = offer_text(a, member), *y = offer_text(b, member);

    return x && y && !strcmp(x, y);
}

/* 1 when `one` is a delta that makes the agent `whole`. */
static int makes(const json_t *one, const json_t *whole)
{
    const char *kind = offer_text(one, "kind"), *its = offer_text(whole, "kind");

    return kind && its && !strcmp(kind, "delta") && !strcmp(its, "agent") && same_text(one, whole, "version") && same_text(one, whole, "platform");
}

int cli_remove(struct cli *cli)
{
    struct found f;
    int code = find(cli, &f);

    if (!code) {
        json_t *targets = json_object_get(json_object_get(f.draft, "signed"), "targets"), *whole = json_incref(f.target), *one;
        const char *name;
        void *next;

        json_object_foreach_safe(targets, next, name, one)
            if (!strcmp(name, cli->word[1]) || makes(one, whole)) {
                cli_say(cli, "%s: taken out of %s", name, f.role);
                (void)json_object_del(targets, name);
            }
        json_decref(whole);
        code = cli_stage(cli, f.role, json_incref(f.draft));
    }
    found_fini(&f);
    return code;
}
