/* health: whether a release that hosts see, a rule pack or an agent, may go on, and, with --halt, its halt without a person.
 *
 * A halt by itself is made on what is published, not on what is staged: a timer must not sign what somebody has put
 * there to be read first.  That comes back after it, unsigned, on top of the halted version. */
#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "updater/publish/cli.h"
#include "updater/publish/offer.h"
#include "updater/publish/write.h"

/* A release that hosts see; `meta` and `names` are the holder's. */
struct seen {
    struct tuf_meta meta;
    json_t *names;
    const char *role, *name;
    const json_t *target;
};

static void seen_fini(struct seen *s)
{
    tuf_meta_fini(&s->meta);
    json_decref(s->names);
}

static int is_halted(const json_t *target)
{
    return json_object_get(json_object_get(target, "custom"), "halt") != NULL;
}

/* The newest release of a kind in `targets` that is not halted. */
static void newest(const json_t *targets, const char *wanted, const char **name)
{
    const char *best = NULL, *key;
    const json_t *one;

    json_object_foreach((json_t *)(uintptr_t)targets, key, one) {
        const char *kind = offer_text(one, "kind"), *version = offer_text(one, "version");

        if (!kind || strcmp(kind, wanted) != 0 || !version || !offer_version(version) || is_halted(one) || (best && offer_order(version, best) <= 0))
            continue;
        best = version;
        *name = key;
    }
}

/* The file that is named, or the newest pack, or with --role agent the newest agent. */
static int find(struct cli *cli, struct seen *s)
{
    const char *role = cli_option(cli, "--role"), *kind = role ? role : "rules";

    s->names = desk_target_roles(&cli->desk);
    if (!s->names)
        return cli_fail(cli, cli->word[0], MM_ENOMEM);
    for (size_t i = 0; i < json_array_size(s->names) && !s->target; i++) {
        const json_t *targets;
        int rc;

        s->role = json_string_value(json_array_get(s->names, i));
        tuf_meta_fini(&s->meta);
        rc = desk_published(&cli->desk, s->role, &s->meta);
        if (rc && rc != MM_ENOTFOUND)
            return cli_fail(cli, s->role, rc);
        targets = rc ? NULL : json_object_get(s->meta.body, "targets");
        s->name = cli->words > 1 ? cli->word[1] : NULL;
        if (!s->name)
            newest(targets, kind, &s->name);
        s->target = s->name ? json_object_get(targets, s->name) : NULL;
    }
    if (s->target)
        return CLI_OK;
    if (cli->words > 1)
        return cli_wrong(cli, CLI_NOT_FOUND, "%s: hosts see no such file", cli->word[1]);
    return cli_wrong(cli, CLI_NOT_FOUND, "%s: hosts see no %s that is not halted", cli->word[0], strcmp(kind, "rules") != 0 ? kind : "rule pack");
}

/* ---- the halt ------------------------------------------------------------------------------------------- */

struct signed_halt { json_t *draft; size_t signed_by; };

static int set_halt(struct cli *cli, json_t *draft, const struct seen *s, const char *why)
{
    json_t *target = json_object_get(json_object_get(json_object_get(draft, "signed"), "targets"), s->name), *halt;
    char now[RFC3339_TEXT], reason[LIM_TITLE];

    if (!target || is_halted(target))
        return MM_OK; /* somebody has staged its end already */
    rfc3339_format(cli->desk.now, now);
    snprintf(reason, sizeof reason, "%s", why);
    halt = json_pack("{s:s,s:s}", "since", now, "reason", reason);
    return halt ? write_custom(target, "halt", halt) : MM_ENOMEM;
}

/* What was staged before, once more: with the halt, without signatures, as version `version`. */
static int stage_again(struct cli *cli, const struct seen *s, const json_t *before, int64_t version, const char *why)
{
    json_t *draft = json_deep_copy(before), *body = json_object_get(draft, "signed");
    int rc = body && !json_object_set_new(draft, "signatures", json_array()) && !json_object_set_new(body, "version", json_integer(version))
                 ? set_halt(cli, draft, s, why) : MM_ENOMEM;

    if (!rc)
        rc = desk_stage(&cli->desk, s->role, draft);
    json_decref(draft);
    if (rc)
        return cli_fail(cli, s->role, rc);
    cli_say(cli, "What was staged for %s is staged with the halt, and wants its signatures anew.", s->role);
    return CLI_OK;
}

/* The next version with the halt, signed by those of the keys that may. */
static int sign_halt(struct cli *cli, const struct seen *s, const struct cli_keys *keys, const char *why, struct signed_halt *out)
{
    int rc = write_next(&s->meta, cli->desk.now, &out->draft);

    if (!rc)
        rc = set_halt(cli, out->draft, s, why);
    return rc ? rc : cli_sign(cli, s->role, out->draft, keys, &out->signed_by);
}

