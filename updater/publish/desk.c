#include "updater/publish/desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "updater/publish/release.h"
#include "updater/publish/write.h"
#include "updater/tuf/names.h"
#include "updater/tuf/trust.h"

enum tuf_kind desk_kind(const char *role)
{
    for (enum tuf_kind kind = TUF_ROOT; kind < TUF_TARGETS; kind++)
        if (!strcmp(role, tuf_kind_name(kind)))
            return kind;
    return TUF_TARGETS;
}

/* ---- reading ----------------------------------------------------------------------------------- */

static int fail(struct desk *d, int rc, const char *folder, const char *file)
{
    if (rc && rc != MM_ENOTFOUND)
        snprintf(d->trouble, sizeof d->trouble, "%s/%s: %s", folder, file, rc == MM_ECRYPTO ? "its signatures do not verify" : mm_strerror(rc));
    return rc;
}

static int load(struct desk *d, enum desk_place place, enum tuf_kind kind, const char *file, struct tuf_meta *out)
{
    struct buf bytes;
    int rc;

    buf_init(&bytes, tuf_kind_limit(kind));
    rc = store_load(&d->store, (enum tuf_place)place, file, &bytes);
    if (!rc)
        rc = tuf_meta_parse(kind, bytes.data, bytes.len, out);
    buf_fini(&bytes);
    return fail(d, rc, place == DESK_STAGED ? "staged" : "metadata", file);
}

/* A published file, held against those who may sign it. */
static int load_trusted(struct desk *d, const char *role, int64_t version, const struct tuf_meta *parent, struct tuf_meta *out)
{
    char file[LIM_TUF_PATH];
    json_t *object = NULL, *keys = NULL;
    int rc = tuf_role_address(role, version, file);

    if (!rc)
        rc = desk_role_in(parent, role, &object, &keys);
    if (!rc)
        rc = load(d, DESK_PUBLIC, desk_kind(role), file, out);
    if (!rc && (tuf_trust(out, keys, object) || (version && out->version != version))) {
        tuf_meta_fini(out);
        rc = fail(d, MM_ECRYPTO, "metadata", file);
    }
    return rc;
}

/* From root 1 on, each signed by the one before it and by itself. */
static int load_roots(struct desk *d)
{
    struct tuf_meta last = {0}, next = {0};
    int rc = MM_OK;

    for (int64_t n = 1; n <= LIM_TUF_ROOTS && !rc; n++) {
        char file[LIM_TUF_PATH];

        rc = tuf_role_address("root", n, file);
        if (!rc)
            rc = load(d, DESK_PUBLIC, TUF_ROOT, file, &next);
        if (rc)
            break;
        if (next.version != n || tuf_trust(&next, tuf_root_keys(&next), tuf_root_role(&next, TUF_ROOT)) ||
            (last.file && tuf_trust(&next, tuf_root_keys(&last), tuf_root_role(&last, TUF_ROOT))))
            rc = fail(d, MM_ECRYPTO, "metadata", file);
        tuf_meta_fini(&last);
        last = next;
    }
    if (rc && rc != MM_ENOTFOUND) {
        tuf_meta_fini(&last);
        return rc;
    }
    d->root.published = last;
    return MM_OK;
}

/* Down from timestamp.json to the role; `root` is what all of them hang on. */
static int load_below(struct desk *d, const char *role, struct tuf_meta *out)
{
    const struct tuf_meta *root = &d->root.published;
    enum tuf_kind kind = desk_kind(role);
    struct tuf_meta timestamp = {0}, snapshot = {0};
    struct tuf_info info;
    int rc = load_trusted(d, "timestamp", 0, root, &timestamp);

    if (rc || kind == TUF_TIMESTAMP) {
        if (!rc)
            *out = timestamp;
        return rc;
    }
    rc = tuf_meta_entry(&timestamp, "snapshot", &info);
    tuf_meta_fini(&timestamp);
    if (!rc)
        rc = load_trusted(d, "snapshot", info.version, root, &snapshot);
    if (rc || kind == TUF_SNAPSHOT) {
        if (!rc)
            *out = snapshot;
        return rc;
    }
    rc = tuf_meta_entry(&snapshot, role, &info);
    tuf_meta_fini(&snapshot);
    if (!rc)
        rc = load_trusted(d, role, info.version, strcmp(role, "targets") != 0 ? &d->targets.published : root, out);
    return rc;
}

int desk_published(struct desk *d, const char *role, struct tuf_meta *out)
{
    struct tuf_meta meta = {0};
    int rc;

    d->trouble[0] = '\0';
    if (!d->root.published.file)
        return MM_ENOTFOUND;
    if (desk_kind(role) == TUF_ROOT)
        rc = load_trusted(d, role, d->root.published.version, &d->root.published, &meta);
    else
        rc = load_below(d, role, &meta);
    if (!rc)
        *out = meta;
    return rc;
}

