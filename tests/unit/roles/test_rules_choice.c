/* Which pack is loaded, what is remembered of one that failed, and how long probation takes. */
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

#include "agent/roles/guard_internal.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "tests/unit/scratch.h"

static char dir[64];
static struct agent_config config;
static struct rules_refused refused;
static struct rules_choice choice;

static char *in(const char *name)
{
    static char path[4][512];
    static unsigned n;
    char *p = path[n++ % 4];

    snprintf(p, 512, "%s/%s", dir, name);
    return p;
}

static void put(const char *name, const char *text)
{
    assert_int_equal(durable_write(in(name), text, strlen(text), 0600), MM_OK);
}

static void pack(const char *name, const char *text)
{
    char file[256];

    assert_int_equal(durable_mkdir(in(name), 0700), MM_OK);
    snprintf(file, sizeof file, "%s/manifest.json", name);
    put(file, text);
}

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "%s", "/tmp/mm-choice-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    memset(&config, 0, sizeof config);
    memset(&refused, 0, sizeof refused);
    snprintf(config.state, sizeof config.state, "%s", in("state"));
    snprintf(config.rules, sizeof config.rules, "%s", in("shipped"));
    pack("shipped", "shipped");
    return durable_mkdir(in("state/guard"), 0700) || durable_mkdir(in("state/updates/rules"), 0700);
}

static int teardown(void **state)
{
    (void)state;
    return scratch_remove(dir);
}

static void expect(unsigned tried, enum rules_source source, bool second, bool left)
{
    assert_int_equal(rules_choose(&config, &refused, tried, &choice), MM_OK);
    assert_int_equal(choice.source, source);
    assert_int_equal(choice.second, second);
    assert_int_equal(choice.left, left);
}

static void installed(const char *target)
{
    unlink(in("state/updates/rules/current"));
    assert_int_equal(symlink(target, in("state/updates/rules/current")), 0);
}

static void without_updates_the_configured_one(void **state)
{
    (void)state;
    expect(0, RULES_CONFIGURED, false, false);
    pack("state/guard/rules-good", "good");
    expect(0, RULES_CONFIGURED, false, false);
    expect(1u << RULES_CONFIGURED, RULES_GOOD, true, false);
    choice.version[0] = 'x';
    assert_int_equal(rules_choose(&config, &refused, 1u << RULES_CONFIGURED | 1u << RULES_GOOD, &choice), MM_ENOTFOUND);
    assert_int_equal(choice.version[0], 'x');
}

static void what_the_updater_installed_comes_first(void **state)
{
    (void)state;
    pack("state/updates/rules/1.10.0.0123", "new");
    installed("1.10.0.0123");
    expect(0, RULES_UPDATE, false, false);
    assert_string_equal(choice.version, "1.10.0");
    assert_null(strstr(choice.dir, "current"));
    expect(1u << RULES_UPDATE, RULES_CONFIGURED, true, false);
    pack("state/guard/rules-good", "good");
    expect(1u << RULES_UPDATE, RULES_GOOD, true, false);
    expect(1u << RULES_UPDATE | 1u << RULES_GOOD, RULES_CONFIGURED, true, false);
    installed("nowhere");
    expect(0, RULES_GOOD, true, false);
    installed("current");
    expect(0, RULES_GOOD, true, false);
}

static void a_manifest_must_be_a_file(void **state)
{
    (void)state;
    assert_int_equal(durable_mkdir(in("state/updates/rules/1.0.0.a"), 0700), MM_OK);
    assert_int_equal(mkfifo(in("state/updates/rules/1.0.0.a/manifest.json"), 0600), 0);
    installed("1.0.0.a");
    expect(0, RULES_CONFIGURED, true, false);
    assert_int_equal(unlink(in("state/updates/rules/1.0.0.a/manifest.json")), 0);
    assert_int_equal(symlink("/etc/passwd", in("state/updates/rules/1.0.0.a/manifest.json")), 0);
    expect(0, RULES_CONFIGURED, true, false);
}

static void what_was_refused_is_passed_over_and_remembered(void **state)
{
    struct rules_refused again;

    (void)state;
    pack("state/updates/rules/2.0.0.a", "bad");
    installed("2.0.0.a");
    expect(0, RULES_UPDATE, false, false);
    rules_refused_add(&refused, choice.version, choice.hash, "died");
    rules_refused_add(&refused, choice.version, choice.hash, "died");
    assert_int_equal(refused.n, 1);
    expect(0, RULES_CONFIGURED, true, true);
    assert_int_equal(rules_refused_save(&refused, config.state), MM_OK);
    rules_refused_load(&again, config.state);
    assert_memory_equal(again.row[0].hash, refused.row[0].hash, sizeof again.row[0].hash);
    assert_string_equal(again.row[0].version, "2.0.0");
    assert_string_equal(again.row[0].why, "died");
    pack("state/updates/rules/2.0.0.a", "mended");
    expect(0, RULES_UPDATE, false, false);
}

static void a_copy_is_good_only_when_it_is_promoted(void **state)
{
    char hash[SHA256_HEX], good[SHA256_HEX];

    (void)state;
    pack("state/guard/rules-good", "old");
    assert_int_equal(rules_hash(in("state/guard/rules-good"), good), MM_OK);
    assert_int_equal(pack_stage(config.rules, config.state), MM_OK);
    put("shipped/manifest.json", "changed since");
    assert_int_equal(rules_hash(in("state/guard/rules-good"), hash), MM_OK);
    assert_string_equal(hash, good);
    assert_int_equal(pack_promote(config.state), MM_OK);
    assert_int_equal(rules_hash(in("state/guard/rules-good"), hash), MM_OK);
    assert_string_not_equal(hash, good);
    assert_int_not_equal(rules_hash(config.rules, good), MM_ENOTFOUND);
    assert_string_not_equal(hash, good);
    assert_int_not_equal(pack_promote(config.state), MM_OK);
}

#define MINUTE 60000000000LL

static void probation_is_time_and_use(void **state)
{
    struct probation p = {.on = false};

    (void)state;
    assert_false(probation_passed(&p, 100 * MINUTE));
    probation_begin(&p, MINUTE);
    assert_false(probation_passed(&p, 60 * MINUTE)); /* nothing was asked */
    for (int i = 0; i < PROBATION_ANSWERS; i++)
        probation_answer(&p);
    assert_false(probation_passed(&p, 10 * MINUTE));
    assert_true(probation_passed(&p, 11 * MINUTE));
    assert_false(probation_passed(&p, 12 * MINUTE));
    assert_false(probation_death(&p, 12 * MINUTE)); /* it is over */
}

static void deaths_in_a_row_fail_it(void **state)
{
    struct probation p;

    (void)state;
    probation_begin(&p, 0);
    for (int i = 0; i < PROBATION_ANSWERS; i++)
        probation_answer(&p);
    assert_false(probation_death(&p, 9 * MINUTE));
    assert_false(probation_passed(&p, 18 * MINUTE)); /* begins anew */
    assert_false(probation_death(&p, 18 * MINUTE));
    assert_true(probation_death(&p, 27 * MINUTE));
    probation_begin(&p, 0);
    for (int i = 1; i < 9; i++)
        assert_false(probation_death(&p, i * 11 * MINUTE)); /* now and then: anything may be the cause */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_updates_the_configured_one, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_updater_installed_comes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(a_manifest_must_be_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_refused_is_passed_over_and_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_is_good_only_when_it_is_promoted, setup, teardown),
        cmocka_unit_test(probation_is_time_and_use),
        cmocka_unit_test(deaths_in_a_row_fail_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
