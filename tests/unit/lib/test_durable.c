#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "tests/unit/scratch.h"

static char dir[64];

static const char *in(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static int entries(const char *where)
{
    DIR *d = opendir(where);
    struct dirent *e;
    int n = 0;

    assert_non_null(d);
    while ((e = readdir(d)))
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static int make_dir(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s", "/tmp/mm-durable-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    return scratch_remove(dir);
}

static void write_then_read(void **state)
{
    struct stat st;
    struct buf b;

    (void)state;
    buf_init(&b, 16);
    assert_int_equal(durable_write(in("a"), "first", 5, 0640), MM_OK);
    assert_int_equal(stat(in("a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(durable_read(in("a"), &b), MM_OK);
    assert_string_equal(b.data, "first");
    assert_int_equal(durable_write(in("a"), "2nd", 3, 0600), MM_OK);
    assert_int_equal(durable_read(in("a"), &b), MM_OK);
    assert_string_equal(b.data, "2nd");
    assert_int_equal(stat(in("a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(entries(dir), 1); /* no temporary file stays */
    assert_int_equal(durable_write(in("empty"), "", 0, 0600), MM_OK);
    assert_int_equal(durable_read(in("empty"), &b), MM_OK);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

static void failures_leave_everything(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 4);
    assert_int_equal(buf_adds(&b, "keep"), MM_OK);
    assert_int_equal(durable_read(in("none"), &b), MM_ENOTFOUND);
    assert_int_equal(durable_write(in("large"), "12345", 5, 0600), MM_OK);
    assert_int_equal(durable_read(in("large"), &b), MM_ELIMIT);
    assert_int_not_equal(durable_read(dir, &b), MM_OK);
    assert_string_equal(b.data, "keep");
    buf_fini(&b);

    assert_int_equal(durable_write(in("no/such/place"), "x", 1, 0600), MM_ENOTFOUND);
    assert_int_equal(durable_mkdir(in("d/inner"), 0700), MM_OK);
    assert_int_not_equal(durable_write(in("d"), "x", 1, 0600), MM_OK); /* a directory is no file to replace */
    assert_int_equal(entries(dir), 2);
}

/* A symbolic link at the name is replaced, what it points to is not written. */
static void a_planted_link_is_not_followed(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 64);
    assert_int_equal(durable_write(in("victim"), "precious", 8, 0600), MM_OK);
    assert_int_equal(symlink("victim", in("link")), 0);
    assert_int_equal(durable_write(in("link"), "new", 3, 0600), MM_OK);
    assert_int_equal(durable_read(in("victim"), &b), MM_OK);
    assert_string_equal(b.data, "precious");
    buf_fini(&b);
}

static void mkdir_makes_all_parts(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(durable_mkdir(in("x/y//z/"), 0700), MM_OK);
    assert_int_equal(stat(in("x/y/z"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(durable_mkdir(in("x/y/z"), 0755), MM_OK);
    assert_int_equal(durable_write(in("file"), "", 0, 0600), MM_OK);
    assert_int_equal(durable_mkdir(in("file"), 0700), MM_EEXIST);
    assert_int_not_equal(durable_mkdir(in("file/below"), 0700), MM_OK);
    assert_int_equal(durable_mkdir("", 0700), MM_EINVAL);
    assert_int_equal(durable_mkdir("/", 0700), MM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(write_then_read, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(failures_leave_everything, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(a_planted_link_is_not_followed, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(mkdir_makes_all_parts, make_dir, remove_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