int desk_staged(struct desk *d, const char *role, struct tuf_meta *out)
{
    char file[LIM_TUF_FILE];
    int rc = tuf_role_file(role, file);

    d->trouble[0] = '\0';
    return rc ? rc : load(d, DESK_STAGED, desk_kind(role), file, out);
}

int desk_staged_bytes(struct desk *d, const char *role, struct buf *out)
{
    char file[LIM_TUF_FILE];
    int rc = tuf_role_file(role, file);

    return rc ? rc : fail(d, store_load(&d->store, (enum tuf_place)DESK_STAGED, file, out), "staged", file);
}

/* ---- drafts ------------------------------------------------------------------------------------ */

int desk_draft(struct desk *d, const char *role, json_t **draft)
{
    struct tuf_meta meta = {0};
    json_t *copy;
    int rc = desk_staged(d, role, &meta);

    if (rc == MM_ENOTFOUND) {
        rc = desk_published(d, role, &meta);
        if (!rc)
            rc = write_next(&meta, d->now, draft);
        tuf_meta_fini(&meta);
        return rc;
    }
    if (rc)
        return rc;
    copy = json_deep_copy(meta.file);
    rc = copy && !json_object_set_new(copy, "signatures", json_array())
             ? write_expiry(json_object_get(copy, "signed"), d->now, write_days(meta.body)) : MM_ENOMEM;
    tuf_meta_fini(&meta);
    if (rc)
        json_decref(copy);
    else
        *draft = copy;
    return rc;
}

int desk_stage(struct desk *d, const char *role, const json_t *draft)
{
    char file[LIM_TUF_FILE];
    struct tuf_meta meta = {0};
    struct buf text;
    int rc = tuf_role_file(role, file);

    if (rc)
        return rc;
    buf_init(&text, tuf_kind_limit(desk_kind(role)));
    rc = write_text(draft, &text);
    if (!rc)
        rc = tuf_meta_parse(desk_kind(role), text.data, text.len, &meta);
    tuf_meta_fini(&meta);
    if (!rc)
        rc = store_keep(&d->store, (enum tuf_place)DESK_STAGED, file, text.data, text.len);
    buf_fini(&text);
    return rc ? fail(d, rc, "staged", file) : desk_reload(d);
}

/* ---- the whole --------------------------------------------------------------------------------- */

static void forget(struct desk_parent *parent)
{
    tuf_meta_fini(&parent->published);
    tuf_meta_fini(&parent->staged);
    parent->complete = 0;
}

/* A missing one is none. */
static int optional(int rc)
{
    return rc == MM_ENOTFOUND ? MM_OK : rc;
}

int desk_reload(struct desk *d)
{
    int rc;

    forget(&d->root);
    forget(&d->targets);
    rc = load_roots(d);
    if (!rc)
        rc = optional(desk_staged(d, "root", &d->root.staged));
    if (!rc)
        d->root.complete = desk_complete(d, "root");
    if (!rc)
        rc = optional(desk_published(d, "targets", &d->targets.published));
    if (!rc)
        rc = optional(desk_staged(d, "targets", &d->targets.staged));
    if (!rc)
        d->targets.complete = desk_complete(d, "targets");
    return rc;
}

int desk_make(const char *dir)
{
    static const struct { const char *name; mode_t mode; } folders[] = {{"metadata", 0755}, {"targets", 0755}, {"staged", 0700}};
    int rc = strlen(dir) + LIM_TUF_PATH < LIM_PATH ? MM_OK : MM_ELIMIT;

    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && !rc; i++) {
        char path[LIM_PATH];

        snprintf(path, sizeof path, "%s/%s", dir, folders[i].name);
        rc = durable_mkdir(path, folders[i].mode);
    }
    return rc;
}

int desk_open(struct desk *d, const char *dir, int64_t now)
{
    int rc;

    *d = (struct desk){.store.lock = -1, .now = now};
    if (strlen(dir) + LIM_TUF_PATH >= LIM_PATH)
        return MM_ELIMIT;
    snprintf(d->dir, sizeof d->dir, "%s", dir);
    snprintf(d->folder[DESK_STAGED], sizeof d->folder[0], "%.*s/staged", LIM_PATH - 16, dir);
    snprintf(d->folder[DESK_PUBLIC], sizeof d->folder[0], "%.*s/metadata", LIM_PATH - 16, dir);
    rc = store_open(&d->store, d->folder[DESK_STAGED], d->folder[DESK_PUBLIC]);
    if (rc == MM_EAGAIN)
        snprintf(d->trouble, sizeof d->trouble, "another mimamori-publish is at work here");
    else if (rc == MM_ENOTFOUND)
        snprintf(d->trouble, sizeof d->trouble, "there is no repository; make one: mimamori-publish init DIR");
    if (!rc)
        rc = release_finish(d);
    return rc ? rc : desk_reload(d);
}

void desk_close(struct desk *d)
{
    forget(&d->root);
    forget(&d->targets);
    store_close(&d->store);
}
