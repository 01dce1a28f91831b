/* snapshot, timestamp: what makes staged roles visible.  Their own files are
 * never staged: all keys that must sign them are given in one run. */
#include <string.h>

#include "lib/err.h"
#include "updater/publish/cli.h"
#include "updater/publish/release.h"
#include "updater/publish/write.h"
#include "updater/tuf/names.h"

/* What a publication is made of. */
struct issue {
    struct cli *cli;
    const struct cli_keys *keys;
    const struct tuf_meta *root;   /* as it will be */
    struct release release;
};

/* The next version of snapshot or timestamp, or the first. */
static int next_of(const struct issue *s, const char *role, json_t **draft)
{
    struct tuf_meta old = {0};
    json_t *object, *keys, *body = NULL;
    int rc = desk_role_in(s->root, role, &object, &keys);

    if (!rc)
        rc = desk_published(&s->cli->desk, role, &old);
    if (!rc) {
        rc = write_next(&old, s->cli->desk.now, draft);
        tuf_meta_fini(&old);
        return rc ? rc : write_expiry(json_object_get(*draft, "signed"), s->cli->desk.now, write_days(object));
    }
    if (rc != MM_ENOTFOUND || s->cli->desk.root.published.file)
        return rc;
    *draft = write_first(desk_kind(role), s->cli->desk.now, write_days(object), &body);
    return *draft && !json_object_set_new(body, "meta", json_object()) ? MM_OK : MM_ENOMEM;
}

static int enough(const struct issue *s, const char *role, const struct buf *text)
{
    struct tuf_meta meta = {0};
    struct desk_count count;
    int rc = tuf_meta_parse(desk_kind(role), text->data, text->len, &meta), code = CLI_OK;

    if (!rc)
        rc = desk_count_in(s->root, role, &meta, &count);
    tuf_meta_fini(&meta);
    if (rc)
        return cli_fail(s->cli, role, rc);
    if (count.have < count.need)
        code = cli_wrong(s->cli, CLI_MORE, "%s: %lld of %lld signatures; give --key for one more of: %s%s", role, (long long)count.have,
                         (long long)count.need, json_string_value(json_array_get(count.missing, 0)),
                         json_array_size(count.missing) > 1 ? " ..." : "");
    json_decref(count.missing);
    return code;
}

/* Sign a draft, take its text into the release under `file`, and give what others say about it. */
static int seal(struct issue *s, const char *role, json_t *draft, int versioned, json_t **entry)
{
    int64_t version = json_integer_value(json_object_get(json_object_get(draft, "signed"), "version"));
    char file[LIM_TUF_PATH];
    struct buf text;
    size_t signed_by;
    int code = CLI_OK, rc = cli_sign(s->cli, role, draft, s->keys, &signed_by);

    buf_init(&text, tuf_kind_limit(desk_kind(role)));
    if (!rc)
        rc = write_text(draft, &text);
    if (!rc)
        code = enough(s, role, &text);
    if (!rc && !code)
        rc = tuf_role_address(role, versioned ? version : 0, file);
    if (!rc && !code)
        rc = release_add(&s->release, file, &text);
    if (!rc && !code) {
        *entry = write_entry(version, text.data, text.len);
        rc = *entry ? MM_OK : MM_ENOMEM;
    }
    buf_fini(&text);
    return rc ? cli_fail(s->cli, role, rc) : code;
}

/* ---- the two files -------------------------------------------------------------------------------------- */

static json_t *meta_of(json_t *draft)
{
    return json_object_get(json_object_get(draft, "signed"), "meta");
}

/* `entry`, what it says about the snapshot, is taken over. */
static int make_timestamp(struct issue *s, json_t *entry)
{
    json_t *draft = NULL, *own = NULL;
    int rc = next_of(s, "timestamp", &draft), code;

    if (!rc && entry)
        rc = json_object_set(meta_of(draft), "snapshot.json", entry) ? MM_ENOMEM : MM_OK;
    code = rc ? cli_fail(s->cli, "timestamp", rc) : seal(s, "timestamp", draft, 0, &own);
    json_decref(draft);
    json_decref(own);
    json_decref(entry);
    return code;
}

/* Each role of the release gets its new entry; the others keep theirs. */
static int fill_snapshot(const struct issue *s, json_t *meta)
{
    for (size_t i = 0; i < json_array_size(s->release.unstage); i++) {
        const char *role = json_string_value(json_array_get(s->release.unstage, i));
        char name[LIM_TUF_PATH], file[LIM_TUF_PATH];
        struct tuf_meta staged = {0};
        const json_t *text;
        json_int_t version;
        int rc;

        if (desk_kind(role) == TUF_ROOT)
            continue;
        rc = desk_staged(&s->cli->desk, role, &staged);
        version = staged.version;
        tuf_meta_fini(&staged);
        if (!rc)
            rc = tuf_role_address(role, 0, name);
        if (!rc)
            rc = tuf_role_address(role, version, file);
        if (rc)
            return rc;
        text = json_object_get(s->release.files, file);
        if (json_object_set_new(meta, name, write_entry(version, json_string_value(text), json_string_length(text))))
            return MM_ENOMEM;
    }
    return MM_OK;
}

