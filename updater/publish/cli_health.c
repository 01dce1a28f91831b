/* What the console tells of packs and agents (--packs), and the verdict on one of them: for health, and for stage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "updater/publish/cli.h"
#include "updater/publish/offer.h"

static int read_all(FILE *in, struct buf *out)
{
    char some[65536];
    size_t n;
    int rc = MM_OK;

    while (!rc && (n = fread(some, 1, sizeof some, in)) > 0)
        rc = buf_add(out, some, n);
    return !rc && ferror(in) ? MM_EIO : rc;
}

static int read_packs(const char *path, struct buf *out)
{
    FILE *in = strcmp(path, "-") != 0 ? fopen(path, "re") : stdin;
    int rc = in ? read_all(in, out) : MM_ENOTFOUND;

    if (in && in != stdin)
        (void)fclose(in);
    return rc;
}

static int read_report(struct cli *cli, const char *path, const struct health_about *about, struct health_report *out)
{
    struct buf text;
    int rc;

    buf_init(&text, LIM_PUBLISH_PACKS_TEXT);
    rc = read_packs(path, &text);
    if (!rc)
        rc = health_read(text.data ? text.data : "", text.len, about, cli->desk.now, out);
    buf_fini(&text);
    if (rc == MM_EFORMAT)
        return cli_wrong(cli, CLI_FAILED, "%s: not the console's answer to GET /api/v1/packs, with its %s", path, about->list);
    if (rc == MM_ESTATE)
        return cli_wrong(cli, CLI_FAILED, "%s: made more than an hour ago, or in the future; ask the console again", path);
    return rc ? cli_wrong(cli, rc == MM_ENOTFOUND ? CLI_NOT_FOUND : CLI_FAILED, "%s: %s", path, mm_strerror(rc)) : CLI_OK;
}

static void tell(struct cli *cli, const struct health_report *r, const struct health_verdict *v, const char *version)
{
    const struct health_count *c = &r->pack;
    char why[HEALTH_TEXT];

    health_say(v, why);
    cli_tell(cli, "verdict", json_string(health_word(v->verdict)));
    cli_tell(cli, "why", json_string(why));
    cli_tell(cli, "version", json_string(version));
    cli_tell(cli, "hosts", json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "runs", (json_int_t)c->runs, "left", (json_int_t)c->left, "proven", (json_int_t)c->proven,
                                     "quiet", (json_int_t)c->quiet, "silent", (json_int_t)c->silent, "gone", (json_int_t)c->gone));
}

int cli_judge(struct cli *cli, const json_t *published, struct health_verdict *out)
{
    const char *path = cli_option(cli, "--packs"), *kind = offer_text(published, "kind"), *version = offer_text(published, "version");
    const struct health_about about = {kind && !strcmp(kind, "agent") ? "agents" : "packs", version};
    struct health_report report = {.made = 0};
    int code;

    if (!path)
        return cli_wrong(cli, CLI_USAGE, "--packs: a file with the console's answer to GET /api/v1/packs, or -");
    if (!kind || (strcmp(kind, "rules") != 0 && strcmp(kind, "agent") != 0) || !version || !offer_version(version))
        return cli_wrong(cli, CLI_USAGE, "the console tells of rule packs and agents only");
    code = read_report(cli, path, &about, &report);
    if (code)
        return code;
    health_judge(&report, cli->desk.now, cli_held_until(json_object_get(json_object_get(published, "custom"), "rollout")), out);
    tell(cli, &report, out, version);
    return CLI_OK;
}

int cli_healthy(struct cli *cli, const json_t *published, const json_t *rollout)
{
    const json_t *custom = json_object_get(published, "custom");
    struct health_verdict v = {.verdict = HEALTH_WAIT};
    char why[HEALTH_TEXT];
    int code;

    if (!cli_option(cli, "--packs") || !published || cli_reach(rollout) <= cli_reach(json_object_get(custom, "rollout")))
        return CLI_OK;
    code = cli_judge(cli, published, &v);
    if (code || v.verdict == HEALTH_FINE)
        return code;
    health_say(&v, why);
    return cli_wrong(cli, v.verdict == HEALTH_WAIT ? CLI_WAIT : CLI_HALT, "it goes to no more hosts: %s: %s", health_word(v.verdict), why);
}
