/* A client between a repository and a store, all of it in memory: what tests of
 * the workflow share.  Requests are written down; answers can be forced. */
#ifndef MM_TESTS_UNIT_UPDATER_WORLD_H
#define MM_TESTS_UNIT_UPDATER_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/updater/repository.h"
#include "updater/tuf/client.h"

struct world {
    struct repository repo;
    struct files store, artifacts; /* what the client keeps */
    int64_t now;
    char requests[65536];          /* names, each with a blank behind it */
    char about[LIM_TUF_PATH];      /* of the last failure */
    unsigned keeps;                /* writes of the last run */
    /* what a test wants to happen */
    const char *forced_name;       /* a request of this name gets `forced` */
    enum tuf_got forced;
    unsigned die_before;           /* the run ends before this write; 0: never */
    unsigned broken_write;         /* this write fails; 0: none */
    size_t limit_seen;             /* of the request that was forced */
};

/* ---- making one ------------------------------------------------------------------- */

/* A repository of version 1 with one target "file.txt", and a store that has its root. */
static inline void world_init(struct world *w, int consistent)
{
    const struct file *root;

    memset(w, 0, sizeof *w);
    assert_int_equal(rfc3339_parse(NOW, &w->now), MM_OK);
    repository_init(&w->repo, consistent);
    root = file_find(&w->repo.metadata, "1.root.json");
    put_file(&w->store, "root.json", root->bytes, root->n);
}

static inline void world_fini(struct world *w)
{
    repository_fini(&w->repo);
    files_fini(&w->store);
    files_fini(&w->artifacts);
}

static inline struct role *role_of(struct world *w, enum tuf_kind kind)
{
    return &w->repo.roles[kind];
}

/* ---- running a client ----------------------------------------------------------------- */

static inline struct tuf_answer answer_from(const struct files *files, const struct tuf_step *step)
{
    const struct file *f = file_find(files, step->name);

    if (!f)
        return (struct tuf_answer){.got = TUF_ABSENT};
    if (f->n > step->limit)
        return (struct tuf_answer){.got = TUF_OVERLONG};
    return (struct tuf_answer){.got = TUF_BYTES, .bytes = f->bytes, .n = f->n};
}

static inline struct tuf_answer answer_fetch(struct world *w, const struct tuf_step *step)
{
    size_t at = strlen(w->requests);

    snprintf(w->requests + at, sizeof w->requests - at, "%s ", step->name);
    if (w->forced_name && !strcmp(w->forced_name, step->name)) {
        w->limit_seen = step->limit;
        return (struct tuf_answer){.got = w->forced};
    }
    return answer_from(step->place == TUF_ARTIFACTS ? &w->repo.artifacts : &w->repo.metadata, step);
}

static inline struct tuf_answer answer_keep(struct world *w, const struct tuf_step *step)
{
    if (++w->keeps == w->broken_write)
        return (struct tuf_answer){.got = TUF_BROKEN};
    put_file(step->place == TUF_ARTIFACTS ? &w->artifacts : &w->store, step->name, step->bytes, step->n);
    return (struct tuf_answer){.got = TUF_KEPT};
}

/* Until the client is ready, has failed, or the world ends; the cause, or -1 for the end of the world. */
static inline int drive(struct world *w, struct tuf_client *c)
{
    for (;;) {
        struct tuf_answer answer;
        struct tuf_step step;

        tuf_client_step(c, &step);
        if (step.want == TUF_READY)
            return TUF_FINE;
        if (step.want == TUF_FAILED) {
            memcpy(w->about, step.name, sizeof w->about);
            return step.cause;
        }
        assert_true(step.name[0]);
        if (step.want == TUF_KEEP && w->keeps + 1 == w->die_before)
            return -1;
        answer = step.want == TUF_LOAD ? answer_from(step.place == TUF_ARTIFACTS ? &w->artifacts : &w->store, &step)
                 : step.want == TUF_FETCH ? answer_fetch(w, &step) : answer_keep(w, &step);
        assert_int_equal(tuf_client_answer(c, &answer), MM_OK);
    }
}

/* A whole run: refresh, then the target unless NULL. */
static inline int run(struct world *w, const char *target)
{
    struct tuf_client *c = tuf_client_new(w->now);
    int cause;

    w->requests[0] = w->about[0] = '\0';
    w->keeps = 0;
    cause = drive(w, c);
    if (!cause && target) {
        assert_int_equal(tuf_client_find(c, target), MM_OK);
        cause = drive(w, c);
    }
    tuf_client_free(c);
    return cause;
}

/* The run is refused for this cause, about this file. */
#define assert_refused(w, target, want, name) do { \
        assert_string_equal(tuf_cause_name((enum tuf_cause)run(w, target)), tuf_cause_name(want)); \
        assert_string_equal((w)->about, name); \
    } while (0)
/* The version of a role in the store. */
static inline json_int_t stored_version(const struct world *w, const char *name)
{
    const struct file *f = file_find(&w->store, name);
    json_t *file = f ? json_loadb(f->bytes, f->n, 0, NULL) : NULL;
    json_int_t version = file ? version_of(json_object_get(file, "signed")) : 0;

    json_decref(file);
    return version;
}

#endif
