/* cleanup: old versions and artifacts that nobody names any more.
 *
 * Kept are all roots, the newest versions of each file, whatever a kept snapshot names, and each artifact that a kept or
 * staged file names.  So a client that has begun to read an older timestamp finds what that leads to.  All of it is
 * read before the first file goes: one that cannot be read ends the run with nothing removed. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "updater/publish/cli.h"
#include "updater/tuf/names.h"

#define KEEP_LEAST 2 /* the present one, and the one that a client may have just begun with */
#define KEEP 10
#define KEEP_MOST 100000

struct version { char name[LIM_TUF_FILE]; const char *rest; json_int_t number; }; /* "7.rules.json", "rules.json" in it, 7 */

struct sweep {
    struct cli *cli;
    long keep;
    struct version *version;  /* what metadata/ has, without roots */
    size_t n;
    json_t *metadata, *artifacts; /* names that stay, below metadata/ and targets/ */
    unsigned removed[2];
    json_int_t bytes;
};

static int failed(const struct sweep *s, const char *where, const char *name, int rc)
{
    return cli_wrong(s->cli, CLI_FAILED, "%s/%s: %s", where, name, mm_strerror(rc));
}

static int stays(json_t *set, const char *name)
{
    return json_object_set_new(set, name, json_true()) ? MM_ENOMEM : MM_OK;
}

/* ---- what is there ---------------------------------------------------------------------------------------- */

/* 1 and the parts of "7.rules.json"; 0: another name, or a root. */
static int read_version(const char *name, struct version *out)
{
    size_t digits = strspn(name, "0123456789"), n = strlen(name);

    if (!digits || digits > 18 || name[digits] != '.' || n >= sizeof out->name || n < digits + 7 || strcmp(name + n - 5, ".json") != 0)
        return 0;
    memcpy(out->name, name, n + 1);
    out->number = strtoll(name, NULL, 10);
    return strcmp(name + digits + 1, "root.json") != 0;
}

static int list_versions(struct sweep *s)
{
    const char *folder = s->cli->desk.folder[DESK_PUBLIC];
    DIR *d = opendir(folder);
    const struct dirent *one;
    int code = CLI_OK;

    if (!d)
        return failed(s, "metadata", "", mm_from_errno(errno));
    while (!code && (errno = 0, one = readdir(d))) {
        struct version v, *more;

        if (!read_version(one->d_name, &v))
            continue;
        more = realloc(s->version, (s->n + 1) * sizeof *more);
        if (!more) {
            code = failed(s, "metadata", one->d_name, MM_ENOMEM);
        } else {
            s->version = more;
            s->version[s->n++] = v;
        }
    }
    if (!code && errno)
        code = failed(s, "metadata", "", mm_from_errno(errno));
    closedir(d);
    for (size_t i = 0; i < s->n; i++)
        s->version[i].rest = strchr(s->version[i].name, '.') + 1;
    return code;
}

/* ---- what stays ------------------------------------------------------------------------------------------- */

static int keep_newest(struct sweep *s)
{
    for (size_t i = 0; i < s->n; i++) {
        long newer = 0;

        for (size_t k = 0; k < s->n; k++)
            newer += s->version[k].number > s->version[i].number && !strcmp(s->version[k].rest, s->version[i].rest);
        if (newer < s->keep && stays(s->metadata, s->version[i].name))
            return failed(s, "metadata", s->version[i].name, MM_ENOMEM);
    }
    return CLI_OK;
}

/* The files that a snapshot names. */
static int keep_entries(const struct sweep *s, const struct tuf_meta *snapshot)
{
    json_t *meta = json_object_get(snapshot->body, "meta");

    for (void *at = json_object_iter(meta); at; at = json_object_iter_next(meta, at)) {
        const char *name = json_object_iter_key(at);
        char role[LIM_TUF_PATH], file[LIM_TUF_PATH];
        int n = (int)strlen(name) - 5;

        if (n < 1 || n >= (int)sizeof role)
            continue;
        snprintf(role, sizeof role, "%.*s", n, name);
        if (tuf_role_address(role, json_integer_value(json_object_get(json_object_iter_value(at), "version")), file) || stays(s->metadata, file))
            return MM_EFORMAT;
    }
    return MM_OK;
}

static int keep_artifacts(const struct sweep *s, const struct tuf_meta *role)
{
    static const char *const kinds[] = {"sha256", "sha512"};
    json_t *targets = json_object_get(role->body, "targets");

    for (void *at = json_object_iter(targets); at; at = json_object_iter_next(targets, at)) {
        const json_t *hashes = json_object_get(json_object_iter_value(at), "hashes");

        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            const char *hash = json_string_value(json_object_get(hashes, kinds[i]));
            char address[LIM_TUF_PATH];

            if (hash && (tuf_target_address(json_object_iter_key(at), hash, address) || stays(s->artifacts, address)))
                return MM_EFORMAT;
        }
    }
    return MM_OK;
}

/* What one file of metadata/ that stays leads to. */
static int follow(struct sweep *s, const char *name, enum tuf_kind kind)
{
    struct tuf_meta meta = {0};
    struct buf text;
    int rc;

    buf_init(&text, tuf_kind_limit(kind));
    rc = store_load(&s->cli->desk.store, (enum tuf_place)DESK_PUBLIC, name, &text);
    if (!rc)
        rc = tuf_meta_parse(kind, text.data, text.len, &meta);
    buf_fini(&text);
    if (!rc)
        rc = kind == TUF_SNAPSHOT ? keep_entries(s, &meta) : keep_artifacts(s, &meta);
    tuf_meta_fini(&meta);
    return rc ? failed(s, "metadata", name, rc) : CLI_OK;
}

