/* bundle: what an offline host needs, in one file.  The client core of updater/tuf reads the repository at the present
 * time, and exactly the bytes that it took go into the bundle.  No lock is taken: a publication meanwhile leaves what a
 * client has begun to read. */
#include <string.h>
#include <time.h>

#include "lib/err.h"
#include "lib/rfc3339.h"
#include "updater/publish/bundle.h"
#include "updater/publish/cli.h"
#include "updater/publish/offer.h"
#include "updater/publish/view.h"
#include "updater/tuf/names.h"

struct bundling {
    struct cli *cli;
    const char *kind;        /* NULL: all */
    struct view view;
    struct bundle bundle;
    struct tuf_meta targets; /* the top role */
    int64_t until;           /* the first expiry of all that is in it */
    unsigned files;          /* artifacts */
    json_int_t bytes;        /* of them */
};

static int refused(struct bundling *b, int rc)
{
    if (rc != MM_ECRYPTO)
        return cli_fail(b->cli, b->cli->word[0], rc);
    return cli_wrong(b->cli, CLI_FAILED, "a client would refuse it: %s: %s", b->view.about, tuf_cause_text(b->view.cause));
}

static int read_kept(const struct bundling *b, const char *role, struct tuf_meta *out)
{
    const struct buf *text = view_kept(&b->view, role);

    return text ? tuf_meta_parse(desk_kind(role), text->data, text->len, out) : MM_ENOTFOUND;
}

/* ---- metadata ---------------------------------------------------------------------------------------------- */

/* A role's file under the name that clients ask for. */
static int add_role(struct bundling *b, const char *role)
{
    const struct buf *text = view_kept(&b->view, role);
    struct tuf_meta meta = {0};
    char name[LIM_TUF_PATH];
    int rc = read_kept(b, role, &meta);

    if (!rc)
        rc = tuf_role_address(role, desk_kind(role) == TUF_TIMESTAMP ? 0 : meta.version, name);
    if (!rc)
        rc = bundle_add(&b->bundle, "metadata", name, text->data, text->len);
    if (!rc && meta.expires < b->until)
        b->until = meta.expires;
    tuf_meta_fini(&meta);
    return rc;
}

/* All roots from the first one on: hosts begin with different ones. */
static int add_roots(struct bundling *b)
{
    struct tuf_meta last = {0};
    int rc = read_kept(b, "root", &last);

    for (int64_t n = 1; n < last.version && !rc; n++) {
        char name[LIM_TUF_PATH];
        struct buf text;

        buf_init(&text, LIM_TUF_ROOT);
        rc = tuf_role_address("root", n, name);
        if (!rc)
            rc = view_read(&b->view, TUF_METADATA, name, &text);
        if (!rc)
            rc = bundle_add(&b->bundle, "metadata", name, text.data, text.len);
        buf_fini(&text);
    }
    tuf_meta_fini(&last);
    return rc ? rc : add_role(b, "root");
}

static int add_metadata(struct bundling *b)
{
    const json_t *roles = json_object_get(tuf_targets_delegations(&b->targets), "roles");
    int rc = add_roots(b);

    for (enum tuf_kind kind = TUF_ROOT + 1; kind <= TUF_TARGETS && !rc; kind++)
        rc = add_role(b, tuf_kind_name(kind));
    for (size_t i = 0; i < json_array_size(roles) && !rc; i++)
        rc = add_role(b, json_string_value(json_object_get(json_array_get(roles, i), "name")));
    return rc;
}

/* ---- artifacts --------------------------------------------------------------------------------------------- */

/* Hosts may want it: it is not halted, not below the floor, and of the kind that is asked for (a delta is an agent). */
static int is_wanted(const struct bundling *b, const json_t *target, const char *floor)
{
    const char *kind = offer_text(target, "kind"), *version = offer_text(target, "version");

    if (json_object_get(json_object_get(target, "custom"), "halt") || (floor && version && offer_order(version, floor) < 0))
        return 0;
    return !b->kind || (kind && (!strcmp(kind, b->kind) || (!strcmp(kind, "delta") && !strcmp(b->kind, "agent"))));
}

static int add_artifact(struct bundling *b, const char *path, const json_t *target)
{
    const char *hash = json_string_value(json_object_get(json_object_get(target, "hashes"), "sha256"));
    char name[LIM_TUF_PATH];
    int rc = view_target(&b->view, path, 0);

    if (!rc) /* without a SHA-256 clients ask by the other one */
        rc = tuf_target_address(path, hash ? hash : json_string_value(json_object_get(json_object_get(target, "hashes"), "sha512")), name);
    if (!rc)
        rc = bundle_add(&b->bundle, "targets", name, b->view.bytes.data ? b->view.bytes.data : "", b->view.bytes.len);
    if (!rc) {
        b->files++;
        b->bytes += (json_int_t)b->view.bytes.len;
    }
    return rc;
}

static int add_artifacts(struct bundling *b, const char *role)
{
    struct tuf_meta meta = {0};
    int rc = read_kept(b, role, &meta);
    json_t *targets = json_object_get(meta.body, "targets");
    const char *floor = json_string_value(json_object_get(meta.body, OFFER_FLOOR));

    for (void *at = json_object_iter(targets); at && !rc; at = json_object_iter_next(targets, at))
        if (is_wanted(b, json_object_iter_value(at), floor))
            rc = add_artifact(b, json_object_iter_key(at), json_object_iter_value(at));
    tuf_meta_fini(&meta);
    return rc;
}

/* ---- the verb ------------------------------------------------------------------------------------------------ */

static int fill(struct bundling *b)
{
    const json_t *roles;
    int rc = read_kept(b, "targets", &b->targets);

    if (!rc)
        rc = add_metadata(b);
    if (!rc)
        rc = add_artifacts(b, "targets");
    roles = json_object_get(tuf_targets_delegations(&b->targets), "roles");
    for (size_t i = 0; i < json_array_size(roles) && !rc; i++)
        rc = add_artifacts(b, json_string_value(json_object_get(json_array_get(roles, i), "name")));
    tuf_meta_fini(&b->targets);
    return rc;
}

static int make(struct bundling *b, int64_t now)
{
    struct cli *cli = b->cli;
    char until[RFC3339_TEXT];
    int rc = view_roles(&b->view);

    if (rc)
        return refused(b, rc);
    rc = bundle_open(&b->bundle, cli->word[1], now);
    if (rc)
        return cli_fail(cli, cli->word[1], rc);
    rc = fill(b);
    if (rc) {
        bundle_drop(&b->bundle);
        return b->view.cause ? refused(b, rc) : cli_fail(cli, cli->word[1], rc);
    }
    rc = bundle_finish(&b->bundle);
    if (rc)
        return cli_fail(cli, cli->word[1], rc);
    rfc3339_format(b->until, until);
    cli_say(cli, "%s: %u files, %lld bytes; hosts take it until %s", cli->word[1], b->files, (long long)b->bytes, until);
    cli_tell(cli, "files", json_integer((json_int_t)b->files));
    cli_tell(cli, "until", json_string(until));
    return CLI_OK;
}

int cli_bundle(struct cli *cli)
{
    int64_t now = (int64_t)time(NULL);
    struct bundling b = {.cli = cli, .kind = cli_option(cli, "--kind"), .until = INT64_MAX};
    int code;

    if (b.kind && !offer_is_role(b.kind))
        return cli_wrong(cli, CLI_USAGE, "--kind: rules or agent");
    view_init(&b.view, cli->word[0], NULL, now);
    code = make(&b, now);
    view_fini(&b.view);
    return code;
}
