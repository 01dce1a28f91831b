#include "updater/publish/view.h"

#include <stdio.h>
#include <string.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "updater/tuf/canonical.h"
#include "updater/tuf/names.h"

void view_init(struct view *v, const char *dir, const json_t *over, int64_t now)
{
    *v = (struct view){.dir = dir, .over = over, .now = now ? now : 1};
    buf_init(&v->bytes, 0);
}

void view_fini(struct view *v)
{
    tuf_client_free(v->client);
    for (size_t i = 0; i < v->nkept; i++)
        buf_fini(&v->kept[i].bytes);
    buf_fini(&v->bytes);
    v->client = NULL;
    v->nkept = 0;
}

static struct view_file *find_kept(struct view *v, const char *name)
{
    for (size_t i = 0; i < v->nkept; i++)
        if (!strcmp(v->kept[i].name, name))
            return &v->kept[i];
    return NULL;
}

const struct buf *view_kept(const struct view *v, const char *role)
{
    char name[LIM_TUF_FILE];

    if (tuf_role_file(role, name))
        return NULL;
    for (size_t i = 0; i < v->nkept; i++)
        if (!strcmp(v->kept[i].name, name))
            return &v->kept[i].bytes;
    return NULL;
}

/* ---- what the client wants ------------------------------------------------------------------- */

static struct tuf_answer answer_of(int rc, const struct buf *b)
{
    if (!rc)
        return (struct tuf_answer){.got = TUF_BYTES, .bytes = b->data, .n = b->len};
    return (struct tuf_answer){.got = rc == MM_ENOTFOUND ? TUF_ABSENT : rc == MM_ELIMIT ? TUF_OVERLONG : TUF_BROKEN};
}

int view_read(const struct view *v, enum tuf_place place, const char *name, struct buf *out)
{
    char path[LIM_PATH];

    if (snprintf(path, sizeof path, "%s/%s/%s", v->dir, place == TUF_METADATA ? "metadata" : "targets", name) >= (int)sizeof path)
        return MM_ELIMIT;
    return durable_read(path, out);
}

/* A file of the repository, or what lies over it. */
static struct tuf_answer do_fetch(struct view *v, enum tuf_place place, const char *name, size_t limit)
{
    const json_t *over = place == TUF_METADATA ? json_object_get(v->over, name) : NULL;

    buf_fini(&v->bytes);
    buf_init(&v->bytes, limit);
    return answer_of(over ? buf_add(&v->bytes, json_string_value(over), json_string_length(over)) : view_read(v, place, name, &v->bytes), &v->bytes);
}

static int keep(struct view *v, const char *name, const void *bytes, size_t n)
{
    struct view_file *f = find_kept(v, name);

    if (!f && v->nkept == sizeof v->kept / sizeof v->kept[0])
        return MM_ELIMIT;
    if (!f) {
        f = &v->kept[v->nkept++];
        snprintf(f->name, sizeof f->name, "%.*s", LIM_TUF_FILE - 1, name);
    }
    buf_fini(&f->bytes);
    buf_init(&f->bytes, n);
    return buf_add(&f->bytes, bytes, n);
}

/* Root 1 comes with the client; the rest it has kept. */
static struct tuf_answer do_load(struct view *v, const struct tuf_step *step)
{
    const struct view_file *f = step->place == TUF_METADATA ? find_kept(v, step->name) : NULL;
    struct tuf_answer first;

    if (f)
        return answer_of(MM_OK, &f->bytes);
    if (step->place != TUF_METADATA || strcmp(step->name, "root.json") != 0)
        return answer_of(MM_ENOTFOUND, NULL);
    first = do_fetch(v, TUF_METADATA, "1.root.json", step->limit);
    if (first.got == TUF_BYTES && keep(v, step->name, first.bytes, first.n))
        first.got = TUF_BROKEN;
    return first;
}

static struct tuf_answer do_keep(struct view *v, const struct tuf_step *step)
{
    int rc = step->place == TUF_METADATA ? keep(v, step->name, step->bytes, step->n) : MM_OK;

    return (struct tuf_answer){.got = rc ? TUF_BROKEN : TUF_KEPT};
}

/* Until the client is ready or has failed. */
static int drive(struct view *v)
{
    for (;;) {
        struct tuf_answer answer = {.got = TUF_BROKEN};
        struct tuf_step step;
        int rc;

        tuf_client_step(v->client, &step);
        switch (step.want) {
        case TUF_LOAD: answer = do_load(v, &step); break;
        case TUF_FETCH: answer = do_fetch(v, step.place, step.name, step.limit); break;
        case TUF_KEEP: answer = do_keep(v, &step); break;
        case TUF_READY: return MM_OK;
        case TUF_FAILED:
            v->cause = step.cause;
            memcpy(v->about, step.name, sizeof v->about);
            return MM_ECRYPTO;
        }
        rc = tuf_client_answer(v->client, &answer);
        if (rc)
            return rc;
    }
}

/* ---- what is asked of it ------------------------------------------------------------------------ */

int view_refresh(struct view *v)
{
    tuf_client_free(v->client);
    v->cause = TUF_FINE;
    v->client = tuf_client_new(v->now);
    return v->client ? drive(v) : MM_ENOMEM;
}

int view_target(struct view *v, const char *path, int role_only)
{
    int rc = v->client ? tuf_client_find(v->client, path) : MM_ESTATE;

    if (rc == MM_ESTATE) { /* the last search failed, and with it the client */
        rc = view_refresh(v);
        if (!rc)
            rc = tuf_client_find(v->client, path);
    }
    if (!rc)
        rc = drive(v);
    if (rc == MM_ECRYPTO && role_only && v->cause == TUF_NOT_FOUND) {
        v->cause = TUF_FINE;
        rc = MM_OK;
    }
    return rc;
}

/* A pattern is, as a name, among those that it stands for: whoever looks for it looks into the role. */
static int look_into(struct view *v, const json_t *role)
{
    const char *pattern = json_string_value(json_array_get(json_object_get(role, "paths"), 0));

    return pattern ? view_target(v, pattern, 1) : MM_OK;
}

int view_roles(struct view *v)
{
    const struct buf *text;
    json_t *targets = NULL;
    const json_t *roles;
    int rc = view_refresh(v);

    if (rc)
        return rc;
    text = view_kept(v, "targets");
    rc = text ? tuf_json_parse(text->data, text->len, &targets) : MM_ESTATE;
    roles = json_object_get(json_object_get(json_object_get(targets, "signed"), "delegations"), "roles");
    for (size_t i = 0; i < json_array_size(roles) && !rc; i++)
        rc = look_into(v, json_array_get(roles, i));
    json_decref(targets);
    return rc;
}
