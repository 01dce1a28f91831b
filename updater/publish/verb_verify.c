/* verify: the client core of updater/tuf over the directory, from root 1 on, at
 * the present time, with every role and every file.  It reads what clients can
 * read and nothing else, and takes no lock. */
#include <string.h>
#include <time.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "updater/publish/cli.h"
#include "updater/publish/offer.h"
#include "updater/publish/view.h"

struct check {
    struct cli *cli;
    struct view view;
    struct tuf_meta root, targets; /* as the client has kept them */
    json_t *roles, *files;         /* for --json */
    unsigned bad;
};

static void refused(struct check *c)
{
    c->bad++;
    cli_wrong(c->cli, CLI_FAILED, "refused: %s: %s [%s]", c->view.about, tuf_cause_text(c->view.cause), tuf_cause_name(c->view.cause));
    cli_tell(c->cli, "cause", json_string(tuf_cause_name(c->view.cause)));
}

/* Something that the client has not got to: no wonder after a refusal, and wrong without one. */
static void missing(struct check *c, const char *role)
{
    if (!c->bad++)
        cli_wrong(c->cli, CLI_FAILED, "%s: the client has not read it", role);
}

static int read_kept(const struct check *c, const char *role, struct tuf_meta *out)
{
    const struct buf *text = view_kept(&c->view, role);

    return text ? tuf_meta_parse(desk_kind(role), text->data, text->len, out) : MM_ENOTFOUND;
}

/* A role that the client took. */
static void show_role(struct check *c, const char *role, const struct tuf_meta *parent)
{
    struct tuf_meta meta = {0};
    struct desk_count count;
    char expires[RFC3339_TEXT];
    const char *floor;

    if (read_kept(c, role, &meta)) {
        missing(c, role);
        return;
    }
    if (!desk_count_in(parent, role, &meta, &count)) {
        rfc3339_format(meta.expires, expires);
        floor = json_string_value(json_object_get(meta.body, OFFER_FLOOR));
        cli_say(c->cli, "%-10s version %-4lld expires %s  %lld signatures, %lld needed%s%s", role, (long long)meta.version, expires,
                (long long)count.have, (long long)count.need, floor ? "; floor " : "", floor ? floor : "");
        json_object_set_new(c->roles, role, json_pack("{s:I,s:s,s:I,s:I,s:s*}", "version", (json_int_t)meta.version, "expires", expires,
                                                      "signatures", (json_int_t)count.have, "threshold", (json_int_t)count.need, "floor", floor));
        json_decref(count.missing);
    }
    tuf_meta_fini(&meta);
}

static void show_file(struct check *c, const char *path, const json_t *target)
{
    const json_t *custom = json_object_get(target, "custom"), *rollout = json_object_get(custom, "rollout");
    const char *ring = json_string_value(json_object_get(rollout, "ring"));
    const json_t *percent = json_object_get(rollout, "percent");
    char share[32] = "";

    if (json_is_integer(percent))
        snprintf(share, sizeof share, " %lld %%", (long long)json_integer_value(percent));
    cli_say(c->cli, "  %s  %lld bytes%s%s%s%s", path, (long long)json_integer_value(json_object_get(target, "length")), ring ? ", ring " : "",
            ring ? ring : "", share, json_object_get(custom, "halt") ? ", HALTED" : "");
    json_object_set(c->files, path, (json_t *)(uintptr_t)target);
}

static void check_files(struct check *c, const char *role)
{
    struct tuf_meta meta = {0};
    json_t *targets;

    if (read_kept(c, role, &meta))
        return;
    targets = json_object_get(meta.body, "targets");
    for (void *at = json_object_iter(targets); at; at = json_object_iter_next(targets, at)) {
        if (view_target(&c->view, json_object_iter_key(at), 0))
            refused(c);
        else
            show_file(c, json_object_iter_key(at), json_object_iter_value(at));
    }
    tuf_meta_fini(&meta);
}

static void check_all(struct check *c)
{
    const json_t *roles;

    if (view_roles(&c->view))
        refused(c);
    if (read_kept(c, "root", &c->root)) {
        missing(c, "root");
        return;
    }
    for (enum tuf_kind kind = TUF_ROOT; kind <= TUF_TARGETS; kind++)
        show_role(c, tuf_kind_name(kind), &c->root);
    if (read_kept(c, "targets", &c->targets)) {
        missing(c, "targets");
        return;
    }
    check_files(c, "targets");
    roles = json_object_get(tuf_targets_delegations(&c->targets), "roles");
    for (size_t i = 0; i < json_array_size(roles); i++) {
        const char *role = json_string_value(json_object_get(json_array_get(roles, i), "name"));

        show_role(c, role, &c->targets);
        check_files(c, role);
    }
}

int cli_verify(struct cli *cli)
{
    struct check c = {.cli = cli, .roles = json_object(), .files = json_object()};

    view_init(&c.view, cli->word[0], NULL, (int64_t)time(NULL));
    check_all(&c);
    cli_tell(cli, "roles", c.roles);
    cli_tell(cli, "files", c.files);
    cli_say(cli, c.bad ? "A client would refuse it." : "A client takes all of it.");
    view_fini(&c.view);
    tuf_meta_fini(&c.root);
    tuf_meta_fini(&c.targets);
    return c.bad ? CLI_FAILED : CLI_OK;
}