/* What is staged is published when nothing is missing.  CLI_OK, or what is. */
static int publish_halt(struct cli *cli, const struct seen *s, const struct cli_keys *keys)
{
    return desk_complete(&cli->desk, s->role) ? cli_publish(cli, keys, 0) : cli_report(cli, s->role);
}

static int same_member(const json_t *a, const json_t *b, const char *name)
{
    const json_t *x = json_object_get(a, name), *y = json_object_get(b, name);

    return (!x && !y) || json_equal(x, y);
}

/* 1 when what was staged is the halted version itself, from a run that was cut off. */
static int is_nothing_new(const json_t *before, const struct seen *s)
{
    const json_t *body = json_object_get(before, "signed");
    json_t *targets = json_deep_copy(json_object_get(body, "targets"));
    int same;

    (void)write_custom(json_object_get(targets, s->name), "halt", NULL);
    same = targets && json_equal(targets, json_object_get(s->meta.body, "targets")) &&
           same_member(body, s->meta.body, "delegations") && same_member(body, s->meta.body, OFFER_FLOOR);
    json_decref(targets);
    return same;
}

/* 1 when what was staged halts it already, holders have begun to sign that, and the keys of this run are too few without
 * them: a timer comes again and again, and must not take their signatures away. */
static int waits_for_holders(const struct cli *cli, const struct seen *s, const struct tuf_meta *before, size_t signed_by)
{
    struct desk_count counts[DESK_COUNTS];
    int n, few;

    if (!before->file || !json_array_size(json_object_get(before->file, "signatures")) ||
        !is_halted(json_object_get(json_object_get(before->body, "targets"), s->name)))
        return 0;
    n = desk_counts(&cli->desk, s->role, before, counts);
    few = n > 0 && (json_int_t)signed_by < counts[0].need;
    desk_counts_fini(counts, n);
    return few;
}

static int halt_with(struct cli *cli, const struct seen *s, const struct cli_keys *keys, const char *why)
{
    struct signed_halt made = {.draft = NULL};
    struct tuf_meta before = {0};
    int rc = desk_staged(&cli->desk, s->role, &before), code, waits, again = CLI_OK;

    if (!rc || rc == MM_ENOTFOUND)
        rc = sign_halt(cli, s, keys, why, &made);
    waits = !rc && waits_for_holders(cli, s, &before, made.signed_by);
    if (waits)
        cli_say(cli, "What is staged for %s halts it already, and stays with its signatures.", s->role);
    else if (!rc)
        rc = desk_stage(&cli->desk, s->role, made.draft);
    code = rc ? cli_fail(cli, s->role, rc) : publish_halt(cli, s, keys);
    if (!rc && !waits && before.file && !is_nothing_new(before.file, s))
        again = stage_again(cli, s, before.file, s->meta.version + 1 + !code, why);
    json_decref(made.draft);
    tuf_meta_fini(&before);
    return code ? code : again;
}

static int halt(struct cli *cli, const struct seen *s, const char *why)
{
    struct cli_keys keys;
    int code = cli_keys_open(cli, &keys);

    if (code)
        return code;
    code = halt_with(cli, s, &keys, why);
    cli_keys_close(&keys);
    return code;
}

/* ---- the verb ---------------------------------------------------------------------------------------------- */

static int judge(struct cli *cli, const struct seen *s)
{
    struct health_verdict v = {.verdict = HEALTH_WAIT};
    char why[HEALTH_TEXT];
    int code = cli_judge(cli, s->target, &v);

    if (code)
        return code;
    cli_tell(cli, "name", json_string(s->name));
    if (is_halted(s->target)) {
        cli_say(cli, "%s: it is halted already.", s->name);
        return CLI_HALT;
    }
    health_say(&v, why);
    cli_say(cli, "%s: %s: %s.", s->name, health_word(v.verdict), why);
    if (v.verdict != HEALTH_HALT)
        return v.verdict == HEALTH_FINE ? CLI_OK : CLI_WAIT;
    if (!cli_option(cli, "--halt")) {
        cli_say(cli, "Next: " PROGRAM " halt %s %s --reason \"...\" --key FILE", cli->word[0], s->name);
        return CLI_HALT;
    }
    code = halt(cli, s, why);
    if (!code)
        cli_say(cli, "%s is halted.", s->name);
    return code ? code : CLI_HALT;
}

int cli_check_health(struct cli *cli)
{
    const char *role = cli_option(cli, "--role");
    struct seen s = {.names = NULL};
    int code;

    if (cli_option(cli, "--key") && !cli_option(cli, "--halt"))
        return cli_wrong(cli, CLI_USAGE, "--key is for --halt");
    if (role && (cli->words > 1 || (strcmp(role, "rules") != 0 && strcmp(role, "agent") != 0)))
        return cli_wrong(cli, CLI_USAGE, "--role rules or agent asks about the newest of them; a NAME says it all");
    code = find(cli, &s);
    if (!code)
        code = judge(cli, &s);
    seen_fini(&s);
    return code;
}