static int follow_kind(struct sweep *s, enum tuf_kind kind)
{
    int code = CLI_OK;

    for (size_t i = 0; i < s->n && !code; i++) {
        const struct version *v = &s->version[i];
        enum tuf_kind its = strcmp(v->rest, "snapshot.json") != 0 ? TUF_TARGETS : TUF_SNAPSHOT;

        if (its == kind && json_object_get(s->metadata, v->name))
            code = follow(s, v->name, kind);
    }
    return code;
}

/* What clients see, verified, and what is on its way. */
static int keep_present(struct sweep *s)
{
    struct desk *d = &s->cli->desk;
    json_t *names = desk_target_roles(d);
    struct tuf_meta meta = {0};
    char file[LIM_TUF_PATH];
    int rc = names ? desk_published(d, "snapshot", &meta) : MM_ENOMEM;

    if (!rc)
        rc = tuf_role_address("snapshot", meta.version, file);
    if (!rc)
        rc = stays(s->metadata, file);
    if (!rc)
        rc = keep_entries(s, &meta);
    tuf_meta_fini(&meta);
    for (size_t i = 0; i < json_array_size(names) && !rc; i++) {
        rc = desk_published(d, json_string_value(json_array_get(names, i)), &meta);
        tuf_meta_fini(&meta);
        if (!rc || rc == MM_ENOTFOUND)
            rc = desk_staged(d, json_string_value(json_array_get(names, i)), &meta);
        rc = rc == MM_ENOTFOUND ? MM_OK : rc ? rc : keep_artifacts(s, &meta);
        tuf_meta_fini(&meta);
    }
    json_decref(names);
    return rc ? cli_fail(s->cli, s->cli->word[0], rc) : CLI_OK;
}

/* ---- what goes ----------------------------------------------------------------------------------------------- */

static int drop(struct sweep *s, enum tuf_place place, const char *name)
{
    static const char *const folder[] = {"metadata", "targets"};
    char path[LIM_PATH];
    struct stat st;

    if (snprintf(path, sizeof path, "%s/%s/%s", s->cli->desk.dir, folder[place], name) >= (int)sizeof path)
        return failed(s, folder[place], name, MM_ELIMIT);
    if (lstat(path, &st) < 0 || unlink(path) < 0)
        return failed(s, folder[place], name, mm_from_errno(errno));
    s->removed[place]++;
    s->bytes += st.st_nlink == 1 ? (json_int_t)st.st_size : 0; /* an artifact goes with its last name */
    return CLI_OK;
}

/* A name that the desk gave: SHA-256 or SHA-512 and a dot before the rest. */
static int is_artifact(const char *name)
{
    size_t n = strspn(name, "0123456789abcdef");

    return (n == 64 || n == 128) && name[n] == '.';
}

static int drop_artifacts(struct sweep *s, const char *folder)
{
    char path[LIM_PATH], name[LIM_TUF_PATH];
    const struct dirent *one;
    int code = CLI_OK;
    DIR *d = NULL;

    if (snprintf(path, sizeof path, "%s/targets/%s", s->cli->desk.dir, folder) < (int)sizeof path)
        d = opendir(path);
    if (!d)
        return errno == ENOTDIR ? CLI_OK : failed(s, "targets", folder, mm_from_errno(errno));
    while (!code && (one = readdir(d)))
        if (is_artifact(one->d_name) && snprintf(name, sizeof name, "%s/%s", folder, one->d_name) < (int)sizeof name &&
            !json_object_get(s->artifacts, name))
            code = drop(s, TUF_ARTIFACTS, name);
    closedir(d);
    return code;
}

static int drop_all(struct sweep *s)
{
    char path[LIM_PATH];
    const struct dirent *one;
    int code = CLI_OK;
    DIR *d;

    for (size_t i = 0; i < s->n && !code; i++)
        if (!json_object_get(s->metadata, s->version[i].name))
            code = drop(s, TUF_METADATA, s->version[i].name);
    snprintf(path, sizeof path, "%.*s/targets", LIM_PATH - 16, s->cli->desk.dir);
    d = code ? NULL : opendir(path);
    while (d && !code && (one = readdir(d)))
        if (one->d_name[0] != '.')
            code = drop_artifacts(s, one->d_name);
    if (d)
        closedir(d);
    return code;
}

int cli_cleanup(struct cli *cli)
{
    struct sweep s = {.cli = cli, .metadata = json_object(), .artifacts = json_object()};
    int code = s.metadata && s.artifacts ? cli_number(cli, "--keep", KEEP_LEAST, KEEP_MOST, KEEP, &s.keep) : cli_fail(cli, cli->word[0], MM_ENOMEM);

    if (!code)
        code = list_versions(&s);
    if (!code)
        code = keep_newest(&s);
    if (!code)
        code = keep_present(&s);
    if (!code) /* these make others stay */
        code = follow_kind(&s, TUF_SNAPSHOT);
    if (!code)
        code = follow_kind(&s, TUF_TARGETS);
    if (!code)
        code = drop_all(&s);
    if (!code)
        cli_say(cli, "removed: %u files of metadata, %u names of artifacts, %lld bytes", s.removed[TUF_METADATA], s.removed[TUF_ARTIFACTS], (long long)s.bytes);
    cli_tell(cli, "metadata", json_integer((json_int_t)s.removed[TUF_METADATA]));
    cli_tell(cli, "artifacts", json_integer((json_int_t)s.removed[TUF_ARTIFACTS]));
    cli_tell(cli, "bytes", json_integer(s.bytes));
    json_decref(s.metadata);
    json_decref(s.artifacts);
    free(s.version);
    return code;
}
