/* STATE/schema: what has been at work here, and which release may come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/state_schema.h"

static char dir[64], path[128];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s", "/tmp/mm-state-schema-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/schema", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void keeps(int64_t own, int64_t high)
{
    struct state_schema s = {0};

    assert_int_equal(state_schema_keep(dir, own), MM_OK);
    assert_int_equal(state_schema_read(dir, &s), MM_OK);
    assert_int_equal(s.last, own);
    assert_int_equal(s.high, high);
}

/* Up, one back, up again; two back: that agent has begun anew what it could not read. */
static void kept_by_each_agent(void **state)
{
    struct state_schema s;
    struct stat before, after;

    (void)state;
    assert_int_equal(state_schema_read(dir, &s), MM_ENOTFOUND);
    keeps(1, 1);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(before.st_mode & 0777, 0644);
    keeps(1, 1); /* nothing new: nothing is written */
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    keeps(2, 2);
    keeps(1, 2);
    keeps(1, 2);
    keeps(2, 2);
    keeps(3, 3);
    keeps(1, 1);
}

static void read_as(const char *text, int rc, int64_t last, int64_t high)
{
    struct state_schema s = {-7, -7};

    assert_int_equal(durable_write(path, text, strlen(text), 0644), MM_OK);
    assert_int_equal(state_schema_read(dir, &s), rc);
    assert_int_equal(s.last, rc ? -7 : last);
    assert_int_equal(s.high, rc ? -7 : high);
}

static void what_is_read(void **state)
{
    (void)state;
    read_as("2 3\n", MM_OK, 2, 3);
    read_as("2\n", MM_OK, 2, 2);
    read_as("2", MM_OK, 2, 2);
    read_as("1 2 later\nand more\n", MM_OK, 1, 2);
    read_as("", MM_EFORMAT, 0, 0);
    read_as("x\n", MM_EFORMAT, 0, 0);
    read_as("0\n", MM_EFORMAT, 0, 0);
    read_as("-1\n", MM_EFORMAT, 0, 0);
    read_as("3 2\n", MM_EFORMAT, 0, 0);
    read_as("99999999999999999999\n", MM_EFORMAT, 0, 0);
    keeps(1, 1); /* whatever stood there */
}

static void which_release_starts(void **state)
{
    const struct state_schema unknown = {0, 0}, two = {2, 2}, back = {2, 3};

    (void)state;
    for (int64_t n = 0; n < 6; n++) {
        assert_true(state_schema_fits(&unknown, n));
        assert_int_equal(state_schema_fits(&two, n), n <= 3);
        assert_int_equal(state_schema_fits(&back, n), n == 0 || n == 2 || n == 3);
    }
    assert_false(state_schema_fits(&back, 1)); /* it cannot read what 3 has left */
    assert_false(state_schema_fits(&back, 4)); /* 2 has written in between */
}

#define SAID(text) state_schema_said((text), sizeof(text) - 1)

static void what_programs_say(void **state)
{
    (void)state;
    assert_int_equal(SAID("mimamorid 0.2.0 state-schema=1 "), 1);
    assert_int_equal(SAID("mimamorid 0.2.0 "), 0);
    assert_int_equal(SAID(""), 0);
    assert_int_equal(SAID("state-schema="), 0);
    assert_int_equal(SAID("\0ELF\0state-schema=\0state-schema=27\0x"), 27);
    assert_int_equal(SAID("sstate-schema=4"), 4);
    assert_int_equal(SAID("state-schema=4 state-schema=4"), 4);
    assert_int_equal(SAID("state-schema=4 state-schema=5"), -1);
    assert_int_equal(SAID("state-schema=123456789"), 0);
    assert_int_equal(SAID("state-schema=12345678"), 12345678);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(kept_by_each_agent), T(what_is_read), cmocka_unit_test(which_release_starts), cmocka_unit_test(what_programs_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
