#include "updater/publish/release.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "updater/publish/journal.h"
#include "updater/publish/view.h"
#include "updater/tuf/names.h"

#define JOURNAL "publication.journal"

/* ---- collecting ----------------------------------------------------------------------------------- */

int release_init(struct release *r)
{
    *r = (struct release){json_object(), json_array()};
    if (r->files && r->unstage)
        return MM_OK;
    release_fini(r);
    return MM_ENOMEM;
}

void release_fini(struct release *r)
{
    json_decref(r->files);
    json_decref(r->unstage);
    *r = (struct release){NULL, NULL};
}

int release_add(struct release *r, const char *file, const struct buf *text)
{
    return json_object_set_new(r->files, file, json_stringn(text->data, text->len)) ? MM_ENOMEM : MM_OK;
}

int release_take(struct release *r, struct desk *d, const char *role)
{
    char file[LIM_TUF_PATH];
    struct tuf_meta meta = {0};
    struct buf text;
    int rc;

    buf_init(&text, tuf_kind_limit(desk_kind(role)));
    rc = desk_staged_bytes(d, role, &text);
    if (!rc)
        rc = tuf_meta_parse(desk_kind(role), text.data, text.len, &meta);
    if (!rc)
        rc = tuf_role_address(role, meta.version, file);
    if (!rc)
        rc = release_add(r, file, &text);
    if (!rc && json_array_append_new(r->unstage, json_string(role)))
        rc = MM_ENOMEM;
    tuf_meta_fini(&meta);
    buf_fini(&text);
    return rc;
}

/* ---- carrying it out -------------------------------------------------------------------------------- */

/* A file under a name of its own: there already with these bytes, or new; never another content. */
static int put_new(struct desk *d, const char *file, const json_t *text)
{
    const char *bytes = json_string_value(text);
    size_t n = json_string_length(text);
    struct buf old;
    int rc;

    buf_init(&old, n);
    rc = store_load(&d->store, (enum tuf_place)DESK_PUBLIC, file, &old);
    if (rc == MM_ENOTFOUND)
        rc = store_keep(&d->store, (enum tuf_place)DESK_PUBLIC, file, bytes, n);
    else if (rc == MM_ELIMIT || (!rc && (old.len != n || memcmp(old.data, bytes, n) != 0)))
        rc = MM_EEXIST;
    buf_fini(&old);
    if (rc)
        snprintf(d->trouble, sizeof d->trouble, "metadata/%s: %s", file, rc == MM_EEXIST ? "is there already, with another content" : mm_strerror(rc));
    return rc;
}

/* Files under versions first, and roots before all others; the timestamp, which shows them, last. */
static int put_all(struct desk *d, json_t *files)
{
    const json_t *timestamp = json_object_get(files, JOURNAL_TIMESTAMP);
    int rc = MM_OK;

    for (int roots = 1; roots >= 0 && !rc; roots--)
        for (void *at = json_object_iter(files); at && !rc; at = json_object_iter_next(files, at)) {
            const char *file = json_object_iter_key(at);

            if (strcmp(file, JOURNAL_TIMESTAMP) != 0 && !strstr(file, ".root.json") == !roots)
                rc = put_new(d, file, json_object_iter_value(at));
        }
    if (!rc && timestamp)
        rc = store_keep(&d->store, (enum tuf_place)DESK_PUBLIC, JOURNAL_TIMESTAMP, json_string_value(timestamp), json_string_length(timestamp));
    return rc;
}

/* Remove a file of staged/; one that is gone is fine. */
static int drop(const struct desk *d, const char *file)
{
    char path[LIM_PATH];

    if (snprintf(path, sizeof path, "%s/%s", d->folder[DESK_STAGED], file) >= (int)sizeof path)
        return MM_ELIMIT;
    return unlink(path) == 0 || errno == ENOENT ? MM_OK : mm_from_errno(errno);
}

static int sync_staged(const struct desk *d)
{
    int fd = open(d->folder[DESK_STAGED], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 && fsync(fd) == 0 ? MM_OK : mm_from_errno(errno);

    if (fd >= 0)
        close(fd);
    return rc;
}

static int carry_out(struct desk *d, json_t *files, const json_t *unstage)
{
    int rc = put_all(d, files);

    for (size_t i = 0; i < json_array_size(unstage) && !rc; i++) {
        const char *role = json_string_value(json_array_get(unstage, i));
        char file[LIM_TUF_FILE];

        rc = role ? tuf_role_file(role, file) : MM_EFORMAT;
        if (!rc)
            rc = drop(d, file);
    }
    if (!rc) /* the staged files are gone for good before the journal is: it is what makes up for them */
        rc = sync_staged(d);
    if (!rc)
        rc = drop(d, JOURNAL);
    return rc ? rc : sync_staged(d);
}

int release_finish(struct desk *d)
{
    json_t *journal = NULL;
    struct buf text;
    int rc;

    buf_init(&text, LIM_PUBLISH_JOURNAL);
    rc = store_load(&d->store, (enum tuf_place)DESK_STAGED, JOURNAL, &text);
    if (rc) {
        buf_fini(&text);
        return rc == MM_ENOTFOUND ? MM_OK : rc;
    }
    rc = journal_read(text.data, text.len, &journal);
    buf_fini(&text);
    if (!rc)
        rc = carry_out(d, json_object_get(journal, "files"), json_object_get(journal, "unstage"));
    json_decref(journal);
    d->carried_on = !rc;
    if (rc && !d->trouble[0])
        snprintf(d->trouble, sizeof d->trouble, "a publication that was cut off cannot be completed: %s", mm_strerror(rc));
    return rc;
}

/* ---- the decision --------------------------------------------------------------------------------------- */

/* Expiry is not minded: what has expired is renewed one after the other. */
static int ask_a_client(struct desk *d, const json_t *files)
{
    struct view v;
    int rc;

    view_init(&v, d->dir, files, 0);
    rc = view_roles(&v);
    if (rc == MM_ECRYPTO)
        snprintf(d->trouble, sizeof d->trouble, "clients would refuse it: %s: %s", v.about, tuf_cause_text(v.cause));
    view_fini(&v);
    return rc;
}

int release_commit(struct release *r, struct desk *d)
{
    struct buf text;
    int rc;

    d->trouble[0] = '\0';
    rc = ask_a_client(d, r->files);
    if (rc)
        return rc;
    buf_init(&text, LIM_PUBLISH_JOURNAL);
    rc = journal_write(r->files, r->unstage, &text);
    if (!rc)
        rc = store_keep(&d->store, (enum tuf_place)DESK_STAGED, JOURNAL, text.data, text.len);
    buf_fini(&text);
    if (!rc)
        rc = carry_out(d, r->files, r->unstage);
    return rc ? rc : desk_reload(d);
}
