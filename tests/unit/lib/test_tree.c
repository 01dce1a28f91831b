#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/os/tree.h"
#include "tests/unit/scratch.h"

static char dir[64], from[96], to[96];

static void put(const char *folder, const char *name, const char *text, mode_t mode)
{
    char path[512], parent[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(parent, sizeof parent, "%s", path);
    *strrchr(parent, '/') = '\0';
    assert_int_equal(durable_mkdir(parent, 0755), MM_OK);
    assert_int_equal(durable_write(path, text, strlen(text), mode), MM_OK);
}

static int begin(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s", "/tmp/mm-tree-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(from, sizeof from, "%s/from", dir);
    snprintf(to, sizeof to, "%s/to", dir);
    put(from, "bin/mimamorid", "a program", 0755);
    put(from, "bin/more/deep/file", "some words", 0644);
    put(from, "README", "", 0644);
    return 0;
}

static int end(void **state)
{
    (void)state;
    return scratch_remove(dir);
}

static int copy(void)
{
    int fd = tree_new(dir, "to"), rc;

    assert_true(fd >= 0);
    rc = tree_copy(from, fd);
    close(fd);
    return rc;
}

static void a_copy_is_the_same(void **state)
{
    struct stat st;
    char path[512];

    (void)state;
    assert_int_equal(copy(), MM_OK);
    snprintf(path, sizeof path, "%s/bin/mimamorid", to);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0755);
    if (geteuid() == 0) /* a copy that root did not make is never the same */
        assert_true(tree_same(from, to));
    else
        assert_false(tree_same(from, to));
}

/* Each difference by itself. */
static void what_differs_is_seen(void **state)
{
    static const struct { const char *name, *text; mode_t mode; } changes[] = {
        {"bin/mimamorid", "b program", 0755}, {"bin/mimamorid", "a program and more", 0755}, {"bin/mimamorid", "a program", 0644},
        {"bin/mimamorid", "a program", 0777}, {"bin/another", "", 0755},
    };
    char path[512];

    (void)state;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        assert_int_equal(copy(), MM_OK);
        assert_true(tree_same(from, to));
        put(to, changes[i].name, changes[i].text, changes[i].mode);
        assert_false(tree_same(from, to));
    }
    assert_int_equal(copy(), MM_OK);
    snprintf(path, sizeof path, "%s/README", to);
    assert_int_equal(unlink(path), 0);
    assert_false(tree_same(from, to));
    assert_int_equal(copy(), MM_OK);
    snprintf(path, sizeof path, "%s/README", to);
    assert_int_equal(chown(path, 1, 1), 0);
    assert_false(tree_same(from, to));
    assert_false(tree_same(from, "/nowhere"));
}

static void only_files_with_sound_names(void **state)
{
    char path[512];

    (void)state;
    snprintf(path, sizeof path, "%s/link", from);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(copy(), MM_EFORMAT);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/pipe", from);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(copy(), MM_EFORMAT);
    assert_int_equal(unlink(path), 0);
    put(from, "a b", "", 0644);
    assert_int_equal(copy(), MM_EFORMAT);
    snprintf(path, sizeof path, "%s/a b", from);
    assert_int_equal(unlink(path), 0);
    put(from, "1/2/3/4/5", "", 0644);
    assert_int_not_equal(copy(), MM_OK);
}

static void one_takes_the_place_of_the_other(void **state)
{
    char path[512];

    (void)state;
    assert_int_equal(tree_put(dir, "from", "to"), MM_OK);
    snprintf(path, sizeof path, "%s/README", to);
    assert_int_equal(access(path, F_OK), 0);
    put(from, "OTHER", "", 0644);
    assert_int_equal(tree_put(dir, "from", "to"), MM_OK);
    assert_int_equal(access(path, F_OK), -1);
    snprintf(path, sizeof path, "%s/README", from);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(tree_put(dir, "nothing", "to"), MM_ENOTFOUND);
}

static void names(void **state)
{
    (void)state;
    assert_true(tree_path_sound("bin/mimamorid") && tree_path_sound("a/b/c/d") && tree_path_sound("1.2.0+x_-"));
    assert_false(tree_path_sound("") || tree_path_sound("/a") || tree_path_sound("a/") || tree_path_sound("a//b") || tree_path_sound("../a") ||
                 tree_path_sound("a/.b") || tree_path_sound("a b") || tree_path_sound("a/b/c/d/e"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_copy_is_the_same, begin, end),
        cmocka_unit_test_setup_teardown(what_differs_is_seen, begin, end),
        cmocka_unit_test_setup_teardown(only_files_with_sound_names, begin, end),
        cmocka_unit_test_setup_teardown(one_takes_the_place_of_the_other, begin, end),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
