#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/watch/host/self.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "tests/unit/scratch.h"

#define LONG "program a " HASH HASH "\n"
#define HASH "0123456789012345678901234567890123456789012345678901234567890123"

static char root[64];
static struct self_list seen;

static void put(const char *path, const char *text)
{
    char full[256], folder[256];

    snprintf(full, sizeof full, "%s%s", root, path);
    snprintf(folder, sizeof folder, "%s", full);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(durable_mkdir(folder, 0755), MM_OK);
    assert_int_equal(durable_write(full, text, strlen(text), 0644), MM_OK);
}

static void link_to(const char *target, const char *path)
{
    char full[256], folder[256];

    snprintf(full, sizeof full, "%s%s", root, path);
    snprintf(folder, sizeof folder, "%s", full);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(durable_mkdir(folder, 0755), MM_OK);
    assert_int_equal(symlink(target, full), 0);
}

static int begin(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "%s", "/tmp/mm-self-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    put("/bin/mimamorid", "a");
    put("/bin/mimamori", "b");
    put("/bin/other", "c");
    put("/etc/mimamori/agent.ini", "d");
    put("/run/systemd/system/x", "");
    put("/usr/lib/systemd/system/mimamorid.service", "u");
    put("/usr/lib/systemd/system/mimamori-quarantine.service", "u");
    put("/usr/lib/systemd/system/mimamori-update.timer", "u");
    put("/usr/lib/systemd/system/mimamori-update.service", "u");
    link_to("/usr/lib/systemd/system/mimamorid.service", "/etc/systemd/system/multi-user.target.wants/mimamorid.service");
    link_to("/usr/lib/systemd/system/mimamori-quarantine.service", "/etc/systemd/system/sysinit.target.wants/mimamori-quarantine.service");
    return 0;
}

static int end(void **state)
{
    (void)state;
    return scratch_remove(root);
}

static const char *value(enum self_kind kind, const char *name)
{
    const char *v;

    self_look(root, "/bin", "/etc/mimamori/agent.ini", &seen);
    v = self_value(&seen, kind, name);
    return v ? v : "none";
}

static void what_is_looked_at(void **state)
{
    char path[128];

    (void)state;
    if (geteuid() != 0)
        skip(); /* the files of somebody else are "open" */
    assert_string_equal(value(SELF_PROGRAM, "mimamorid"), "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
    assert_string_equal(value(SELF_PROGRAM, "other"), "none");
    assert_int_equal(strncmp(value(SELF_UNIT, "mimamorid.service"), "enabled ", 8), 0);
    assert_int_equal(strncmp(value(SELF_UNIT, "mimamori-update.timer"), "disabled ", 9), 0);
    assert_int_equal(strncmp(value(SELF_UNIT, "mimamori-update.service"), "enabled ", 8), 0); /* by its timer */
    assert_int_equal(strlen(value(SELF_SETTINGS, "agent.ini")), SHA256_HEX - 1);
    link_to("/dev/null", "/etc/systemd/system/mimamorid.service");
    assert_string_equal(value(SELF_UNIT, "mimamorid.service"), "masked");
    put("/etc/systemd/system/mimamori-quarantine.service.d/x.conf", "");
    assert_int_equal(strncmp(value(SELF_UNIT, "mimamori-quarantine.service"), "drop-ins ", 9), 0);
    snprintf(path, sizeof path, "%s/bin/mimamorid", root);
    assert_int_equal(chmod(path, 0666), 0);
    assert_string_equal(value(SELF_PROGRAM, "mimamorid"), "open");
}

static void without_systemd_there_are_no_units(void **state)
{
    char path[128];

    (void)state;
    snprintf(path, sizeof path, "%s/run/systemd/system/x", root);
    assert_int_equal(unlink(path), 0);
    *strrchr(path, '/') = '\0';
    assert_int_equal(rmdir(path), 0);
    assert_string_equal(value(SELF_UNIT, "mimamorid.service"), "none");
}

static void text_and_back(void **state)
{
    struct self_list again;
    struct buf b;

    (void)state;
    self_look(root, "/bin", "/etc/mimamori/agent.ini", &seen);
    buf_init(&b, 65536);
    assert_int_equal(self_print(&seen, &b), MM_OK);
    assert_int_equal(self_parse(b.data, b.len, &again), MM_OK);
    assert_int_equal(again.n, seen.n);
    for (unsigned i = 0; i < seen.n; i++) {
        assert_string_equal(again.item[i].name, seen.item[i].name);
        assert_string_equal(again.item[i].value, seen.item[i].value);
    }
    buf_fini(&b);
}

static void other_texts(void **state)
{
    static const char *const bad[] = {"x", "program a", "program a b", "nothing a b\n", "program  b\n", "program a \n", "program a b\nx"};
    struct self_list l;
    struct buf many;

    (void)state;
    assert_int_equal(self_parse("", 0, &l), MM_OK);
    assert_int_equal(self_parse("unit a enabled " HASH "\n", strlen("unit a enabled " HASH "\n"), &l), MM_OK);
    assert_string_equal(self_value(&l, SELF_UNIT, "a"), "enabled " HASH);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(self_parse(bad[i], strlen(bad[i]), &l), MM_EFORMAT);
        assert_int_equal(l.n, 0);
    }
    assert_int_equal(self_parse("program a\0b c\n", 14, &l), MM_EFORMAT);
    assert_int_equal(self_parse(LONG, strlen(LONG), &l), MM_EFORMAT);
    buf_init(&many, 65536);
    for (int i = 0; i <= SELF_ITEMS; i++)
        assert_int_equal(buf_addf(&many, "program p%d x\n", i), MM_OK);
    assert_int_equal(self_parse(many.data, many.len, &l), MM_EFORMAT);
    buf_fini(&many);
}

static void the_clock(void **state)
{
    const int64_t s = 1000000000, begun = 1790000000 * s;
    int64_t kept = 0;

    (void)state;
    assert_true(self_clock_jump(&kept, begun) == 0 && kept == begun);
    assert_true(self_clock_jump(&kept, begun + 40 * s) == 0 && kept == begun);
    assert_true(self_clock_jump(&kept, begun + 70 * s) == 70); /* two small steps */
    assert_true(self_clock_jump(&kept, begun + 70 * s) == 0);
    assert_true(self_clock_jump(&kept, begun - 86400 * s) == -86470);
    assert_true(self_clock_jump(&kept, begun - 86400 * s) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_looked_at, begin, end),
        cmocka_unit_test_setup_teardown(without_systemd_there_are_no_units, begin, end),
        cmocka_unit_test_setup_teardown(text_and_back, begin, end),
        cmocka_unit_test(other_texts),
        cmocka_unit_test(the_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
