/* A scratch root with files in it, surveyed; what came out, looked up.
 *
 * Every item is also said in both languages: a key that the catalogue lacks, or an
 * argument that nobody gives, fails the test that put it. */
#ifndef MM_TESTS_UNIT_WATCH_HOST_POSTURE_TREE_H
#define MM_TESTS_UNIT_WATCH_HOST_POSTURE_TREE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/watch/host/survey.h"
#include "lib/err.h"
#include "lib/text.h"
#include "tests/unit/scratch.h"

#define TREE_NOW 1795000000 /* 2026-11-18T11:06:40Z: the day of every scratch root */
#define TREE_DAY 86400

struct tree {
    char root[64];
    struct survey s;
    bool surveyed;
    json_t *items;
};

static inline void tree_path(const struct tree *t, const char *path, char *out, size_t size)
{
    assert_true(snprintf(out, size, "%s%s", t->root, path) < (int)size);
}

/* Make the folders above `path`, and `path` itself when `whole`. */
static inline void tree_folders(const struct tree *t, const char *path, int whole)
{
    char full[4096];

    tree_path(t, path, full, sizeof full);
    for (char *at = full + strlen(t->root) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(full, 0755);
        *at = '/';
    }
    if (whole)
        mkdir(full, 0755);
}

static inline void tree_bytes(const struct tree *t, const char *path, const void *bytes, size_t n)
{
    char full[4096];
    FILE *f;

    tree_folders(t, path, 0);
    tree_path(t, path, full, sizeof full);
    f = fopen(full, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static inline void tree_file(const struct tree *t, const char *path, const char *text)
{
    tree_bytes(t, path, text, strlen(text));
}

static inline void tree_age(const struct tree *t, const char *path, double days)
{
    struct timespec when[2] = {{.tv_sec = TREE_NOW - (time_t)(days * TREE_DAY)}, {.tv_sec = TREE_NOW - (time_t)(days * TREE_DAY)}};
    char full[4096];

    tree_path(t, path, full, sizeof full);
    assert_int_equal(utimensat(AT_FDCWD, full, when, 0), 0);
}

static inline void tree_mode(const struct tree *t, const char *path, mode_t mode)
{
    char full[4096];

    tree_path(t, path, full, sizeof full);
    assert_int_equal(chmod(full, mode), 0);
}

static inline void tree_remove(const struct tree *t, const char *path)
{
    char full[4096];

    tree_path(t, path, full, sizeof full);
    assert_int_equal(scratch_remove(full), 0);
}

static inline void tree_new(struct tree *t)
{
    memset(t, 0, sizeof *t);
    snprintf(t->root, sizeof t->root, "/tmp/mm-posture-XXXXXX");
    assert_non_null(mkdtemp(t->root));
}

static inline void tree_forget(struct tree *t)
{
    if (t->surveyed) {
        survey_fini(&t->s);
        json_decref(t->items);
    }
    t->surveyed = false;
    t->items = NULL;
}

static inline void tree_free(struct tree *t)
{
    tree_forget(t);
    assert_int_equal(scratch_remove(t->root), 0);
}

/* Every item as a person would read it. */
static inline void tree_say(json_t *item)
{
    const char *name = json_string_value(json_object_get(item, "check")), *state = json_string_value(json_object_get(item, "state"));
    json_t *list = json_object_get(item, "args");
    const char *args[10];
    char key[128];
    size_t i, n = json_array_size(list);
    json_t *v;

    assert_true(n <= 10);
    json_array_foreach(list, i, v)
        args[i] = json_string_value(v);
    for (int what = 0; what < 2; what++)
        for (int lang = 0; lang < 2; lang++) {
            struct buf b;

            snprintf(key, sizeof key, what ? "check.%s.%s" : "check.%s", name, state);
            if (!text_known(key))
                fail_msg("the catalogue lacks %s", key);
            buf_init(&b, 65536);
            assert_int_equal(text_format_in(&b, key, lang ? TEXT_JA : TEXT_EN, args, (unsigned)n), MM_OK);
            for (const char *at = b.data; (at = strchr(at, '{')); at++)
                if (at[1] >= '0' && at[1] <= '9' && at[2] == '}')
                    fail_msg("%s: an argument is missing: %s", key, b.data);
            buf_fini(&b);
        }
    assert_true(strlen(json_string_value(json_object_get(item, "evidence"))) > 0);
}

/* Survey the tree with one module, as a running host when `live`. */
static inline void tree_survey(struct tree *t, void (*module)(struct survey *s), int live)
{
    char *rest, *line;

    tree_forget(t);
    assert_int_equal(survey_init(&t->s, t->root, TREE_NOW), MM_OK);
    t->s.live = live;
    t->surveyed = true;
    t->items = json_array();
    module(&t->s);
    assert_int_equal(t->s.lost, 0);
    rest = t->s.out.data ? strdup(t->s.out.data) : NULL;
    for (char *at = rest; (line = survey_line(&at));) {
        json_t *item = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

        assert_non_null(item);
        tree_say(item);
        json_array_append_new(t->items, item);
    }
    free(rest);
}

/* The item of that name and subject (NULL: any subject); NULL. */
static inline json_t *tree_item(const struct tree *t, const char *check, const char *subject)
{
    size_t i;
    json_t *v;

    json_array_foreach(t->items, i, v)
        if (!strcmp(json_string_value(json_object_get(v, "check")), check) &&
            (!subject || !strcmp(json_string_value(json_object_get(v, "subject")), subject)))
            return v;
    return NULL;
}

static inline void tree_expect_at(const struct tree *t, const char *check, const char *subject, const char *state, const char *file, int line)
{
    json_t *item = tree_item(t, check, subject);

    if (!item)
        fail_msg("%s:%d: no item %s of \"%s\" in:\n%s", file, line, check, subject ? subject : "*", t->s.out.data ? t->s.out.data : "(nothing)");
    if (strcmp(json_string_value(json_object_get(item, "state")), state)) {
        char *text = json_dumps(item, JSON_COMPACT);

        print_error("%s:%d: wanted %s, got %s\n", file, line, state, text);
        free(text);
        fail();
    }
}
#define tree_expect(t, check, subject, state) tree_expect_at(t, check, subject, state, __FILE__, __LINE__)

static inline const char *tree_arg(const struct tree *t, const char *check, const char *subject, size_t i)
{
    return json_string_value(json_array_get(json_object_get(tree_item(t, check, subject), "args"), i));
}

static inline const char *tree_evidence(const struct tree *t, const char *check, const char *subject)
{
    return json_string_value(json_object_get(tree_item(t, check, subject), "evidence"));
}

/* A host that runs: /proc with process 1 and these programs of root. */
static inline void tree_process(const struct tree *t, unsigned pid, const char *name)
{
    char path[64], text[64];

    snprintf(path, sizeof path, "/proc/%u/comm", pid);
    snprintf(text, sizeof text, "%.15s\n", name);
    tree_file(t, path, text);
}

#endif