static int make_snapshot(struct issue *s, json_t **entry)
{
    json_t *draft = NULL;
    int rc = next_of(s, "snapshot", &draft), code;

    if (!rc)
        rc = fill_snapshot(s, meta_of(draft));
    code = rc ? cli_fail(s->cli, "snapshot", rc) : seal(s, "snapshot", draft, 1, entry);
    json_decref(draft);
    return code;
}

/* ---- what goes out ---------------------------------------------------------------------------------------- */

/* Take a staged role that has its signatures; what clients have never seen must have them. */
static int take_role(struct issue *s, const char *role)
{
    struct desk *d = &s->cli->desk;
    struct tuf_meta published = {0}, staged = {0};
    int rc;

    if (desk_complete(d, role)) {
        rc = release_take(&s->release, d, role);
        return rc ? cli_fail(s->cli, role, rc) : CLI_OK;
    }
    rc = desk_published(d, role, &published);
    tuf_meta_fini(&published);
    if (rc == MM_ENOTFOUND)
        return cli_report(s->cli, role) ? CLI_MORE : CLI_FAILED;
    if (rc)
        return cli_fail(s->cli, role, rc);
    rc = desk_staged(d, role, &staged);
    if (!rc)
        cli_say(s->cli, "%s %lld stays in staged/: it has not enough signatures yet.", role, (long long)staged.version);
    tuf_meta_fini(&staged);
    return rc && rc != MM_ENOTFOUND ? cli_fail(s->cli, role, rc) : CLI_OK;
}

static int take_roles(struct issue *s, int with_root)
{
    struct desk *d = &s->cli->desk;
    json_t *names = desk_target_roles(d);
    int code = names ? CLI_OK : cli_fail(s->cli, "snapshot", MM_ENOMEM);

    if (!code && with_root)
        code = d->root.complete ? take_role(s, "root") : cli_report(s->cli, "root");
    for (size_t i = 0; i < json_array_size(names) && !code; i++)
        code = take_role(s, json_string_value(json_array_get(names, i)));
    json_decref(names);
    return code;
}

static int keys_fit(struct cli *cli, const struct cli_keys *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        if (!desk_may_sign(&cli->desk, "snapshot", NULL, keys->signer[i].id) && !desk_may_sign(&cli->desk, "timestamp", NULL, keys->signer[i].id))
            return cli_wrong(cli, CLI_FAILED, "%s: this key may sign neither snapshot nor timestamp", keys->path[i]);
    return CLI_OK;
}

static int commit(struct issue *s)
{
    struct cli *cli = s->cli;
    json_t *files = json_array();
    int rc;

    for (void *at = json_object_iter(s->release.files); at; at = json_object_iter_next(s->release.files, at))
        json_array_append_new(files, json_string(json_object_iter_key(at)));
    rc = release_commit(&s->release, &cli->desk);
    if (rc) {
        json_decref(files);
        return cli_fail(cli, rc == MM_ECRYPTO ? "not published" : "not published, or not all of it; run it again", rc);
    }
    for (size_t i = 0; i < json_array_size(files); i++)
        cli_say(cli, "published: metadata/%s", json_string_value(json_array_get(files, i)));
    cli_tell(cli, "files", files);
    cli_tell(cli, "published", json_true());
    return CLI_OK;
}

int cli_publish(struct cli *cli, const struct cli_keys *keys, int with_root)
{
    struct issue s = {.cli = cli, .keys = keys, .root = with_root ? desk_effective(&cli->desk.root) : &cli->desk.root.published};
    json_t *entry = NULL;
    int rc = release_init(&s.release), code;

    if (rc)
        return cli_fail(cli, "snapshot", rc);
    code = take_roles(&s, with_root);
    if (!code)
        code = make_snapshot(&s, &entry);
    if (!code)
        code = make_timestamp(&s, entry);
    if (!code)
        code = commit(&s);
    release_fini(&s.release);
    return code;
}

int cli_snapshot(struct cli *cli)
{
    int first = !cli->desk.root.published.file, with_root = first || cli_option(cli, "--with-root");
    struct cli_keys keys;
    int code;

    if (with_root && !cli->desk.root.staged.file)
        return cli_wrong(cli, CLI_NOT_FOUND, "root: nothing is staged");
    code = cli_keys_open(cli, &keys);
    if (code)
        return code;
    code = keys_fit(cli, &keys);
    if (!code)
        code = cli_publish(cli, &keys, with_root);
    cli_keys_close(&keys);
    return code;
}

int cli_timestamp(struct cli *cli)
{
    struct issue s = {.cli = cli, .root = &cli->desk.root.published};
    struct cli_keys keys;
    int code, rc;

    if (!cli->desk.root.published.file)
        return cli_wrong(cli, CLI_NOT_FOUND, "nothing is published yet; first: " PROGRAM " snapshot %s", cli->word[0]);
    code = cli_keys_open(cli, &keys);
    if (code)
        return code;
    s.keys = &keys;
    code = keys_fit(cli, &keys);
    rc = code ? MM_OK : release_init(&s.release);
    if (rc)
        code = cli_fail(cli, "timestamp", rc);
    if (!code)
        code = make_timestamp(&s, NULL);
    if (!code)
        code = commit(&s);
    release_fini(&s.release);
    cli_keys_close(&keys);
    return code;
}
